// What endpoints answered is kept, in order, and cannot be changed without being seen.

import { deepEqual, equal, notEqual, throws } from "node:assert/strict"
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { AnswerLog, headAfter } from "../../mpc/answers.ts"

const DAY_MS = 86_400_000
const KEYED = "https://node.example/v2/secret-key"

async function aLog(options: { dayBytesMax?: number; days?: number } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "causeway-answers-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const clock = { ms: Date.UTC(2026, 10, 30, 12) }
  const open = () => AnswerLog.open(folder, { urls: [KEYED], now: () => clock.ms, ...options })
  const lines = async (day: string) =>
    (await readFile(join(folder, "answers", `${day}.jsonl`), "utf8")).trim().split("\n")
  return { folder, clock, open, lines }
}

const says = (path: string, body: string, sent = "") => ({
  ...{ url: `${KEYED}${path}`, sent, status: 200, body },
})

//
test("each answer is a line that names the one before it, and a change in any of them shows", async () => {
  const { open, lines, folder } = await aLog()
  const log = await open()
  log.hear(says("/block/height/7", '{"height":7}'))
  log.hear(says("", '{"result":"0x1"}', '{"method":"eth_chainId"}'))
  await log.flush()

  const written = await lines("2026-11-30")

  equal(written.length, 2)
  equal(headAfter(written), log.head)
  deepEqual(
    written.map((line) => JSON.parse(line)).map(({ from, asked, body }) => [from, asked, body]),
    [
      ["1 node.example", "/block/height/7", '{"height":7}'],
      ["1 node.example", '{"method":"eth_chainId"}', '{"result":"0x1"}'],
    ],
  )
  throws(
    () => headAfter([written[0]!.replace('height\\":7', 'height\\":8'), written[1]!]),
    /follow/,
  )
  expect(written.join()).not.toContain("secret-key")
  equal((await stat(join(folder, "answers", "2026-11-30.jsonl"))).mode & 0o777, 0o600)
})

test("what has not changed is not written again, and a start goes on from the last line", async () => {
  const { open, lines } = await aLog()
  const log = await open()
  for (let look = 0; look < 100; look += 1) log.hear(says("/info", "tip 7"))
  log.hear(says("/info", "tip 8"))
  await log.flush()
  const again = await open()
  equal(again.head, log.head)
  again.hear(says("/info", "tip 8"))
  await again.flush()

  const written = await lines("2026-11-30")
  equal(written.length, 3)
  equal(headAfter(written), again.head)
})

test("a day has a file, of a bounded size, and old ones go", async () => {
  const { open, lines, clock, folder } = await aLog({ dayBytesMax: 1_000, days: 2 })
  const log = await open()
  for (let block = 0; block < 20; block += 1) log.hear(says(`/block/${block}`, "x".repeat(300)))
  log.hear(says("/tx/1", "y".repeat(20_000)))
  await log.flush()
  const bodies = (await lines("2026-11-30")).map((line) => JSON.parse(line).body)
  equal(bodies.length, 21)
  equal(bodies.filter((body) => body !== undefined).length, 2)
  const before = log.head

  for (let day = 1; day <= 4; day += 1) {
    clock.ms += DAY_MS
    log.hear(says("/info", "tip 7"))
  }
  await log.flush()

  notEqual(log.head, before)
  deepEqual(await readdir(join(folder, "answers")), [
    "2026-12-02.jsonl",
    "2026-12-03.jsonl",
    "2026-12-04.jsonl",
  ])
})

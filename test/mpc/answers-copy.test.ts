// A copy of what endpoints answered: it grows, is never written over, and shows a change of the original.

import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { AnswerLog, lastAnswer } from "../../mpc/answers.ts"
import { copyAnswers } from "../../mpc/answers-copy.ts"

const DAY_MS = 86_400_000
const URL = "https://node.example"

/** A signer's folder whose endpoint says something new so often a day, and a place for the copy. */
async function aSigner() {
  const folder = await mkdtemp(join(tmpdir(), "causeway-copied-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const clock = { ms: Date.UTC(2026, 10, 28, 12) }
  const open = () => AnswerLog.open(folder, { urls: [URL], now: () => clock.ms, days: 2 })
  const log = { now: await open() }
  let tip = 0
  const hears = async (times: number) => {
    for (; times > 0; times -= 1, tip += 1)
      log.now.hear({ url: `${URL}/info`, sent: "", status: 200, body: `tip ${tip}` })
    await log.now.flush()
  }
  const to = join(folder, "elsewhere")
  const file = (place: string, day: string) => join(place, `2026-11-${day}.jsonl`)
  return {
    ...{ folder, clock, hears, to },
    own: (day: string) => file(join(folder, "answers"), day),
    copied: (day: string) => file(to, day),
  }
}

//
test("it has every line, also those that the signer has deleted since, and ends where the signer does", async () => {
  const { folder, clock, hears, to, own, copied } = await aSigner()
  expect(await copyAnswers(folder, to)).toEqual({ lines: 0, head: null })
  await hears(3)
  expect(await copyAnswers(folder, to)).toEqual({ lines: 3, head: await lastAnswer(folder) })
  const first = await readFile(own("28"), "utf8")

  for (let day = 0; day < 4; day++) {
    await hears(2)
    // Half a line, as a crash leaves it, is none.
    if (day === 1) await appendFile(own("29"), '{"at":')
    await copyAnswers(folder, to)
    if (day === 1) await writeFile(own("29"), await readFile(copied("29"), "utf8"))
    clock.ms += DAY_MS
  }
  await hears(1)

  expect(await copyAnswers(folder, to)).toEqual({ lines: 1, head: await lastAnswer(folder) })
  expect(await readdir(join(folder, "answers"))).not.toContain("2026-11-28.jsonl")
  expect((await readFile(copied("28"), "utf8")).startsWith(first)).toBe(true)
  expect(await readdir(to)).toHaveLength(5)
  expect(await copyAnswers(folder, to), "nothing is new").toMatchObject({ lines: 0 })
})

//
test("an original that was changed, cut or begun anew since it was copied is refused, and the copy stays", async () => {
  const changes: Record<string, (path: string, text: string) => Promise<unknown>> = {
    changed: (path, text) => writeFile(path, text.replace("tip 1", "tip 9")),
    cut: (path, text) => writeFile(path, text.split("\n").slice(2).join("\n")),
    shorter: (path, text) => writeFile(path, `${text.split("\n")[0]}\n`),
    "begun anew": (path) => rm(path),
  }
  for (const [name, change] of Object.entries(changes)) {
    const { folder, clock, hears, to, own, copied } = await aSigner()
    await hears(4)
    await copyAnswers(folder, to)
    const before = await readFile(copied("28"), "utf8")

    await change(own("28"), before)
    clock.ms += DAY_MS
    if (name === "begun anew") {
      const again = await AnswerLog.open(folder, { urls: [URL], now: () => clock.ms })
      again.hear({ url: `${URL}/info`, sent: "", status: 200, body: "another tip" })
      await again.flush()
    } else await hears(1)

    await expect(copyAnswers(folder, to), name).rejects.toMatchObject({ code: "bad-transcript" })
    expect(await readFile(copied("28"), "utf8"), name).toBe(before)
    expect(await readdir(to), name).toHaveLength(1)
  }
})

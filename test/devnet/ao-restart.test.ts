// What the local AO units remember: every item in its slot, over restarts and sudden death.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { appendFile, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { createInterface } from "node:readline"
import { onTestFinished, test } from "vitest"
import { type AoDevnet, startAo } from "../../devnet/ao/index.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { aFolder, aWorld, HEARD, HEARER, telling, worldOf } from "./ao-builders.ts"

test("a restart recomputes the same state, failures, deliveries and all, and goes on", async () => {
  const first = await aWorld()
  const { folder, units } = first
  const receiver = await first.process(HEARER)
  const sender = await first.process("X = 7; T = {}")
  for (let n = 0; n < 40; n++) await first.evaluate(sender, `T[${n}] = os.time() .. math.random(9)`)
  await first.send(sender, { Action: "Eval" }, { data: "X = 8; error('no')" })
  await first.evaluate(sender, telling(receiver, "a", "b"))
  await units.idle()
  const sent = await first.item(sender, { data: "sent before", anchor: "s".repeat(32) })
  await first.post(sent.raw)
  const read = async ({ slots, units }: Pick<typeof first, "slots" | "units">) => ({
    slots: [await slots(sender), await slots(receiver)],
    hashes: [await units.stateHash(sender), await units.stateHash(receiver)],
  })
  const before = await read(first)
  const failed = before.slots[0]!.at(-3)!.message.id
  const result = await first.result(sender, failed)
  await units.stop()

  const again = await aWorld({ folder })

  deepEqual(await read(again), before)
  deepEqual(await again.result(sender, failed), result)
  equal((await again.post(sent.raw)).body.error, "Message already exists")
  await again.evaluate(sender, telling(receiver, "c"))
  await again.units.idle()
  equal(await again.evaluate(receiver, HEARD), "a b c")
  equal(await again.evaluate(sender, "return X"), "7")
})

test("units that were killed have lost nothing that they had answered", async () => {
  const folder = await aFolder()
  const script = path.join(import.meta.dirname, "ao-process.ts")
  const settings = JSON.stringify({ folder, wallet: TEST_WALLETS.carol })
  const start = async () => {
    const child = spawn(process.execPath, ["--import", "tsx", script, settings], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    onTestFinished(() => void child.kill("SIGKILL"))
    const [line] = await once(createInterface({ input: child.stdout }), "line")
    return { child, world: worldOf(JSON.parse(line) as AoDevnet) }
  }
  const before = await start()
  const token = await before.world.process("N = 0")
  const answered: string[] = []
  const sending = (async () => {
    for (;;) {
      const { id, raw } = await before.world.item(token, {
        anchor: `${answered.length}x`.padStart(32),
      })
      const { status } = await before.world.post(raw)
      equal(status, 202)
      answered.push(id)
      if (answered.length === 20) before.child.kill("SIGKILL")
    }
  })().catch(() => {})
  await sending

  const after = await start()

  const ids = (await after.world.slots(token)).map(({ message }) => message.id)
  ok(answered.length >= 20)
  for (const id of answered) ok(ids.includes(id))
  equal(await after.world.evaluate(token, "return N"), "0")
})

test("a last line that was cut off is gone, and its item can be sent again", async () => {
  const first = await aWorld()
  const id = await first.process()
  const item = await first.item(id)
  await first.units.stop()
  const file = path.join(first.folder, "ao.jsonl")
  const whole = await readFile(file, "utf8")
  await appendFile(file, whole.trimEnd().split("\n").at(-1)!.slice(0, 300))

  const again = await aWorld({ folder: first.folder })

  equal((await again.slots(id)).length, 1)
  equal((await again.post(item.raw)).status, 202)
})

test("a log in which something was changed is refused", async () => {
  const { folder, units, process, evaluate } = await aWorld()
  await evaluate(await process(), "return 1")
  await units.stop()
  const file = path.join(folder, "ao.jsonl")
  const lines = (await readFile(file, "utf8")).split("\n")
  const changed = JSON.parse(lines[1]!)
  changed.raw = `${changed.raw.slice(0, -8)}AAAAAAAA`
  lines[1] = JSON.stringify(changed)
  await writeFile(file, lines.join("\n"))

  await rejects(aWorld({ folder }), /journal-damaged/)
})

test("the messenger's key is made once", async () => {
  const folder = await aFolder()
  const { authority, stop } = await startAo({ folder })
  await stop()

  const again = await startAo({ folder })
  onTestFinished(() => again.stop())

  equal(again.authority, authority)
})

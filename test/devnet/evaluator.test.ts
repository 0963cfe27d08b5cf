// The evaluator on the real aos: what a failed message leaves behind, and what a restart recomputes.

import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict"
import { test } from "vitest"
import { aosModule } from "../../devnet/aos.ts"
import { type AoEnvironment, type AoMessage, Evaluator } from "../../devnet/evaluator.ts"

const PROCESS = "p".repeat(43)
const OWNER = "o".repeat(43)
const MU = "m".repeat(43)

const environment: AoEnvironment = {
  Process: { Id: PROCESS, Owner: OWNER, Tags: [{ name: "Authority", value: MU }] },
  Module: { Id: "a".repeat(43), Tags: [] },
}

function aMessage(nonce: number, fields: Partial<AoMessage> = {}): AoMessage {
  return {
    ...{ Id: `message-${nonce}`, Target: PROCESS, Owner: OWNER, From: OWNER, Data: "", Tags: [] },
    ...{ Timestamp: 1_700_000_000_000 + nonce, "Block-Height": 1, Nonce: nonce, Epoch: 0 },
    ...{ Module: environment.Module.Id, Cron: false },
    ...fields,
  }
}

function anEval(nonce: number, lua: string): AoMessage {
  return aMessage(nonce, { Tags: [{ name: "Action", value: "Eval" }], Data: lua })
}

async function aProcess(): Promise<Evaluator> {
  const spawn = aMessage(0, { Id: PROCESS, Tags: [{ name: "Type", value: "Process" }] })
  return Evaluator.spawn(await aosModule(), spawn, environment)
}

/** The value alone: after a failure aos warns, before its value, that a nonce is missing. */
async function lastLineOf(process: Evaluator, message: AoMessage): Promise<string | undefined> {
  return String((await process.evaluate(message)).Output.data)
    .split("\n")
    .at(-1)
}

test("an Eval of the owner runs, and its value is the output", async () => {
  const process = await aProcess()

  const result = await process.evaluate(anEval(1, "return 1 << 40"))

  equal(result.Output.data, String(2 ** 40))
  equal(result.Error, undefined)
})

test("a message that fails changes nothing and sends nothing", async () => {
  const process = await aProcess()
  await process.evaluate(anEval(1, "X = 1"))
  const before = await process.stateHash()

  const failed = await process.evaluate(
    anEval(2, `X = 2; Send({ Target = "${MU}", Action = "Paid" }); error("no")`),
  )

  match(failed.Error ?? "", /no/)
  deepEqual(failed.Messages, [])
  equal(await process.stateHash(), before)
  equal(await lastLineOf(process, anEval(3, "return X")), "1")
})

test("messages since the last copy survive a failure", async () => {
  const process = await aProcess()
  for (let n = 1; n <= 20; n++) await process.evaluate(anEval(n, "N = (N or 0) + 1"))

  await process.evaluate(anEval(21, "N = 0; error('no')"))

  equal(await lastLineOf(process, anEval(22, "return N")), "20")
})

test("a dry run sees the state and does not change it", async () => {
  const process = await aProcess()
  await process.evaluate(anEval(1, "X = 1"))
  const before = await process.stateHash()

  const dry = await process.dryrun(anEval(2, "X = X + 1; return X"))

  equal(dry.Output.data, "2")
  equal(await process.stateHash(), before)
  equal(await lastLineOf(process, anEval(2, "return X")), "1")
})

test("equal histories make equal hashes, with or without failures and dry runs between", async () => {
  const [plain, troubled] = [await aProcess(), await aProcess()]
  const work = (n: number) => anEval(n, `T = T or {}; T[#T + 1] = os.time() .. math.random(100)`)

  for (let n = 1; n <= 10; n++) await plain.evaluate(work(n))
  for (let n = 1; n <= 10; n++) {
    await troubled.evaluate(anEval(50, "T = nil; error('no')"))
    await troubled.dryrun(anEval(51, "T = nil"))
    await troubled.evaluate(work(n))
  }

  equal(await troubled.stateHash(), await plain.stateHash())
  await plain.evaluate(anEval(11, "T[1] = ''"))
  notEqual(await troubled.stateHash(), await plain.stateHash())
})

test("a module that gives up half way is put back too, with its memory grown", async () => {
  const process = await aProcess()
  await process.evaluate(anEval(1, "Big = string.rep('x', 60 * 1024 * 1024); return #Big"))
  const before = await process.stateHash()

  const failed = await process.evaluate(
    anEval(2, "local t = {}; for i = 1, 99 do t[i] = string.rep('y', 1 << 29) end"),
  )

  ok(failed.Error)
  equal(await process.stateHash(), before)
  equal(await lastLineOf(process, anEval(3, "return #Big")), `${60 * 2 ** 20}`)
})

test("a tag that stops aos for good fails every later message, and only that process", async () => {
  const [stopped, other] = [await aProcess(), await aProcess()]
  await stopped.evaluate(aMessage(1, { Tags: [{ name: "Nonce", value: "EVIL" }] }))

  const [late, fine] = await Promise.all([
    stopped.evaluate(anEval(2, "return 1")),
    other.evaluate(anEval(1, "return 1")),
  ])

  match(late.Error ?? "", /arithmetic on a string value/)
  equal(fine.Output.data, "1")
})

test("the program's own clock, chance and console are left as they were", async () => {
  const { random } = Math
  const { now } = Date
  const { log } = console

  const process = await aProcess()
  await process.evaluate(anEval(1, "print('hello'); error('no')"))

  deepEqual([Math.random, Date.now, console.log], [random, now, log])
})

test("the event loop goes round between two evaluations", async () => {
  const process = await aProcess()
  let rounds = 0
  const timer = setInterval(() => rounds++, 0)

  await Promise.all(Array.from({ length: 50 }, (_, n) => process.evaluate(anEval(n + 1, ""))))
  clearInterval(timer)

  ok(rounds > 0)
})

test("the time that a process sees is the time of the message", async () => {
  const process = await aProcess()

  const result = await process.evaluate({
    ...anEval(1, "return os.time()"),
    Timestamp: 1_812_345_678_901,
  })

  equal(result.Output.data, "1812345678901")
})

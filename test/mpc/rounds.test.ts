import { createHash } from "node:crypto"
import { setImmediate as turn } from "node:timers/promises"
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { BridgeError } from "../../core/errors.ts"
import { type Commitments, digestOf } from "../../mpc/protocol.ts"
import { taproot } from "../../mpc/schemes/frost.ts"
import type { Index, Signer } from "../../mpc/schemes/scheme.ts"
import { type Blame, type Party, runSession } from "../../mpc/session.ts"
import { aFrostGroup, holding } from "./schemes/frost-group.ts"

const group = aFrostGroup(3, 5)
const messages = ["one coin", "another"].map((text) => createHash("sha256").update(text).digest())
const digest = digestOf(messages)
const signers: Signer[] = []

beforeAll(async () => {
  for (const index of [1, 2, 3, 4, 5]) signers.push(await taproot.open(holding(group, index)))
  return () => Promise.all(signers.map((signer) => signer.close()))
})

interface Manner {
  /** What it commits to, instead of its nonces. */
  readonly commits?: readonly Uint8Array[]
  /** What it answers in the last round, instead of its partials. */
  readonly signs?: readonly Uint8Array[] | BridgeError | "nothing"
  readonly sees?: string
}

let sessions = 0
/** What was asked of signers that answer. */
let answers: Promise<unknown>[] = []
const HEDGE_MS = 60_000

/** Everybody else has answered when it rings, however slow this machine is. */
async function hedgePasses(signal: AbortSignal): Promise<void> {
  await Promise.all(answers)
  await turn()
  vi.advanceTimersByTime(HEDGE_MS)
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve))
}

beforeEach(() => {
  answers = []
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
})
afterEach(() => {
  vi.useRealTimers()
})

function aParty(index: Index, manner: Manner, calls: string[]): Party {
  const signer = signers[index - 1]!
  const nameOf = (session: string, place: number) => `${session}.${place}`
  return {
    index,
    name: `signer ${index}`,
    commit: async (session) => {
      calls.push(`${index} commit`)
      const own = messages.map((_, place) => signer.commit(nameOf(session, place)))
      const commitments = manner.commits ?? (await Promise.all(own))
      return { version: 1, index, commitments, digest: manner.sees ?? digest }
    },
    sign: async (session, commitments: Commitments | undefined, signal) => {
      calls.push(`${index} sign`)
      if (manner.signs === "nothing") await hedgePasses(signal)
      if (manner.signs instanceof BridgeError || manner.signs === "nothing")
        throw manner.signs === "nothing" ? new BridgeError("signer-unreachable") : manner.signs
      const own = messages.map((message, place) =>
        signer.partial({
          ...{ session: nameOf(session, place), message },
          commitments: commitments![place]!,
        }),
      )
      answers.push(...own)
      return { version: 1, index, partials: manner.signs ?? (await Promise.all(own)), digest }
    },
  }
}

/** A session of five signers, asked in order, of which three sign. */
async function aSession(manners: Readonly<Record<Index, Manner>> = {}) {
  const calls: string[] = []
  const blamed: Blame[] = []
  sessions += 1
  const outcome = await runSession({
    ...{ scheme: taproot, key: group.key, session: `session-${sessions}`, messages },
    parties: [1, 2, 3, 4, 5].map((index) => aParty(index, manners[index] ?? {}, calls)),
    ...{ hedgeMs: HEDGE_MS, versionMin: 1 },
    onBlame: (blame) => blamed.push(blame),
  }).catch((error: BridgeError) => error)
  return { outcome, calls, blamed: blamed.map(({ signer, kind }) => `${signer} ${kind}`) }
}

function expectSigned(outcome: Awaited<ReturnType<typeof aSession>>["outcome"], by: Index[]) {
  if (outcome instanceof BridgeError) throw outcome
  expect(outcome.signers).toEqual(by)
  expect(outcome.signatures).toHaveLength(messages.length)
  for (const [place, message] of messages.entries())
    expect(taproot.verify(group.key, message, outcome.signatures[place]!)).toBe(true)
}

const junk = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(1)]

describe("a quorum signs in two rounds", () => {
  test("each of it is asked twice, and nobody else, for all messages at once", async () => {
    const { outcome, calls, blamed } = await aSession()

    expectSigned(outcome, [1, 2, 3])
    const asked = ["1 commit", "2 commit", "3 commit", "1 sign", "2 sign", "3 sign"]
    expect(calls).toEqual(asked)
    expect(blamed).toEqual([])
  })

  test.each([
    ["no point", [new Uint8Array(66), new Uint8Array(66)]],
    ["too short", [new Uint8Array(3), new Uint8Array(3)]],
    ["of one message alone", [new Uint8Array(66)]],
  ])("a commitment that is %s costs its sender the place, and no round", async (_, commits) => {
    const { outcome, blamed } = await aSession({ 2: { commits } })

    expectSigned(outcome, [1, 3, 4])
    expect(blamed).toEqual(["2 bad-commitment"])
  })

  test.each([
    ["that does not verify", junk],
    ["that is too short", [new Uint8Array(3), new Uint8Array(3)]],
    ["for one message alone", junk.slice(1)],
  ])("a partial %s is named, and the others sign in another session", async (_, signs) => {
    const { outcome, blamed, calls } = await aSession({ 2: { signs } })

    expectSigned(outcome, [1, 3, 4])
    expect(blamed).toEqual(["2 bad-partial"])
    expect(calls.filter((call) => call === "2 commit")).toHaveLength(1)
  })

  test("two liars of five are both named", async () => {
    const { outcome, blamed } = await aSession({ 1: { signs: junk }, 3: { signs: junk } })

    expectSigned(outcome, [2, 4, 5])
    expect(blamed.sort()).toEqual(["1 bad-partial", "3 bad-partial"])
  })

  test("one that falls silent between the rounds costs the hedge, and is named", async () => {
    const { outcome, blamed } = await aSession({ 3: { signs: "nothing" } })

    expectSigned(outcome, [1, 2, 4])
    expect(blamed).toEqual(["3 unreachable"])
  })

  test("one that dies between the rounds is replaced without the hedge", async () => {
    const signs = new BridgeError("signer-unreachable", { signer: 3 })
    const { outcome, blamed } = await aSession({ 3: { signs } })

    expectSigned(outcome, [1, 2, 4])
    expect(blamed).toEqual(["3 unreachable"])
  })

  test("one that sees other messages is left out in the first round", async () => {
    const { outcome, blamed, calls } = await aSession({ 1: { sees: "0".repeat(64) } })

    expectSigned(outcome, [2, 3, 4])
    expect(blamed).toEqual(["1 other-message"])
    expect(calls).not.toContain("1 sign")
  })
})

describe("a quorum that cannot sign in two rounds", () => {
  test("three liars of five leave too few, and all are named", async () => {
    const manners = { 1: { signs: junk }, 3: { signs: junk }, 5: { signs: junk } }
    const { outcome, blamed } = await aSession(manners)

    expect(outcome).toMatchObject({ code: "quorum-missing", detail: { needed: 3 } })
    expect(new Set(blamed).size).toBe(blamed.length)
    expect(blamed.length).toBeGreaterThanOrEqual(2)
  })

  test("when all are silent in the last round, it ends as soon as they are given up", async () => {
    const gone = { signs: new BridgeError("signer-unreachable") }
    const { outcome } = await aSession({ 1: gone, 2: gone, 3: gone, 4: gone, 5: gone })

    expect(outcome).toMatchObject({ code: "quorum-missing", remedy: "retry" })
  })
})

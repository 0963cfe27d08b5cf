import { randomBytes } from "node:crypto"
import { describe, expect, test } from "vitest"
import { BridgeError } from "../../../core/errors.ts"
import { canonical } from "../../../mpc/ceremony/canonical.ts"
import { shareContext } from "../../../mpc/ceremony/complaint.ts"
import { packageHash } from "../../../mpc/ceremony/outcome.ts"
import { verifyTranscript } from "../../../mpc/ceremony/replay.ts"
import { seal } from "../../../mpc/ceremony/sealing.ts"
import type { Place, Statement } from "../../../mpc/ceremony/statement.ts"
import { schemeOf } from "../../../mpc/schemes/index.ts"
import type { Signer } from "../../../mpc/schemes/scheme.ts"
import {
  aParticipant,
  aStatement,
  beforeOf,
  type Meeting,
  meet,
  names,
  type Outcome,
  resigned,
  type Tamper,
} from "./parties.ts"

type Outcomes = ReadonlyMap<Place, Outcome>

const madeOf = (outcomes: Outcomes) =>
  [...outcomes.values()].map(({ made, error }) => {
    if (made === null) throw error
    return made
  })

/** Who is to blame, as each party of `places` found out. */
function blamedBy(outcomes: Outcomes, places: readonly Place[]): readonly string[] {
  return places.map((place) => {
    const error = outcomes.get(place)?.error
    if (!(error instanceof BridgeError)) throw new Error(`party ${place}: ${String(error)}`)
    expect(error.code).toBe("ceremony-aborted")
    return String(error.detail.blamed)
  })
}

const badMeeting = (tampers: Record<Place, Tamper>, parts: Partial<Meeting> = {}) =>
  meet({ statement: aStatement(), tampers, ...parts })

/** A renewal of what `outcomes` made, by the same five unless said otherwise. */
function aRenewal(last: Statement, outcomes: Outcomes, parts: Partial<Statement> = {}): Statement {
  return aStatement({
    kind: "refresh",
    scheme: last.scheme,
    epoch: last.epoch + 1,
    threshold: last.threshold,
    parties: last.parties,
    participants: last.participants
      .filter(({ after }) => after !== null)
      .map((one) => ({ ...one, before: one.after })),
    previous: madeOf(outcomes)[0]!.record.head,
    ...parts,
  })
}

async function signs(outcomes: Outcomes, places: readonly Place[]): Promise<boolean> {
  const [first] = madeOf(outcomes)
  const { key } = first!
  const scheme = schemeOf(key.scheme)
  const message = new Uint8Array(32).fill(5)
  const signers = await Promise.all(
    places.map((place): Promise<Signer> => {
      const { holding } = outcomes.get(place)!.made!
      return scheme.open({ ...holding!, share: Uint8Array.from(holding!.share) })
    }),
  )
  signers.sort((a, b) => a.index - b.index)
  const session = randomBytes(8).toString("hex")
  const commitments = []
  if (scheme.rounds === 2)
    for (const one of signers)
      commitments.push({ from: one.index, bytes: await one.commit(session) })
  const signing = { session, message, commitments }
  const partials = []
  for (const one of signers) partials.push({ from: one.index, bytes: await one.partial(signing) })
  const { signature } = await scheme.aggregate(key, signing, partials)
  for (const one of signers) await one.close()
  return signature !== null
}

describe("a key without a dealer", () => {
  test("is the same for all five, and its transcript replays to it", async () => {
    const outcomes = await meet({ statement: aStatement() })

    const made = madeOf(outcomes)
    expect(new Set(made.map(({ key }) => packageHash(key))).size).toBe(1)
    expect(new Set(made.map(({ record }) => canonical(record))).size).toBe(1)
    const { record, key } = made[0]!
    const verified = await verifyTranscript({ format: 1, sessions: [record] })
    expect(packageHash(verified.key)).toBe(packageHash(key))
    expect(await signs(outcomes, [1, 3, 5])).toBe(true)
  })

  // Case 110: an equivocation is found by the echo, and everybody names the same party.
  test("who announces two things is named by all, with proof", async () => {
    const outcomes = await badMeeting({
      4: (envelope, to, self) =>
        envelope.step === "announce" && to === 2
          ? resigned(envelope, { ...(envelope.body as object), commitments: ["AA"] }, self)
          : envelope,
    })

    expect(new Set(blamedBy(outcomes, [1, 2, 3, 5]))).toEqual(
      new Set(["signer 4 (proven: it told two things to two parties)"]),
    )
  })

  test("who commits to two nonces is named by all, with proof", async () => {
    const outcomes = await badMeeting({
      2: (envelope, to, self) =>
        envelope.step === "commit" && to === 5
          ? resigned(envelope, { parts: { 0: "AAAA" } }, self)
          : envelope,
    })

    expect(new Set(blamedBy(outcomes, [1, 3, 4, 5]))).toEqual(
      new Set(["signer 2 (proven: it told two things to two parties)"]),
    )
  })

  test("who lies about what it heard is named, and nobody else is", async () => {
    const outcomes = await badMeeting({
      5: (envelope, _, self) =>
        envelope.step === "announce-echo"
          ? resigned(envelope, { seen: { 1: "a".repeat(64) } }, self)
          : envelope,
    })

    const blamed = blamedBy(outcomes, [1, 2, 3, 4])
    expect(blamed.every((text) => text.startsWith("signer 5 (seen"))).toBe(true)
  })

  test("who deals a wrong share is named by all: its receiver shows it", async () => {
    const outcomes = await badMeeting(
      {
        3: async (envelope, to, self) => {
          if (envelope.step !== "deal" || to !== 1) return envelope
          const announced = self.board.get("announce", to)!.body as {
            slots: Record<number, string>
          }
          const share = Uint8Array.from([...new Uint8Array(31), 9])
          const context = shareContext(statement, 3, to)
          return resigned(envelope, await seal(announced.slots[3]!, share, context), self)
        },
      },
      { statement },
    )

    expect(new Set(blamedBy(outcomes, [1, 2, 4, 5]))).toEqual(
      new Set(["signer 3 (proven: it dealt a wrong share)"]),
    )
  })
  const statement = aStatement()

  test("who sends a share that does not open is named by all", async () => {
    const outcomes = await badMeeting({
      3: (envelope, to, self) =>
        envelope.step === "deal" && to === 1
          ? resigned(envelope, { ...(envelope.body as object), ciphertext: "AAAA" }, self)
          : envelope,
    })

    expect(new Set(blamedBy(outcomes, [1, 2, 4, 5]))).toEqual(
      new Set(["signer 3 (proven: it dealt a wrong share)"]),
    )
  })

  test("who complains of a right share is named itself", async () => {
    const outcomes = await badMeeting({
      2: (envelope, _, self) => {
        if (envelope.step !== "package") return envelope
        const sent = self.board.get("deal", 3, 2)!
        const blames = [{ place: 3, reason: "a wrong share" }]
        const complaint = { sent, revealed: "B".repeat(43) }
        const body = { reason: "a wrong share", blames, evidence: [], complaint }
        return resigned({ ...envelope, step: "abort" }, body, self)
      },
    })

    expect(new Set(blamedBy(outcomes, [1, 3, 4, 5]))).toEqual(
      new Set(["signer 2 (proven: it shows a key that is not its own)"]),
    )
  })

  test("a wrong part of a test signature names its sender", async () => {
    const outcomes = await badMeeting(
      {
        1: (envelope, _, self) =>
          envelope.step === "sign"
            ? resigned(envelope, { parts: { 0: Buffer.alloc(32, 1).toString("base64url") } }, self)
            : envelope,
      },
      { patience: { graceMs: 800 } },
    )

    const blamed = blamedBy(outcomes, [2, 3, 4, 5])
    expect(blamed.every((text) => /^signer 1 \((seen|claimed)/.test(text))).toBe(true)
    expect(blamed.some((text) => text.startsWith("signer 1 (seen"))).toBe(true)
  })

  test("who never comes is named, and the others stop", async () => {
    const outcomes = await badMeeting(
      {},
      { absent: [5], patience: { gatherMs: 2_500, graceMs: 800 } },
    )

    const blamed = blamedBy(outcomes, [1, 2, 3, 4])
    expect(blamed.every((text) => /^signer 5 \((silent|claimed)[^,]*$/.test(text))).toBe(true)
  })

  test("who says nothing to one is named, and all stop", async () => {
    const outcomes = await badMeeting(
      { 3: (envelope, to) => (envelope.step === "package" && to === 2 ? null : envelope) },
      { patience: { stepMs: 2_500, graceMs: 8_000 } },
    )

    const blamed = blamedBy(outcomes, [1, 2, 4, 5])
    expect(blamed.every((text) => /^signer 3 \([^,]*$/.test(text))).toBe(true)
  })

  test("who says late that it waited for somebody early is named, and nobody else is", async () => {
    const blames = [{ place: 1, reason: 'silent at "package"' }]
    const body = { reason: "not all were heard", blames, evidence: [], complaint: null }
    const outcomes = await badMeeting(
      {
        3: (envelope, _, self) =>
          envelope.step === "sign"
            ? resigned({ ...envelope, step: "abort" }, body, self)
            : envelope,
      },
      { patience: { graceMs: 8_000 } },
    )

    const blamed = blamedBy(outcomes, [1, 2, 4, 5])
    expect(blamed.every((text) => /^signer 3 \([^,]*$/.test(text))).toBe(true)
  })

  test("who can't keep its share stops all before anybody signs for the key", async () => {
    const outcomes = await badMeeting(
      {},
      {
        keep: async (place) => {
          if (place === 4) throw new BridgeError("bad-config", { reason: "the disk is full" })
        },
        patience: { graceMs: 800 },
      },
    )

    const blamed = blamedBy(outcomes, [1, 2, 3, 5])
    expect(blamed.every((text) => /^signer 4 \([^,]*$/.test(text))).toBe(true)
  })
})

describe("renewal", () => {
  // Cases 117 and 118.
  test("a refresh gives new shares of the same key, and old ones do not mix with them", async () => {
    const statement = aStatement()
    const first = await meet({ statement })
    const next = aRenewal(statement, first)

    const second = await meet({ statement: next, before: beforeOf(first, statement, next) })

    const [{ key, record }] = madeOf(second) as [ReturnType<typeof madeOf>[number]]
    expect(key.publicKey).toEqual(madeOf(first)[0]!.key.publicKey)
    expect(key.epoch).toBe(1)
    expect(await signs(second, [2, 3, 4])).toBe(true)
    expect(await signs(first, [2, 3, 4])).toBe(true)
    const mixed = new Map([...second, [2, first.get(2)!]])
    await expect(signs(mixed, [2, 3, 4])).resolves.toBe(false)
    const sessions = [madeOf(first)[0]!.record, record]
    expect((await verifyTranscript({ format: 1, sessions })).key.epoch).toBe(1)
  })

  test("3 of 5 become 4 of 7 by three of the old, and the key stays", async () => {
    const statement = aStatement()
    const first = await meet({ statement })
    const seven = ["signer 2", "signer 4", ...names(12).slice(5, 10)]
    const olds: Record<string, number> = { "signer 1": 1, "signer 2": 2, "signer 4": 4 }
    const participants = [
      aParticipant("signer 1", { before: 1 }),
      ...seven.map((name, at) => {
        const before = olds[name]
        return aParticipant(name, { after: at + 1, ...(before ? { before } : {}) })
      }),
    ]
    const next = aRenewal(statement, first, {
      ...{ kind: "reshare", threshold: 4, parties: 7, participants },
    })

    const second = await meet({ statement: next, before: beforeOf(first, statement, next) })

    const made = madeOf(second)
    expect(made[0]!.key.publicKey).toEqual(madeOf(first)[0]!.key.publicKey)
    expect(made[0]!.key).toMatchObject({ threshold: 4, parties: 7, epoch: 1 })
    expect(second.get(1)!.made!.holding).toBeNull()
    expect(await signs(second, [2, 4, 6, 8])).toBe(true)
    const sessions = [madeOf(first)[0]!.record, made[0]!.record]
    expect((await verifyTranscript({ format: 1, sessions })).key.parties).toBe(7)
  })

  test("stopped by a liar, it leaves the old shares as good as they were", async () => {
    const statement = aStatement()
    const first = await meet({ statement })
    const next = aRenewal(statement, first)

    const second = await meet({
      statement: next,
      before: beforeOf(first, statement, next),
      tampers: {
        3: (envelope, to, self) =>
          envelope.step === "deal" && to === 1
            ? resigned(envelope, { ...(envelope.body as object), ciphertext: "AAAA" }, self)
            : envelope,
      },
    })

    expect(new Set(blamedBy(second, [1, 2, 4, 5]))).toEqual(
      new Set(["signer 3 (proven: it dealt a wrong share)"]),
    )
    expect(await signs(first, [1, 2, 5])).toBe(true)
  })
})

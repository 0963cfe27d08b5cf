// What a session's votes are, by what the signers answered.

import { expect, test } from "vitest"
import { BridgeError } from "../../core/errors.ts"
import type { Refusal } from "../../mpc/protocol.ts"
import type { Party } from "../../mpc/session.ts"
import { Witness } from "../../mpc/witness.ts"

const signal = new AbortController().signal

test("each signer that was asked has a vote, with the time that all its answers took", async () => {
  let nowMs = 0
  const witness = new Witness(() => nowMs)
  const party = (index: number, answer: () => object): Party => {
    const reply = async () => {
      nowMs += 10 * index
      return answer() as never
    }
    return witness.watch({ index, name: `signer ${index}`, commit: reply, sign: reply })
  }
  const refusing = (code: Refusal["code"]) => () => ({
    refused: [{ transfer: null, code, detail: "" }],
  })
  const signing = party(1, () => ({ partials: [] }))
  const cheating = party(2, () => ({ partials: [] }))
  const silent = party(5, () => {
    throw new BridgeError("signer-unreachable")
  })

  await signing.commit("s", signal)
  await signing.sign("s", undefined, signal)
  await cheating.sign("s", undefined, signal)
  witness.blame({ signer: 2, session: "s", kind: "bad-partial", detail: "" })
  witness.blame({ signer: 1, session: "s", kind: "slow", detail: "" })
  await party(3, refusing("not-yet")).sign("s", undefined, signal)
  await party(4, refusing("over-cap")).sign("s", undefined, signal)
  await silent.sign("s", undefined, signal).catch(() => {})
  await party(6, () => ({ commitments: [] })).commit("s", signal)

  expect(witness.report("s", 3)).toEqual({
    ...{ session: "s", threshold: 3, outcome: "signed", tookMs: 220 },
    votes: [
      { signer: 1, name: "signer 1", vote: "signed", code: null, ms: 20 },
      { signer: 2, name: "signer 2", vote: "blamed", code: "bad-partial", ms: 20 },
      { signer: 3, name: "signer 3", vote: "not-yet", code: "not-yet", ms: 30 },
      { signer: 4, name: "signer 4", vote: "refused", code: "over-cap", ms: 40 },
      { signer: 5, name: "signer 5", vote: "silent", code: null, ms: null },
      { signer: 6, name: "signer 6", vote: "silent", code: null, ms: 60 },
    ],
  })
})

test.each([
  ["refused", new BridgeError("signer-refused")],
  ["missing", new BridgeError("quorum-missing")],
  ["failed", new Error("something else")],
])("a session that gave no signature was %s", (outcome, failure) => {
  expect(new Witness(() => 0).report("s", 3, failure).outcome).toBe(outcome)
})

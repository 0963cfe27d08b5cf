// When the word of attestors is enough, and each way in which it is not.

import { describe, expect, test } from "vitest"
import { seals } from "../../../chains/seals.ts"
import {
  type Attestation,
  attest,
  attestationIn,
  attestationText,
  type Deed,
  LIFE_MS_MAX,
  type SignedAttestation,
  weigh,
} from "../../../core/compliance/attestation.ts"
import { ALICE, BOB, HOUR_MS, NOW, sha256 } from "./builders.ts"
import { keysOf, signAs } from "./keys.ts"

const quorum = { needed: 2, keys: keysOf("anna", "arno", "axel") }
const lists = sha256("lists of today")
const deed: Deed = {
  deposit: "arweave:x:0",
  asset: "AR",
  amount: "1000000000000",
  sources: [`ar:${ALICE}`],
  recipient: `evm:${BOB.toLowerCase()}`,
  act: "mint",
  policy: sha256("policy"),
}
const said: Attestation = {
  ...deed,
  decision: "allow",
  lists,
  evidence: sha256("evidence"),
  issuedMs: NOW - 1_000,
  expiresMs: NOW - 1_000 + LIFE_MS_MAX,
  nonce: "n".repeat(22),
}

const by = (
  attestor: string,
  parts: Partial<Attestation> = {},
  key = attestor,
): SignedAttestation => {
  const attestation = { ...said, ...parts }
  return { attestation, attestor, signature: signAs(key)(attestationText(attestation)) }
}
const judge = (
  signed: readonly SignedAttestation[],
  now = NOW,
  of: typeof quorum | null = quorum,
) => weigh(signed, deed, new Set([lists]), of, now, seals.verify)

test("two attestors who see the same deed are enough", () => {
  expect(judge([by("anna"), by("arno")])).toEqual({
    action: "allow",
    vouched: ["anna", "arno"],
    vetoes: [],
    refused: [],
  })
})

test("one attestor is not enough, however often and under whatever name it says so", () => {
  const once = judge([by("anna")])
  const twice = judge([by("anna"), by("anna", { nonce: "m".repeat(22) })])
  const asAnother = judge([by("anna"), by("arno", {}, "anna")])

  expect([once, twice, asAnother].map(({ action }) => action)).toEqual(["hold", "hold", "hold"])
  expect(asAnother.refused).toEqual([{ attestor: "arno", why: "its signature is wrong" }])
})

test.each(["hold", "reject", "block"] as const)(
  "one attestor that says %s stops it",
  (decision) => {
    const { action, vetoes } = judge([by("anna"), by("arno"), by("axel", { decision })])

    expect({ action, vetoes }).toEqual({ action: "hold", vetoes: ["axel"] })
  },
)

test("an objection counts by whatever lists, policy and parties, if it is about this deposit", () => {
  const other = { lists: sha256("newer"), policy: sha256("newer"), recipient: "x" }
  const objection = (parts: Partial<Attestation>) =>
    judge([by("anna"), by("arno"), by("axel", { ...parts, decision: "block" })]).action

  expect(objection(other)).toBe("hold")
  expect(objection({ deposit: "arweave:y:0" })).toBe("allow")
  expect(objection({ issuedMs: NOW - HOUR_MS, expiresMs: NOW })).toBe("allow")
})

describe("not counted is the word of an attestor", () => {
  test.each<[string, Partial<Attestation>, string]>([
    ["about another deposit", { deposit: "arweave:x:1" }, "another deposit"],
    ["about another asset", { asset: "USDC" }, "another asset"],
    ["about another amount", { amount: "1000000000001" }, "another amount"],
    ["about another sender", { sources: [] }, "other sources"],
    ["about another recipient", { recipient: `ar:${ALICE}` }, "another recipient"],
    ["about another act, as when a mint is replayed as a refund", { act: "refund" }, "another act"],
    ["under another policy", { policy: sha256("old") }, "another policy"],
    ["by lists that the signer does not accept", { lists: sha256("old") }, "other lists"],
    ["that has expired", { issuedMs: NOW - LIFE_MS_MAX, expiresMs: NOW }, "expired"],
    ["that holds too long", { expiresMs: said.issuedMs + LIFE_MS_MAX + 1 }, "too long"],
    [
      "from the future",
      { issuedMs: NOW + 60_001, expiresMs: NOW + 60_002 },
      "it comes from the future",
    ],
  ])("%s", (_, parts, why) => {
    const { action, refused } = judge([by("anna"), by("arno", parts)])

    expect(action).toBe("hold")
    expect(refused).toEqual([{ attestor: "arno", why: expect.stringContaining(why) }])
  })

  test("whom the policy does not name", () => {
    expect(judge([by("anna"), by("eve")]).refused[0]?.why).toContain("not an attestor")
    expect(judge([by("anna"), by("toString")]).refused[0]?.why).toContain("not an attestor")
    expect(judge([by("anna"), by("arno")], NOW, null).action).toBe("hold")
  })

  test("that was changed after it was signed", () => {
    const signed = by("arno")
    const changed = { ...signed, attestation: { ...signed.attestation, nonce: "o".repeat(22) } }

    expect(judge([by("anna"), changed]).refused[0]?.why).toBe("its signature is wrong")
  })
})

test("the moment before it expires still counts, and clocks may differ by a minute", () => {
  const last = said.expiresMs - 1
  const early = { issuedMs: NOW + 60_000, expiresMs: NOW + 70_000 }

  expect(judge([by("anna"), by("arno")], last).action).toBe("allow")
  expect(judge([by("anna"), by("arno")], last + 1).action).toBe("hold")
  expect(judge([by("anna", early), by("arno", early)]).action).toBe("allow")
})

test("the order in which sources are named is no difference", () => {
  const two: Deed = { ...deed, sources: ["ar:x", "ar:y"] }
  const turned = ["anna", "arno"].map((name) => by(name, { sources: ["ar:y", "ar:x"] }))

  expect(weigh(turned, two, new Set([lists]), quorum, NOW, seals.verify).action).toBe("allow")
})

test("an attestor's word is about the deed it was asked for, for a quarter of an hour", () => {
  const found = {
    decision: "allow",
    lists,
    evidence: sha256("evidence"),
    issuedMs: NOW,
    nonce: "n".repeat(22),
  } as const
  const both = ["anna", "arno"].map((name) => attest(deed, found, name, signAs(name)))

  expect(judge(both, NOW).action).toBe("allow")
  expect(judge(both, NOW + LIFE_MS_MAX - 1).action).toBe("allow")
  expect(judge(both, NOW + LIFE_MS_MAX).action).toBe("hold")
  expect(attestationIn(both[0])).toEqual(both[0])
})

test("it reads back from JSON, and nothing else does", () => {
  const file = JSON.parse(JSON.stringify(by("anna")))

  expect(attestationIn(file)).toEqual(by("anna"))
  for (const change of [{ amount: "01" }, { act: "burn" }, { decision: "yes" }, { extra: 1 }])
    expect(() => attestationIn({ ...file, attestation: { ...said, ...change } })).toThrow(
      /bad-config/,
    )
})

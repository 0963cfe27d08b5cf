// Which versions of a policy count: those that the officers before them signed, in their order, at their time.

import { describe, expect, test } from "vitest"
import { seals } from "../../../chains/seals.ts"
import { nameOf, type PolicyDocument } from "../../../core/compliance/document.ts"
import { evaluate, rulebookOf } from "../../../core/compliance/evaluate.ts"
import { rulesOf } from "../../../core/compliance/presets.ts"
import type { Rule } from "../../../core/compliance/rules.ts"
import {
  inForce,
  policyText,
  signedPolicyIn,
  successionOf,
} from "../../../core/compliance/succession.ts"
import { aDocument, emptyLists, from, sha256 } from "./builders.ts"
import { keysOf, signAs } from "./keys.ts"

const officers = { needed: 2, keys: keysOf("olga", "omar", "otto") }
const root = { id: "causeway-test", officers }

const first = aDocument({ officers, effectiveMs: 1_000 })
const second = next(first, { effectiveMs: 2_000 })

test("two of three officers make a version, and the version names the one before", () => {
  const [one, two] = successionOf([signed(first), signed(second, "otto", "olga")], root, seals)

  expect(one).toEqual({ name: nameOf(first, sha256), document: first })
  expect(two?.document.prev).toBe(one?.name)
})

test("the version in force is the last that has begun", () => {
  const versions = successionOf([signed(first), signed(second)], root, seals)
  const at = (now: number) => inForce(versions, now)?.document.version ?? null

  expect([at(999), at(1_000), at(1_999), at(2_000), at(9_000)]).toEqual([null, 1, 1, 2, 2])
})

test("new officers sign what comes after the version that names them", () => {
  const renewed = next(first, { officers: { needed: 2, keys: keysOf("nora", "nils") } })
  const third = next(renewed, {})
  const before = [signed(first), signed(renewed, "olga", "omar")]

  expect(successionOf([...before, signed(third, "nora", "nils")], root, seals)).toHaveLength(3)
  expect(() => successionOf([...before, signed(third, "olga", "omar")], root, seals)).toThrow(
    /bad-signature/,
  )
})

describe("no version of ours is", () => {
  test.each<[string, () => object[], RegExp]>([
    ["what one officer signed", () => [signed(first, "olga")], /signedBy 1, needed 2/],
    ["what one officer signed twice", () => [signed(first, "olga", "olga")], /signedBy 1/],
    ["what a stranger signed with one", () => [signed(first, "olga", "eve")], /signedBy 1/],
    [
      "what was signed as another document",
      () => [{ ...signed(first), document: { ...first, effectiveMs: 0 } }],
      /signedBy 0/,
    ],
    [
      "what was signed for another bridge",
      () => [signed(first), { ...signed(next({ ...first, id: "other" }, {})) }],
      /not the policy of/,
    ],
    ["a version without those before it", () => [signed(second)], /a version is missing/],
    ["one version twice", () => [signed(first), signed(first)], /a version is missing/],
    [
      "one that follows another document",
      () => [signed(first), signed({ ...second, prev: sha256("") })],
      /follows another/,
    ],
    [
      "one that was in force before its forerunner",
      () => [signed(first), signed(next(first, { effectiveMs: 999 }))],
      /in force before/,
    ],
  ])("%s", (_, versions, why) => {
    expect(() => successionOf(versions() as never, root, seals)).toThrow(why)
  })
})

test("a wrong signature does not spoil the good ones", () => {
  const { document, signatures } = signed(first, "olga", "omar", "otto")
  const spoilt = signatures.map((one, at) =>
    at === 0 ? { ...one, signature: "A".repeat(86) } : one,
  )

  expect(successionOf([{ document, signatures: spoilt }], root, seals)).toHaveLength(1)
})

test("a signed version reads back from its file", () => {
  const file = JSON.parse(JSON.stringify(signed(second)))

  expect(signedPolicyIn(file)).toEqual(signed(second))
  expect(() => signedPolicyIn({ ...file, signatures: [{}] })).toThrow(/lacks officer/)
})

test("Syria is restricted until the programme ends on 1 July 2025, and not a moment longer", () => {
  const end = Date.UTC(2025, 6, 1)
  const syria: Rule = {
    id: "syria",
    authority: "31 CFR 542",
    when: { kind: "place", codes: ["SY"], sourcesMin: 1 },
    effects: { bridge: "reject", reward: "reject" },
  }
  const old = aDocument({ officers, rules: [syria, ...rulesOf("us-default")] })
  const fresh = next(old, { effectiveMs: end, rules: rulesOf("us-default") })
  const versions = successionOf([signed(old), signed(fresh)], root, seals)

  const bridgeAt = (now: number) => {
    const lists = freshLists(now)
    return evaluate(rulebookOf(inForce(versions, now)!.document), lists, from(["SY"]), now).bridge
  }

  expect(bridgeAt(end - 1)).toBe("reject")
  expect(bridgeAt(end)).toBe("allow")
})

function next(before: PolicyDocument, parts: Partial<PolicyDocument>): PolicyDocument {
  return { ...before, version: before.version + 1, prev: nameOf(before, sha256), ...parts }
}

function signed(document: PolicyDocument, ...names: string[]) {
  const message = policyText(document.id, nameOf(document, sha256))
  const officers = names.length > 0 ? names : ["olga", "omar"]
  return {
    document,
    signatures: officers.map((officer) => ({ officer, signature: signAs(officer)(message) })),
  }
}

function freshLists(checkedMs: number) {
  const lists = emptyLists()
  const versions = [...lists.versions].map(([id, one]) => [id, { ...one, checkedMs }] as const)
  return { ...lists, versions: new Map(versions) }
}

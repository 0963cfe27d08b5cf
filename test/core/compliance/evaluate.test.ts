// Who is stopped, in which scope and by which rule; and what makes the whole decision impossible.

import { describe, expect, test } from "vitest"
import { keyOf, kinOf } from "../../../chains/party.ts"
import { actionFor, evaluate, rulebookOf } from "../../../core/compliance/evaluate.ts"
import type { Facts, Party } from "../../../core/compliance/facts.ts"
import { indexOf } from "../../../core/compliance/lists.ts"
import { OFAC_LIST } from "../../../core/compliance/presets.ts"
import type { Condition } from "../../../core/compliance/rules.ts"
import { DAYS, LAZARUS, MISLABELLED_TRON, ofacOn, TORNADO } from "../../vectors/ofac.ts"
import {
  ALICE,
  aBook,
  aDocument,
  aList,
  aParty,
  aSession,
  BOB,
  bookOf,
  emptyLists,
  HOUR_MS,
  held,
  listsFrom,
  NOW,
  someFacts,
} from "./builders.ts"

const us = bookOf("us-default")
const nobody = emptyLists()
const hold = { bridge: "hold", refund: "hold", reward: "hold" }
const block = { bridge: "block", refund: "block", reward: "block" }
const allow = { bridge: "allow", refund: "allow", reward: "allow" }

describe("addresses", () => {
  test("somebody on no list bridges, and is rewarded once they have signed in", () => {
    const unsigned = evaluate(us, nobody, someFacts(), NOW)
    const signed = evaluate(us, nobody, someFacts({ session: aSession() }), NOW)

    expect(unsigned).toMatchObject({ bridge: "allow", refund: "allow", reward: "hold" })
    expect(unsigned.reasons.map(({ rule }) => rule)).toEqual(["reward-no-session"])
    expect(signed).toEqual({ ...allow, reasons: [] })
  })

  // Case 133
  test.each(["sender", "origin", "input", "recipient", "refund", "payer"] as const)(
    "case 133: a listed %s freezes everything, the refund too, and is named with its list",
    (role) => {
      const facts = someFacts({ parties: [aParty("sender", ALICE), aParty(role, LAZARUS)] })

      const decision = evaluate(us, listsFrom(ofacOn("2025-11-27")), facts, NOW)

      expect(decision).toMatchObject(block)
      expect(decision.reasons[0]).toEqual({
        rule: "sdn",
        about: `${role} evm:0x098b716b8aaf21512996dc57eb0615e2383e2f96 in ${OFAC_LIST}`,
        effects: block,
      })
    },
  )

  test("one listed input among many freezes a Bitcoin deposit", () => {
    const inputs = ["1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "194xmrZA53UBsZau2PnJLdmVVW9m5feeS"]
    const parties = [...inputs.map((one) => aParty("input", one)), aParty("recipient", BOB)]

    expect(
      evaluate(us, listsFrom(ofacOn("2025-11-27")), someFacts({ parties }), NOW),
    ).toMatchObject(block)
    expect(
      evaluate(
        us,
        listsFrom(ofacOn("2025-11-27")),
        someFacts({ parties: parties.slice(0, 1) }),
        NOW,
      ).bridge,
    ).toBe("allow")
  })

  // Case 138
  test.each(DAYS)(
    "case 138: who was delisted in March 2025 is stopped before and not after: %s",
    (day) => {
      const facts = someFacts({ parties: [aParty("sender", TORNADO)] })

      const { bridge } = evaluate(us, listsFrom(ofacOn(day)), facts, NOW)

      expect(bridge).toBe(day === "2024-09-27" ? "block" : "allow")
    },
  )

  test("a Tron address that the list calls Bitcoin is found as what it is", () => {
    const lists = listsFrom(ofacOn("2025-11-27"))
    const twin = `0x${keyOf(MISLABELLED_TRON).slice(-40)}`

    const exact = evaluate(
      us,
      lists,
      someFacts({ parties: [aParty("sender", MISLABELLED_TRON)] }),
      NOW,
    )
    const sameKey = evaluate(us, lists, someFacts({ parties: [aParty("recipient", twin)] }), NOW)

    expect(exact).toMatchObject(block)
    expect(sameKey).toMatchObject(hold)
    expect(sameKey.reasons[0]?.rule).toBe("sdn-same-key")
  })

  test("the same key behind another form of address waits for people", () => {
    const listed = aList(OFAC_LIST, "1BoatSLRHtKNngkdXEeobR76b53LETtpyT")
    const { key } = aParty("input", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT")
    const segwit = { role: "input", key: key.replace("pkh", "w0"), kin: kinOf(key) } as const

    const decision = evaluate(us, listsFrom(listed), someFacts({ parties: [segwit] }), NOW)

    expect(decision).toMatchObject(hold)
    expect(decision.reasons).toHaveLength(1 + 1) // and nobody signed in
  })

  test("having received from a listed address locks nobody out", () => {
    const dusted = someFacts({ parties: [aParty("sender", BOB)] })

    expect(evaluate(us, listsFrom(aList(OFAC_LIST, TORNADO)), dusted, NOW).bridge).toBe("allow")
  })

  test("two lists disagree: the one that names somebody counts", () => {
    const both = bookOf("us-default", "eu-default")
    const facts = someFacts({ parties: [aParty("sender", TORNADO)] })

    const usOnly = listsFrom(aList(OFAC_LIST, TORNADO), aList("eu-consolidated"))
    const euOnly = listsFrom(aList(OFAC_LIST), aList("eu-consolidated", TORNADO))

    const stops = (lists: typeof usOnly) =>
      evaluate(both, lists, facts, NOW)
        .reasons.filter(({ effects }) => effects.bridge === "block")
        .map(({ rule }) => rule)
    expect(stops(usOnly)).toEqual(["sdn"])
    expect(stops(euOnly)).toEqual(["eu-listed"])
    expect(evaluate(us, euOnly, facts, NOW).bridge).toBe("allow")
  })

  test("an exception lifts a review for one party and for a time, and no block", () => {
    const listed = listsFrom(aList(OFAC_LIST, "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"))
    const { key } = aParty("input", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT")
    const party: Party = { role: "input", key: key.replace("pkh", "w0"), kin: kinOf(key) }
    const book = aBook({
      exceptions: [
        { party: party.key, rules: ["sdn-same-key"], untilMs: NOW + 1, reason: "looked at" },
      ],
    })
    const bridgeAt = (now: number, one = party) =>
      evaluate(book, listed, someFacts({ parties: [one] }), now).bridge

    expect(bridgeAt(NOW)).toBe("allow")
    expect(bridgeAt(NOW + 1)).toBe("hold")
    expect(bridgeAt(NOW, aParty("input", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"))).toBe("block")
  })
})

describe("what others say, and how much is at stake", () => {
  const judge = (when: Condition, parts: Partial<Facts>) =>
    evaluate(
      aBook({ rules: [{ id: "r", authority: "x", when, effects: { bridge: "hold" } }] }),
      nobody,
      someFacts(parts),
      NOW,
    ).bridge

  const provider = { kind: "unanswered", source: "provider", usdCentsMin: 100_000 } as const
  const silent = { source: "provider", said: "none", about: "sender" } as const
  const clear = { ...silent, said: "clear" } as const

  // Case 136
  test.each<[string, Partial<Facts>, string]>([
    ["silence holds a great amount", { answers: [silent], usdCents: 100_000 }, "hold"],
    ["not being asked is silence", { answers: [], usdCents: 100_000 }, "hold"],
    [
      "silence about one of two is silence",
      { answers: [clear, silent], usdCents: 100_000 },
      "hold",
    ],
    ["an amount without a price is great", { answers: [silent], usdCents: null }, "hold"],
    ["silence lets a smaller one pass", { answers: [silent], usdCents: 99_999 }, "allow"],
    ["an answer lets a great one pass", { answers: [clear], usdCents: 100_000 }, "allow"],
  ])("case 136: a provider that is down: %s", (_, parts, expected) => {
    expect(judge(provider, parts)).toBe(expected)
  })

  test("an oracle's yes acts, and its no and its silence change nothing", () => {
    const answers = (said: "listed" | "clear" | "none") =>
      evaluate(
        us,
        nobody,
        someFacts({ answers: [{ source: "sanctions-oracle", said, about: "sender" }] }),
        NOW,
      ).bridge

    expect([answers("listed"), answers("clear"), answers("none")]).toEqual([
      "hold",
      "allow",
      "allow",
    ])
  })

  // Case 140
  test("case 140: an issuer that freezes the vault stops mints of that token", () => {
    const frozen = { source: "issuer-freeze", said: "listed", about: "vault" } as const
    const when = { kind: "answered", source: "issuer-freeze", about: "vault" } as const

    expect(evaluate(us, nobody, someFacts({ answers: [frozen] }), NOW)).toMatchObject(hold)
    expect(judge(when, { answers: [frozen] })).toBe("hold")
    expect(judge(when, { answers: [{ ...frozen, about: "recipient" }] })).toBe("allow")
  })

  test.each<[string, Condition, Partial<Facts>, string]>([
    ["the limit itself passes", { kind: "over", usdCents: 10_000 }, {}, "allow"],
    ["one cent above waits", { kind: "over", usdCents: 9_999 }, {}, "hold"],
    [
      "many small ones are one great one",
      { kind: "recent-over", usdCents: 10_000 },
      { recentUsdCents: 1 },
      "hold",
    ],
    ["what sums up to the limit", { kind: "recent-over", usdCents: 10_000 }, {}, "allow"],
    ["no price", { kind: "unpriced" }, { usdCents: null }, "hold"],
    ["a price", { kind: "unpriced" }, {}, "allow"],
    ["a chain that stands still", { kind: "paused", asset: null, chain: "ao" }, {}, "hold"],
    ["another chain", { kind: "paused", asset: null, chain: "bitcoin" }, {}, "allow"],
    ["an asset that stands still", { kind: "paused", asset: "AR", chain: "arweave" }, {}, "hold"],
    ["another asset", { kind: "paused", asset: "USDC", chain: "arweave" }, {}, "allow"],
  ])("%s", (_, when, parts, expected) => {
    expect(judge(when, parts)).toBe(expected)
  })
})

describe("what cannot be decided is held", () => {
  const document = aDocument()
  const { [OFAC_LIST]: pin } = document.lists
  const list = aList(OFAC_LIST)
  const exactly = (checkedMs: number) => indexOf([held(list, checkedMs)], kinOf)
  const why = (lists: Parameters<typeof evaluate>[1], parts = {}, now = NOW) => {
    const decision = evaluate(rulebookOf({ ...document, ...parts }), lists, someFacts(), now)
    if (decision.reasons[0]?.rule !== "reward-no-session") expect(decision).toMatchObject(hold)
    return decision.reasons[0]?.rule
  }

  test("without a list that the policy needs", () => {
    expect(why(listsFrom())).toBe("data.missing")
  })

  test("when a list is older than the policy's greatest age, and not a moment before", () => {
    expect(why(exactly(NOW - 36 * HOUR_MS - 1))).toBe("data.stale")
    expect(why(exactly(NOW - 36 * HOUR_MS))).toBe("reward-no-session")
    expect(why(exactly(NOW + HOUR_MS))).toBe("data.stale")
    expect(why(exactly(0), { lists: { [OFAC_LIST]: { ...pin, maxAgeMs: null } } })).toBe(
      "reward-no-session",
    )
  })

  // Case 135
  test("case 135: by another list than the pinned one, unless it is newer and newer ones will do", () => {
    const pinned = (publishedAt: string, exact = false) => ({
      lists: { [OFAC_LIST]: { ...pin!, digest: "0".repeat(64), publishedAt, exact } },
    })
    const lists = listsFrom(list)

    expect(why(lists, pinned("2026-10-30"))).toBe("reward-no-session")
    expect(why(lists, pinned("2026-10-31"))).toBe("data.other-version")
    expect(why(lists, pinned("2026-11-01"))).toBe("data.other-version")
    expect(why(lists, pinned("2026-10-30", true))).toBe("data.other-version")
  })

  test("before the policy is in force", () => {
    expect(why(listsFrom(list), { effectiveMs: NOW + 1 })).toBe("data.not-in-force")
    expect(why(listsFrom(list), { effectiveMs: NOW })).toBe("reward-no-session")
  })

  test("when the facts name nobody", () => {
    const decision = evaluate(us, nobody, someFacts({ parties: [] }), NOW)

    expect(decision).toMatchObject(hold)
    expect(decision.reasons[0]?.rule).toBe("facts.no-party")
  })
})

test("what is about to be done has the decision of its scope", () => {
  const decision = { bridge: "allow", refund: "hold", reward: "reject", reasons: [] } as const

  expect(
    (["mint", "release", "refund", "reward"] as const).map((act) => actionFor(decision, act)),
  ).toEqual(["allow", "allow", "hold", "reject"])
})

// Where a person is and what they signed: which programme acts on it, in which scope, and that exits stay open.

import { describe, expect, test } from "vitest"
import { keyOf } from "../../../chains/party.ts"
import { evaluate } from "../../../core/compliance/evaluate.ts"
import type { Facts } from "../../../core/compliance/facts.ts"
import { OFAC_LIST } from "../../../core/compliance/presets.ts"
import type { Condition } from "../../../core/compliance/rules.ts"
import { LAZARUS } from "../../vectors/ofac.ts"
import {
  aBook,
  aList,
  aParty,
  aSession,
  BOB,
  bookOf,
  emptyLists,
  from,
  listsFrom,
  NOW,
  someFacts,
} from "./builders.ts"

const us = bookOf("us-default")
const nobody = emptyLists()
const block = { bridge: "block", refund: "block", reward: "block" }
const allow = { bridge: "allow", refund: "allow", reward: "allow" }

describe("places", () => {
  const rows: readonly [string, Facts, object, string | null][] = [
    ["Cuba is frozen", from(["CU"]), block, "cuba"],
    ["Iran goes back", from(["IR"]), { bridge: "reject", refund: "allow" }, "iran"],
    [
      "one source is enough for an embargo",
      from(["IT"], ["KP"]),
      { bridge: "reject" },
      "north-korea",
    ],
    ["Crimea under UA", from(["UA", "UA-43"]), { bridge: "reject" }, "crimea"],
    ["Crimea under RU", from(["RU", "UA-43"]), { bridge: "reject" }, "crimea"],
    ["Sevastopol", from(["UA", "UA-40"]), { bridge: "reject" }, "crimea"],
    ["Donetsk", from(["UA", "UA-14"]), { bridge: "reject" }, "donetsk-luhansk"],
    ["the rest of Ukraine", from(["UA", "UA-30"]), allow, null],
    ["Russia, where only lists apply", from(["RU", "RU-MOW"]), allow, null],
    ["Syria, since July 2025", from(["SY"]), allow, null],
  ]

  test.each(rows)("%s", (_, facts, expected, rule) => {
    const decision = evaluate(us, nobody, facts, NOW)

    expect(decision).toMatchObject(expected)
    expect(decision.reasons[0]?.rule ?? null).toBe(rule)
  })

  test.each(["US", "PR", "GU", "VI", "AS", "MP", "UM"])(
    "a person in %s keeps what they bridged and has no reward",
    (code) => {
      const { bridge, refund, reward } = evaluate(us, nobody, from([code], [code]), NOW)

      expect({ bridge, refund, reward }).toEqual({ ...allow, reward: "reject" })
    },
  )

  test("one source that says American makes a reward wait, two end it; one voice counts once", () => {
    const rewardIn = (facts: Facts) => evaluate(us, nobody, facts, NOW).reward
    const twice = someFacts({
      session: aSession({
        places: [
          { source: "dbip", codes: ["US", "PR"] },
          { source: "dbip", codes: ["PR"] },
        ],
      }),
    })

    expect(rewardIn(from(["US"], ["CA"], ["CA"]))).toBe("hold")
    expect(rewardIn(from(["US"], ["CA"], ["US"]))).toBe("reject")
    expect(rewardIn(twice)).toBe("hold")
  })

  test("a person in the US is refused the reward alone where rules are like AOX's", () => {
    const aox = bookOf("aox-like")

    expect(evaluate(aox, nobody, from(["US"]), NOW)).toMatchObject({ ...allow, reward: "reject" })
    expect(evaluate(aox, nobody, from(["CU"]), NOW)).toMatchObject(allow)
  })

  test("occupied Kherson is restricted in the EU and not in the US", () => {
    const facts = from(["UA", "UA-65"])

    expect(evaluate(bookOf("eu-default"), nobody, facts, NOW).bridge).toBe("reject")
    expect(evaluate(us, nobody, facts, NOW).bridge).toBe("allow")
  })

  test("geography never stops an exit; what is blocked property stays", () => {
    const out = (facts: Facts): Facts => ({ ...facts, direction: "out" })
    const strict = bookOf("us-default", "strict")

    expect(evaluate(us, nobody, out(from(["IR"])), NOW).bridge).toBe("allow")
    expect(evaluate(us, nobody, out(from(["UA", "UA-43"])), NOW).bridge).toBe("allow")
    expect(evaluate(strict, nobody, out(someFacts()), NOW).bridge).toBe("allow")
    expect(evaluate(us, nobody, out(from(["CU"])), NOW)).toMatchObject(block)
    expect(
      evaluate(
        us,
        listsFrom(aList(OFAC_LIST, BOB)),
        out(someFacts({ parties: [aParty("recipient", BOB)] })),
        NOW,
      ),
    ).toMatchObject(block)
  })

  test("an unknown place and an anonymising network make the reward wait, and nothing else", () => {
    const unknown = evaluate(us, nobody, from([], []), NOW)
    const tor = evaluate(us, nobody, someFacts({ session: aSession({ networks: ["tor"] }) }), NOW)

    expect(unknown).toMatchObject({ ...allow, reward: "hold" })
    expect(unknown.reasons[0]?.rule).toBe("reward-place-unknown")
    expect(tor).toMatchObject({ ...allow, reward: "hold" })
    expect(tor.reasons[0]).toMatchObject({ rule: "reward-network", about: "tor" })
  })
})

describe("sessions", () => {
  const strict = bookOf("us-default", "strict")

  test("without a session a strict bridge waits, and pays back if asked", () => {
    expect(evaluate(strict, nobody, someFacts(), NOW)).toMatchObject({
      bridge: "hold",
      refund: "allow",
    })
    expect(evaluate(strict, nobody, someFacts({ session: aSession() }), NOW).bridge).toBe("allow")
    expect(evaluate(strict, nobody, someFacts({ session: "attested" }), NOW).bridge).toBe("allow")
  })

  test("the session of somebody who is no party here counts for nothing", () => {
    const friend = aSession({ by: keyOf(LAZARUS) })

    const { bridge, reasons } = evaluate(strict, nobody, someFacts({ session: friend }), NOW)

    expect(bridge).toBe("hold")
    expect(reasons.find(({ rule }) => rule === "strict-no-session")?.about).toBe(
      "no party signed in",
    )
  })

  test("a session ends, but what it said against somebody stays said", () => {
    const old = from(["IR"])
    const ended = { ...old, session: { ...aSession(), ...(old.session as object), untilMs: NOW } }

    const { bridge, reasons } = evaluate(strict, nobody, ended as Facts, NOW)

    expect(bridge).toBe("reject")
    expect(reasons.map(({ rule }) => rule)).toContain("strict-no-session")
  })

  test("sources that name two countries make a strict bridge wait", () => {
    const { reasons } = evaluate(strict, nobody, from(["DE"], [], ["FR"]), NOW)

    expect(reasons).toEqual([
      { rule: "strict-place-disputed", about: "DE or FR", effects: { bridge: "hold" } },
    ])
    expect(evaluate(strict, nobody, from(["DE", "DE-BE"], ["DE"]), NOW).reasons).toEqual([])
  })

  test.each<[string, Condition, Facts]>([
    ["other terms", { kind: "terms", version: "2027-01" }, someFacts({ session: aSession() })],
    [
      "a statement that was not made",
      { kind: "unstated", statement: "of-age" },
      someFacts({ session: aSession() }),
    ],
  ])("%s make the reward wait", (_, when, facts) => {
    const book = aBook({ rules: [{ id: "r", authority: "x", when, effects: { reward: "hold" } }] })

    expect(evaluate(book, nobody, facts, NOW).reward).toBe("hold")
    expect(evaluate(book, nobody, someFacts({ session: "attested" }), NOW).reward).toBe("allow")
  })
})

// A decision can be made again from its record, and what was changed in between is found.

import { describe, expect, test } from "vitest"
import { kinOf } from "../../../chains/party.ts"
import { nameOf } from "../../../core/compliance/document.ts"
import { evaluate, rulebookOf } from "../../../core/compliance/evaluate.ts"
import {
  type DecisionRecord,
  digestOfRecord,
  recordOf,
  replay,
} from "../../../core/compliance/evidence.ts"
import { indexOf } from "../../../core/compliance/lists.ts"
import { OFAC_LIST } from "../../../core/compliance/presets.ts"
import { DAYS, LAZARUS, ofacOn } from "../../vectors/ofac.ts"
import { aDocument, aParty, from, HOUR_MS, held, NOW, sha256, someFacts } from "./builders.ts"

const document = aDocument()
const [before, after] = DAYS.map((day) => indexOf([held(ofacOn(day))], kinOf))
const facts = { ...from(["IR"]), parties: [...someFacts().parties, aParty("origin", LAZARUS)] }
const record = recordOf({
  transfer: "arweave:x:0",
  atMs: NOW,
  policy: nameOf(document, sha256),
  lists: after!,
  places: { source0: sha256("file") },
  facts,
  decision: evaluate(rulebookOf(document), after!, facts, NOW),
})
/** As it comes back from where it was kept. */
const kept: DecisionRecord = JSON.parse(JSON.stringify(record))

test("years later, with the policy and the lists of its day, the decision is the same", () => {
  const later = indexOf([held(ofacOn("2025-06-20"), NOW + 9_999 * HOUR_MS)], kinOf)

  expect(record.decision.reasons.map(({ rule }) => rule)).toEqual(["sdn", "iran"])
  expect(replay(kept, document, later, sha256)).toEqual({ kind: "same" })
})

describe("found is", () => {
  test("another policy", () => {
    expect(replay(kept, aDocument({ effectiveMs: 1 }), after!, sha256)).toEqual({
      kind: "other-policy",
    })
  })

  test("another version of a list, or one that is not there", () => {
    const other = { kind: "other-lists", lists: [OFAC_LIST] }

    expect(replay(kept, document, before!, sha256)).toEqual(other)
    expect(replay(kept, document, indexOf([], kinOf), sha256)).toEqual(other)
  })

  test("a decision that does not follow from its facts", () => {
    const milder = { ...kept, decision: { ...kept.decision, bridge: "allow" as const } }
    const others = { ...kept, facts: someFacts() }

    expect(replay(milder, document, after!, sha256)).toMatchObject({
      kind: "other-decision",
      decision: { bridge: "block" },
    })
    expect(replay(others, document, after!, sha256)).toMatchObject({ kind: "other-decision" })
  })
})

test("a record's digest is that of everything in it", () => {
  expect(digestOfRecord(kept, sha256)).toBe(digestOfRecord(record, sha256))
  expect(digestOfRecord({ ...kept, places: {} }, sha256)).not.toBe(digestOfRecord(kept, sha256))
})

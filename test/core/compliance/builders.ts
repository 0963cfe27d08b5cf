// Policies, lists and facts with everything filled in; a test names only what matters to it.

import { createHash } from "node:crypto"
import { keyOf, kinOf, partyOf } from "../../../chains/party.ts"
import type { PolicyDocument } from "../../../core/compliance/document.ts"
import { rulebookOf } from "../../../core/compliance/evaluate.ts"
import type { Facts, Session } from "../../../core/compliance/facts.ts"
import {
  type AddressList,
  digestOf,
  type HeldList,
  indexOf,
  listOf,
} from "../../../core/compliance/lists.ts"
import { listsNeededBy, type PresetName, rulesOf } from "../../../core/compliance/presets.ts"
import type { Rule } from "../../../core/compliance/rules.ts"
import { anId } from "../../builders.ts"

export const HOUR_MS = 3_600_000
/** 1 November 2026. */
export const NOW = 1_793_491_200_000

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

/** Somebody who is on no list. */
export const ALICE = anId("alice")
export const BOB = "0x52908400098527886E0F7030069857D2E4169EE7"

export const aParty = partyOf

/** A list that names these addresses. */
export function aList(list: string, ...addresses: readonly string[]): AddressList {
  return listOf(
    list,
    "2026-10-31",
    addresses.map((raw) => ({ key: keyOf(raw), labels: ["own"], raw: [raw] })),
  )
}

/** A list as an operator holds it, checked an hour ago. */
export function held(list: AddressList, checkedMs = NOW - HOUR_MS): HeldList {
  return { ...list, digest: digestOf(list, sha256), checkedMs }
}

export const listsFrom = (...lists: readonly AddressList[]) =>
  indexOf(
    lists.map((list) => held(list)),
    kinOf,
  )

/** Version 1 of a policy with these rules; every list they need is pinned, empty and of any newer version. */
export function aDocument(parts: Partial<PolicyDocument> = {}): PolicyDocument {
  const rules = parts.rules ?? rulesOf("us-default")
  return {
    id: "causeway-test",
    version: 1,
    prev: null,
    effectiveMs: 0,
    officers: {
      needed: 2,
      keys: { olga: anId("olga"), omar: anId("omar"), otto: anId("otto") },
    },
    attestors: null,
    lists: Object.fromEntries(
      listsNeededBy(rules).map((list) => [
        list,
        { digest: sha256(""), publishedAt: "2000-01-01", exact: false, maxAgeMs: 36 * HOUR_MS },
      ]),
    ),
    exceptions: [],
    ...parts,
    rules,
  }
}

export const aBook = (parts: Partial<PolicyDocument> = {}) => rulebookOf(aDocument(parts))

export const bookOf = (...presets: readonly PresetName[]) => aBook({ rules: rulesOf(...presets) })

/** The lists that `bookOf` wants, each without a name on it. */
export const emptyLists = (rules: readonly Rule[] = rulesOf("us-default", "eu-default")) =>
  listsFrom(...listsNeededBy(rules).map((list) => aList(list)))

/** Alice deposits AR, worth 100 dollars, for Bob; nobody signed in. */
export function someFacts(parts: Partial<Facts> = {}): Facts {
  return {
    direction: "in",
    asset: "AR",
    chains: ["arweave", "ao"],
    usdCents: 10_000,
    recentUsdCents: 0,
    parties: [aParty("sender", ALICE), aParty("recipient", BOB), aParty("refund", ALICE)],
    answers: [],
    session: null,
    ...parts,
  }
}

/** Alice signed in, from Germany by two sources, with everything that the terms ask for. */
export function aSession(parts: Partial<Session> = {}): Session {
  return {
    by: keyOf(ALICE),
    untilMs: NOW + HOUR_MS,
    places: [
      { source: "dbip", codes: ["DE", "DE-BE"] },
      { source: "whois", codes: ["DE"] },
    ],
    networks: [],
    terms: "2026-01",
    statements: ["not-us-person"],
    ...parts,
  }
}

/** Alice signed in from a place that these sources give these codes. */
export const from = (...codes: readonly (readonly string[])[]) =>
  someFacts({
    session: aSession({ places: codes.map((one, at) => ({ source: `source${at}`, codes: one })) }),
  })

// Where a bridge's policy may start: rules by programme, each with its authority, as they stood on a date.
//
// They are starting points for officers and their counsel, not legal advice: a policy is what officers signed.

import { type Effects, HOLD_ALL } from "./decision.ts"
import { listsOf, type Rule } from "./rules.ts"

export interface Preset {
  readonly name: PresetName
  /** The day on which its authorities were last read. */
  readonly asOf: string
  readonly authority: string
  readonly rules: readonly Rule[]
}

export const PRESET_NAMES = [
  "us-default",
  "eu-default",
  "aox-like",
  "minimal",
  "known-reward",
  "own-lists",
  "strict",
  "priced",
] as const
export type PresetName = (typeof PRESET_NAMES)[number]

/** Lists that the presets look into, by the ids under which an operator loads them. */
export const OFAC_LIST = "ofac-sdn-digital-currency"
export const EU_LIST = "eu-consolidated"
/** An operator's own lists, by what is done with those who are on them. */
export const OWN_LISTS = { block: "own-block", reject: "own-return", hold: "own-review" } as const
/** Whether every input of a Bitcoin deposit has an address that we know; everywhere else it is clear. */
export const INPUT_NAMES = "input-names"
/** An on-chain oracle of OFAC's list. It is late: its yes counts, its no and its silence teach nothing. */
export const ORACLE = "sanctions-oracle"
/** The issuer's own list of the frozen, asked of the token's contract. */
export const ISSUER = "issuer-freeze"

/** The United States and each territory that has an ISO code of its own, which no source calls `US`. */
export const UNITED_STATES = ["US", "PR", "GU", "VI", "AS", "MP", "UM"] as const
/** Crimea and Sevastopol. Sources put them under RU and under UA; both are read as these codes. */
export const CRIMEA = ["UA-43", "UA-40"] as const
/** Whole regions: where an address on the network is says nothing about a line of contact within them. */
export const DONETSK_LUHANSK = ["UA-14", "UA-09"] as const
export const KHERSON_ZAPORIZHZHIA = ["UA-65", "UA-23"] as const

const BLOCK_ALL: Effects = { bridge: "block", refund: "block", reward: "block" }
/** Not done, and given back: a refund has its own decision, which this leaves alone. */
const RETURN: Effects = { bridge: "reject", reward: "reject" }
const NO_REWARD: Effects = { reward: "reject" }
const REWARD_WAITS: Effects = { reward: "hold" }

/** Money that would be stuck at its issuer, on either side. */
const FROZEN_BY_ISSUER: readonly Rule[] = [
  rule("issuer-froze-party", "a payout to a frozen address reverts", HOLD_ALL, {
    kind: "answered",
    source: ISSUER,
    about: null,
  }),
]

const LISTED_IN_US: readonly Rule[] = [
  rule("sdn", "31 CFR 501, 31 CFR 510-599", BLOCK_ALL, { kind: "listed", lists: [OFAC_LIST] }),
  rule("sdn-same-key", "review: the key of a listed address", HOLD_ALL, {
    kind: "same-key",
    lists: [OFAC_LIST],
  }),
  rule("sdn-oracle", "review: an oracle that may be late names it", HOLD_ALL, {
    kind: "answered",
    source: ORACLE,
    about: null,
  }),
]

const LISTED_IN_EU: readonly Rule[] = [
  rule("eu-listed", "Regulation (EU) 269/2014 art. 2 and others", BLOCK_ALL, {
    kind: "listed",
    lists: [EU_LIST],
  }),
  rule("eu-same-key", "review: the key of a listed address", HOLD_ALL, {
    kind: "same-key",
    lists: [EU_LIST],
  }),
]

/** The operator's own rule, from AO's words: rewards for bridging are not available to persons in the US. */
const NO_US_REWARD: readonly Rule[] = [
  rule("us-reward", "terms: no rewards to persons in the US", NO_REWARD, {
    kind: "place",
    codes: UNITED_STATES,
    sourcesMin: 2,
  }),
  // One address in eight that some source calls American is disputed by another: such a one waits.
  rule("us-reward-disputed", "terms: no rewards to persons in the US", REWARD_WAITS, {
    kind: "place",
    codes: UNITED_STATES,
    sourcesMin: 1,
  }),
]

/** Who may have a reward must be known to be somewhere, and to have said who they are. */
const REWARD_NEEDS_KNOWING: readonly Rule[] = [
  rule("reward-no-session", "terms: rewards need a signed session", REWARD_WAITS, {
    kind: "no-session",
  }),
  rule("reward-place-unknown", "terms: rewards need a known place", REWARD_WAITS, {
    kind: "place-unknown",
  }),
  rule("reward-network", "terms: a place behind an anonymising network is unknown", REWARD_WAITS, {
    kind: "network",
    networks: ["tor", "vpn", "hosting"],
  }),
  rule("reward-unstated", "terms: the statement that one is not a US person", REWARD_WAITS, {
    kind: "unstated",
    statement: "not-us-person",
  }),
]

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  "us-default": {
    name: "us-default",
    asOf: "2026-08-01",
    authority: "OFAC programmes, for an operator that is a US person",
    rules: [
      ...LISTED_IN_US,
      // Any interest of a Cuban national makes it blocked property; it may not be given back.
      at("cuba", "31 CFR 515.201", BLOCK_ALL, ["CU"]),
      at("iran", "31 CFR 560", RETURN, ["IR"]),
      at("north-korea", "31 CFR 510", RETURN, ["KP"]),
      at("crimea", "EO 13685", RETURN, CRIMEA),
      at("donetsk-luhansk", "EO 14065", RETURN, DONETSK_LUHANSK),
      // Syria is not here: EO 14312 ended the programme on 1 July 2025.
      ...NO_US_REWARD,
      ...REWARD_NEEDS_KNOWING,
      ...FROZEN_BY_ISSUER,
    ],
  },
  "eu-default": {
    name: "eu-default",
    asOf: "2026-08-01",
    authority: "restrictive measures of the European Union",
    rules: [
      ...LISTED_IN_EU,
      at("crimea", "Regulation (EU) 692/2014", RETURN, CRIMEA),
      at("donetsk-luhansk", "Regulation (EU) 2022/263", RETURN, DONETSK_LUHANSK),
      at("kherson-zaporizhzhia", "Regulation (EU) 2022/1903", RETURN, KHERSON_ZAPORIZHZHIA),
      at("north-korea", "Regulation (EU) 2017/1509", RETURN, ["KP"]),
      ...NO_US_REWARD,
      ...REWARD_NEEDS_KNOWING,
      ...FROZEN_BY_ISSUER,
    ],
  },
  "aox-like": {
    name: "aox-like",
    asOf: "2026-08-01",
    authority: "AO's words on its mint page: rewards are not available to persons in the US",
    rules: [
      at("us-reward", "terms: no rewards to persons in the US", NO_REWARD, UNITED_STATES),
      ...FROZEN_BY_ISSUER,
    ],
  },
  minimal: {
    name: "minimal",
    asOf: "2026-08-01",
    authority: "listed addresses alone",
    rules: [...LISTED_IN_US, ...FROZEN_BY_ISSUER],
  },
  /** To be laid over another: who is to be rewarded must be known. */
  "known-reward": {
    name: "known-reward",
    asOf: "2026-08-01",
    authority: "the operator's own terms",
    rules: REWARD_NEEDS_KNOWING,
  },
  /** To be laid over another: lists that the operator keeps. */
  "own-lists": {
    name: "own-lists",
    asOf: "2026-08-01",
    authority: "the operator's own decisions",
    rules: [
      own("own-block", BLOCK_ALL, OWN_LISTS.block),
      own("own-return", RETURN, OWN_LISTS.reject),
      // Two officers may give back what they do not let pass.
      own("own-review", { bridge: "hold", reward: "hold" }, OWN_LISTS.hold),
      rule(
        "input-unnamed",
        "review: an input that no list can name",
        { bridge: "hold", reward: "hold" },
        { kind: "unanswered", source: INPUT_NAMES, usdCentsMin: 0 },
      ),
    ],
  },
  /** To be laid over another: nothing is bridged for somebody who has not signed in. */
  strict: {
    name: "strict",
    asOf: "2026-08-01",
    authority: "the operator's own caution",
    rules: [
      rule(
        "strict-no-session",
        "terms: a signed session",
        { bridge: "hold", reward: "hold" },
        {
          kind: "no-session",
        },
      ),
      rule(
        "strict-place-unknown",
        "terms: a known place",
        { bridge: "hold" },
        {
          kind: "place-unknown",
        },
      ),
      rule(
        "strict-place-disputed",
        "terms: a known place",
        { bridge: "hold" },
        {
          kind: "place-disputed",
        },
      ),
      rule(
        "strict-tor",
        "terms: a known place",
        { bridge: "hold" },
        {
          kind: "network",
          networks: ["tor"],
        },
      ),
    ],
  },
  /** To be laid over another, where prices are known: what has none waits. */
  priced: {
    name: "priced",
    asOf: "2026-08-01",
    authority: "the operator's own caution",
    rules: [
      rule(
        "unpriced",
        "limits: what has no price has no limit",
        { bridge: "hold" },
        { kind: "unpriced" },
      ),
    ],
  },
}

/** The rules of several presets together; of two with one id the first counts. */
export function rulesOf(...names: readonly PresetName[]): readonly Rule[] {
  const rules = new Map<string, Rule>()
  for (const name of names)
    for (const one of PRESETS[name].rules) if (!rules.has(one.id)) rules.set(one.id, one)
  return [...rules.values()]
}

/** Ids of the lists that these rules need, and a policy with them must pin. */
export function listsNeededBy(rules: readonly Rule[]): readonly string[] {
  return [...new Set(rules.flatMap(listsOf))]
}

function rule(id: string, authority: string, effects: Effects, when: Rule["when"]): Rule {
  return { id, authority, when, effects }
}

function own(id: string, effects: Effects, list: string): Rule {
  return rule(id, "the operator's own list", effects, { kind: "listed", lists: [list] })
}

/** An embargo of a place: whichever source says so is believed. */
function at(id: string, authority: string, effects: Effects, codes: readonly string[]): Rule {
  return rule(id, authority, effects, { kind: "place", codes, sourcesMin: 1 })
}

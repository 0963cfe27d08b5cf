// Which accounts are one person's, as far as what can be seen says so: clusters of accounts, each edge with its reason.
//
// Pure and for anybody to make again: the rules are published, and all that is seen is given. What follows is no more
// than facts of the office (a verdict, or a hold of the epoch), which stand in the epoch's events like all others.

import { canonical, type Json } from "../compliance/canonical.ts"
import type { Hash } from "../compliance/seals.ts"
import type { RewardEvent, RewardFact } from "./event.ts"

/** What is seen of accounts beside what they bridge; `atS`: seconds since 1970. */
export type Trace =
  /** Who paid the first coins of whoever deposits for the account, or sent a deposit for them; `source`: `chain:address`. */
  | {
      readonly kind: "gas"
      readonly account: string
      readonly source: string
      readonly atS: number
    }
  /** Keyed hash of where a session was opened from; the address itself is nobody's business here. */
  | {
      readonly kind: "session"
      readonly account: string
      readonly tag: string
      readonly atS: number
    }
  /** Where the account's refunds go. */
  | { readonly kind: "refund"; readonly account: string; readonly to: string; readonly atS: number }
  /** The account's own signed word that these others are its person's too. */
  | {
      readonly kind: "self-report"
      readonly account: string
      readonly others: readonly string[]
      readonly atS: number
    }
  /** Officers have heard the account: what was seen of it joins it to nobody. */
  | {
      readonly kind: "appeal-granted"
      readonly account: string
      readonly evidence: string
      readonly atS: number
    }

export const REASONS = ["funding", "gas", "session", "refund", "round-trip", "self-report"] as const
export type Reason = (typeof REASONS)[number]

export interface SybilRules {
  /** How much each reason says; two accounts are joined by reasons that say `needed` or more together. */
  readonly says: Readonly<Record<Exclude<Reason, "self-report">, number>>
  readonly needed: number
  /** What joins happened within so many seconds of each other. */
  readonly windowS: number
  /** What more accounts than this share is an exchange or a crowd, and says nothing. */
  readonly crowd: number
  /** Sources and places that are known to serve many: they say nothing either. */
  readonly exempt: readonly string[]
  /** Of a round trip comes back at least this part, basis points. */
  readonly returned: number
  /** The last row whose `from` a cluster has accounts for: what of its points counts, basis points, or a hold. */
  readonly sizes: readonly { readonly from: number; readonly counts: number | "hold" }[]
  /** What counts at least of a cluster all of which reported itself. */
  readonly selfReported: number
}

export interface Edge {
  /** In the order of their names. */
  readonly accounts: readonly [string, string]
  readonly reason: Reason
  /** What both have in common. */
  readonly by: string
}

/** A person's accounts, and why they are held to be one person's. */
export interface Cluster {
  /** The first account by name. */
  readonly person: string
  readonly accounts: readonly string[]
  readonly edges: readonly Edge[]
  readonly isSelfReported: boolean
  /** Basis points, or a hold until people have looked. */
  readonly counts: number | "hold"
}

/** Clusters of two accounts and more, in the order of their persons; the same whatever came first. */
export function clustersOf(
  events: readonly RewardEvent[],
  traces: readonly Trace[],
  rules: SybilRules,
): readonly Cluster[] {
  const heard = new Set(
    traces.filter(({ kind }) => kind === "appeal-granted").map(({ account }) => account),
  )
  const seen = [...shared(events, traces, rules), ...roundTrips(events, rules)].filter(
    ({ accounts }) => !accounts.some((account) => heard.has(account)),
  )
  const pairs = new Map<string, Edge[]>()
  for (const edge of [...seen, ...selfReports(traces)]) {
    const key = edge.accounts.join(" ")
    const edges = pairs.get(key) ?? []
    const isKnown = edges.some(({ reason, by }) => reason === edge.reason && by === edge.by)
    if (!isKnown) edges.push(edge)
    pairs.set(key, edges)
  }
  const joined = [...pairs.values()].filter((edges) => isJoined(edges, rules))
  return components(joined.flat()).map((edges) => clusterOf(edges, rules))
}

/** What the office says by them, in their order; the evidence is the hash of the whole cluster. `epoch`: that ends. */
export function factsOf(
  clusters: readonly Cluster[],
  epoch: number,
  hash: Hash,
): readonly Extract<RewardFact, { kind: "verdict" | "standing" }>[] {
  return clusters.flatMap((cluster) => {
    const evidence = hash(canonical(cluster as unknown as Json))
    const { person, counts } = cluster
    return cluster.accounts.map((account) =>
      counts === "hold"
        ? ({ kind: "standing", account, action: "hold", epoch, evidence } as const)
        : ({ kind: "verdict", account, person, weight: counts, evidence } as const),
    )
  })
}

/** One reason counts once for a pair, however often it is seen. */
function isJoined(edges: readonly Edge[], { says, needed }: SybilRules): boolean {
  const reasons = new Set(edges.map(({ reason }) => reason))
  if (reasons.has("self-report")) return true
  let sum = 0
  for (const reason of reasons) if (reason !== "self-report") sum += says[reason]
  return sum >= needed
}

interface Mark {
  readonly account: string
  readonly reason: Exclude<Reason, "self-report" | "round-trip">
  readonly by: string
  readonly atS: number
}

/** Accounts that have a source, a place or an address in common. */
function shared(
  events: readonly RewardEvent[],
  traces: readonly Trace[],
  { windowS, crowd, exempt }: SybilRules,
): Edge[] {
  const groups = new Map<string, Group>()
  const known = new Set(exempt)
  const take = ({ account, reason, by, atS }: Mark) => {
    if (known.has(by)) return
    const key = `${reason} ${by}`
    const group = groups.get(key) ?? { reason, by, times: new Map() }
    groups.set(key, group)
    const times = group.times.get(account)
    if (times) times.push(atS)
    else group.times.set(account, [atS])
  }
  for (const event of events) for (const mark of fundingOf(event)) take(mark)
  for (const trace of traces) for (const mark of markOf(trace)) take(mark)
  return [...groups.values()].flatMap(({ reason, by, times }) => {
    // Whoever serves many says nothing of them, and is not looked through pair by pair.
    if (times.size > crowd) return []
    const all = [...times].map(([account, some]) => [account, some.sort((a, b) => a - b)] as const)
    return all.flatMap(([one, own], at) =>
      all
        .slice(at + 1)
        .filter(([, others]) => isWithin(own, others, windowS))
        .map(([other]) => edge(one, other, reason, by)),
    )
  })
}

interface Group extends Pick<Mark, "reason" | "by"> {
  /** Of each account, when it was seen with it. */
  readonly times: Map<string, number[]>
}

/** Whether any two of them, each list lowest first, are so close. */
function isWithin(some: readonly number[], others: readonly number[], windowS: number): boolean {
  for (let a = 0, b = 0; a < some.length && b < others.length; ) {
    if (Math.abs(some[a]! - others[b]!) <= windowS) return true
    if (some[a]! < others[b]!) a += 1
    else b += 1
  }
  return false
}

/** Whoever pays a deposit for themselves has funded nobody else. */
function fundingOf(event: RewardEvent): Mark[] {
  if (event.kind !== "mint") return []
  const { account, sender, source, atS } = event
  return [{ account, reason: "funding", by: `${source}:${sender}`, atS }]
}

function markOf(trace: Trace): Mark[] {
  const { account, atS } = trace
  switch (trace.kind) {
    case "gas":
      return [{ account, reason: "gas", by: trace.source, atS }]
    case "session":
      return [{ account, reason: "session", by: trace.tag, atS }]
    case "refund":
      return [{ account, reason: "refund", by: trace.to, atS }]
    default:
      return []
  }
}

type Moved = Extract<RewardEvent, { kind: "move" }>

/** What went from one account to another and, for the greater part, straight back. */
function roundTrips(events: readonly RewardEvent[], { windowS, returned }: SybilRules): Edge[] {
  const moves = new Map<string, Moved[]>()
  for (const event of events) {
    if (event.kind !== "move" || event.account === event.to) continue
    const key = `${event.account} ${event.to}`
    moves.set(key, [...(moves.get(key) ?? []), event])
  }
  return [...moves].flatMap(([key, there]) => {
    const [from, to] = key.split(" ") as [string, string]
    const back = moves.get(`${to} ${from}`) ?? []
    return there.flatMap((one) =>
      back
        .filter(
          (other) =>
            other.asset === one.asset &&
            other.atS >= one.atS &&
            other.atS - one.atS <= windowS &&
            other.amount <= one.amount &&
            other.amount * 10_000n >= one.amount * BigInt(returned),
        )
        .map((other) =>
          edge(from, to, "round-trip", [one.message, other.message].sort().join(" ")),
        ),
    )
  })
}

/** A word about others counts when they say the same: nobody is drawn in by somebody else's. */
function selfReports(traces: readonly Trace[]): Edge[] {
  const told = new Set(
    traces.flatMap((one) =>
      one.kind === "self-report" ? one.others.map((other) => `${one.account} ${other}`) : [],
    ),
  )
  return [...told].flatMap((key) => {
    const [one, other] = key.split(" ") as [string, string]
    const isMutual = one < other && told.has(`${other} ${one}`)
    return isMutual ? [edge(one, other, "self-report", "both accounts' own word")] : []
  })
}

function edge(one: string, other: string, reason: Reason, by: string): Edge {
  return { accounts: one < other ? [one, other] : [other, one], reason, by }
}

/** Edges by the person that they make, each in one order. */
function components(edges: readonly Edge[]): readonly (readonly Edge[])[] {
  const parent = new Map<string, string>()
  const find = (account: string): string => {
    let at = account
    for (let up = parent.get(at); up !== undefined; up = parent.get(at)) at = up
    if (at !== account) parent.set(account, at)
    return at
  }
  for (const { accounts } of edges) {
    const [low, high] = [find(accounts[0]), find(accounts[1])].sort() as [string, string]
    if (low !== high) parent.set(high, low)
  }
  const groups = new Map<string, Edge[]>()
  for (const one of edges) {
    const person = find(one.accounts[0])
    groups.set(person, [...(groups.get(person) ?? []), one])
  }
  const text = ({ accounts, reason, by }: Edge) => [...accounts, reason, by].join(" ")
  return [...groups.keys()]
    .sort()
    .map((person) => groups.get(person)!.sort((a, b) => (text(a) < text(b) ? -1 : 1)))
}

function clusterOf(edges: readonly Edge[], { sizes, selfReported }: SybilRules): Cluster {
  const accounts = [...new Set(edges.flatMap((one) => one.accounts))].sort()
  const own = edges.filter(({ reason }) => reason === "self-report")
  const reported = new Set(own.flatMap((one) => one.accounts))
  const isSelfReported = accounts.every((account) => reported.has(account))
  const by = sizes.findLast(({ from }) => accounts.length >= from)?.counts ?? WHOLE
  const isMore = by === "hold" || by < selfReported
  const counts = isSelfReported && isMore ? selfReported : by
  return { person: accounts[0]!, accounts, edges, isSelfReported, counts }
}

const WHOLE = 10_000

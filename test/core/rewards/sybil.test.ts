// Who is held to be one person, and why: every reason alone and together, and what must join nobody.

import { deepEqual, equal } from "node:assert/strict"
import fc from "fast-check"
import { test } from "vitest"
import { artifactOf } from "../../../core/rewards/artifact.ts"
import type { RewardEvent } from "../../../core/rewards/event.ts"
import { clustersOf, factsOf, type SybilRules, type Trace } from "../../../core/rewards/sybil.ts"
import { anId } from "../../builders.ts"
import {
  AR,
  aCampaign,
  aTask,
  at,
  DAY,
  hashes,
  mint,
  move,
  POINT,
  people,
  START,
  says,
  sorted,
  tasks,
} from "./builders.ts"

const { ada, bob, eve, zoe } = people

const RULES: SybilRules = {
  says: { funding: 2, gas: 2, session: 1, refund: 3, "round-trip": 2 },
  ...{ needed: 3, windowS: 7 * DAY, crowd: 5, exempt: ["arweave:exchange"], returned: 9_000 },
  sizes: [
    { from: 2, counts: 10_000 },
    { from: 3, counts: 4_000 },
    { from: 4, counts: "hold" },
  ],
  selfReported: 6_000,
}

const atS = (days: number) => START + days * DAY
const gas = (account: string, source = "payer", days = 1): Trace => ({
  ...{ kind: "gas", account, source, atS: atS(days) },
})
const session = (account: string, tag = "tag"): Trace => ({
  ...{ kind: "session", account, tag, atS: atS(1) },
})
const refund = (account: string, to = "home"): Trace => ({
  ...{ kind: "refund", account, to, atS: atS(1) },
})
const report = (account: string, ...others: string[]): Trace => ({
  ...{ kind: "self-report", account, others, atS: atS(1) },
})
const granted = (account: string): Trace => ({
  ...{ kind: "appeal-granted", account, evidence: "case 1", atS: atS(2) },
})
const funded = (account: string, sender = "rich", days = 1) =>
  mint(days, account, AR, { sender }) as RewardEvent

const names = (events: readonly RewardEvent[], traces: readonly Trace[], rules = RULES) =>
  clustersOf(events, traces, rules).map(({ accounts }) => accounts)

test("accounts are joined by what says enough together, and each edge has its reason", () => {
  const pair = [ada, bob].sort()

  deepEqual(names([funded(ada), funded(bob)], []), [])
  deepEqual(names([], [gas(ada), gas(bob)]), [])
  deepEqual(names([funded(ada), funded(bob)], [session(ada), session(bob)]), [pair])
  deepEqual(names([], [refund(ada), refund(bob)]), [pair])
  const there = [move(1, ada, bob, 10n * AR), move(2, bob, ada, 9n * AR)]
  const [cluster] = clustersOf(there, [gas(ada), gas(bob)], RULES)
  deepEqual(cluster!.edges.map(({ reason }) => reason).sort(), ["gas", "round-trip"])
  equal(cluster!.counts, 10_000)
  // Seen a hundred times, one reason says no more.
  deepEqual(
    names(
      [...Array(100)].map((_, n) => funded(n % 2 ? ada : bob)),
      [],
    ),
    [],
  )
})

test("what joins nobody: a crowd, an exchange, another week, a part that came back, one's own deposit", () => {
  const crowd = Array.from({ length: 6 }, (_, n) => refund(anId(`one ${n}`)))
  const far = [gas(ada, "payer", 1), gas(bob, "payer", 9), session(ada), session(bob)]
  const exchange = [funded(ada, "exchange"), funded(bob, "exchange")]
  const less = [move(1, ada, bob, 10n * AR), move(2, bob, ada, 8n * AR)]
  const late = [move(1, ada, bob, 10n * AR), move(9, bob, ada, 10n * AR)]
  const own = [funded(ada, ada), funded(bob, bob)]

  deepEqual(names([], crowd), [])
  deepEqual(names([], crowd.slice(1)).length, 1)
  deepEqual(names([], far), [])
  for (const events of [exchange, own]) deepEqual(names(events, [session(ada), session(bob)]), [])
  for (const events of [less, late]) deepEqual(names(events, [gas(ada), gas(bob)]), [])
})

test("the more accounts, the less counts, and of many none until people have looked", () => {
  const of = (...accounts: string[]) =>
    clustersOf(
      [],
      accounts.map((one) => refund(one)),
      RULES,
    )

  deepEqual(
    [of(ada, bob), of(ada, bob, eve), of(ada, bob, eve, zoe)].map(([one]) => one!.counts),
    [10_000, 4_000, "hold"],
  )
})

test("who report themselves keep more, and nobody is drawn in by another's word", () => {
  const seen = [refund(ada), refund(bob), refund(eve)]
  const all = [report(ada, bob, eve), report(bob, ada), report(eve, ada)]

  deepEqual(names([], [report(ada, zoe), report(zoe, bob)]), [])
  const [cluster] = clustersOf([], [...seen, ...all], RULES)
  deepEqual([cluster!.isSelfReported, cluster!.counts], [true, 6_000])
  const [partly] = clustersOf([], [...seen, ...all.slice(0, 2)], RULES)
  deepEqual([partly!.isSelfReported, partly!.counts], [false, 4_000])
})

test("whoever was heard is joined to nobody by what was seen, and the others stay as they are", () => {
  const seen = [refund(ada), refund(bob), refund(eve)]

  deepEqual(names([], [...seen, granted(eve)]), [[ada, bob].sort()])
  // Their own word still counts.
  const own = [report(ada, eve), report(eve, ada), granted(eve)]
  deepEqual(names([], own), [[ada, eve].sort()])
})

test("the order in which it was seen changes nothing", () => {
  const events = [funded(ada), funded(bob), move(1, eve, zoe, AR), move(2, zoe, eve, AR)]
  const traces = [
    gas(eve),
    gas(zoe),
    session(ada),
    session(bob),
    refund(bob, "x"),
    refund(eve, "x"),
  ]
  const once = clustersOf(events, traces, RULES)

  equal(once.length, 1)
  const shuffled = <Item>(items: readonly Item[]) =>
    fc.shuffledSubarray([...items], { minLength: items.length })
  fc.assert(
    fc.property(shuffled(events), shuffled(traces), (some, others) => {
      deepEqual(clustersOf(some, others, RULES), once)
    }),
    { numRuns: 50 },
  )
})

test("a cluster's verdict takes its part of the epoch's points, and a hold lets them wait", () => {
  const task = aTask({ kind: "bridge", asset: "AR", min: AR })
  const campaign = aCampaign({ tasks: tasks([task]) })
  const allowed = [ada, bob, eve, zoe].map((one) => says(0, one, "allow"))
  const events = [...allowed, ...[ada, bob, eve, zoe].map((one) => mint(1, one, AR))]
  const given = (accounts: readonly string[]) => {
    const clusters = clustersOf(
      events,
      accounts.map((one) => refund(one)),
      RULES,
    )
    const facts = factsOf(clusters, 1, hashes.hash).map((fact) => at(5, fact))
    const all = sorted([...events, ...facts])
    const made = artifactOf({ campaign, epoch: 1, events: all, ranges: [], previous: null }, hashes)
    return Object.fromEntries(made.rows.map(({ account, given }) => [account, BigInt(given)]))
  }

  deepEqual(given([]), { [ada]: POINT, [bob]: POINT, [eve]: POINT, [zoe]: POINT })
  const part = (4n * POINT) / 10n
  deepEqual(given([ada, bob, eve]), { [ada]: part, [bob]: part, [eve]: part, [zoe]: POINT })
  deepEqual(given([ada, bob, eve, zoe]), { [ada]: 0n, [bob]: 0n, [eve]: 0n, [zoe]: 0n })
})

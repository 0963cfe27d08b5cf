// The artifact of an epoch: made again from its file alone, to the byte; corrections go forward; nothing is given twice.

import { generateKeyPairSync } from "node:crypto"
import { describe, expect, test } from "vitest"
import { seals, signWith } from "../../../chains/seals.ts"
import {
  type Artifact,
  artifactHash,
  artifactOf,
  artifactText,
  type Input,
  treeOfRows,
} from "../../../core/rewards/artifact.ts"
import type { Campaign } from "../../../core/rewards/campaign.ts"
import { differences } from "../../../core/rewards/differences.ts"
import type { RewardEvent } from "../../../core/rewards/event.ts"
import { eventsReader, linesOf } from "../../../core/rewards/events-file.ts"
import { evidenceText } from "../../../core/rewards/evidence.ts"
import { isProven, leafOf, proofOf, rootOf } from "../../../core/rewards/merkle.ts"
import { poolsOf } from "../../../core/rewards/pools.ts"
import {
  AR,
  aCampaign,
  accrual,
  aTask,
  at,
  burn,
  hashes,
  mint,
  move,
  POINT,
  people,
  says,
  sorted,
  tasks,
} from "./builders.ts"

const { ada, bob, eve, zoe } = people
const pair = generateKeyPairSync("ed25519")
const issuer = String(pair.publicKey.export({ format: "jwk" }).x)
const external = aTask({ kind: "external", asset: "AR", min: AR })
const campaign = aCampaign({
  accrual: accrual(),
  tasks: tasks([aTask({ kind: "bridge", asset: "AR", min: AR }), external]),
  issuers: { shop: issuer },
  allocation: 10n ** 31n,
})
const ranges = [
  { chain: "ao", from: { height: 1, id: "one" }, to: { height: 900, id: "nine-hundred" } },
]

function signedTask(days: number, account: string): RewardEvent {
  const said = { task: "external", account, issuer: "shop", note: "an order" }
  const signature = signWith(pair.privateKey)(evidenceText(campaign.id, said))
  return at(days, { kind: "external", ...said, signature })
}

const events = sorted([
  ...[says(0, ada, "allow"), says(0, bob, "allow"), says(0, eve, "reject")],
  ...[mint(0, ada, 5n * AR), mint(1, bob, 3n * AR), mint(2, eve, 2n * AR), signedTask(3, ada)],
  ...[move(4, ada, bob, AR), burn(5, bob, AR), mint(12, bob, AR), says(13, eve, "allow")],
])

/** Epochs 1, 2, … of these events, each made after the one before; `changed` are what is known from an epoch on. */
function chain(
  last: number,
  all: readonly RewardEvent[] = events,
  changed: Readonly<Record<number, readonly RewardEvent[]>> = {},
  rules: Campaign = campaign,
): readonly Artifact[] {
  const made: Artifact[] = []
  let known = all
  for (let epoch = 1; epoch <= last; epoch += 1) {
    known = changed[epoch] ?? known
    made.push(artifactOf(inputOf(epoch, known, made.at(-1) ?? null, rules), hashes))
  }
  return made
}

function inputOf(
  epoch: number,
  all: readonly RewardEvent[],
  previous: Artifact | null,
  rules = campaign,
): Input {
  const [, untilS] = [0, rules.startS + epoch * rules.epochS]
  const known = sorted(all).filter(({ atS }) => atS < untilS)
  return { campaign: rules, epoch, events: known, ranges, previous }
}

const rowOf = (artifact: Artifact, who: string) =>
  artifact.rows.find(({ account }) => account === who)!
const sumOf = (artifact: Artifact, name: "given" | "earned") =>
  artifact.rows.reduce((all, row) => all + BigInt(row[name]), 0n)

test("what is given, what waits, what went back and what nobody had a share of are all that there was", () => {
  const [first] = chain(1)

  const { totals } = first!
  const parts = [totals.earned, totals.waiting, totals.returned, totals.frozen, totals.unshared]
  const [pool] = poolsOf(campaign, 1)
  const points = first!.rows.reduce((all, row) => all + BigInt(row.points), 0n)
  expect(parts.reduce((all, one) => all + BigInt(one), 0n)).toBe(pool! + points)
  expect(points).toBe(5n * POINT + 5n * POINT + 3n * POINT + 2n * POINT)
  expect(totals.given).toBe(totals.earned)
})

test("who is excluded stands there as excluded, and has no claim", () => {
  const [first] = chain(1)

  const row = rowOf(first!, eve)
  expect(row).toMatchObject({ standing: "reject", earned: "0", given: "0", index: null })
  expect(BigInt(row.returned)).toBe(BigInt(row.points) + BigInt(row.accrued))
})

test("every claim is proven under the root, and claims are in the order of accounts", () => {
  const [, second] = chain(2)

  const rows = second!.rows.filter(({ index }) => index !== null)
  const tree = treeOfRows("taox", 2, second!.rows, hashes.sha256)!

  expect(Buffer.from(rootOf(tree)).toString("hex")).toBe(second!.root)
  expect(rows.map(({ index }) => index)).toEqual(rows.map((_, at) => at))
  expect(rows.map(({ account }) => account)).toEqual(rows.map(({ account }) => account).sort())
  for (const { account, index, given } of rows) {
    const claim = { campaign: "taox", epoch: 2, index: index!, account, amount: BigInt(given) }
    const proof = proofOf(tree, index!)
    expect(isProven(rootOf(tree), leafOf(claim, hashes.sha256), proof, hashes.sha256)).toBe(true)
  }
})

describe("the file of an epoch", () => {
  const [first] = chain(1)
  const input = inputOf(2, events, first!)
  const made = artifactOf(input, hashes)
  const lines = [...linesOf(input)]

  const read = (text: readonly string[]) => {
    const reader = eventsReader(seals.verify)
    for (const line of text) reader.take(line)
    return artifactOf(reader.end(), hashes)
  }

  test("gives the same artifact, byte for byte", () => {
    expect(artifactText(read(lines))).toBe(artifactText(made))
    expect(made.previous).toBe(artifactHash(first!, hashes.hash))
  })

  // A line is lost, doubled, moved, or says something else.
  test.each<[string, (lines: string[]) => string[], RegExp]>([
    ["lacks its last event", (all) => all.slice(0, -1), /10 events of 11/],
    ["lacks an event in the middle", (all) => all.filter((_, at) => at !== 5), /10 events of 11/],
    [
      "has an event twice",
      (all) => [...all.slice(0, 6), ...all.slice(5)],
      /line 7.*after the event before/,
    ],
    [
      "has two events in other order",
      (all) => [...all.slice(0, 4), all[5]!, all[4]!, ...all.slice(6)],
      /line 6.*after/,
    ],
    [
      "has spaces",
      (all) => all.map((line, at) => (at === 4 ? line.replace(":", ": ") : line)),
      /line 5.*canonical/,
    ],
    [
      "has what is no JSON",
      (all) => all.map((line, at) => (at === 4 ? "{" : line)),
      /line 5: not JSON/,
    ],
    [
      "has an event of another kind",
      (all) => all.map((line) => line.replace('"kind":"burn"', '"kind":"gift"')),
      /kind/,
    ],
    [
      "has an event after the epoch",
      (all) => all.map((line) => line.replace(/"atS":\d+/, '"atS":1893456000')),
      /end of the epoch/,
    ],
    [
      "has a task that its issuer did not sign",
      (all) => all.map((line) => line.replace(`"task":"external"`, `"task":"external2"`)),
      /signed by an issuer/,
    ],
  ])("is refused when it %s", (_, spoil, words) => {
    expect(() => read(spoil([...lines]))).toThrow(words)
  })

  test("is told apart from what was claimed, to the account and the events", () => {
    const richer = lines.map((line) =>
      line.replace('"amount":"1000000000000"', '"amount":"1000000000001"'),
    )

    const found = differences(made, read(richer), 100)

    expect(found).toContain("events 1 to 512 are not those that the artifact was made from")
    expect(found.some((one) => one.startsWith(`rows.${bob}.accrued: `))).toBe(true)
    expect(differences(made, read(lines))).toEqual([])
  })

  test.each<[string, (artifact: Artifact) => Artifact, string]>([
    [
      "a row",
      (all) => ({
        ...all,
        rows: all.rows.map((row) => (row.account === ada ? { ...row, given: "1" } : row)),
      }),
      `rows.${ada}.given: 1 is claimed`,
    ],
    [
      "a row too many",
      (all) => ({ ...all, rows: [...all.rows, { ...all.rows[0]!, account: "zz" }] }),
      "rows.zz: ",
    ],
    ["the root", (all) => ({ ...all, root: "0".repeat(64) }), `root: ${"0".repeat(64)} is claimed`],
    ["the rules", (all) => ({ ...all, rules: "0".repeat(64) }), "rules: "],
    ["the epoch before", (all) => ({ ...all, previous: null }), "previous: null is claimed"],
    [
      "a height",
      (all) => ({
        ...all,
        events: { ...all.events, ranges: [{ ...ranges[0]!, to: { height: 901, id: "x" } }] },
      }),
      "events.ranges.0.to.height: 901 is claimed, 900 is made",
    ],
    [
      "a price",
      (all) => ({ ...all, table: { AR: { price: "1", yield: "40000" } } }),
      "table.AR.price: 1 is claimed, 5000000 is made",
    ],
  ])("shows that %s was tampered with in the artifact", (_, spoil, words) => {
    const [found] = differences(spoil(made), read(lines))

    expect(found?.startsWith(words)).toBe(true)
  })
})

describe("a correction", () => {
  const right = sorted([...events, says(0, zoe, "allow"), mint(0, zoe, 2n * AR)])
  // It is known only later that this was never final.
  const wrong = sorted([...right, mint(1, zoe, 40n * AR)])
  const made = chain(10, wrong, { 2: right })
  const truth = chain(10, right)

  test("goes into the next epoch: what was given too much is taken off what is earned later", () => {
    const [first, second] = made

    expect(BigInt(rowOf(first!, zoe).given)).toBeGreaterThan(BigInt(rowOf(truth[0]!, zoe).given))
    // Nothing falls, and nothing more is given until it is earned.
    expect(rowOf(second!, zoe).given).toBe(rowOf(first!, zoe).given)
    expect(rowOf(second!, zoe).earned).toBe(rowOf(truth[1]!, zoe).earned)
  })

  test("pays what is owed to others as far as it is there, and the rest when it is", () => {
    for (const artifact of made)
      expect(sumOf(artifact, "given")).toBeLessThanOrEqual(sumOf(artifact, "earned"))
    expect(BigInt(rowOf(made[1]!, bob).given)).toBeLessThan(BigInt(rowOf(truth[1]!, bob).given))
    // By and by what was given too much is earned, and everybody has what is right.
    const last = (all: readonly Artifact[]) => all.at(-1)!.rows.map(({ given }) => given)
    expect(last(made)).toEqual(last(truth))
  })

  test("an event that comes late counts in full, in the epoch that knows it", () => {
    const late = sorted([...events, mint(0.5, bob, 9n * AR)])
    const [, second] = chain(2, events, { 2: late })
    const [, truth] = chain(2, late)

    expect(rowOf(second!, bob).earned).toBe(rowOf(truth!, bob).earned)
  })
})

test("who is not allowed now gets nothing more, loses nothing, and is no gain for others", () => {
  const stopped = sorted([...events, says(18, ada, "hold")])
  const [, second] = chain(2, stopped)
  const [first, truth] = chain(2)

  expect(rowOf(second!, ada).given).toBe(rowOf(first!, ada).given)
  expect(rowOf(second!, bob).given).toBe(rowOf(truth!, bob).given)
  const [, , third] = chain(3, sorted([...stopped, says(25, ada, "allow")]))
  const [, , whole] = chain(3)
  expect(rowOf(third!, ada).given).toBe(rowOf(whole!, ada).given)
})

test.each(["reject", "block"] as const)(
  "no root pays whoever was given something and is now on %s; the next one does when that is over",
  (action) => {
    const barred = sorted([...events, says(15, ada, action), says(25, ada, "allow")])
    const [first, second, third] = chain(3, barred)

    expect(rowOf(first!, ada).index).not.toBeNull()
    expect(rowOf(second!, ada)).toMatchObject({ given: rowOf(first!, ada).given, index: null })
    expect(rowOf(second!, bob).index).toBe(0)
    expect(rowOf(third!, ada).index).toBe(0)
    // Who only has to sign in again keeps the place of what they have.
    const [, waiting] = chain(2, sorted([...events, says(15, ada, "hold")]))
    expect(rowOf(waiting!, ada).index).toBe(0)
  },
)

test("an epoch does not leave one out", () => {
  expect(() => artifactOf(inputOf(2, events, null), hashes)).toThrow(/follows the one before/)
})

test("an epoch in which nobody has anything has no root", () => {
  const [first] = chain(1, [])

  expect(first).toMatchObject({ root: null, rows: [], events: { count: 0, digests: [] } })
})

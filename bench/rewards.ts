// How long an epoch takes to be made from its events, and how much memory: a million events of a hundred thousand accounts.

import { createHash } from "node:crypto"
import { type Artifact, artifactHash, artifactOf } from "../core/rewards/artifact.ts"
import type { Campaign, Predicate, Task } from "../core/rewards/campaign.ts"
import { campaignIn } from "../core/rewards/campaign-form.ts"
import { AO_CURVE } from "../core/rewards/curve.ts"
import { OFFICE, type RewardEvent } from "../core/rewards/event.ts"

const ACCOUNTS = 100_000
const EVENTS = 1_000_000
const START = 1_793_491_200
const EPOCH = 30 * 86_400
const EPOCHS = 3
const AR = 10n ** 12n

/**
 * `seconds`: from events in order to the artifact of the third month with its root and its hash: balances by the second,
 * shares by AO's curve, standings, digests of all events. `secondsWithTasks`: the same with six tasks beside it. `cpuSeconds`
 * of each is what the process itself took of both cores, whoever else used them. `rssMb`: the most that this process
 * took, its events included.
 */
export async function rewards() {
  const events = eventsOf()
  let rssMb = 0
  const look = () => {
    rssMb = Math.max(rssMb, process.memoryUsage().rss / 1e6)
  }
  look()
  const measure = (campaign: Campaign) => {
    const [started, before] = [performance.now(), process.cpuUsage()]
    const made = monthOf(campaign, events)
    artifactHash(made, hashes.hash)
    look()
    if (made.root === null || made.events.count !== EVENTS) throw new Error("events were lost")
    const { user, system } = process.cpuUsage(before)
    return {
      ...{ seconds: rounded((performance.now() - started) / 1e3), accounts: made.rows.length },
      cpuSeconds: rounded((user + system) / 1e6),
    }
  }
  const { accounts, ...without } = measure({ ...campaignOf(), tasks: null })
  const withTasks = measure(campaignOf())
  return {
    figures: {
      ...{ ...without, rssMb: Math.round(rssMb), events: EVENTS, accounts },
      secondsWithTasks: withTasks.seconds,
      cpuSecondsWithTasks: withTasks.cpuSeconds,
    },
    units: {
      ...{ seconds: "s, to root and hash", rssMb: "MB, the whole process" },
      ...{ events: "events", accounts: "accounts with a row" },
      ...{ cpuSeconds: "s, of processors", secondsWithTasks: "s, with six tasks" },
      cpuSecondsWithTasks: "s, of processors, with six tasks",
    },
  }
}

const rounded = (seconds: number) => Number(seconds.toFixed(1))

const hashes = {
  hash: (text: string) => createHash("sha256").update(text).digest("hex"),
  sha256: (bytes: Uint8Array) => createHash("sha256").update(bytes).digest(),
}

/** The third month, after two in which nothing was known yet. */
function monthOf(campaign: Campaign, events: readonly RewardEvent[]): Artifact {
  const ranges = [{ chain: "ao", from: { height: 0, id: "a" }, to: { height: EVENTS, id: "b" } }]
  let previous: Artifact | null = null
  for (let epoch = 1; epoch < EPOCHS; epoch += 1)
    previous = artifactOf({ campaign, epoch, events: [], ranges, previous }, hashes)
  return artifactOf({ campaign, epoch: EPOCHS, events, ranges, previous }, hashes)
}

function campaignOf(): Campaign {
  const list = [
    task({ kind: "first-bridge", asset: "AR", min: AR }),
    task({ kind: "bridge", asset: "AR", min: 10n * AR }),
    task({ kind: "hold", asset: "AR", min: AR, days: 30 }),
    task({ kind: "round-trip", asset: "AR", min: AR }),
    task({ kind: "days", asset: "AR", min: AR, days: 3 }),
    task({ kind: "referral", asset: "AR", min: AR }),
  ]
  const most = 10n ** 30n
  const rows = { AR: { price: 5_000_000n, yield: 40_000n } }
  const campaign = {
    ...{ id: "bench", version: 1, asOf: "2026-11-29", authority: "the bench", startS: START },
    ...{ epochS: EPOCH, epochs: EPOCHS, pendingS: EPOCH, challengeS: 0, allocation: 3n * most },
    tasks: { budget: most, personMax: most, dayMax: most, whole: { AR: 10n * AR }, list },
    accrual: {
      curve: { ...AO_CURVE, startS: START },
      part: [2n, 3n],
      tables: [{ fromEpoch: 1, source: "the bench", rows }],
    },
    issuers: {},
  }
  const text = JSON.stringify(campaign, (_, value) =>
    typeof value === "bigint" ? `${value}` : value,
  )
  return campaignIn(JSON.parse(text))
}

function task(predicate: Predicate): Task {
  return {
    ...{ id: predicate.kind, title: predicate.kind, predicate, points: AR, needs: [] },
    ...{ repeat: 1_000_000, cap: 10n ** 30n, window: [START, START + EPOCHS * EPOCH] },
  }
}

/** Everybody signs in and deposits; then deposits, transfers and burns of random people, all over three months. */
function eventsOf(): RewardEvent[] {
  const accounts = Array.from({ length: ACCOUNTS }, (_, at) =>
    createHash("sha256").update(`account ${at}`).digest("base64url"),
  )
  let state = 1
  // Numerical Recipes' generator: the same events on every machine.
  const chance = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const evidence = "0".repeat(64)
  const signed = accounts.map((account, at): RewardEvent => {
    const place = { atS: START, chain: OFFICE, block: at, index: 0 }
    const action = at % 50 === 0 ? "reject" : "allow"
    return { ...place, kind: "standing", account, action, epoch: null, evidence }
  })
  const moved = EVENTS - ACCOUNTS
  const rest = Array.from({ length: moved }, (_, at): RewardEvent => {
    const atS = START + 1 + Math.floor((at * (EPOCHS * EPOCH - 2)) / moved)
    const place = { atS, chain: "ao", block: at, index: 0 }
    const account = accounts[at < ACCOUNTS ? at : chance(ACCOUNTS)]!
    const amount = BigInt(1 + chance(5_000)) * (AR / 100n)
    const transfer = `arweave:${accounts[at % ACCOUNTS]!}:${at}`
    const common = { ...place, account, asset: "AR", amount } as const
    const dice = chance(10)
    if (at < ACCOUNTS || dice < 5)
      return {
        ...{ ...common, kind: "mint", transfer, source: "arweave", sender: account },
        referrer: dice === 0 ? accounts[chance(ACCOUNTS)]! : null,
      }
    if (dice < 8)
      return { ...common, kind: "move", to: accounts[chance(ACCOUNTS)]!, message: transfer }
    return { ...common, kind: "burn", transfer }
  })
  return [...signed, ...rest]
}

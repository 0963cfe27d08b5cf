// Replays a campaign's events up to the end of an epoch: what every account holds, has done, and has earned.

import { assert, unreachable } from "../assert.ts"
import { ASSETS, type AssetName } from "../assets.ts"
import { type Account, type Holding, newAccount } from "./account.ts"
import { boundsOf, type Campaign, tableAt } from "./campaign.ts"
import { inOrder, type RewardEvent } from "./event.ts"
import { poolsOf } from "./pools.ts"
import { split } from "./split.ts"
import { fateOf, Standings } from "./standing.ts"
import { TaskBook } from "./tasks.ts"

/** Basis points of whom no verdict is about. */
export const WEIGHT_WHOLE = 10_000

export interface Verdict {
  readonly person: string
  readonly weight: number
}

export interface Tally {
  readonly epoch: number
  /** Everybody who ever had anything, sorted by id. */
  readonly accounts: readonly Account[]
  readonly standings: Standings
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** All that was shared out: pools up to here, and points. */
  readonly shared: bigint
  /** What nobody had any weight for. */
  readonly unshared: bigint
  /** Burned by accounts that were not seen to hold it, base units: so much that is gone is still counted for others. */
  readonly unseen: ReadonlyMap<AssetName, bigint>
}

/**
 * Pure, and the same for the same events in whatever order they come. Only events before the end of the epoch count,
 * what is older than the campaign for balances alone. `untilS` instead of the epoch's end for a look at what is under way.
 */
export function tally(
  campaign: Campaign,
  events: readonly RewardEvent[],
  epoch: number,
  untilS = boundsOf(campaign, epoch)[1],
): Tally {
  return new Replay(campaign, sorted(events), epoch, untilS).run()
}

/** The same list when it is in order already: sorting a million events again costs more than looking. */
function sorted(events: readonly RewardEvent[]): readonly RewardEvent[] {
  const isSorted = events.every((event, at) => at === 0 || inOrder(events[at - 1]!, event) <= 0)
  return isSorted ? events : [...events].sort(inOrder)
}

class Replay {
  readonly #campaign: Campaign
  readonly #events: readonly RewardEvent[]
  readonly #epoch: number
  readonly #untilS: number
  readonly #accounts = new Map<string, Account>()
  readonly #standings: Standings
  readonly #verdicts = new Map<string, Verdict>()
  readonly #book: TaskBook | null
  readonly #pools: readonly bigint[]
  readonly #unseen = new Map<AssetName, bigint>()
  readonly #find = (id: string) => this.#of(id)
  #unshared = 0n
  #shared = 0n

  constructor(campaign: Campaign, events: readonly RewardEvent[], epoch: number, untilS: number) {
    const end = events.findIndex(({ atS }) => atS >= untilS)
    const known = end < 0 ? events : events.slice(0, end)
    this.#campaign = campaign
    this.#events = known
    this.#epoch = epoch
    this.#untilS = untilS
    this.#standings = new Standings(known)
    const refunded = new Set<string>()
    for (const event of known) {
      if (event.kind === "refund") refunded.add(event.transfer)
      if (event.kind === "verdict") this.#verdicts.set(event.account, event)
    }
    const personOf = (account: string) => this.#verdicts.get(account)?.person ?? account
    this.#book = campaign.tasks && new TaskBook(campaign.tasks, personOf, refunded)
    this.#pools = poolsOf(campaign, epoch, untilS)
  }

  run(): Tally {
    let current = 1
    let [, endS] = boundsOf(this.#campaign, current)
    for (const event of this.#events) {
      while (event.atS >= endS) {
        this.#close(current, endS)
        current += 1
        endS = boundsOf(this.#campaign, current)[1]
      }
      this.#apply(event)
    }
    for (; current <= this.#epoch; current += 1) this.#close(current, this.#endOf(current))
    const accounts = [...this.#accounts.values()].sort(byId)
    const sum = accounts.reduce((all, one) => all + one.points + one.accrued, this.#unshared)
    assert(sum === this.#shared, "what was shared out is what accounts have, to the unit")
    return {
      ...{ epoch: this.#epoch, accounts, standings: this.#standings, verdicts: this.#verdicts },
      ...{ shared: this.#shared, unshared: this.#unshared, unseen: this.#unseen },
    }
  }

  #endOf(epoch: number): number {
    return Math.min(this.#untilS, boundsOf(this.#campaign, epoch)[1])
  }

  #apply(event: RewardEvent): void {
    switch (event.kind) {
      case "mint": {
        const account = this.#of(event.account)
        if (account.referrer === null) account.referrer = event.referrer ?? account.id
        this.#add(account, event.asset, event.amount, event.atS)
        this.#book?.count(event, account, this.#find)
        return
      }
      case "refund":
        this.#add(this.#of(event.account), event.asset, event.amount, event.atS)
        return
      case "burn": {
        const account = this.#of(event.account)
        const taken = this.#take(account, event.asset, event.amount, event.atS)
        if (taken < event.amount)
          this.#unseen.set(
            event.asset,
            (this.#unseen.get(event.asset) ?? 0n) + event.amount - taken,
          )
        this.#book?.count(event, account, this.#find)
        return
      }
      case "move": {
        const account = this.#of(event.account)
        // Only what was seen to come can be seen to go, or the same tokens would count twice.
        const taken = this.#take(account, event.asset, event.amount, event.atS)
        if (taken > 0n) this.#add(this.#of(event.to), event.asset, taken, event.atS)
        this.#book?.count({ ...event, amount: taken }, account, this.#find)
        return
      }
      case "terms":
      case "external":
        this.#book?.count(event, this.#of(event.account), this.#find)
        return
      case "standing":
      case "verdict":
        // Known from the start.
        return
      default:
        unreachable(event)
    }
  }

  #of(id: string): Account {
    let account = this.#accounts.get(id)
    if (!account) {
      account = newAccount(id, this.#campaign.tasks?.list.length ?? 0)
      this.#accounts.set(id, account)
    }
    return account
  }

  #add(account: Account, asset: AssetName, amount: bigint, atS: number): void {
    this.#upTo(account, asset, atS).balance += amount
  }

  /** As far as the balance goes. */
  #take(account: Account, asset: AssetName, amount: bigint, atS: number): bigint {
    const holding = this.#upTo(account, asset, atS)
    const taken = holding.balance < amount ? holding.balance : amount
    holding.balance -= taken
    return taken
  }

  /** Counts the time up to a moment. Before the campaign it counts for nothing. */
  #upTo(account: Account, asset: AssetName, atS: number): Holding {
    let holding = account.holdings.get(asset)
    if (!holding) {
      holding = { balance: 0n, seconds: 0n, lastS: this.#campaign.startS }
      account.holdings.set(asset, holding)
    }
    if (atS > holding.lastS) {
      const held = holding.balance * BigInt(atS - holding.lastS)
      holding.seconds += held
      this.#book?.hold(account, asset, holding, atS, held)
      holding.lastS = atS
    }
    return holding
  }

  /** Ends an epoch: its pool is shared out, and what is due is given. */
  #close(epoch: number, endS: number): void {
    const { accrual } = this.#campaign
    const rows = accrual && Object.entries(tableAt(accrual, epoch).rows)
    const factors = rows?.map(
      ([asset, row]) => [asset as AssetName, factorOf(asset as AssetName, row)] as const,
    )
    const accounts = [...this.#accounts.values()].sort(byId)
    const weighed = accounts.map((account) => {
      for (const asset of account.holdings.keys()) this.#upTo(account, asset, endS)
      this.#book?.giveAll(account, endS - 1)
      let weight = 0n
      for (const [asset, factor] of factors ?? []) {
        const holding = account.holdings.get(asset)
        if (holding) weight += holding.seconds * factor
      }
      for (const holding of account.holdings.values()) holding.seconds = 0n
      return { id: account.id, weight }
    })
    const pool = this.#pools[epoch - 1] ?? 0n
    const parts = pool > 0n ? split(pool, weighed) : null
    if (!parts) this.#unshared += pool
    this.#shared += pool
    for (const [at, account] of accounts.entries())
      this.#settle(account, epoch, endS, parts?.[at] ?? 0n)
  }

  /** A share is earned, waits, or goes back, by what compliance says; a verdict takes a part of it, for nobody. */
  #settle(account: Account, epoch: number, endS: number, part: bigint): void {
    const points = this.#book?.pointsOf(account) ?? 0n
    const fresh = points - account.points
    const sum = fresh + part
    if (sum === 0n) return
    account.points = points
    account.accrued += part
    this.#shared += fresh
    const weight = this.#verdicts.get(account.id)?.weight ?? WEIGHT_WHOLE
    const counted = (sum * BigInt(weight)) / BigInt(WEIGHT_WHOLE)
    account.returned += sum - counted
    const timeline = this.#standings.of(account.id)
    const deadlineS = boundsOf(this.#campaign, epoch)[1] + this.#campaign.pendingS
    account[fateOf(timeline, epoch, endS, deadlineS, this.#untilS)] += counted
  }
}

/** Weights of all assets on one scale, without rounding: unit-seconds times price times yield, at 18 decimals. */
function factorOf(
  asset: AssetName,
  { price, yield: rate }: { readonly price: bigint; readonly yield: bigint },
): bigint {
  return price * rate * 10n ** BigInt(18 - ASSETS[asset].decimals)
}

function byId(a: Account, b: Account): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

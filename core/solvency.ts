// What an outsider adds up: everything that came in and went out on each chain, and whether every outflow has its reason.

import { ASSETS, type AssetName, type ChainName, isLedger } from "./assets.ts"
import type { TransferId } from "./ids.ts"
import type { BlockRef, Sighting } from "./transfer.ts"

/** Real money that left a vault, or tokens that came to be on a ledger. */
export interface Outflow {
  readonly chain: ChainName
  /** Null: a token that the bridge does not know. */
  readonly asset: AssetName | null
  readonly transaction: string
  readonly recipient: string
  /** Base units. */
  readonly amount: bigint
  /** What the vault was charged beside it, base units. */
  readonly networkFee: bigint
  /** What it says that it pays; null when it says nothing of the kind. */
  readonly transfer: TransferId | null
  /**
   * Where that need not be said. `nameless`: its chain names no transfers, so it may pay anybody who is owed so much.
   * `taken-back`: an owner took a deposit back by a key of their own, to wherever they liked. `moved`: it is in another
   * vault of the bridge.
   */
  readonly by?: "nameless" | "taken-back" | "moved" | undefined
}

/** One chain, read without gaps up to and including `block`. */
export interface Statement {
  readonly chain: ChainName
  readonly block: BlockRef
  readonly sightings: readonly Sighting[]
  readonly outflows: readonly Outflow[]
  /** What the token of a ledger says of itself at that block; null or left out where it says nothing. */
  readonly stated?: { readonly supply: bigint; readonly held: bigint } | null | undefined
  /** What the vault holds at `block`, counted coin by coin, where the chain has coins; base units of its one asset. */
  readonly held?: bigint | undefined
  /** Above `block`, where that is the newest final one: part of no sum, and a finding all the same. */
  readonly ahead?: readonly { readonly outflow: Outflow; readonly isKnown: boolean }[] | undefined
  /** The first so many outflows were known before this round, so their sources have been read since. */
  readonly known: number
  /** Of the others those that an earlier round showed `ahead`. */
  readonly seen?: ReadonlySet<Outflow> | undefined
}

export interface AssetAudit {
  readonly asset: AssetName
  /** All that came into the vault less all that left it, base units. */
  readonly custody: bigint
  /** All that was minted less all that was burned. */
  readonly supply: bigint
  /** Deposits without a mint or refund, and burns without a payout: shown, and part of neither sum. */
  readonly depositsPending: bigint
  readonly burnsPending: bigint
}

/** `paid-twice`, `too-much` and `wrong-recipient` name a transfer that exists; the others none. */
export type Fault =
  | "no-transfer"
  | "not-owed"
  | "unknown-transfer"
  | "paid-twice"
  | "too-much"
  | "wrong-recipient"
  | "wrong-asset"

export type Finding =
  | {
      readonly kind: "unmatched-outflow" | "unmatched-mint"
      readonly fault: Fault
      readonly outflow: Outflow
    }
  | { readonly kind: "shortfall"; readonly asset: AssetName; readonly missing: bigint }
  | {
      readonly kind: "other-supply"
      readonly asset: AssetName
      readonly counted: bigint
      readonly supply: bigint
      readonly held: bigint
    }

export interface Audit {
  readonly assets: readonly AssetAudit[]
  readonly findings: readonly Finding[]
}

/**
 * The books of these assets after all that the chains state. A mint without its deposit, or a payout that names nobody
 * and is owed to nobody, is a finding only when the outflow is `known`: the chain that should state why was read to
 * its tip again since. Everything else is one at once.
 */
export function auditOf(assets: readonly AssetName[], statements: readonly Statement[]): Audit {
  const sightings = new Map<TransferId, Sighting>()
  for (const one of statements.flatMap((statement) => statement.sightings))
    sightings.set(one.id, one)
  const paid = new Set<TransferId>()
  const all = statements.flatMap(({ outflows, known, seen }) =>
    outflows.map((outflow, at) => ({
      outflow,
      isKnown: at < known || (seen?.has(outflow) ?? false),
    })),
  )
  // Those that name a transfer first: what they leave is owed to those that name none.
  const isNameless = ({ outflow }: (typeof all)[0]) => outflow.by === "nameless"
  const sorted = [...all.filter((one) => !isNameless(one)), ...all.filter(isNameless)]
  const owed = new Owed(sorted.some(isNameless) ? [...sightings.values()] : [])
  const matchedWith =
    (settled: Set<TransferId>) =>
    ({ outflow, isKnown }: (typeof all)[0]): Finding[] => {
      const pays = outflow.by === "nameless" ? owed.find(outflow, settled) : outflow.transfer
      const fault = faultOf({ ...outflow, transfer: pays }, sightings, settled)
      if (pays !== null && fault === null) settled.add(pays)
      if (fault === null || (MAY_FOLLOW.includes(fault) && !isKnown)) return []
      const kind = isLedger(outflow.chain) ? "unmatched-mint" : "unmatched-outflow"
      return [{ kind, fault, outflow }]
    }
  const early = statements.flatMap(({ ahead = [] }) => ahead)
  const unmatched = sorted.flatMap(matchedWith(paid))
  unmatched.push(...early.flatMap(matchedWith(new Set(paid))))
  const rows = assets.map((asset) => assetAudit(asset, statements, paid))
  const short = rows.flatMap(({ asset, custody, supply }): Finding[] =>
    custody < supply ? [{ kind: "shortfall", asset, missing: supply - custody }] : [],
  )
  return {
    assets: rows,
    findings: [...unmatched, ...short, ...rows.flatMap(otherSupply(statements))],
  }
}

/** At one and the same slot a token has what was minted less what was burned, and its accounts have all of it. */
function otherSupply(statements: readonly Statement[]) {
  return ({ asset, supply: counted }: AssetAudit): Finding[] => {
    const { ledger } = ASSETS[asset].wrapped
    const stated = statements.find(({ chain }) => chain === ledger)?.stated
    if (!stated || (stated.supply === counted && stated.held === counted)) return []
    return [{ kind: "other-supply", asset, counted, ...stated }]
  }
}

/** The chain that a finding is about: nothing may go in or out of it until people have looked. */
export function chainOf(finding: Finding): ChainName {
  if (finding.kind === "shortfall") return ASSETS[finding.asset].home
  if (finding.kind === "other-supply") return ASSETS[finding.asset].wrapped.ledger
  return finding.outflow.chain
}

/** Their reason may be on another chain, in a block that is still to be read. */
const MAY_FOLLOW: readonly Fault[] = ["unknown-transfer", "not-owed"]

/** Who may be paid where no payout names its transfer, by chain and recipient. */
class Owed {
  readonly #byPlace = new Map<string, Sighting[]>()

  constructor(sightings: readonly Sighting[]) {
    for (const one of sightings) {
      this.#add(one.target, one.recipient, one)
      // On its source chain it is a refund.
      this.#add(one.source, one.refundTo, one)
    }
    for (const row of this.#byPlace.values())
      row.sort((a, b) => (a.amount === b.amount ? 0 : a.amount < b.amount ? -1 : 1))
  }

  /** The smallest that is unpaid and large enough: whatever is larger may be needed for a larger payout. */
  find({ chain, recipient, asset, amount }: Outflow, paid: ReadonlySet<TransferId>) {
    const row = this.#byPlace.get(`${chain} ${recipient}`) ?? []
    const isIt = (one: Sighting) => one.asset === asset && one.amount >= amount && !paid.has(one.id)
    return row.find(isIt)?.id ?? null
  }

  #add(chain: ChainName, recipient: string | null, sighting: Sighting): void {
    const place = `${chain} ${recipient}`
    this.#byPlace.set(place, [...(this.#byPlace.get(place) ?? []), sighting])
  }
}

function faultOf(
  { transfer, asset, chain, amount, recipient, by }: Outflow,
  sightings: ReadonlyMap<TransferId, Sighting>,
  paid: ReadonlySet<TransferId>,
): Fault | null {
  if (by === "moved") return null
  if (transfer === null) return by === "nameless" ? "not-owed" : "no-transfer"
  const sighting = sightings.get(transfer)
  if (!sighting) return "unknown-transfer"
  if (paid.has(transfer)) return "paid-twice"
  if (sighting.asset !== asset || ![sighting.source, sighting.target].includes(chain))
    return "wrong-asset"
  if (amount > sighting.amount) return "too-much"
  if (by === "taken-back") return chain === sighting.source ? null : "wrong-asset"
  // On its source chain it is a refund.
  const owed = chain === sighting.source ? sighting.refundTo : sighting.recipient
  return recipient === owed ? null : "wrong-recipient"
}

function assetAudit(
  asset: AssetName,
  statements: readonly Statement[],
  paid: ReadonlySet<TransferId>,
): AssetAudit {
  const { home, wrapped } = ASSETS[asset]
  const on = (chain: ChainName) => {
    const here = statements.filter((one) => one.chain === chain)
    const came = here.flatMap((one) => one.sightings).filter((one) => one.asset === asset)
    const went = here.flatMap((one) => one.outflows).filter((one) => one.asset === asset)
    return {
      came: sum(came.map(({ amount }) => amount)),
      went: sum(went.map(({ amount, networkFee }) => amount + networkFee)),
      held: here.find(({ held }) => held !== undefined)?.held,
      pending: sum(came.filter(({ id }) => !paid.has(id)).map(({ amount }) => amount)),
    }
  }
  const [vault, ledger] = [on(home), on(wrapped.ledger)]
  return {
    asset,
    custody: vault.held ?? vault.came - vault.went,
    supply: ledger.went - ledger.came,
    depositsPending: vault.pending,
    burnsPending: ledger.pending,
  }
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((all, one) => all + one, 0n)
}

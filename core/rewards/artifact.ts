// What an epoch ends with: every account's row, the root of the claims, and the names of all that it was made from.

import { assert } from "../assert.ts"
import type { AssetName } from "../assets.ts"
import { canonical, type Json } from "../compliance/canonical.ts"
import type { Hash } from "../compliance/seals.ts"
import type { Account } from "./account.ts"
import { boundsOf, type Campaign, rulesHash, type TableRow, tableAt } from "./campaign.ts"
import { inOrder, type RewardEvent } from "./event.ts"
import { lineOf } from "./event-form.ts"
import { leafOf, rootOf, type Sha256, type Tree, treeOf } from "./merkle.ts"
import { split } from "./split.ts"
import { type Tally, tally, WEIGHT_WHOLE } from "./tally.ts"

/** Raised with every change after which the same events could give other rows. */
export const CODE = "causeway-rewards/2"

/** Events that one digest is of. */
export const CHUNK = 512

export interface Hashes {
  readonly hash: Hash
  readonly sha256: Sha256
}

/** How far a ledger was read: all of its events up to there are in, none after it. */
export interface Range {
  readonly chain: string
  readonly from: { readonly height: number; readonly id: string }
  readonly to: { readonly height: number; readonly id: string }
}

/** Amounts are decimal text, base units. */
export interface Row {
  readonly account: string
  /** What compliance said at the end of the epoch. */
  readonly standing: string
  /** Basis points by the last verdict; left out when nobody judged. */
  readonly weight?: number
  /** Points of tasks and shares of pools, whatever became of them. */
  readonly points: string
  readonly accrued: string
  readonly earned: string
  readonly waiting: string
  readonly returned: string
  readonly frozen: string
  /** All that was ever given, which is what the claim is of; it never falls. */
  readonly given: string
  /** Place of the claim; null while there is nothing to claim, and for whoever may not have it now: no root pays them. */
  readonly index: number | null
}

export interface Artifact {
  readonly schema: "causeway-epoch/v1"
  readonly campaign: string
  readonly epoch: number
  /** Version of the code that makes rows from events. */
  readonly code: string
  /** Hash of the campaign's file. */
  readonly rules: string
  readonly fromS: number
  readonly untilS: number
  readonly table: Readonly<
    Record<string, { readonly price: string; readonly yield: string }>
  > | null
  readonly events: {
    readonly count: number
    readonly ranges: readonly Range[]
    /** SHA-256 of the lines of each 512 events, in order. */
    readonly digests: readonly string[]
  }
  /** SHA-256 of what compliance says of every account at the end. */
  readonly eligibility: string
  /** Hash of the artifact of the epoch before. */
  readonly previous: string | null
  readonly totals: {
    readonly shared: string
    readonly unshared: string
    readonly earned: string
    readonly waiting: string
    readonly returned: string
    readonly frozen: string
    readonly given: string
    readonly unseen: Readonly<Partial<Record<AssetName, string>>>
  }
  readonly rows: readonly Row[]
  readonly root: string | null
}

export interface Input {
  readonly campaign: Campaign
  readonly epoch: number
  /** All since the first epoch began, and what was held before. */
  readonly events: readonly RewardEvent[]
  readonly ranges: readonly Range[]
  /** The artifact of the epoch before; null for the first. */
  readonly previous: Artifact | null
}

/**
 * The artifact of an epoch. Pure: the same input gives the same bytes anywhere. What was given stays given: whoever
 * turns out to have been given too much gets nothing until they have earned it, and what is owed to others after a
 * correction is paid as far as the campaign has it.
 */
export function artifactOf(input: Input, hashes: Hashes): Artifact {
  const { campaign, epoch, events, ranges, previous } = input
  const { hash } = hashes
  assert((previous?.epoch ?? 0) === epoch - 1, "an epoch follows the one before")
  const counted = tally(campaign, events, epoch)
  const given = givenAfter(counted, previous)
  const rows = rowsOf(counted, given)
  const [fromS, untilS] = boundsOf(campaign, epoch)
  const sum = (name: "earned" | "waiting" | "returned" | "frozen") =>
    counted.accounts.reduce((all, one) => all + one[name], 0n)
  const total = [...given.values()].reduce((all, one) => all + one, 0n)
  assert(total <= campaign.allocation, "no more is given than was allotted")
  assert(total <= counted.shared, "no more is given than was shared out")
  const tree = treeOfRows(campaign.id, epoch, rows, hashes.sha256)
  return {
    schema: "causeway-epoch/v1",
    ...{ campaign: campaign.id, epoch, code: CODE, rules: rulesHash(campaign, hash) },
    ...{ fromS, untilS },
    table: campaign.accrual && tableText(tableAt(campaign.accrual, epoch).rows),
    events: eventsText(events, untilS, ranges, hash),
    eligibility: hash(
      canonical(rows.map(({ account, standing, weight }) => [account, standing, weight ?? null])),
    ),
    previous: previous && artifactHash(previous, hash),
    totals: {
      ...{ shared: `${counted.shared}`, unshared: `${counted.unshared}` },
      ...{ earned: `${sum("earned")}`, waiting: `${sum("waiting")}` },
      ...{ returned: `${sum("returned")}`, frozen: `${sum("frozen")}`, given: `${total}` },
      unseen: Object.fromEntries([...counted.unseen].map(([asset, one]) => [asset, `${one}`])),
    },
    rows,
    root: tree && hex(rootOf(tree)),
  }
}

/** The one text of an artifact: what is published, and hashed. */
export function artifactText(artifact: Artifact): string {
  return canonical(artifact as unknown as Json)
}

export function artifactHash(artifact: Artifact, hash: Hash): string {
  return hash(artifactText(artifact))
}

/** The tree of an epoch's claims, for proofs; null when there is nothing to claim. */
export function treeOfRows(
  campaign: string,
  epoch: number,
  rows: readonly Row[],
  sha256: Sha256,
): Tree | null {
  const leaves = rows.flatMap(({ account, index, given }) =>
    index === null
      ? []
      : [leafOf({ campaign, epoch, index, account, amount: BigInt(given) }, sha256)],
  )
  return treeOf(leaves, sha256)
}

/**
 * All that is given to each account by the end of the epoch. Only whoever is allowed now gets more. After a correction
 * more may be owed than there is, because what others were given too much is theirs: then all that are owed get a part.
 */
function givenAfter(
  { accounts, standings, shared, unshared }: Tally,
  previous: Artifact | null,
): ReadonlyMap<string, bigint> {
  const before = new Map(previous?.rows.map(({ account, given }) => [account, BigInt(given)]))
  const has = [...before.values()].reduce((all, one) => all + one, 0n)
  const more = accounts
    .map(({ id, earned }) => ({ id, weight: earned - (before.get(id) ?? 0n) }))
    .filter(({ weight }) => weight > 0n)
  const owed = more.filter(({ id }) => standings.before(id, Number.POSITIVE_INFINITY) === "allow")
  const sum = sumOf(owed)
  // What waits for somebody's next sign-in is not there for others.
  const kept = sumOf(more) - sum
  const lost = accounts.reduce((all, one) => all + one.waiting + one.returned + one.frozen, 0n)
  const room = shared - unshared - lost - kept - has
  const parts = sum <= room ? owed.map(({ weight }) => weight) : split(room > 0n ? room : 0n, owed)
  const given = new Map(before)
  for (const [at, { id }] of owed.entries())
    given.set(id, (before.get(id) ?? 0n) + (parts?.[at] ?? 0n))
  return given
}

function sumOf(rows: readonly { readonly weight: bigint }[]): bigint {
  return rows.reduce((all, { weight }) => all + weight, 0n)
}

function rowsOf(
  { accounts, standings, verdicts }: Tally,
  given: ReadonlyMap<string, bigint>,
): readonly Row[] {
  const known = new Map(accounts.map((one) => [one.id, one]))
  const ids = [...new Set([...known.keys(), ...given.keys()])].sort()
  let index = 0
  return ids.flatMap((id): Row[] => {
    const one: Account | undefined = known.get(id)
    const all = given.get(id) ?? 0n
    if (all === 0n && (!one || one.points + one.accrued === 0n)) return []
    const weight = verdicts.get(id)?.weight ?? WEIGHT_WHOLE
    const standing = standings.before(id, Number.POSITIVE_INFINITY)
    const mayClaim = all > 0n && standing !== "reject" && standing !== "block"
    return [
      {
        ...{ account: id, standing },
        ...(weight !== WEIGHT_WHOLE && { weight }),
        ...{ points: `${one?.points ?? 0n}`, accrued: `${one?.accrued ?? 0n}` },
        ...{ earned: `${one?.earned ?? 0n}`, waiting: `${one?.waiting ?? 0n}` },
        ...{ returned: `${one?.returned ?? 0n}`, frozen: `${one?.frozen ?? 0n}` },
        given: `${all}`,
        index: mayClaim ? index++ : null,
      },
    ]
  })
}

function eventsText(
  events: readonly RewardEvent[],
  untilS: number,
  ranges: readonly Range[],
  hash: Hash,
): Artifact["events"] {
  const known = events.filter(({ atS }) => atS < untilS)
  const isSorted = known.every((event, at) => at === 0 || inOrder(known[at - 1]!, event) < 0)
  const sorted = isSorted ? known : [...known].sort(inOrder)
  const digests: string[] = []
  for (let at = 0; at < sorted.length; at += CHUNK)
    digests.push(
      hash(
        sorted
          .slice(at, at + CHUNK)
          .map(lineOf)
          .join("\n"),
      ),
    )
  return { count: sorted.length, ranges, digests }
}

function tableText(rows: Readonly<Partial<Record<AssetName, TableRow>>>) {
  return Object.fromEntries(
    Object.entries(rows).map(([asset, row]) => [
      asset,
      { price: `${row.price}`, yield: `${row.yield}` },
    ]),
  )
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

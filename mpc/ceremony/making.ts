// One party's part in making or renewing a key, whatever the kind: announce, deal, and put together what it gets.

import { BridgeError } from "../../core/errors.ts"
import { schemeOf } from "../schemes/index.ts"
import { dealApart } from "../schemes/rsa/apart.ts"
import type { PrimePair } from "../schemes/rsa/deal.ts"
import type { Dealing, Dealt, GroupKey, Holding, Signer } from "../schemes/scheme.ts"
import { announcementsOf, namingPlaces, twoRounds } from "./outcome.ts"
import type { Heard, Said } from "./said.ts"
import {
  dealerIndex,
  dealersOf,
  foundingOf,
  membersOf,
  type Place,
  renewalOf,
  type Statement,
} from "./statement.ts"
import { Trouble } from "./trouble.ts"

export interface Making {
  readonly said: Omit<Said, "slots">
  /** What each receiver gets, its own share included if it is one. */
  deal(heard: Heard): Promise<ReadonlyMap<Place, Uint8Array>>
  /**
   * This party's share of `key`, from what each dealer dealt to it; null for who gets none. Throws
   * `Trouble` that names the dealer whose share is wrong. The shares are wiped.
   */
  finish(
    key: GroupKey,
    heard: Heard,
    dealt: ReadonlyMap<Place, Uint8Array>,
  ): Promise<Holding | null>
  close(): Promise<void>
}

export interface Before {
  readonly key: GroupKey
  /** This party's share as it was; null for a newcomer. Stays the caller's. */
  readonly holding: Holding | null
}

const SILENT = { announcement: null, commitments: null, key: null }
const NOBODY: ReadonlyMap<Place, Uint8Array> = new Map()

/** `primes` of the dealer of a new RSA key. */
export async function startMaking(
  statement: Statement,
  place: Place,
  { before, primes }: { readonly before: Before | null; readonly primes: PrimePair | null },
): Promise<Making> {
  const { kind } = statement
  if (kind === "generate") return generating(statement, place)
  if (kind === "deal")
    return place === statement.dealer ? dealing(statement, primes) : dealtTo(place, statement)
  if (before === null) throw new BridgeError("bad-request", { reason: "no key to renew" })
  return renewing(statement, place, before)
}

async function generating(statement: Statement, place: Place): Promise<Making> {
  const founder = await twoRounds(statement).found(foundingOf(statement), place)
  return {
    said: { ...SILENT, announcement: founder.announcement },
    deal: (heard) => namingPlaces(statement, () => founder.deal(announcementsOf(statement, heard))),
    finish: (_, __, dealt) =>
      namingPlaces(statement, () =>
        founder.complete([...dealt].map(([from, bytes]) => ({ from, bytes }))),
      ),
    close: () => founder.close(),
  }
}

/** The dealer, who knows all of the key, and keeps nothing. */
async function dealing(statement: Statement, primes: PrimePair | null): Promise<Making> {
  if (primes === null) throw new BridgeError("bad-request", { reason: "the dealer has no primes" })
  const { key, shares } = await dealApart(primes, statement.threshold, statement.parties)
  const members = membersOf(statement)
  return {
    said: { ...SILENT, key: schemeOf("rsa").encode(key) },
    deal: async () => new Map(members.map((place, at) => [place, shares[at]!])),
    finish: async () => null,
    close: async () => {
      for (const share of shares) share.fill(0)
    },
  }
}

function dealtTo(place: Place, statement: Statement): Making {
  const index = statement.participants[place - 1]!.after
  return {
    said: SILENT,
    deal: async () => NOBODY,
    finish: async (key, _, dealt) => {
      if (index === null) return null
      const share = dealt.get(statement.dealer!)!
      const own = Uint8Array.from(share)
      // To open it is to check it against the key's verification value.
      const opened = await schemeOf(statement.scheme)
        .open({ key, index, share })
        .catch((error: unknown) => {
          // Whatever else fails is no fault of the dealer's.
          if (!(error instanceof BridgeError && error.code === "share-locked")) throw error
          const reason = "the share is not the key's"
          throw new Trouble(reason, [{ place: statement.dealer!, certainty: "seen", reason }])
        })
      await opened.close()
      return { key, index, share: own }
    },
    close: async () => {},
  }
}

async function renewing(
  statement: Statement,
  place: Place,
  { key: old, holding }: Before,
): Promise<Making> {
  const scheme = schemeOf(statement.scheme)
  const renewal = renewalOf(statement)
  const { before, after } = statement.participants[place - 1]!
  const signer = before === null ? null : await openCopy(holding)
  const isDealer = dealersOf(statement).includes(place)
  const own: Dealing | null = signer && isDealer ? await signer.deal(renewal) : null
  const members = membersOf(statement)
  return {
    said: { ...SILENT, commitments: own?.commitments ?? null },
    deal: async () => {
      if (own === null) return NOBODY
      return new Map(members.map((to, at) => [to, own.shares.get(at + 1)!]))
    },
    finish: async (_, heard, dealt) => {
      if (after === null) return null
      const dealings = dealersOf(statement).map((from): Dealt => {
        const commitments = heard.get(from)?.commitments ?? []
        return { from: dealerIndex(statement, from), commitments, share: dealt.get(from)! }
      })
      return namingPlaces(statement, () =>
        renewal.kind === "refresh" && signer
          ? signer.refresh(renewal, dealings)
          : scheme.join(old, renewal, after, dealings),
      )
    },
    close: async () => {
      for (const share of own?.shares.values() ?? []) share.fill(0)
      await signer?.close()
    },
  }
}

/** A signer of a copy, since opening takes the share over. */
export async function openCopy(holding: Holding | null): Promise<Signer> {
  if (holding === null)
    throw new BridgeError("share-locked", { reason: "this dealer has no share" })
  const { key, index, share } = holding
  return schemeOf(key.scheme).open({ key, index, share: Uint8Array.from(share) })
}

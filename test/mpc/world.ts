// What the chains say, as each signer's own endpoints tell it: the real codecs over connections that can be
// told to lie, to lag and to fail for one signer alone.

import { createHash } from "node:crypto"
import { aoCodec } from "../../chains/ao/codec.ts"
import { arweaveCodec } from "../../chains/arweave/codec.ts"
import type {
  Block,
  Chain,
  Connection,
  Fate,
  Located,
  Locks,
  SchemeName,
  Terms,
} from "../../chains/chain.ts"
import { CHAINS, type ChainName } from "../../core/assets.ts"
import { BridgeError, type ErrorCode } from "../../core/errors.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { Policy } from "../../core/policy.ts"
import type { Sighting } from "../../core/transfer.ts"
import type { Stops } from "../../mpc/verify.ts"
import { aBlock, aSighting } from "../builders.ts"

export const AR = 1_000_000_000_000n

/** Nothing is stopped. */
export const OPEN: Stops = { demand: () => {} }

export const policy: Policy = {
  fees: [
    { asset: "AR", source: "arweave", heightMin: 0, flat: 1_000n, basisPoints: 0n },
    { asset: "AR", source: "ao", heightMin: 0, flat: 2_000n, basisPoints: 0n },
  ],
  limits: (["arweave", "ao"] as const).map((source) => ({
    asset: "AR",
    source,
    minimum: AR / 100n,
    cap: 100n * AR,
    refundFee: 5_000n,
    dust: 10_000n,
  })),
  depths: { arweave: 10, ao: 2 },
  payoutDepths: { arweave: 19, ao: 2 },
}

/** Terms that the real codecs take. */
export const aoTerms = (attempt = 1, attested = 1n): Terms => ({
  attempt: String(attempt),
  "attested:arweave": String(attested),
})

export const arweaveTerms = (anchor = 1): Terms => ({
  anchor: Buffer.alloc(48, anchor).toString("base64url"),
  anchorHeight: "200",
  reward: "1000000",
})

/** What one signer's endpoints say differently. */
export interface Fault {
  /** Answers every question about this chain with an error. */
  fails?: ErrorCode
  /** Blocks that it lags behind. */
  lag?: number
  /** Changes what it says about a deposit or burn. */
  lie?: Partial<Sighting>
  /** Transfers that its providers disagree about. */
  disagrees?: readonly TransferId[]
}

type Question =
  | { readonly kind: "locate"; readonly ids: readonly TransferId[] }
  | { readonly kind: "tip" }
  | { readonly kind: "block"; readonly height: number }
  | { readonly kind: "vet"; readonly terms: Terms; readonly locks: Locks }
  | { readonly kind: "fate"; readonly terms: Terms }

export class World {
  readonly tips: Partial<Record<ChainName, number>> & Record<"arweave" | "ao", number> = {
    ...{ arweave: 500, ao: 500 },
  }
  readonly deposits = new Map<TransferId, { sighting: Sighting; height: number }>()
  /** What became of payouts, by the terms that tell them apart (`anchor` or `attempt`). */
  readonly fates = new Map<string, Fate>()
  /** By view (a signer's index). */
  readonly faults = new Map<number, Fault>()
  asked = 0

  constructor() {
    // Signers have counted old blocks already when a test adds to them; this one they have all seen.
    this.add([aSighting({ amount: 1_000n })], 1)
  }

  /** Puts deposits or burns into a block of their chain; deep enough to be final unless told otherwise. */
  add(sightings: readonly Sighting[], height = 400): readonly Sighting[] {
    for (const sighting of sightings) this.deposits.set(sighting.id, { sighting, height })
    return sightings
  }

  answer(view: number, chain: ChainName, question: Question): unknown {
    this.asked += 1
    const fault = this.faults.get(view) ?? {}
    if (fault.fails) throw new BridgeError(fault.fails, { chain })
    const tip = (this.tips[chain] ?? 500) - (fault.lag ?? 0)
    switch (question.kind) {
      case "tip":
        return aBlock(tip)
      case "locate":
        return question.ids.map((id): Located | null => {
          const found = this.deposits.get(id)
          if (fault.disagrees?.includes(id)) throw new BridgeError("rpc-disagrees", { id })
          if (!found || found.height > tip || originOf(id).chain !== chain) return null
          const sighting = { ...found.sighting, ...fault.lie }
          return { sighting, block: aBlock(found.height), tip: aBlock(tip) }
        })
      case "vet":
        if (question.terms.attempt === "666")
          throw new BridgeError("signer-refused", { reason: "a bad attempt" })
        if (BigInt(question.terms["attested:arweave"] ?? 0) > (question.locks.AR ?? 0n))
          throw new BridgeError("signer-refused", { reason: "more is attested than counted" })
        return null
      case "block":
        return question.height > tip ? null : this.#block(chain, question.height)
      case "fate":
        return this.fates.get(question.terms.anchor ?? question.terms.attempt ?? "") ?? "open"
    }
  }

  #block(chain: ChainName, height: number): Block<Sighting> {
    const sightings = [...this.deposits.values()].filter((one) => one.height === height)
    return {
      ...{ ...aBlock(height), chain, parent: aBlock(height - 1).id, timestampMs: 0 },
      items: sightings.map(({ sighting }) => sighting).filter(({ source }) => source === chain),
    }
  }
}

export type Ask = (chain: ChainName, question: Question) => Promise<unknown>

type Schemes = Readonly<Record<"arweave" | "ao", SchemeName>>

const RSA: Schemes = { arweave: "rsa", ao: "rsa" }
/** As if Arweave were Bitcoin, and AO a vault on Ethereum. */
export const FROST: Schemes = { arweave: "taproot", ao: "evm" }

/**
 * The chains as the view of one signer shows them. By `taproot` they are signed with two messages a payout,
 * as if it spent two coins.
 */
export function chainsOver(
  ask: (url: string) => Ask,
  schemes: Schemes = RSA,
): Record<ChainName, Chain> {
  const chainOf = (name: ChainName): Chain => ({
    ...{ name, scheme: schemes[name as "arweave" | "ao"] },
    // Our blocks hold sightings as they are; everything else is the chain's own.
    codec: {
      ...codecOf(name, schemes[name as "arweave" | "ao"]),
      facts: ({ items }) => ({ sightings: items as Sighting[], settlements: [], strays: [] }),
    },
    connect: ({ urls }) => connectionOver(name, ask(urls.world![0]!)),
  })
  return Object.fromEntries(CHAINS.map((name) => [name, chainOf(name)])) as Record<ChainName, Chain>
}

function codecOf(name: ChainName, scheme: SchemeName): Chain["codec"] {
  const codec = (name === "ao" ? aoCodec : arweaveCodec) as Chain["codec"]
  if (scheme === "rsa") return codec
  return {
    ...codec,
    sweeps: scheme === "taproot",
    build: (...all) => {
      const [payouts, terms] = all
      const { messages, slots } =
        payouts.length > 0
          ? codec.build(...all)
          : { messages: [Buffer.from(JSON.stringify(terms))], slots: new Map<TransferId, string>() }
      const names = scheme === "taproot" ? ["one coin", "another"] : ["one approval"]
      const coins = names.map((coin) =>
        createHash("sha256").update(coin).update(messages[0]!).digest(),
      )
      return { messages: coins, slots }
    },
  }
}

/** In this process: the endpoint is `http://view/<index>`. */
export function chainsOf(world: World, schemes: Schemes = RSA): Record<ChainName, Chain> {
  return chainsOver(
    (url) => async (chain, question) => {
      const view = Number(new URL(url).pathname.slice(1))
      return world.answer(view, chain, question)
    },
    schemes,
  )
}

function connectionOver(chain: ChainName, ask: Ask): Connection {
  const locateAll = async (ids: readonly TransferId[]) =>
    (await ask(chain, { kind: "locate", ids })) as (Located | null)[]
  const unused = async (): Promise<never> => {
    throw new Error("a signer does not ask for this")
  }
  return {
    chain,
    tip: async () => (await ask(chain, { kind: "tip" })) as Located["tip"],
    locateAll,
    locate: async (id) => (await locateAll([id]))[0] ?? null,
    vet: async (_, terms, locks) => void (await ask(chain, { kind: "vet", terms, locks })),
    fate: async (_, terms) => (await ask(chain, { kind: "fate", terms })) as Fate,
    block: async (height) => (await ask(chain, { kind: "block", height })) as Block | null,
    terms: unused,
    submit: unused,
    close: async () => {},
  }
}

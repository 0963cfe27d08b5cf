// The assets of one run: Arweave, Bitcoin, and one of the two chains that are alike, each with the ledger of its token.

import { type AoView, ModelAo } from "./ao.ts"
import { type HomeView, ModelHome } from "./home.ts"
import { type HomeName, KINDS, type ModelChain } from "./kinds.ts"
import type { Random } from "./random.ts"
import type { Endpoint } from "./views.ts"

/** One asset: where it lives, and the ledger of its token. */
export interface Route {
  readonly home: ModelHome
  readonly ao: ModelAo
  /** How much of a run goes on here. */
  readonly share: number
}

export type Endpoints = ReadonlyMap<ModelChain, Endpoint<HomeView | AoView>>

/** Arweave, Bitcoin, and one of the two that are alike; each seed has most going on somewhere else. */
export function routesOf(random: Random, skew: number, clock: () => number): readonly Route[] {
  const names: readonly HomeName[] = [
    "arweave",
    random.pick(["ethereum", "bsc"] as const),
    "bitcoin",
  ]
  const weights = names.map(() => random.next() ** skew + 0.1 / skew)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return names.map((name, at) => ({
    home: new ModelHome(name, clock),
    ao: new ModelAo(KINDS[name].ledger, clock),
    share: weights[at]! / sum,
  }))
}

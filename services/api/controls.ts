// What is stopped and limited: each way of each asset with its fee, its bounds, and what is left of the day.

import { assetsOf } from "../../chains/served.ts"
import { ASSETS, type AssetName, type ChainName } from "../../core/assets.ts"
import { type FeeRule, feeRulesOf } from "../../core/fees.ts"
import { type Flow, WINDOW_MS } from "../../core/governor.ts"
import { depthOf, limitsOf, payoutDepthOf } from "../../core/policy.ts"
import type { Route } from "../../sdk/schemas/bridge.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import { type Api, type Context, contextOf } from "./context.ts"
import { flowReader } from "./flows.ts"
import { type Server, serve } from "./serving.ts"
import { pauseView } from "./views.ts"

export function controlRoutes(server: Server, api: Api): void {
  const flowsOn = flowReader(api)
  serve(server, ROUTES.controls, async () => {
    const context = await contextOf(api)
    const ways = waysOf(api)
    const targets = [...new Set(ways.map(({ target }) => target))]
    const rows = targets.map(async (chain) => [chain, (await flowsOn(chain)).planned] as const)
    const planned = new Map(await Promise.all(rows))
    return {
      quoteKey: api.key?.key ?? null,
      heights: context.heights,
      pauses: context.pauses.map(pauseView),
      routes: ways.map((way) => routeView(way, context, planned.get(way.target) ?? [])),
    }
  })
}

export interface Way {
  readonly asset: AssetName
  readonly source: ChainName
  readonly target: ChainName
}

/** In and out of each asset that is carried. */
function waysOf({ deployment }: Pick<Api, "deployment">): readonly Way[] {
  return assetsOf(deployment).flatMap((asset) => {
    const { home, wrapped } = ASSETS[asset]
    return [
      { asset, source: home, target: wrapped.ledger },
      { asset, source: wrapped.ledger, target: home },
    ]
  })
}

function routeView(way: Way, context: Context, planned: readonly Flow[]): Route {
  const { asset, source, target } = way
  const { policy, heights, pauses } = context
  const limits = limitsOf(policy, way)!
  const { now, later } = feeRulesOf(policy.fees, way, heights[source] ?? 0)
  const pause = pauses.find(
    ({ chain, direction }) =>
      (chain === source && direction === "in") || (chain === target && direction === "out"),
  )
  return {
    ...{ asset, source, target, decimals: ASSETS[asset].decimals },
    minimum: String(limits.minimum),
    cap: String(limits.cap),
    refundFee: String(limits.refundFee),
    dust: String(limits.dust),
    fee: feeView(now),
    feesToCome: later.map(feeView),
    confirmations: depthOf(policy, source),
    payoutConfirmations: payoutDepthOf(policy, target),
    closed: pause
      ? {
          reason: pause.reason,
          since: pause.since.toISOString(),
          until: pause.until?.toISOString() ?? null,
        }
      : null,
    day: dayView(way, context, planned),
  }
}

function feeView({ heightMin, flat, basisPoints }: FeeRule) {
  return { heightMin, flat: String(flat), basisPoints: String(basisPoints) }
}

/** What the window of an asset on its payout chain has let out, and leaves; null without a window. */
export function dayView(
  { asset, target }: Way,
  { policy: { governor }, nowMs }: Context,
  planned: readonly Flow[],
): Route["day"] {
  const window = governor?.windows.find((row) => row.asset === asset && row.target === target)
  if (!governor || !window) return null
  const inside = planned.filter((flow) => flow.asset === asset && flow.atMs > nowMs - WINDOW_MS)
  const used = inside.reduce((sum, { amount }) => sum + amount, 0n)
  const oldest = Math.min(...inside.map(({ atMs }) => atMs))
  return {
    limit: String(window.day),
    used: String(used),
    left: String(used < window.day ? window.day - used : 0n),
    large: String(window.large),
    delayMs: governor.delayMs,
    freesAt: inside.length > 0 ? new Date(oldest + WINDOW_MS).toISOString() : null,
  }
}

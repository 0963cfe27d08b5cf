// Custody against supply of each asset, at named blocks, now and over time.

import { assetsOf } from "../../chains/served.ts"
import { ASSETS } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import { keepReserves, reservesBetween } from "../store/reserves.ts"
import { type Api, contextOf, type Reading } from "./context.ts"
import { type Server, serve } from "./serving.ts"
import { ledgerView } from "./views.ts"

/** Points of one chart. */
const POINTS_MAX = 500
const MONTH_MS = 30 * 86_400_000
/** Between two looks whether a point is due; one that is there already is not written again. */
const LOOK_MS = 60_000

export function reserveRoutes(server: Server, api: Reading): void {
  const { sql } = api

  serve(server, ROUTES.reserves, async () => {
    const [context, balances] = await Promise.all([contextOf(api), api.reads.books()])
    return {
      reserves: [...balances].map(([asset, row]) => {
        const { home, wrapped, decimals } = ASSETS[asset]
        const { ledger } = wrapped
        const heights = {
          home: context.heights[home] ?? null,
          ledger: context.heights[ledger] ?? null,
        }
        const at = new Date(context.nowMs).toISOString()
        return { asset, decimals, home, ledger, ...ledgerView(row), heights, at }
      }),
    }
  })

  serve(server, ROUTES.reserveHistory, async ({ params: { asset }, query }) => {
    if (!assetsOf(api.deployment).includes(asset)) throw new BridgeError("not-found", { asset })
    const to = query.to === undefined ? new Date() : new Date(query.to)
    const from = query.from === undefined ? new Date(to.getTime() - MONTH_MS) : new Date(query.from)
    if (from >= to) throw new BridgeError("bad-request", { from: "before `to`" })
    const points = await reservesBetween(sql, asset, { from, to, limit: POINTS_MAX })
    return {
      ...{ asset, decimals: ASSETS[asset].decimals },
      points: points.map(({ at, homeHeight, ledgerHeight, ...row }) => {
        const { balanced: _, ...accounts } = ledgerView(row)
        const heights = { home: homeHeight, ledger: ledgerHeight }
        return { at: at.toISOString(), ...accounts, heights }
      }),
    }
  })
}

/** Keeps points of the books as long as it runs; any number of processes may. */
export function keepingReserves({ sql, deployment }: Api, onFailure: (error: unknown) => void) {
  const keep = () => keepReserves(sql, assetsOf(deployment)).catch(onFailure)
  void keep()
  const timer = setInterval(() => void keep(), LOOK_MS)
  return () => clearInterval(timer)
}

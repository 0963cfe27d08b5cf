// How the bridge is: its health, and its books.

import type { Health } from "../../sdk/schemas/bridge.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import { heartbeats } from "../store/heartbeats.ts"
import { incidentsToday } from "../store/incidents.ts"
import { backlog } from "../store/outbox.ts"
import { countsUnderWay } from "../store/transfers.ts"
import { contextOf, type Reading } from "./context.ts"
import { type Server, serve } from "./serving.ts"
import { togetherOne } from "./together.ts"
import { ledgerView, pauseView } from "./views.ts"

export function bridgeRoutes(server: Server, api: Reading): void {
  const healthNow = togetherOne(() => healthOf(api))

  serve(server, ROUTES.health, async ({ reply }) => {
    const health = await healthNow()
    if (!health.ok) reply.code(503)
    return health
  })

  serve(server, ROUTES.ledger, async () => {
    const balances = await api.reads.books()
    return Object.fromEntries([...balances].map(([asset, one]) => [asset, ledgerView(one)]))
  })
}

async function healthOf(api: Reading): Promise<Health> {
  const sql = api.lookups ?? api.sql
  const [incidents, context, work, counts, beats] = await Promise.all([
    incidentsToday(sql),
    contextOf(api),
    backlog(sql),
    countsUnderWay(sql),
    heartbeats(sql),
  ])
  return {
    ok:
      context.pauses.length === 0 &&
      Object.values(context.heights).every((height) => height !== null),
    heights: context.heights,
    pauses: context.pauses.map(pauseView),
    backlog: work.map(({ oldest, ...row }) => ({ ...row, oldest: oldest.toISOString() })),
    underWay: counts,
    incidents: incidents.map(({ last, ...row }) => ({ ...row, last: last.toISOString() })),
    heartbeats: beats.map(({ at, ...beat }) => ({ ...beat, at: at.toISOString() })),
  }
}

// All that can be asked, one file a subject; what each route takes and answers is in `sdk/schemas/routes.ts`.

import type { FastifyInstance } from "fastify"
import { assert } from "../../core/assert.ts"
import { aoxRoutes } from "./aox.ts"
import { attestationRoutes } from "./attestations.ts"
import { bridgeRoutes } from "./bridge.ts"
import type { Api, Reading } from "./context.ts"
import { controlRoutes } from "./controls.ts"
import { depositRoutes } from "./deposits.ts"
import { documentRoutes } from "./document.ts"
import { eventRoutes } from "./events.ts"
import { officerRoutes } from "./officers.ts"
import { orderRoutes } from "./orders.ts"
import { quoteRoutes } from "./quotes.ts"
import { readsOf } from "./reads.ts"
import { reserveRoutes } from "./reserves.ts"
import { rewardRoutes } from "./rewards.ts"
import { sessionRoutes } from "./sessions.ts"
import { signerRoutes } from "./signers.ts"
import { timelineRoutes } from "./timeline.ts"
import { transferRoutes } from "./transfers.ts"
import { webhookRoutes } from "./webhooks.ts"

export function routes(fastify: FastifyInstance, parts: Api): void {
  const api: Reading = { ...parts, reads: readsOf(parts) }
  const server = { fastify, checked: api.checked ?? false }
  if (server.checked)
    fastify.addHook("onRoute", ({ config, path }) => {
      const isOurs = config !== undefined && "contract" in config
      assert(isOurs, `${path} is in the table of routes`)
    })
  documentRoutes(server)
  bridgeRoutes(server, api)
  reserveRoutes(server, api)
  controlRoutes(server, api)
  signerRoutes(server, api)
  transferRoutes(server, api)
  timelineRoutes(server, api)
  eventRoutes(server, api)
  depositRoutes(server, api)
  orderRoutes(server, api)
  quoteRoutes(server, api)
  webhookRoutes(server, api)
  aoxRoutes(server, api)
  rewardRoutes(server, api)
  if (!api.screening) return
  sessionRoutes(server, api.deployment, api.screening)
  officerRoutes(server, api.deployment, api.screening)
  attestationRoutes(server, api.deployment, api.screening)
}

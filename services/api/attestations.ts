// `POST /attestations`: an attestor's word about deeds, for coordinators and signers that it knows.

import type { Deployment } from "../../chains/chain.ts"
import { bridgeName } from "../../chains/deployment.ts"
import { demandSigned } from "../../chains/signed-request.ts"
import { originOf, transferId } from "../../core/ids.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import { attestTo } from "../compliance/attestor.ts"
import type { Compliance } from "../compliance/compliance.ts"
import { plain, type Server, serve } from "./serving.ts"

/** Only where the services' settings make us an attestor. */
export function attestationRoutes(
  server: Server,
  deployment: Deployment,
  { desk, attestor, settings }: Compliance,
): void {
  const askers = settings.attestor?.askers
  if (!attestor || !askers) return
  serve(
    server,
    ROUTES.attestations,
    async ({ body }) => {
      const deeds = body.deeds.map((one) => ({
        ...one,
        deposit: transferId(originOf(one.deposit)),
      }))
      return { attestations: plain(await attestTo(desk, attestor, deeds)) as never }
    },
    {
      bodyLimit: 1 << 20,
      // Whether an address has signed in, and from where, is nobody else's business.
      guard: (request) => demandSigned(bridgeName(deployment), request, askers, desk.now()),
    },
  )
}

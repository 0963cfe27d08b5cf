// `POST /attestations`: an attestor's word about deeds, for coordinators that it knows.

import type { FastifyInstance } from "fastify"
import { z } from "zod"
import type { Deployment } from "../../chains/chain.ts"
import { ASSET_NAMES } from "../../core/assets.ts"
import { ACTS } from "../../core/compliance/attestation.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, transferId } from "../../core/ids.ts"
import { attestTo } from "../compliance/attestor.ts"
import type { Compliance } from "../compliance/compliance.ts"
import { demandSigned } from "../compliance/signed-request.ts"
import { ATTESTATIONS_PATH } from "../compliance/vouching.ts"
import { bridgeName } from "./sessions.ts"

const key = z.string().min(1).max(500)
const shape = z.strictObject({
  deeds: z
    .array(
      z.strictObject({
        deposit: z
          .string()
          .max(200)
          .transform((text) => transferId(originOf(text))),
        asset: z.enum(ASSET_NAMES),
        amount: z.string().regex(/^(0|[1-9][0-9]{0,77})$/),
        sources: z.array(key).max(10_000),
        recipient: key,
        act: z.enum(ACTS),
        policy: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(100),
})

/** Only where the services' settings make us an attestor. */
export function attestationRoutes(
  server: FastifyInstance,
  deployment: Deployment,
  { desk, attestor, settings }: Compliance,
): void {
  const askers = settings.attestor?.askers
  if (!attestor || !askers) return
  server.post(ATTESTATIONS_PATH, { bodyLimit: 1 << 20 }, async (request) => {
    // Whether an address has signed in, and from where, is nobody else's business.
    demandSigned(bridgeName(deployment), request, askers, desk.now())
    const body = shape.safeParse(request.body)
    if (!body.success)
      throw new BridgeError("bad-request", { problems: z.prettifyError(body.error) })
    return { attestations: await attestTo(desk, attestor, body.data.deeds) }
  })
}

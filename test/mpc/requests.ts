// What a coordinator asks a signer for.

import type { Sighting } from "../../core/transfer.ts"
import type { SignRequest } from "../../mpc/protocol.ts"
import { aoTerms, arweaveTerms } from "./world.ts"

export function mint(
  sightings: readonly Sighting[],
  parts: Partial<SignRequest> = {},
): SignRequest {
  const transfers = sightings.map(({ id }) => ({ id, refund: false }))
  return {
    ...{ version: 1, session: "session-1", scheme: "rsa", chain: "ao" },
    ...{ transfers, terms: aoTerms() },
    ...parts,
  }
}

export function onArweave({ id }: Sighting, anchor: number, refund = false): SignRequest {
  const terms = arweaveTerms(anchor)
  return {
    version: 1,
    session: "s",
    scheme: "rsa",
    chain: "arweave",
    transfers: [{ id, refund }],
    terms,
  }
}

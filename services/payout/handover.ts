// Has the cluster sign that a vault passes to the group's next key, and gives the calls that anybody may send for it.

import type { Chain, Connection, Deployment } from "../../chains/chain.ts"
import type { HandoverCodec, Standing, VaultCalls } from "../../chains/vault.ts"
import { BridgeError } from "../../core/errors.ts"
import { type ClusterClient, hexOf } from "../../mpc/client.ts"

export interface CampaignToken {
  readonly codec: HandoverCodec
  standing(): Promise<Standing>
}

export interface HandingOver {
  readonly chain: Chain
  readonly connection: Connection
  readonly deployment: Deployment
  readonly cluster: ClusterClient
  /** The campaign's token, instead of the chain's own vault or token. */
  readonly campaign?: CampaignToken | undefined
  /** Public key of the group's next key, hexadecimal. */
  readonly successor: string
}

/**
 * Both signatures are good for this vault and its next operation alone. Until the second call has been made
 * nothing changes, and the present key pays. Throws `not-supported` where vaults are not handed over, and as
 * `ClusterClient.sign`.
 */
export async function handOver(handing: HandingOver): Promise<VaultCalls> {
  const { chain, deployment, cluster, successor } = handing
  const { codec, token, standing } = handed(handing)
  const { terms } = await standing()
  const own = cluster.keys[chain.scheme]
  if (!own) throw new BridgeError("not-supported", { scheme: chain.scheme, missing: "a key" })
  // A vault that obeys another one than this has signers refuse.
  const keys = { present: hexOf(own), successor }
  const messages = codec.build(keys, terms, deployment)
  const signed = async (part: "order" | "possession") => {
    const { name, scheme } = chain
    const message = messages[part]
    const { signatures } = await cluster.handOver({
      chain: name,
      token,
      scheme,
      part,
      terms,
      message,
    })
    return signatures[0]!
  }
  // Not at once: a group that can't sign with its next key has no use for the order.
  const possession = await signed("possession")
  const order = await signed("order")
  return codec.calls(keys, terms, deployment, { order, possession })
}

function handed({ chain, connection, campaign }: HandingOver) {
  if (campaign) return { ...campaign, token: "campaign" as const }
  const { handover: codec } = chain.codec
  if (!codec || !connection.handover)
    throw new BridgeError("not-supported", { chain: chain.name, missing: "a vault to hand over" })
  return { codec, token: undefined, standing: () => connection.handover!() }
}

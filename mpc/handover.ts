// What a signer finds out for itself before it helps to hand a vault over to the group's next key.

import { BridgeError } from "../core/errors.ts"
import type { HandoverRequest } from "./protocol.ts"
import { hexOf, type Signer } from "./schemes/scheme.ts"
import type { Desk } from "./signing.ts"
import { sightOf } from "./verify.ts"

/**
 * The signer and the bytes of one part of a handover. Which key comes next this signer knows from its own
 * folder, whom the vault obeys from its own endpoints; the request names neither. Throws the reason not to.
 */
export async function handedOver(
  desk: Desk,
  request: HandoverRequest,
): Promise<{ readonly signer: Signer; readonly message: Uint8Array }> {
  const { part, terms, scheme } = request
  const { codec, standing } = handedIn(desk, request)
  const refuse = (reason: string, detail: object = {}) =>
    new BridgeError("signer-refused", { reason, ...detail })
  const [present, successor] = [desk.signers[scheme], desk.successors[scheme]]
  if (!present || !successor) throw refuse("this signer knows of no next key")
  // It moves all that the vault holds: whoever joined to steal waits longer than people need to see it.
  if (desk.newcomer && desk.now() < desk.newcomer.untilMs) throw refuse("this signer joined lately")
  const stands = await standing()
  if (stands.present !== codec.told(hexOf(present.key)))
    throw refuse("the vault obeys another key than the present one", { obeys: stands.present })
  if (!isSame(stands.terms, terms)) throw refuse("the vault stands otherwise", stands.terms)
  const keys = { present: hexOf(present.key), successor: hexOf(successor.key) }
  const { [part]: message } = codec.build(keys, terms, desk.view.deployment)
  return { signer: part === "order" ? present : successor, message }
}

/** What is handed over: a chain's vault or token, or the campaign's token. Throws `not-supported`. */
function handedIn({ view, campaignToken }: Desk, { handover, token, scheme }: HandoverRequest) {
  const { codec, connection, scheme: own } = sightOf(view, handover)
  if (own === scheme && token && campaignToken) return campaignToken
  if (token || own !== scheme || !codec.handover || !connection.handover)
    throw new BridgeError("not-supported", { chain: handover, token, handover: scheme })
  return { codec: codec.handover, standing: () => connection.handover!() }
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>) {
  const text = (terms: typeof one) => JSON.stringify(Object.entries(terms).sort())
  return text(one) === text(other)
}

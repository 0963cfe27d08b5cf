// `causeway rewards claim`: the points of an account, from the campaign's token; any wallet can send the claim.

import { formatUnits } from "../../core/amount.ts"
import { BridgeError } from "../../core/errors.ts"
import { pointsOf } from "../../sdk/claim.ts"
import { rewardsApi } from "../../sdk/rewards.ts"
import { walletOf } from "../../sdk/wallet.ts"
import { localNetwork, walletFile } from "./local.ts"

export interface ClaimOptions {
  readonly api?: string | undefined
  readonly folder?: string | undefined
  readonly campaign?: string | undefined
  readonly wallet?: string | undefined
}

/** `account`: whose points; the wallet's own when left out. Throws `TokenRefusal` with the token's word. */
export async function claim(options: ClaimOptions, account?: string) {
  const { apiUrl, places } = await localNetwork(options.folder)
  if (!places.campaign) throw new BridgeError("not-found", { campaign: "this bridge has none" })
  const key = await walletFile(options.wallet)
  const whose = account ?? (await walletOf(key, places)).address
  const { claim, campaign } = await rewardsApi(options.api ?? apiUrl).points(
    whose,
    options.campaign ?? places.campaign.id,
  )
  if (!claim)
    throw new BridgeError("not-found", { claim: whose, why: "no epoch counts for it yet" })
  const points = pointsOf(
    key,
    { ...places.ao, gatewayUrl: places.arweaveUrl },
    places.campaign.process,
  )
  const { message, quantity, number } = await points.claim({ ...claim, account: whose })
  const facts = { campaign, account: whose, epoch: claim.epoch, quantity: `${quantity}` }
  return {
    facts: { ...facts, number, message },
    text: `${formatUnits(quantity, 12)} of ${campaign} to ${whose}, payment ${number}`,
  }
}

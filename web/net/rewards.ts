// Rewards as the bridge tells them, and the claim that pays them, handed in by it.

import { claimText } from "../../sdk/claim-text.ts"
import type { Saying } from "../../sdk/saying.ts"
import type { AccountPoints, CampaignView } from "../../sdk/schemas/rewards.ts"
import { signInWish } from "../../sdk/sign-in.ts"
import { signSaying, signText } from "../wallets/ao.ts"
import { say, sayCode } from "../words/words.ts"
import { ask, find } from "./ask.ts"
import { facts } from "./facts.ts"

export type { AccountPoints, CampaignView } from "../../sdk/schemas/rewards.ts"

export interface Campaigns {
  readonly campaigns: readonly CampaignView[]
  readonly terms: string | null
}

export function campaignsNow(): Promise<Campaigns> {
  return ask<Campaigns>("/campaigns")
}

/** `had`: null where the campaign has no token of this bridge, or it cannot be asked. */
export interface Standing {
  readonly points: AccountPoints
  readonly had: bigint | null
}

export async function standingOf(account: string, campaign: string): Promise<Standing> {
  const isPaid = facts.value?.campaign?.id === campaign
  const [points, told] = await Promise.all([
    ask<AccountPoints>(`/rewards/${account}?campaign=${campaign}`),
    isPaid
      ? find<{ had: string | null }>(`/relay/points/${campaign}/accounts/${account}`).catch(
          () => null,
        )
      : null,
  ])
  return { points, had: told?.had == null ? null : BigInt(told.had) }
}

const LOOK_MS = 700
const LOOKS_MAX = 120

/** Signs the claim with the wallet that is connected; what was paid. Throws in words when nothing was. */
export async function claimPoints(
  { campaign, account, claim }: AccountPoints,
  tell: (says: string) => void,
): Promise<bigint> {
  const paid = facts.value?.campaign
  if (!claim || paid?.id !== campaign) throw new Error(say("rewards.claim.none"))
  tell(say("send.wallet"))
  const saying: Saying = {
    process: paid.process,
    tags: [{ name: "Action", value: "Claim" }],
    data: claimText({ ...claim, account }),
  }
  const item = await signSaying(saying)
  tell(say("send.token"))
  const { message } = await ask<{ message: string }>(`/relay/points/${campaign}/claims`, { item })
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const told = await ask<{ state: string; quantity?: string; why?: string }>(
      `/relay/points/${campaign}/claims/${message}`,
    )
    if (told.state === "paid") return BigInt(told.quantity ?? "0")
    if (told.state === "refused") throw new Error(sayCode("refused", told.why ?? ""))
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw new Error(say("rewards.claim.late"))
}

/** Until when the account's wallet is signed in. */
export async function signIn(
  account: string,
  terms: string,
  statements: readonly string[] = ["not-us-person"],
  lastsMs?: number,
): Promise<string> {
  const wish = { deployment: facts.value!, account, terms, statements }
  const text = signInWish({ ...wish, ...(lastsMs !== undefined && { lastsMs }) })
  const proof = await signText(text)
  return (await ask<{ until: string }>("/sessions", { text, proof })).until
}

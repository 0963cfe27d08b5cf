// Points of a campaign for whoever has earned them: what is given, what was had, and the one claim that pays the rest.

import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { type Artifact, treeOfRows } from "../core/rewards/artifact.ts"
import { proofOf, rootOf } from "../core/rewards/merkle.ts"
import { claimText, type PointsClaim } from "./claim-text.ts"
import { type AoPlaces, speaker, TokenRefusal, type WalletKey } from "./tokens.ts"

export { claimText, type PointsClaim } from "./claim-text.ts"

/**
 * The claim of an account, from the epoch's published artifact; null when it has none there. Throws when the artifact's
 * rows do not make its root.
 */
export function claimFrom(artifact: Artifact, account: string): PointsClaim | null {
  const { campaign, epoch, rows, root } = artifact
  const row = rows.find((one) => one.account === account)
  if (!row || row.index === null) return null
  const tree = treeOfRows(campaign, epoch, rows, sha256)
  if (!tree || bytesToHex(rootOf(tree)) !== root)
    throw new Error("the artifact's rows do not make its root")
  const proof = proofOf(tree, row.index).map(bytesToHex)
  return { epoch, index: row.index, account, amount: row.given, proof }
}

export interface PaidClaim {
  readonly message: string
  /** What was paid now, base units: the claim less what the account had had before. */
  readonly quantity: bigint
  /** Payments of the token are numbered without a gap. */
  readonly number: number
}

/** The token of a campaign, spoken to with any wallet: a claim pays its account, whoever sends it. */
export function pointsOf(key: WalletKey, places: AoPlaces, process: string) {
  const { node, say, ask } = speaker(key, places, process)
  return {
    async balance(account: string): Promise<bigint> {
      if (node) return node.balance(account)
      return BigInt((await ask({ Action: "Balance", Recipient: account }))?.Data ?? "0")
    },

    /** Throws `TokenRefusal`: `nothing-due` when all of it was had before. */
    async claim(claim: PointsClaim): Promise<PaidClaim> {
      const { message, answers } = await say({ Action: "Claim" }, claimText(claim))
      const notice = answers.find(({ Action }) => Action === "Claim-Notice")
      if (!notice?.Quantity)
        throw new TokenRefusal("no-notice", "the token said nothing of a payment")
      const number = Number(notice["Payment-Number"])
      return { message, quantity: BigInt(notice.Quantity), number }
    },
  }
}

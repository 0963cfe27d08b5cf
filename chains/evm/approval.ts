// One release of an approval, with all that it takes to have it paid by anybody. Pure.

import { assert } from "../../core/assert.ts"
import type { Approval } from "../chain.ts"
import type { EvmName, EvmSide } from "./codec.ts"
import { toHex } from "./hex.ts"
import { claimOf, KINDS, leafOf, type paidBy, signatureFields } from "./release.ts"
import { proofOf, rootOf } from "./tree.ts"

/** The release at `at` of what the group has signed together. */
export function approvalAt(
  chain: EvmName,
  { chainId, vault }: EvmSide,
  { releases, signature }: NonNullable<ReturnType<typeof paidBy>>,
  at: number,
): Approval {
  const release = releases[at]
  assert(release !== undefined, "the approval is of a release")
  const { kind, amount, number, ...same } = release
  const leaves = releases.map(leafOf)
  return {
    ...{ chain, chainId: Number(chainId), vault, root: toHex(rootOf(leaves)) },
    release: { ...same, kind: KINDS.indexOf(kind), amount: `${amount}`, number: `${number}` },
    proof: proofOf(leaves, at).map((hash) => toHex(hash)),
    signature: signatureFields(signature),
    calldata: toHex(claimOf(releases, at, signature)),
  }
}

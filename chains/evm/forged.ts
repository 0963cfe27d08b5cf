// Before money moves to another vault it is shown a release that nobody approved, as whoever wants to steal would, and has
// to refuse it for that (a call, which changes nothing).

import { BridgeError } from "../../core/errors.ts"
import { selectorOf } from "./abi.ts"
import { toHex } from "./hex.ts"
import { revertOf } from "./jsonrpc.ts"
import type { EvmNode } from "./node.ts"
import { calldataOf, type Release } from "./release.ts"

const ONES = "11".repeat(32)
const FORGED: Release = {
  ...{ kind: "burn", token: `0x${"0".repeat(40)}`, to: `0x${ONES.slice(24)}`, amount: 1n },
  ...{ number: 2n ** 200n, id: `0x${ONES}` },
}
/** R is a point of the curve, and the signature of nothing. */
const R = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
const CALL = toHex(calldataOf([FORGED], Buffer.from(R + "01".padStart(64, "0"), "hex")))
const BAD_SIGNATURE = selectorOf("BadSignature()")

/** What a vault makes of it in the state after a block: `refused` for its signature, `other` for another reason, or `taken`. */
export async function answerToForged(
  node: Pick<EvmNode, "read">,
  vault: string,
  block: string,
): Promise<"refused" | "other" | "taken"> {
  try {
    await node.read(vault, CALL, block)
    return "taken"
  } catch (error) {
    const reverted = revertOf(error)
    if (reverted === null) throw error
    return reverted === BAD_SIGNATURE ? "refused" : "other"
  }
}

/** Throws `signer-refused` unless it was refused for its signature: a vault that is paused, say, shows nothing. */
export function demandRefused(answer: string, vault: string): void {
  if (answer === "refused") return
  const reason =
    answer === "taken" ? "it pays a forged release" : "it does not say that a forged release is one"
  throw new BridgeError("signer-refused", { reason, vault })
}

// Whether a vault that is to take over is one: the same code under the same key, as this operator's own providers tell it.

import { BridgeError } from "../../core/errors.ts"
import { numberIn, word } from "./abi.ts"
import type { EvmSide } from "./codec.ts"
import { answerToForged, demandRefused } from "./forged.ts"
import { GROUP_KEY } from "./handover.ts"
import type { Heads } from "./heads.ts"
import type { EvmNode } from "./node.ts"
import type { Panel } from "./panel.ts"
import { separatorOf } from "./typed.ts"

export interface SuccessorOptions {
  readonly panel: Panel
  readonly heads: Heads
  readonly side: EvmSide
  /** The key that the present vault obeys, hexadecimal without 0x. */
  readonly obeyed: string
}

/**
 * All of it at the final head, by a quorum. The code must be this vault's, byte by byte, but for what names the vault
 * itself, so that its council and its chain are the same too; it must obey the very key that this one obeys, and refuse a
 * forged release. Throws `signer-refused` with the reason.
 */
export async function demandSuccessor(
  { panel, heads, side, obeyed }: SuccessorOptions,
  successor: string,
): Promise<void> {
  const refuse = (reason: string, detail: object = {}) =>
    new BridgeError("signer-refused", { reason, successor, ...detail })
  const { id } = await heads.fresh()
  const agreed = async (ask: (node: EvmNode) => Promise<string>, what: string) =>
    panel.shared(await panel.collect(ask), (text) => text, what)
  const [own, other] = await Promise.all(
    [side.vault, successor].map((account) =>
      agreed((node) => node.code(account, id), `the code of ${account}`),
    ),
  )
  if (own === "0x" || own !== renamed(other!, side, successor))
    throw refuse("what is to take over is not the same vault")
  const key = await agreed((node) => node.read(successor, GROUP_KEY, id), "whom it obeys")
  if (!/^0x[0-9a-f]{64}$/.test(key) || word(numberIn(key.slice(2))) !== obeyed)
    throw refuse("what is to take over obeys another key", { obeys: key })
  const forged = await agreed((node) => answerToForged(node, successor, id), "a forged release")
  demandRefused(forged, successor)
}

/** The code as it would be at this vault's own address: what it keeps of itself are its address and its EIP-712 domain. */
function renamed(code: string, side: EvmSide, successor: string): string {
  const there = separatorOf({ chainId: side.chainId, vault: successor }).slice(2)
  const here = separatorOf(side).slice(2)
  return code.replaceAll(word(successor), word(side.vault)).replaceAll(there, here)
}

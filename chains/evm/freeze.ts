// Whether tokens let the vault pay: an issuer may have frozen the vault, or stopped the whole token.

import { numberIn, selectorOf, word } from "./abi.ts"
import { tried } from "./account.ts"
import type { EvmNode } from "./node.ts"
import type { Panel } from "./panel.ts"

const BALANCE = selectorOf("balanceOf(address)")
const TRANSFER = selectorOf("transfer(address,uint256)")

/**
 * Those of `tokens` (contracts, lower case) that hold money of the vault and would not move one unit of it, by
 * the word of a quorum. Nothing is sent: providers try the call on their newest state. Throws `rpc-unavailable`.
 */
export async function frozenOf(
  panel: Panel,
  vault: string,
  tokens: readonly string[],
): Promise<readonly string[]> {
  const rows = tokens.map(async (token) => {
    const said = await panel.collect((node) => refusesToPay(node, token, vault))
    return said.filter(({ value }) => value).length >= panel.quorum ? [token] : []
  })
  return (await Promise.all(rows)).flat()
}

async function refusesToPay(node: EvmNode, token: string, vault: string): Promise<boolean> {
  const held = await node.read(token, BALANCE + word(vault), "latest")
  if (!/^0x[0-9a-f]{64}$/.test(held) || numberIn(held.slice(2)) === 0n) return false
  // To itself, so that only the vault's own standing matters.
  const data = TRANSFER + word(vault) + word(1)
  return (await tried(node, { from: vault, to: token, data })).reverted !== null
}

// How far a vault is with a token that it is to take, and a signer's own look at an order about it.

import { ASSET_NAMES, ASSETS } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import type { NewcomersDesk, VaultOrder } from "../vault.ts"
import { numberIn, selectorOf, word, wordsOf } from "./abi.ts"
import type { EvmSide } from "./codec.ts"
import { sideAt } from "./former.ts"
import { demandToken } from "./newcomer.ts"
import { orderHash } from "./order.ts"
import { demandSuccessor } from "./successor.ts"
import type { Asked } from "./vault-state.ts"

interface Parts extends Asked {
  readonly side: EvmSide
}

export function newcomersOf({ panel, heads, side }: Parts): NewcomersDesk {
  const { vault } = side
  /** The words of an answer at the final head, by a quorum. */
  const asked = async (call: string, words: number, what: string) => {
    const { id, timestampMs } = await heads.fresh()
    const said = await panel.collect((node) => node.read(vault, call, id))
    const answer = wordsOf(panel.shared(said, (text) => text, what))
    if (answer?.length !== words) throw new BridgeError("rpc-unavailable", { vault, what })
    return { words: answer, nowS: Math.floor(timestampMs / 1_000) }
  }
  return {
    vet: (token) => demandToken({ panel, heads, vault }, token),
    async limitOf(contract) {
      const { words } = await asked(LIMIT_OF + word(contract), 3, `the limit of ${contract}`)
      return { capacity: numberIn(words[0]!), windowS: Number(numberIn(words[2]!)) }
    },
    async proposedAt(order) {
      const call = PROPOSALS + word(order.number)
      const { words, nowS } = await asked(call, 3, `its operation ${order.number}`)
      const isThis = `0x${words[0]}` === orderHash(order, side)
      return { atS: isThis ? Number(numberIn(words[1]!)) : null, nowS }
    },
  }
}

/** `obeyed`: the key that the vault obeys. Throws `signer-refused` with the reason not to sign an order. */
export async function demandOrder(
  { panel, heads, side }: Parts,
  order: VaultOrder,
  obeyed: () => Promise<string>,
): Promise<void> {
  if (order.kind === "migrate") {
    const from = sideAt(side, order.vault) ?? side
    await demandSuccessor({ panel, heads, side: from, obeyed: await obeyed() }, order.successor)
  }
  if (order.kind !== "limit" || order.capacity === 0n || /^0x0+$/.test(order.token)) return
  const { token } = order
  const refuse = (reason: string, cause?: unknown) =>
    new BridgeError("signer-refused", { reason, token }, { cause })
  const asset = ASSET_NAMES.find((name) => side.contracts[name] === token)
  // Deposits of it would be credited to nobody.
  if (!asset) throw refuse("the bridge file names no such token")
  try {
    const { decimals } = ASSETS[asset]
    await demandToken({ panel, heads, vault: side.vault }, { contract: token, decimals })
  } catch (error) {
    if (error instanceof BridgeError && error.code === "unfit-token")
      throw refuse(String(error.detail.reason), error)
    throw error
  }
}

const LIMIT_OF = selectorOf("limitOf(address)")
const PROPOSALS = selectorOf("proposals(uint256)")

// The identity of a transfer: the chain, the transaction and the place in it, never the transaction alone.

import { CHAINS, type ChainName } from "./assets.ts"
import { BridgeError } from "./errors.ts"

/** `chain:transaction:index`, for example `arweave:3hR…9k:0`. */
export type TransferId = `${ChainName}:${string}:${number}`

export interface Origin {
  readonly chain: ChainName
  readonly transaction: string
  /** Place in the transaction; of a burn on AO the number that the token gave it. */
  readonly index: number
}

export function transferId({ chain, transaction, index }: Origin): TransferId {
  return `${chain}:${transaction}:${index}`
}

/** The parts of a transfer id; throws `bad-id` for anything that `transferId` does not write. */
export function originOf(id: string): Origin {
  const match = /^([a-z]+(?:-[a-z]+)*):([A-Za-z0-9_-]{1,128}):(0|[1-9][0-9]{0,15})$/.exec(id)
  const chain = CHAINS.find((name) => name === match?.[1])
  const index = Number(match?.[3])
  // Above 2^53 two texts would be one number, and one transfer would answer to two ids.
  if (!match || !chain || !Number.isSafeInteger(index))
    throw new BridgeError("bad-id", { id: id.slice(0, 200) })
  return { chain, transaction: match[2]!, index }
}

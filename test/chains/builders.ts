// A bridge whose group key is one plain RSA key, and payouts, transactions and slots of it.

import { constants, createPrivateKey, sign, verify } from "node:crypto"
import Arweave from "arweave"
import type { Message, Outgoing, SlotItem } from "../../chains/ao/codec.ts"
import { addressOf, type Transaction } from "../../chains/arweave/transaction.ts"
import { fromBase64url, toBase64url } from "../../chains/bytes.ts"
import type { Block, Deployment } from "../../chains/chain.ts"
import type { ChainName } from "../../core/assets.ts"
import type { Payout } from "../../core/payout.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"

export const vaultJwk = TEST_WALLETS.vault

export const deployment = {
  network: "devnet",
  owner: vaultJwk.n,
  vault: addressOf(fromBase64url(vaultJwk.n)!),
  tokens: { AR: idNumber(900) },
} as const satisfies Deployment

/** Some id: 32 bytes that end in `number`. */
export function idNumber(number: number): string {
  const bytes = new Uint8Array(32).fill(7)
  new DataView(bytes.buffer).setUint32(28, number)
  return toBase64url(bytes)
}

const key = createPrivateKey({ format: "jwk", key: { ...vaultJwk } })

/** A signature of the group. Without a salt it is, like the cluster's, always the same one. */
export function groupSignature(message: Uint8Array): Uint8Array {
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return new Uint8Array(sign("sha256", message, { key, padding, saltLength: 0 }))
}

export function isGroupSignature(message: Uint8Array, signature: Uint8Array): boolean {
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return verify("sha256", message, { key, padding, saltLength: 0 }, signature)
}

export function aPayout(chain: ChainName, changes: Partial<Payout> = {}): Payout {
  const source = chain === "ao" ? "arweave" : "ao"
  return {
    transfer: `${source}:${idNumber(1)}:0`,
    chain,
    asset: "AR",
    recipient: idNumber(50),
    amount: 1_000_000_000_000n,
    fee: 0n,
    refund: false,
    forward: {},
    ...changes,
  }
}

/** A payment of one AR to the vault. */
export function aTransaction(changes: Partial<Transaction> = {}): Transaction {
  return {
    id: idNumber(1),
    sender: idNumber(2),
    target: deployment.vault,
    quantity: 1_000_000_000_000n,
    reward: 3_377_063n,
    anchor: toBase64url(new Uint8Array(48)),
    tags: [],
    ...changes,
  }
}

export function tagsOf(tags: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(tags).map(([name, value]) => ({ name, value }))
}

export function aMessage(changes: Partial<Message> = {}): Message {
  const target = deployment.tokens.AR
  return { id: idNumber(1), owner: idNumber(2), target, tags: [], data: "", ...changes }
}

/** What the token sends, with the names that `lua/token.lua` uses. */
export function anAnswer(target: string, tags: Record<string, string>, data = ""): Outgoing {
  return { target, tags: tagsOf(tags), data }
}

export function aSlot(
  message: Message,
  messages: readonly Outgoing[],
  error: string | null = null,
): SlotItem {
  return { message, result: { messages, error } }
}

export function aBlock<Item>(chain: ChainName, items: readonly Item[]): Block<Item> {
  return { chain, height: 10, id: "block-10", parent: "block-9", timestampMs: 0, items }
}

/** A transaction's JSON as the official client reads it. */
export function officialTransaction(json: object) {
  // The module is CommonJS; under some loaders the class is one `default` further down.
  const { init } = (Arweave as unknown as { default?: typeof Arweave }).default ?? Arweave
  return init({}).transactions.fromRaw(json)
}

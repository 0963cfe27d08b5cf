// Pays on Arweave and burns on AO with whatever wallet there is: the one of the window, or a key.

import { connect, createDataItemSigner } from "@permaweb/aoconnect"
import Arweave from "arweave"
import { arweaveDeposit, burnMessage, type DepositWish, type Tag } from "./builders.ts"
import type { BridgeFacts } from "./facts.ts"
import type { WalletKey } from "./tokens.ts"

/** `window.arweaveWallet`, as Wander and others put it there; only what is used here. */
export interface WindowWallet {
  connect(permissions: readonly string[], about?: { readonly name: string }): Promise<void>
  sign(
    transaction: unknown,
  ): Promise<{ readonly id: string; readonly owner: string; readonly signature: string }>
  signDataItem(item: {
    readonly data: string
    readonly target: string
    readonly anchor?: string
    readonly tags: readonly Tag[]
  }): Promise<ArrayBuffer | Uint8Array>
}

export type ArweaveWallet = WindowWallet | { readonly key: WalletKey }

/** Of the API: what a page must ask Arweave and AO goes through it. */
export type Ask = <Answer>(path: string, body?: unknown) => Promise<Answer>

/** The payment's id; the transfer's is `arweave:<id>:0`. */
export async function payOnArweave(
  facts: BridgeFacts,
  wish: DepositWish,
  wallet: ArweaveWallet,
  ask: Ask,
): Promise<string> {
  const { target, quantity, tags } = arweaveDeposit(facts, wish)
  const { anchor, reward } = await ask<{ anchor: string; reward: string }>("/relay/arweave/terms")
  // Nothing is asked of any host: owner and price come from whoever signs and from the API.
  const arweave = Arweave.init({})
  const transaction = await arweave.createTransaction(
    { target, quantity, reward, last_tx: anchor },
    "key" in wallet ? (wallet.key as never) : undefined,
  )
  for (const { name, value } of tags) transaction.addTag(name, value)
  if ("key" in wallet) await arweave.transactions.sign(transaction, wallet.key as never)
  else {
    await wallet.connect(["ACCESS_ADDRESS", "SIGN_TRANSACTION"], { name: "Causeway" })
    transaction.setSignature({ ...(await wallet.sign(transaction)) } as never)
  }
  await ask("/relay/arweave/transactions", transaction.toJSON())
  return transaction.id
}

/** The message's id: the burn is known by it as soon as the bridge has read it. */
export async function burnOnAo(
  facts: BridgeFacts,
  wish: Parameters<typeof burnMessage>[1],
  wallet: ArweaveWallet,
  ask: Ask,
): Promise<string> {
  const { process, tags } = burnMessage(facts, wish)
  const item = { data: "", target: process, anchor: anchor() }
  const raw =
    "key" in wallet
      ? await signedByKey(wallet.key, process, tags)
      : await wallet.signDataItem({ ...item, tags: [...tags, ...AO_TAGS] })
  const { message } = await ask<{ message: string }>(`/relay/ao/${wish.asset}/burns`, {
    item: base64url(new Uint8Array(raw)),
  })
  return message
}

const AO_TAGS: readonly Tag[] = [
  { name: "Data-Protocol", value: "ao" },
  { name: "Variant", value: "ao.TN.1" },
  { name: "Type", value: "Message" },
  { name: "SDK", value: "causeway" },
]

/** The official client signs and sends nothing. */
async function signedByKey(
  key: WalletKey,
  process: string,
  tags: readonly Tag[],
): Promise<Uint8Array<ArrayBuffer>> {
  const ao = connect({ MODE: "legacy" })
  const fields = { process, signer: createDataItemSigner(key), tags: [...tags] }
  const { raw } = await ao.signMessage({ ...fields, data: "", anchor: anchor() })
  return raw as Uint8Array<ArrayBuffer>
}

/** 32 characters of chance: two messages of equal content are two messages. */
function anchor(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

function base64url(bytes: Uint8Array): string {
  let binary = ""
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
}

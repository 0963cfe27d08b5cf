// Pays on Arweave and burns on AO with whatever wallet there is: the one of the window, or a key.

import { connect, createDataItemSigner } from "@permaweb/aoconnect"
import Arweave from "arweave"
import { accountAddress } from "./addresses.ts"
import { arweaveDeposit, burnMessage, type DepositWish } from "./builders.ts"
import { signedByEthereumKey, signedByWallet } from "./ethereum-item.ts"
import type { BridgeFacts } from "./facts.ts"
import type { Eip1193, EvmKey } from "./pay-evm.ts"
import { AO_TAGS, type Saying, type Tag } from "./saying.ts"
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
  wallet: AoOwner,
  ask: Ask,
): Promise<string> {
  const raw = await signedFor(wallet, burnMessage(facts, wish))
  const { message } = await ask<{ message: string }>(`/relay/ao/${wish.asset}/burns`, {
    item: base64url(raw),
  })
  return message
}

/** Whoever holds tokens on AO: by a key of Arweave, or of Ethereum, whose address is then the account's. */
export type AoOwner = ArweaveWallet | Eip1193 | Pick<EvmKey, "key">

/** A message to a process, signed by its account's owner; nothing is sent. */
async function signedFor(wallet: AoOwner, saying: Saying): Promise<Uint8Array> {
  const { process, tags } = saying
  if ("key" in wallet)
    return typeof wallet.key === "string"
      ? signedByEthereumKey(wallet.key, saying)
      : signedByKey(wallet.key, process, tags)
  if ("request" in wallet) {
    const accounts = await wallet.request({ method: "eth_requestAccounts" })
    const address = accountAddress(String((accounts as readonly unknown[])[0]), [])
    if (address === null) throw new Error("the wallet named no account")
    return signedByWallet(wallet, address, saying)
  }
  const item = { data: "", target: process, anchor: anchor() }
  return new Uint8Array(await wallet.signDataItem({ ...item, tags: [...tags, ...AO_TAGS] }))
}

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

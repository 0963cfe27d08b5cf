// The wallet that puts itself at `window.arweaveWallet` (Wander and others): payments on Arweave, burns on AO.

import { signal } from "@preact/signals"
import { AO_TAGS, type Saying, type Tag } from "../../sdk/saying.ts"
import { ask } from "../net/ask.ts"

/** As wallets of Arweave offer it; only what is used here. */
interface ArweaveWallet {
  connect(permissions: readonly string[], about?: { readonly name: string }): Promise<void>
  disconnect?(): Promise<void>
  getActiveAddress(): Promise<string>
  getPermissions?(): Promise<readonly string[]>
  /** Takes a transaction of the official client, and returns one with owner and signature. */
  sign(transaction: unknown): Promise<Signed>
  /** RSA-PSS over the SHA-256 of the bytes. */
  signMessage?(bytes: Uint8Array): Promise<Uint8Array>
  /** The modulus, base64url. */
  getActivePublicKey?(): Promise<string>
  /** An ANS-104 item's bytes. */
  signDataItem(item: {
    readonly data: string
    readonly target: string
    readonly anchor?: string
    readonly tags: readonly Tag[]
  }): Promise<ArrayBuffer | Uint8Array>
}

interface Signed {
  readonly id: string
  readonly owner: string
  readonly reward?: string
  readonly tags?: unknown
  readonly signature: string
}

declare global {
  interface Window {
    readonly arweaveWallet?: ArweaveWallet
  }
}

const PERMISSIONS = ["ACCESS_ADDRESS", "SIGN_TRANSACTION"]

/** The address that is connected; null when none is. */
export const arweaveAccount = signal<string | null>(null)

/** Whether one is there: wallets put themselves into the page a moment after it has begun. */
export const hasArweaveWallet = signal(window.arweaveWallet !== undefined)
addEventListener("arweaveWalletLoaded", () => {
  hasArweaveWallet.value = true
  resume()
})
addEventListener("walletSwitch", () => resume())

function wallet(): ArweaveWallet {
  const found = window.arweaveWallet
  if (found === undefined) throw new Error("no wallet for Arweave is in this browser")
  return found
}

export async function connectArweave(): Promise<void> {
  await wallet().connect(PERMISSIONS, { name: "Causeway" })
  arweaveAccount.value = await wallet().getActiveAddress()
}

/** Beside those that were given. */
const TEXT_PERMISSIONS = ["ACCESS_PUBLIC_KEY", "SIGNATURE"]

/** Signs a text, and proves it as `POST /sessions` takes it. */
export async function signTextOnArweave(text: string): Promise<object> {
  const found = wallet()
  if (!found.signMessage || !found.getActivePublicKey)
    throw new Error("this wallet signs no messages")
  await found.connect([...PERMISSIONS, ...TEXT_PERMISSIONS], { name: "Causeway" })
  const owner = await found.getActivePublicKey()
  const signature = await found.signMessage(new TextEncoder().encode(text))
  return { kind: "arweave", owner, signature: base64url(new Uint8Array(signature)) }
}

export async function disconnectArweave(): Promise<void> {
  await window.arweaveWallet?.disconnect?.()
  arweaveAccount.value = null
}

/** Goes on where it was connected before; asks nobody. */
export async function resume(): Promise<void> {
  const permissions = (await window.arweaveWallet?.getPermissions?.().catch(() => [])) ?? []
  arweaveAccount.value = PERMISSIONS.every((one) => permissions.includes(one))
    ? await wallet().getActiveAddress()
    : null
}

/** Pays `amount` winston to the vault; the transaction's id. */
export async function payOnArweave(
  vault: string,
  amount: bigint,
  tags: readonly Tag[],
): Promise<string> {
  // The official client's transaction is what wallets know how to sign; only who pays needs it.
  const [{ anchor, reward }, module] = await Promise.all([
    ask<{ anchor: string; reward: string }>("/relay/arweave/terms"),
    import("arweave/web/lib/transaction.js"),
  ])
  const Transaction = classIn(module)
  const transaction = new Transaction({
    ...{ format: 2, last_tx: anchor, target: vault, quantity: String(amount), reward },
  })
  for (const { name, value } of tags) transaction.addTag(name, value)
  const { id, owner, signature, ...rest } = await wallet().sign(transaction)
  transaction.setSignature({ id, owner, signature, ...(rest as object) } as never)
  await ask("/relay/arweave/transactions", transaction)
  return id
}

/** The client is CommonJS, and how its class comes out is up to who bundles it. */
function classIn(module: unknown): typeof import("arweave/web/lib/transaction.js").default {
  const { default: first } = module as { default: { default?: unknown } }
  return (first.default ?? first) as never
}

/** Signs a message to a process; the item's bytes. */
export async function signOnArweave({ process, tags, data = "" }: Saying): Promise<Uint8Array> {
  const signed = await wallet().signDataItem({
    // Two messages of equal content are two messages.
    ...{ data, target: process, anchor: anchor() },
    tags: [...tags, ...AO_TAGS],
  })
  return new Uint8Array(signed)
}

export function base64url(bytes: Uint8Array): string {
  let binary = ""
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
}

/** 32 characters of chance. */
function anchor(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

export async function arweaveBalance(address: string): Promise<bigint> {
  return BigInt((await ask<{ balance: string }>(`/relay/arweave/balances/${address}`)).balance)
}

// The wallet that puts itself at `window.arweaveWallet` (Wander and others): payments on Arweave, burns on AO.

import { signal } from "@preact/signals"
import { ask } from "../net/ask.ts"

/** As wallets of Arweave offer it; only what is used here. */
interface ArweaveWallet {
  connect(permissions: readonly string[], about?: { readonly name: string }): Promise<void>
  disconnect?(): Promise<void>
  getActiveAddress(): Promise<string>
  getPermissions?(): Promise<readonly string[]>
  /** Takes a transaction of the official client, and returns one with owner and signature. */
  sign(transaction: unknown): Promise<Signed>
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

export interface Tag {
  readonly name: string
  readonly value: string
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

/** Signs a message to a process; the item's bytes, base64url. */
export async function signMessage(process: string, tags: readonly Tag[]): Promise<string> {
  const signed = await wallet().signDataItem({
    // Two messages of equal content are two messages.
    ...{ data: "", target: process, anchor: anchor() },
    tags: [
      ...tags,
      { name: "Data-Protocol", value: "ao" },
      { name: "Variant", value: "ao.TN.1" },
      { name: "Type", value: "Message" },
      { name: "SDK", value: "causeway" },
    ],
  })
  const bytes = new Uint8Array(signed)
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

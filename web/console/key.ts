// The key of whoever looks after the bridge: read from its file, kept in this tab alone, and signing what is asked and ordered.

import { ed25519 } from "@noble/curves/ed25519.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { signal } from "@preact/signals"
import { canonical, type Json } from "../../core/compliance/canonical.ts"
import { orderText } from "../../core/orders.ts"
import { rewardOrderText } from "../../core/rewards/orders.ts"
import { ask } from "../net/ask.ts"
import { facts } from "../net/facts.ts"
import { say } from "../words/words.ts"

interface Key {
  readonly name: string
  readonly secret: Uint8Array
}

/** Null until somebody has chosen a file; gone with the tab. */
export const key = signal<Key | null>(null)

/** `{ "name", "key": <Ed25519 JWK> }`, as `causeway operator --key` takes it. Throws in words. */
export async function readKey(file: File): Promise<void> {
  const found = keyIn(await file.text().catch(() => ""))
  if (found === null) throw new Error(say("console.key.none"))
  key.value = found
}

function keyIn(text: string): Key | null {
  try {
    const { name, key } = JSON.parse(text) as { name: string; key: { d: string; x: string } }
    const secret = bytesOf(key.d)
    // The public half is derived, so that a damaged file is found here and not by the bridge.
    const isWhole = secret.length === 32 && textOf(ed25519.getPublicKey(secret)) === key.x
    return isWhole && typeof name === "string" ? { name, secret } : null
  } catch {
    return null
  }
}

/** Asks as the owner of the key: `chains/signed-request.ts` has the text. Throws `ApiError`. */
export async function askSigned<Answer>(url: string): Promise<Answer> {
  const { name } = chosen()
  const { network, vault } = known()
  const at = String(Date.now())
  const hash = bytesToHex(sha256(new TextEncoder().encode(canonical(null as Json))))
  const text = `causeway request\n${network} ${vault}\n${name}\nGET ${url}\n${at}\n${hash}`
  return ask<Answer>(url, undefined, {
    "x-causeway-name": name,
    "x-causeway-at": at,
    "x-causeway-signature": signed(text),
  })
}

export interface OrderAnswer {
  readonly given: readonly string[]
  readonly needed: number
  readonly done: boolean
}

/** Gives an order (`core/orders.ts`) as an operator. Throws `ApiError`. */
export function give(order: string): Promise<OrderAnswer> {
  const signature = signed(orderText(known(), order))
  return ask<OrderAnswer>("/orders", { order, operator: chosen().name, signature })
}

/** Gives an order about a campaign (`core/rewards/orders.ts`) as an operator. Throws `ApiError`. */
export function giveReward(order: string): Promise<OrderAnswer> {
  const signature = signed(rewardOrderText(known(), order))
  return ask<OrderAnswer>("/rewards/orders", { order, operator: chosen().name, signature })
}

function signed(text: string): string {
  return textOf(ed25519.sign(new TextEncoder().encode(text), chosen().secret))
}

function chosen(): Key {
  if (key.value === null) throw new Error(say("console.key.none"))
  return key.value
}

function known() {
  if (facts.value === null) throw new Error(say("start.late"))
  return facts.value
}

function bytesOf(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
}

function textOf(bytes: Uint8Array): string {
  const binary = String.fromCharCode(...bytes)
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
}

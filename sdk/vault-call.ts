// Calls of the vault and of tokens on EVM chains as bytes: every argument is one word, so this is all the ABI there is. Pure.

import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToHex } from "@noble/hashes/utils.js"

const DEPOSIT = "(bytes32,address,bytes32)"
const NOTHING = "0".repeat(64)

export interface Destination {
  /** 43 characters of base64url, or an Ethereum address. */
  readonly recipient: string
  /** On this chain. */
  readonly refundTo: string
  /** Of a quote, 64 hexadecimal digits; none when left out. */
  readonly quoteId?: string | undefined
}

/** Pays the chain's own coin, which goes along as the value. */
export function depositNativeCall(to: Destination): string {
  return callOf(`depositNative(${DEPOSIT})`, words(to))
}

export function depositCall(token: string, amount: bigint, to: Destination): string {
  return callOf(`deposit(address,uint256,${DEPOSIT})`, [
    ...[addressWord(token), numberWord(amount)],
    ...words(to),
  ])
}

export function approveCall(spender: string, amount: bigint): string {
  return callOf("approve(address,uint256)", [addressWord(spender), numberWord(amount)])
}

export function allowanceCall(owner: string, spender: string): string {
  return callOf("allowance(address,address)", [addressWord(owner), addressWord(spender)])
}

export function balanceCall(owner: string): string {
  return callOf("balanceOf(address)", [addressWord(owner)])
}

/** The first topic of the vault's event; the second is the deposit's number. */
export const DEPOSITED = `0x${hashOf(
  "Deposited(uint64,address,address,uint256,bytes32,address,bytes32)",
)}`

/**
 * The last part of a transfer's id: the number that the vault gave the deposit, as text with or without 0x; behind all numbers of
 * the vaults that the bridge had before it, which counted from 1 as well.
 */
export function depositIndex(number: string | bigint, former: readonly unknown[] = []): number {
  return former.length * 2 ** 40 + Number(BigInt(number))
}

function callOf(signature: string, args: readonly string[]): string {
  return `0x${hashOf(signature).slice(0, 8)}${args.join("")}`
}

function words({ recipient, refundTo, quoteId = NOTHING }: Destination): readonly string[] {
  return [accountWord(recipient), addressWord(refundTo), quoteId]
}

/** The vault's one rule: an id on AO as it stands, an Ethereum owner behind twelve zero bytes. */
function accountWord(account: string): string {
  if (account.startsWith("0x")) return addressWord(account)
  const text = atob(account.replaceAll("-", "+").replaceAll("_", "/"))
  return bytesToHex(Uint8Array.from(text, (letter) => letter.charCodeAt(0)))
}

function addressWord(address: string): string {
  return address.slice(2).toLowerCase().padStart(64, "0")
}

function numberWord(value: bigint): string {
  return value.toString(16).padStart(64, "0")
}

function hashOf(text: string): string {
  return bytesToHex(keccak_256(new TextEncoder().encode(text)))
}

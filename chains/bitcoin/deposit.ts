// The scripts of the bridge on Bitcoin: its vault, and the deposit addresses that anybody can compute again. Pure.

import { schnorr } from "@noble/curves/secp256k1.js"
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"
import { p2tr, Script, TaprootControlBlock } from "@scure/btc-signer"
import { assert } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { addressOf, type Network, scriptOf, taprootScript } from "./address.ts"
import { type Destination, saltBytes } from "./destination.ts"

/** Who keeps the bitcoin of one bridge. */
export interface Vault {
  readonly network: Network
  /** x-only group key, 32 bytes: what key generation gave. It is an output key already, never to be tweaked again. */
  readonly key: Uint8Array
  /** Those that were the group's before, the newest first: whatever lies under them is the bridge's as well. */
  readonly former?: readonly Uint8Array[]
}

/** One way to spend a taproot output by a script: what the witness shows after the signature. */
export interface Leaf {
  readonly script: Uint8Array
  readonly controlBlock: Uint8Array
}

export interface DepositOutput {
  readonly script: Uint8Array
  readonly address: string
  /** The group spends by this one, under its key as it is. */
  readonly group: Leaf
  /** The user alone, `REFUND_DELAY` blocks after the deposit; null when no key was given. */
  readonly refund: Leaf | null
}

/** Blocks after which the user's own key may spend, about thirty days (BIP68, BIP112). */
export const REFUND_DELAY = 4_320

/** The output script of the vault: the group's key path. */
export function vaultScript({ key }: Vault): Uint8Array {
  assert(key.length === 32, "a group key on Bitcoin is 32 bytes, x-only")
  return taprootScript(key)
}

/** The output scripts of the vault under its present key and under every former one. */
export function vaultScripts(vault: Vault): readonly Uint8Array[] {
  return [vaultScript(vault), ...(vault.former ?? []).map(taprootScript)]
}

/** The vault as it was under a former key (64 hexadecimal digits); as it is without one. */
export function vaultUnder(vault: Vault, former: string | undefined): Vault {
  if (former === undefined) return vault
  const key = vault.former?.find((one) => bytesToHex(one) === former)
  assert(key !== undefined, "a former key is one of the bridge's")
  return { network: vault.network, key }
}

export function vaultAddress(vault: Vault): string {
  return addressOf(vaultScript(vault), vault.network)!
}

/**
 * The output of a deposit address. Its internal key is BIP341's point H that nobody has a key to; leaf 1
 * `<salt> OP_DROP <group key> OP_CHECKSIG` is the bridge's, leaf 2 `<4320> OP_CHECKSEQUENCEVERIFY OP_DROP
 * <user key> OP_CHECKSIG` the user's. The same facts always give the same address. Throws `bad-address` and
 * `bad-request` as `destination`, and for a refund key that is on no curve or ours.
 */
export function depositOutput(vault: Vault, to: Destination): DepositOutput {
  if (scriptOf(to.refundTo, vault.network) === null)
    throw new BridgeError("bad-address", { refundTo: to.refundTo.slice(0, 100) })
  // A coin's script is asked for with every plan, vote and look at it, and the curve takes a millisecond for each.
  const salt = saltOf(vault, to)
  const facts = `${vault.network} ${bytesToHex(vault.key)} ${to.refundKey} ${bytesToHex(salt)}`
  const output = known.get(facts) ?? outputOf(vault, salt, to)
  known.delete(facts)
  known.set(facts, output)
  if (known.size > KNOWN_MAX) known.delete(known.keys().next().value!)
  return output
}

/** Those that were asked for last; each takes about a kilobyte. */
const known = new Map<string, DepositOutput>()
const KNOWN_MAX = 5_000

function outputOf(vault: Vault, salt: Uint8Array, to: Destination): DepositOutput {
  const groupScript = Script.encode([salt, "DROP", vault.key, "CHECKSIG"])
  const refundScript = to.refundKey === null ? null : refundLeaf(vault, to.refundKey)
  const scripts = refundScript === null ? [groupScript] : [groupScript, refundScript]
  const tree = scripts.map((script) => ({ script }))
  const paid = p2tr(NOBODY, tree.length === 1 ? tree[0]! : tree, undefined, true)
  const leaf = (script: Uint8Array): Leaf => {
    // The library keeps the version of a leaf behind its script.
    const found = paid.tapLeafScript?.find(([, entry]) => isEqual(entry.slice(0, -1), script))
    assert(found !== undefined, "a leaf of the tree has a control block")
    return { script, controlBlock: TaprootControlBlock.encode(found[0]) }
  }
  return {
    script: paid.script,
    address: addressOf(paid.script, vault.network)!,
    group: leaf(groupScript),
    refund: refundScript && leaf(refundScript),
  }
}

/** The outputs of a destination's addresses, under the present key and under every former one. */
export function depositOutputs(
  vault: Vault,
  to: Destination,
): readonly (DepositOutput & { readonly former: string | undefined })[] {
  const keys = [undefined, ...(vault.former ?? []).map((key) => bytesToHex(key))]
  return keys.map((former) => ({ ...depositOutput(vaultUnder(vault, former), to), former }))
}

/** 32 bytes that stand for the destination, and make each deposit address another one. */
export function saltOf({ network }: Vault, to: Destination): Uint8Array {
  return schnorr.utils.taggedHash(SALT_TAG, saltBytes(to, network))
}

const SALT_TAG = "Causeway/bitcoin/deposit"

/** H of BIP341: the hash of the generator's coordinates lifted to a point. */
const NOBODY = hexToBytes("50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0")

function refundLeaf(vault: Vault, refundKey: string): Uint8Array {
  const key = hexToBytes(refundKey)
  // With the group's own key the delay would bind the bridge, and nobody else could take anything back.
  if (!isOnCurve(refundKey) || isEqual(key, vault.key))
    throw new BridgeError("bad-request", { refundKey, why: "not a key of the user" })
  return Script.encode([REFUND_DELAY, "CHECKSEQUENCEVERIFY", "DROP", key, "CHECKSIG"])
}

function isOnCurve(key: string): boolean {
  try {
    schnorr.utils.lift_x(BigInt(`0x${key}`))
    return true
  } catch {
    return false
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

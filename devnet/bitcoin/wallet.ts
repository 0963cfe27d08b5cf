// A wallet of one key, for the faucet, tests, the demo and benchmarks: pays from its own coins, signed.

import {
  Transaction as Builder,
  crypto,
  initEccLib,
  networks,
  payments,
  script as scripts,
} from "bitcoinjs-lib"
import * as ecc from "tiny-secp256k1"
import { unshown } from "./bytes.ts"
import { scriptOf } from "./script-type.ts"
import { type Transaction, transactionOf } from "./transaction.ts"

initEccLib(ecc)

/** Segwit version 0, or taproot by its key (BIP86). */
export type KeyKind = "p2wpkh" | "p2tr"

/** An output that a wallet may spend; `value` in satoshis. */
export interface Spendable {
  readonly txid: string
  readonly vout: number
  readonly value: bigint
  /** 0xfffffffd unless it says otherwise. */
  readonly sequence?: number
}

/** To an address of regtest, or to a script. Satoshis. */
export interface Payment {
  readonly to: string | Uint8Array
  readonly value: bigint
}

export interface Draft {
  readonly spend: readonly Spendable[]
  readonly pay: readonly Payment[]
  readonly locktime?: number
  /** 2 unless it says otherwise. */
  readonly version?: number
}

export interface BitcoinWallet {
  readonly address: string
  readonly script: Uint8Array
  /** Of 33 bytes. */
  readonly publicKey: Uint8Array
  /** What is spent and not paid out is the fee. Every coin must be this wallet's. */
  sign(draft: Draft): Transaction
}

/** `secret` of 32 bytes. */
export function bitcoinWallet(secret: Uint8Array, kind: KeyKind = "p2tr"): BitcoinWallet {
  const publicKey = ecc.pointFromScalar(secret, true)!
  const network = networks.regtest
  const payment =
    kind === "p2tr"
      ? payments.p2tr({ internalPubkey: publicKey.subarray(1), network })
      : payments.p2wpkh({ pubkey: publicKey, network })
  const script = payment.output!
  const tweaked = tweakedSecret(secret, publicKey)
  return {
    address: payment.address!,
    script,
    publicKey,
    sign(draft) {
      const builder = unsigned(draft)
      const values = draft.spend.map(({ value }) => value)
      for (const [index, value] of values.entries()) {
        builder.setWitness(
          index,
          kind === "p2tr"
            ? [ecc.signSchnorr(taprootDigest(builder, index, script, values), tweaked)]
            : [ecdsa(builder.hashForWitnessV0(index, hashScript(publicKey), value, ALL), secret)],
        )
        if (kind === "p2wpkh") builder.ins[index]!.witness.push(publicKey)
      }
      return transactionOf(builder)
    },
  }
}

const ALL = Builder.SIGHASH_ALL

/** A transaction without signatures, for `sign` or for scripts that a test signs itself. */
export function unsigned({ spend, pay, locktime = 0, version = 2 }: Draft): Builder {
  const builder = new Builder()
  builder.version = version
  builder.locktime = locktime
  for (const { txid, vout, sequence = 0xfffffffd } of spend)
    builder.addInput(unshown(txid), vout, sequence)
  for (const { to, value } of pay)
    builder.addOutput(typeof to === "string" ? scriptOf(to)! : to, value)
  return builder
}

/** All coins are under the same script. */
function taprootDigest(builder: Builder, index: number, script: Uint8Array, values: bigint[]) {
  const scripts = values.map(() => script)
  return builder.hashForWitnessV1(index, scripts, values, Builder.SIGHASH_DEFAULT)
}

/** The script that a signature of P2WPKH is over (BIP143). */
function hashScript(publicKey: Uint8Array): Uint8Array {
  return payments.p2pkh({ hash: crypto.hash160(publicKey) }).output!
}

function ecdsa(digest: Uint8Array, secret: Uint8Array): Uint8Array {
  return scripts.signature.encode(ecc.sign(digest, secret), ALL)
}

/** The secret of the output key: of the even key, plus the tweak (BIP341). */
function tweakedSecret(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const even = publicKey[0] === 3 ? ecc.privateNegate(secret) : secret
  return ecc.privateAdd(even, crypto.taggedHash("TapTweak", publicKey.subarray(1)))!
}

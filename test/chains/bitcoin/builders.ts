// A vault whose group key is one plain key, destinations, coins, and a full script interpreter to judge what spends them.

import { createRequire } from "node:module"
import { schnorr } from "@noble/curves/secp256k1.js"
import { depositOutput, type Vault, vaultScript } from "../../../chains/bitcoin/deposit.ts"
import type { Destination } from "../../../chains/bitcoin/destination.ts"
import type { Output } from "../../../chains/bitcoin/transaction.ts"
import { idNumber } from "../builders.ts"

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"))

/** Some secret key: 32 bytes that end in `number`. */
export function secretNumber(number: number): Uint8Array {
  const bytes = new Uint8Array(32).fill(3)
  new DataView(bytes.buffer).setUint32(28, number)
  return bytes
}

export const keyOf = (secret: Uint8Array): Uint8Array => schnorr.getPublicKey(secret)

const groupSecret = secretNumber(1)
export const userSecret = secretNumber(2)
export const userKey = hex(keyOf(userSecret))

export const vault: Vault = { network: "devnet", key: keyOf(groupSecret) }

/** What the group would sign with its one key, and always the same. */
export function groupSign(message: Uint8Array): Uint8Array {
  return schnorr.sign(message, groupSecret, new Uint8Array(32))
}

export const REFUND_TO = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"

export function aDestination(changes: Partial<Destination> = {}): Destination {
  return { recipient: idNumber(50), refundTo: REFUND_TO, refundKey: null, index: 0, ...changes }
}

/** Some transaction's id. */
export function txidNumber(number: number): string {
  return number.toString(16).padStart(64, "0")
}

export const vaultOutput = (value: bigint): Output => ({ script: vaultScript(vault), value })
export const depositTo = (to: Destination, value: bigint): Output => ({
  script: depositOutput(vault, to).script,
  value,
})

/** What full validation has against each input (BIP341, BIP342); null for nothing. */
export function objections(raw: Uint8Array, spent: readonly Output[]): (string | null)[] {
  const transaction = new bitcore.Transaction(Buffer.from(raw))
  for (const [at, { script, value }] of spent.entries())
    transaction.inputs[at]!.output = new bitcore.Transaction.Output({
      script: new bitcore.Script(Buffer.from(script)),
      satoshis: Number(value),
    })
  return transaction.inputs.map((input, at) => {
    const interpreter = new Interpreter()
    const value = Number(spent[at]!.value)
    const witness = input.witnesses ?? []
    const holds = interpreter.verify(
      ...([input.script, input.output.script, transaction, at, FLAGS, witness, value] as const),
    )
    return holds ? null : interpreter.errstr || "refused"
  })
}

interface BitcoreTransaction {
  readonly inputs: {
    readonly script: unknown
    readonly witnesses?: readonly Uint8Array[]
    output: { readonly script: unknown }
  }[]
}

interface Bitcore {
  readonly Script: (new (
    bytes: Uint8Array,
  ) => unknown) & {
    readonly Interpreter: (new () => {
      readonly errstr: string
      verify(...what: readonly unknown[]): boolean
    }) &
      Readonly<Record<string, number>>
  }
  readonly Transaction: (new (
    bytes: Uint8Array,
  ) => BitcoreTransaction) & {
    readonly Output: new (output: object) => { readonly script: unknown }
  }
}

const bitcore = createRequire(import.meta.url)("bitcore-lib") as Bitcore
const { Interpreter } = bitcore.Script
const FLAGS = [
  ...["P2SH", "WITNESS", "TAPROOT", "DERSIG", "NULLDUMMY"],
  ...["CHECKLOCKTIMEVERIFY", "CHECKSEQUENCEVERIFY"],
].reduce((flags, name) => flags | Interpreter[`SCRIPT_VERIFY_${name}`]!, 0)

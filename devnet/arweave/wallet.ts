// Wallets for tests, the demo and benchmarks: both kinds of key, and transactions signed without a client.

import { constants, createPrivateKey, generateKeyPair, sign as signBytes } from "node:crypto"
import { promisify } from "node:util"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import { sha256, toBase64url } from "./bytes.ts"
import { split } from "./merkle.ts"
import { signatureData, type TransactionJson } from "./transaction.ts"

/** An RSA-4096 private key as wallets export it, and as the `arweave` client takes it. */
export interface Jwk {
  readonly kty: "RSA"
  readonly e: string
  readonly n: string
  readonly d: string
  readonly p: string
  readonly q: string
  readonly dp: string
  readonly dq: string
  readonly qi: string
}

/** What to sign. Amounts in winston; `anchor` from `/tx_anchor`; tags and data as plain text. */
export interface Draft {
  readonly target?: string
  readonly quantity?: bigint
  readonly reward: bigint
  readonly anchor: string
  readonly tags?: readonly { readonly name: string; readonly value: string }[]
  readonly data?: string
}

export interface Wallet {
  readonly address: string
  /** The JSON to post to `/tx`. */
  sign(draft: Draft): Promise<TransactionJson>
}

/** A new key; it takes a second or more, so tests use those of `test/fixtures/wallets.ts`. */
export async function createJwk(): Promise<Jwk> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 4096 })
  return privateKey.export({ format: "jwk" }) as unknown as Jwk
}

/** `saltLength` of the PSS signature in bytes: the network takes any. */
export function rsaWallet(jwk: Jwk, saltLength = 32): Wallet {
  const key = createPrivateKey({ format: "jwk", key: { ...jwk } })
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return {
    address: toBase64url(sha256(Buffer.from(jwk.n, "base64url"))),
    sign: (draft) =>
      // With a callback the exponentiation, 5 ms, runs beside the event loop.
      signed(draft, jwk.n, (bytes) =>
        promisify(signBytes)("sha256", bytes, { key, padding, saltLength }),
      ),
  }
}

/** The second kind of wallet, since Arweave 2.9: a 32-byte secp256k1 key. Signs in well under 1 ms. */
export function secp256k1Wallet(secretKey: Uint8Array): Wallet {
  return {
    address: toBase64url(sha256(secp256k1.getPublicKey(secretKey, true))),
    sign: (draft) =>
      signed(draft, "", async (bytes) => {
        const options = { prehash: false, format: "recovered" } as const
        const signature = secp256k1.sign(sha256(bytes), secretKey, options)
        return Buffer.concat([signature.subarray(1), signature.subarray(0, 1)])
      }),
  }
}

async function signed(
  { target = "", quantity = 0n, reward, anchor, tags = [], data = "" }: Draft,
  owner: string,
  sign: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<TransactionJson> {
  const bytes = Buffer.from(data)
  const unsigned = {
    format: 2,
    last_tx: anchor,
    owner,
    tags: tags.map(({ name, value }) => ({ name: coded(name), value: coded(value) })),
    target,
    quantity: `${quantity}`,
    data: toBase64url(bytes),
    data_size: `${bytes.byteLength}`,
    data_root: data === "" ? "" : toBase64url(split(bytes).root),
    reward: `${reward}`,
  }
  const signature = await sign(signatureData(unsigned))
  return { ...unsigned, id: toBase64url(sha256(signature)), signature: toBase64url(signature) }
}

function coded(text: string): string {
  return toBase64url(Buffer.from(text))
}

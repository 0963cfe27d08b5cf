// A message of somebody's own, signed by the RSA key of a wallet file.

import { constants, createPrivateKey, randomBytes, sign } from "node:crypto"
import { fromBase64url, toBase64url, utf8 } from "../bytes.ts"
import type { Sealed } from "../chain.ts"
import { sha384 } from "../rsa.ts"
import { encode, type ItemTag, idOf, messageOf, targetOf } from "./item.ts"

/** An RSA-4096 key as Arweave wallets export it. */
export interface WalletFile {
  readonly n: string
  readonly e?: string
  readonly kty?: string
}

/** `target`: a process, or empty. The same content twice is two messages. */
export function signByWallet(
  key: WalletFile,
  { target = "", data = "", tags }: { target?: string; data?: string; tags: readonly ItemTag[] },
): Sealed {
  const unsigned = {
    ...{ type: 1 as const, owner: fromBase64url(key.n)!, target: targetOf(target), tags },
    ...{ anchor: utf8(toBase64url(randomBytes(24))), data: utf8(data) },
  }
  const privateKey = createPrivateKey({ format: "jwk", key: { ...key } })
  const options = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const signature = sign("sha256", messageOf(unsigned, sha384), options)
  return { id: idOf(signature), raw: encode({ ...unsigned, signature }) }
}

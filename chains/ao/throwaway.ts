// A signature of nobody's by an RSA key, for nodes that know no other kind: the key is made once and never kept.

import { constants, generateKeyPair, type KeyObject, sign } from "node:crypto"
import { promisify } from "node:util"
import { fromBase64url } from "../bytes.ts"
import { sha384 } from "../rsa.ts"
import { type Item, messageOf, type UnsignedItem } from "./item.ts"

let pair: Promise<{ publicKey: KeyObject; privateKey: KeyObject }> | null = null

/** An item of type 1. The first takes seconds, for the key. */
export async function signByNobody(fields: Omit<UnsignedItem, "type" | "owner">): Promise<Item> {
  pair ??= promisify(generateKeyPair)("rsa", { modulusLength: 4_096 })
  const { publicKey, privateKey } = await pair
  const owner = fromBase64url(publicKey.export({ format: "jwk" }).n!)!
  const unsigned = { ...fields, type: 1 as const, owner }
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const options = { key: privateKey, padding, saltLength: 32 }
  return { ...unsigned, signature: sign("sha256", messageOf(unsigned, sha384), options) }
}

// Ed25519 keys of people in tests: made once a run, by name.

import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { signWith } from "../../../chains/seals.ts"
import type { Sign } from "../../../core/compliance/seals.ts"

const known = new Map<string, { key: string; privateKey: KeyObject }>()

/** The public key of a name, base64url. */
export const keyOfName = (name: string): string => pairOf(name).key

export const signAs = (name: string): Sign => signWith(pairOf(name).privateKey)

export const keysOf = (...names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, keyOfName(name)]))

function pairOf(name: string) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519")
  const pair = known.get(name) ?? { key: publicKey.export({ format: "jwk" }).x!, privateKey }
  known.set(name, pair)
  return pair
}

// Arweave's deep hash: one SHA-384 value over nested lists of bytes.

import { sha384 } from "./bytes.ts"

export type Nested = Uint8Array | readonly Nested[]

/**
 * 48 bytes. This is a second implementation on purpose: a local node that shared the bridge's own
 * codec would agree with its mistakes.
 */
export function deepHash(data: Nested): Buffer {
  if (data instanceof Uint8Array)
    return sha384(sha384(label("blob", data.byteLength)), sha384(data))
  return data.reduce<Buffer>(
    (sum, item) => sha384(sum, deepHash(item)),
    sha384(label("list", data.length)),
  )
}

function label(kind: "blob" | "list", length: number): Buffer {
  return Buffer.from(`${kind}${length}`)
}

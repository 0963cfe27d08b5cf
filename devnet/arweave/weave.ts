// The data of transactions, kept in chunks: what `/chunk`, `/tx/{id}/data` and `/{id}` serve.

import { fromBase64url, sha256, toBase64url } from "./bytes.ts"
import { CHUNK_BYTES, type Chunk, follow, split } from "./merkle.ts"
import type { Transaction } from "./transaction.ts"

/** A chunk that came by itself, one line of the log; bytes are base64url. */
export interface ChunkFact {
  readonly kind: "chunk"
  readonly root: string
  readonly size: number
  readonly offset: number
  readonly path: string
  readonly bytes: string
}

export class Weave {
  /** By data root and size, the chunks by where they start. */
  readonly #data = new Map<string, Map<number, Chunk>>()

  /** Expects the data of an accepted transaction, and keeps what came with it. */
  expect({ json, dataRoot, dataSize }: Transaction): void {
    if (dataSize === 0) return
    const key = keyOf(dataRoot, dataSize)
    const chunks = this.#data.get(key) ?? new Map<number, Chunk>()
    this.#data.set(key, chunks)
    if (json.data === "") return
    for (const chunk of split(Buffer.from(json.data, "base64url")).chunks) {
      chunks.set(chunk.start, chunk)
    }
  }

  /** The fact of a posted chunk, or the node's code for why it is refused. */
  judge(body: unknown): ChunkFact | { readonly error: string } {
    const fact = chunkFact(body)
    if (fact === null) return { error: "invalid_json" }
    if (fact.bytes.length > (CHUNK_BYTES * 4) / 3 + 2) return { error: "chunk_too_big" }
    if (!this.#data.has(keyOf(fact.root, fact.size))) return { error: "data_root_not_found" }
    return chunkOf(fact) === null ? { error: "invalid_proof" } : fact
  }

  apply(fact: ChunkFact): void {
    const chunk = chunkOf(fact)!
    this.#data.get(keyOf(fact.root, fact.size))?.set(chunk.start, chunk)
  }

  /** All of a transaction's data; null while a chunk is missing. */
  dataOf({ dataRoot, dataSize }: Transaction): Buffer | null {
    const parts: Uint8Array[] = []
    for (let at = 0; at < dataSize; ) {
      const chunk = this.#data.get(keyOf(dataRoot, dataSize))?.get(at)
      if (chunk === undefined) return null
      parts.push(chunk.bytes)
      at = chunk.end
    }
    return Buffer.concat(parts)
  }

  /** The chunk with the byte at `offset` of a transaction's data. */
  chunkAt({ dataRoot, dataSize }: Transaction, offset: number): Chunk | null {
    const chunks = this.#data.get(keyOf(dataRoot, dataSize))?.values() ?? []
    for (const chunk of chunks) if (chunk.start <= offset && offset < chunk.end) return chunk
    return null
  }
}

function keyOf(root: string, size: number): string {
  return `${root}:${size}`
}

function chunkOf({ root, size, offset, path, bytes }: ChunkFact): Chunk | null {
  const [proof, data] = [Buffer.from(path, "base64url"), Buffer.from(bytes, "base64url")]
  const place = follow(Buffer.from(root, "base64url"), size, offset, proof)
  if (place === null || !place.hash.equals(sha256(data))) return null
  const { start, end } = place
  return end - start === data.byteLength ? { start, end, bytes: data, path: proof } : null
}

function chunkFact(body: unknown): ChunkFact | null {
  const fields = (typeof body === "object" ? body : null) as Record<string, unknown> | null
  const [root, path, bytes] = [fields?.data_root, fields?.data_path, fields?.chunk].map(text)
  const [size, offset] = [fields?.data_size, fields?.offset].map(Number)
  if (root == null || path == null || bytes == null) return null
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(offset)) return null
  return { kind: "chunk", root, size: size!, offset: offset!, path, bytes }
}

function text(value: unknown): string | null {
  const bytes = typeof value === "string" ? fromBase64url(value) : null
  return bytes === null ? null : toBase64url(bytes)
}

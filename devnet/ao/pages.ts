// A copy of WebAssembly memory that holds only its non-zero pages: 2 MB for an aos process of 105 MB.

import { createHash } from "node:crypto"

/**
 * The memory of a process as it was at the last `capture`. Finding what changed since compares every
 * page with its copy, or with zero (3 ms for 105 MB: memory never touched is one shared zero page).
 */
export class Pages {
  readonly #copies = new Map<number, Uint8Array>()

  /** Makes this the copy of `memory`. */
  capture(memory: WebAssembly.Memory): void {
    const bytes = Buffer.from(memory.buffer)
    for (const at of this.#changed(bytes)) {
      if (isSame(bytes, at, ZERO)) this.#copies.delete(at)
      else this.#copies.set(at, Uint8Array.prototype.slice.call(bytes, at, at + PAGE))
    }
  }

  /** Makes `memory` what it was at `capture`; it may be another, and must be at least as large. */
  restore(memory: WebAssembly.Memory): void {
    const bytes = Buffer.from(memory.buffer)
    for (const at of this.#changed(bytes)) bytes.set(this.#copies.get(at) ?? ZERO, at)
  }

  /** Hex sha256 of the non-zero pages, each after its place. */
  hash(): string {
    const hash = createHash("sha256")
    for (const at of [...this.#copies.keys()].sort((a, b) => a - b)) {
      hash.update(`${at}:`).update(this.#copies.get(at)!)
    }
    return hash.digest("hex")
  }

  /** Bytes that this copy occupies. */
  get size(): number {
    return this.#copies.size * PAGE
  }

  *#changed(bytes: Buffer): Iterable<number> {
    for (let at = 0; at < bytes.byteLength; at += PAGE) {
      if (!isSame(bytes, at, this.#copies.get(at) ?? ZERO)) yield at
    }
  }
}

/** The unit in which WebAssembly memory grows, so that a memory is always whole pages. */
const PAGE = 65_536
const ZERO = new Uint8Array(PAGE)

function isSame(bytes: Buffer, at: number, copy: Uint8Array): boolean {
  return bytes.compare(copy, 0, PAGE, at, at + PAGE) === 0
}

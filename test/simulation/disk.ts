// A signer's disk: what was written and not synced yet is lost when the power goes, all of it, or all but a torn piece.

import type { JournalFile } from "../../mpc/journal-file.ts"
import type { Random } from "./random.ts"

export class PowerLoss extends Error {}

export class ModelDisk {
  /** What is there whatever happens, and what was written since. */
  #kept: Uint8Array[]
  #loose: Uint8Array[] = []
  readonly #syncs: boolean
  readonly #fails: () => boolean

  /** `bytes` of a copy; `syncs` false: it says that it has written what it has not; `fails`: whether the power goes now. */
  constructor(bytes: Uint8Array, syncs: boolean, fails: () => boolean) {
    this.#kept = [bytes]
    this.#syncs = syncs
    this.#fails = fails
  }

  replace(bytes: Uint8Array): void {
    this.#kept = [bytes]
    this.#loose = []
  }

  /** All that a reader finds there now. */
  copy(): Uint8Array {
    return Buffer.concat([...this.#kept, ...this.#loose])
  }

  /** Of what was not synced a piece from its start is left, of any length. */
  crash(random: Random): void {
    const loose = Buffer.concat(this.#loose)
    this.#kept.push(loose.subarray(0, random.between(0, loose.length)))
    this.#loose = []
  }

  open = async (): Promise<JournalFile> => ({
    path: "a model disk",
    read: () => this.#read(),
    append: async (bytes) => {
      this.#loose.push(bytes)
      if (this.#fails()) throw new PowerLoss("the power went")
    },
    sync: () => this.#sync(),
    settle: () => this.#sync(),
    size: async () => [...this.#kept, ...this.#loose].reduce((sum, { length }) => sum + length, 0),
    truncate: async (size) => {
      this.#kept = [this.copy().subarray(0, size)]
      this.#loose = []
    },
    close: async () => {},
  })

  async *#read(): AsyncIterable<Uint8Array> {
    yield this.copy()
  }

  async #sync(): Promise<void> {
    if (this.#fails()) throw new PowerLoss("the power went")
    if (!this.#syncs) return
    this.#kept.push(...this.#loose)
    this.#loose = []
  }
}

// Tags in the place of addresses of people: the same within a month, strangers across months, nothing once a key is gone.

import { createHmac, randomBytes } from "node:crypto"
import { link, mkdir, open, readdir, readFile, unlink } from "node:fs/promises"
import { join } from "node:path"
import { BridgeError } from "../../core/errors.ts"
import type { IpAddress } from "./ip.ts"

const KEY_BYTES = 32
const FILE = /^(\d{4}-\d{2})\.key$/

/**
 * Keys of one month each, in files of a folder. A bare hash of an address hides nothing: there are only 2^32 of
 * them to try. A keyed one hides it for good once its key is destroyed.
 */
export class AddressTags {
  readonly #folder: string
  readonly #keys = new Map<string, Buffer>()

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(folder: string): Promise<AddressTags> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return new AddressTags(folder)
  }

  /** `2026-11:` and 32 hexadecimal digits; the key of the month is made when it is first needed. */
  async tagOf({ text }: IpAddress, nowMs: number): Promise<string> {
    const month = monthOf(nowMs)
    const key = this.#keys.get(month) ?? (await this.#keyOf(month))
    this.#keys.set(month, key)
    const tag = createHmac("sha256", key).update(`ip\0${text}`).digest("hex").slice(0, 32)
    return `${month}:${tag}`
  }

  /** Destroys the keys of all months that ended more than `months` ago; returns them. */
  async destroyBefore(nowMs: number, months: number): Promise<readonly string[]> {
    const date = new Date(nowMs)
    const last = monthOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months, 1))
    const names = await readdir(this.#folder)
    const old = names.flatMap((name) => FILE.exec(name)?.[1] ?? []).filter((month) => month < last)
    for (const month of old) {
      this.#keys.delete(month)
      await unlink(join(this.#folder, `${month}.key`))
    }
    return old.sort()
  }

  async #keyOf(month: string): Promise<Buffer> {
    const path = join(this.#folder, `${month}.key`)
    const made = await create(path)
    const key = made ?? (await readFile(path))
    if (key.length !== KEY_BYTES)
      throw new BridgeError("bad-config", { key: month, why: "damaged" })
    return key
  }
}

/** A new key on disk, whole from its first moment, or null when somebody else made it first. */
async function create(path: string): Promise<Buffer | null> {
  const draft = `${path}.${randomBytes(8).toString("hex")}.draft`
  const key = randomBytes(KEY_BYTES)
  const file = await open(draft, "wx", 0o600)
  try {
    await file.writeFile(key)
    await file.sync()
    await link(draft, path)
    return key
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return null
    throw error
  } finally {
    await file.close()
    await unlink(draft)
  }
}

function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7)
}

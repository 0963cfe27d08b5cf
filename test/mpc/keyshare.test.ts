import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  type Binding,
  bindingOf,
  openShare,
  readShare,
  type SealedShare,
  sealShare,
  writeShare,
} from "../../mpc/keyshare.ts"

const secret = () => Uint8Array.from(Buffer.from("a share of 513 bytes".repeat(26)))
const passphrase = Buffer.from("correct horse")
const devnet = { devnet: true }
const binding: Binding = { scheme: "rsa", index: 2, epoch: 3, publicKeyHash: "ab".repeat(32) }

let folder: string
let sealed: SealedShare

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-share-"))
  sealed = await sealShare(secret(), passphrase, binding, devnet)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const refusal = (reason: string | RegExp) => ({
  code: "share-locked",
  detail: { reason: typeof reason === "string" ? reason : expect.stringMatching(reason) },
})

describe("a share at rest", () => {
  test("opens with its passphrase, through a file", async () => {
    const path = join(folder, "share.json")

    await writeShare(path, sealed)

    const found = await openShare(await readShare(path), passphrase, binding, devnet)
    expect(found).toEqual(secret())
  })

  test("is readable by its owner alone, and leaves nothing beside it", async () => {
    const path = join(folder, "alone", "..", "mode.json")

    await writeShare(path, sealed)
    await writeShare(path, sealed)

    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await readdir(folder)).filter((name) => name.includes(".new"))).toEqual([])
  })

  test("does not show the secret or the passphrase", async () => {
    const json = JSON.stringify(sealed)

    expect(json).not.toContain(Buffer.from(secret()).toString("base64url").slice(0, 16))
    expect(json).not.toContain(passphrase.toString("base64url"))
  })

  test("is sealed under another key each time", async () => {
    const again = await sealShare(secret(), passphrase, binding, devnet)

    expect(again.kdf.salt).not.toBe(sealed.kdf.salt)
    expect(again.ciphertext).not.toBe(sealed.ciphertext)
  })

  test("takes the cost of a live key unless the manifest says devnet", async () => {
    const live = await sealShare(secret(), passphrase, binding, { devnet: false })

    expect(live.kdf.N).toBe(2 ** 18)
    expect(await openShare(live, passphrase, binding, { devnet: false })).toEqual(secret())
  })

  test("is bound to scheme, place, epoch and public key", () => {
    const key = { scheme: "rsa", epoch: 3, threshold: 3, parties: 5 } as const

    const found = bindingOf({ ...key, publicKey: Buffer.from("n") }, 2)

    expect(found).toEqual({
      scheme: "rsa",
      index: 2,
      epoch: 3,
      publicKeyHash: "1b16b1df538ba12dc3f97edbb85caa7050d46c148134290feba80f8236c83db9",
    })
  })
})

describe("a share is refused with the exact reason", () => {
  const open = (share: SealedShare, expected = binding, words = passphrase) =>
    openShare(share, words, expected, devnet)

  test("for a wrong passphrase", async () => {
    await expect(open(sealed, binding, Buffer.from("wrong"))).rejects.toMatchObject(
      refusal("wrong passphrase"),
    )
  })

  test.each([["ciphertext"], ["iv"], ["tag"]] as const)("for a damaged %s", async (field) => {
    const bytes = Buffer.from(sealed[field], "base64url")
    bytes[0]! ^= 1
    const damaged = { ...sealed, [field]: bytes.toString("base64url") }

    await expect(open(damaged)).rejects.toMatchObject(refusal("the share file is damaged"))
  })

  test.each([
    ["scheme", { scheme: "evm" }],
    ["key", { publicKeyHash: "cd".repeat(32) }],
    ["epoch", { epoch: 2 }],
    ["place", { index: 1 }],
  ] as const)("for another %s", async (name, other) => {
    await expect(open(sealed, { ...binding, ...other })).rejects.toMatchObject(
      refusal(`the share is of another ${name}`),
    )
  })

  test("for an older epoch", async () => {
    await expect(open(sealed, { ...binding, epoch: 4 })).rejects.toMatchObject(
      refusal("the share is of an older epoch"),
    )
  })

  test("for a binding that was edited to fit", async () => {
    const edited = { ...sealed, binding: { ...binding, epoch: 4 } }

    await expect(open(edited, edited.binding)).rejects.toMatchObject(
      refusal("the share file is damaged"),
    )
  })

  test("for a cost below that of a live key", async () => {
    await expect(openShare(sealed, passphrase, binding, { devnet: false })).rejects.toMatchObject(
      refusal("the share is sealed too cheaply for a live key"),
    )
  })

  test.each([2 ** 21, 2 ** 18 + 1, 0, -4, 1e300])(
    "for a cost of %d, before trying it",
    async (N) => {
      const dear = { ...sealed, kdf: { ...sealed.kdf, N } }

      await expect(open(dear)).rejects.toMatchObject(
        refusal("the derivation's cost is out of range"),
      )
    },
  )

  test("for a file that others may read", async () => {
    const path = join(folder, "open.json")
    await writeShare(path, sealed)
    await chmod(path, 0o640)

    await expect(readShare(path)).rejects.toMatchObject(refusal(/chmod 600/))
  })

  test("for a file that is missing, empty, cut, or something else", async () => {
    const path = join(folder, "other.json")
    await writeShare(path, sealed)
    const whole = await readFile(path, "utf8")

    await expect(readShare(join(folder, "none.json"))).rejects.toMatchObject(
      refusal("there is no share file"),
    )
    for (const text of ["", whole.slice(0, -20), "{}", "[]", whole.replace('"r": 8', '"r": 1')]) {
      await writeFile(path, text)
      await expect(readShare(path)).rejects.toMatchObject(refusal("the file is not a sealed share"))
    }
  })
})

// The units' own reading of data items, against the reference library.

import { deepEqual, equal, ok } from "node:assert/strict"
import {
  ArweaveSigner,
  createData,
  DataItem,
  EthereumSigner,
  type Signer,
} from "@dha-team/arbundles"
import fc from "fast-check"
import { expect, test } from "vitest"
import { itemSigner, readItem } from "../../devnet/ao/item.ts"
import { decodeTags, encodeTags } from "../../devnet/ao/tags.ts"
import { rsaWallet } from "../../devnet/arweave/wallet.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"

const TARGET = `${"t".repeat(42)}A`
const ANCHOR = "0123456789abcdef".repeat(2)
const TAGS = [
  { name: "Action", value: "Grüße" },
  { name: "Action", value: "twice" },
]

const rsa = () => new ArweaveSigner({ ...TEST_WALLETS.alice })
/** Key and address of EIP-155's and many libraries' example. */
const ethereum = () => new EthereumSigner("46".repeat(32))

async function anItem(signer: Signer, options = {}, data: string | Uint8Array = "data") {
  const item = createData(data, signer, { target: TARGET, anchor: ANCHOR, tags: TAGS, ...options })
  await item.sign(signer)
  return item
}

test("an item of an RSA key is read as the reference library reads it", async () => {
  const item = await anItem(rsa())

  const read = readItem(item.getRaw())

  deepEqual(
    { ...read, raw: null, bytes: null },
    {
      ...{ id: item.id, raw: null, owner: rsaWallet(TEST_WALLETS.alice).address, key: item.owner },
      ...{ signature: item.signature, target: TARGET, anchor: ANCHOR, tags: TAGS },
      ...{ data: "data", isText: true, bytes: null },
    },
  )
})

test("the owner of an Ethereum key is its checksummed address", async () => {
  const read = readItem((await anItem(ethereum())).getRaw())

  equal(read?.owner, "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F")
})

test("one changed bit anywhere is refused", async () => {
  const items = await Promise.all([anItem(rsa()), anItem(ethereum())])

  for (const { raw } of items.map((item) => ({ raw: item.getRaw() }))) {
    const step = raw.length > 1000 ? 29 : 3
    for (let at = 0; at < raw.length; at += step) {
      const changed = Uint8Array.from(raw)
      changed[at]! ^= 1
      equal(readItem(changed), null, `byte ${at}`)
    }
    equal(readItem(raw.subarray(0, raw.length - 1)), null)
    equal(readItem(raw.subarray(0, 100)), null)
  }
})

test("other kinds of keys are refused, as the scheduler does", async () => {
  const item = await anItem(rsa())
  const ed25519 = Uint8Array.from(item.getRaw())
  ed25519[0] = 2

  equal(readItem(ed25519), null)
  equal(readItem(new Uint8Array(0)), null)
})

test("an Ethereum signature with v of 0 or 1 is refused, as the scheduler does", async () => {
  const raw = Uint8Array.from((await anItem(ethereum())).getRaw())
  raw[2 + 64]! -= 27

  equal(readItem(raw), null)
})

test("data that is not text is marked as such", async () => {
  const item = await anItem(rsa(), {}, Uint8Array.of(0xff, 0xfe))

  equal(readItem(item.getRaw())?.isText, false)
})

test("what the messenger signs verifies in the reference library", async () => {
  const sign = itemSigner(TEST_WALLETS.bob)
  const draft = { target: TARGET, anchor: ANCHOR, tags: TAGS, data: "x" }

  const item = await sign(draft)

  ok(await DataItem.verify(Buffer.from(item!.raw)))
  const { target, anchor, tags, data } = item!
  deepEqual({ target, anchor, tags, data }, draft)
})

test("tags are written as the reference library writes them, and read back", async () => {
  const signer = rsa()
  const tag = fc.record(
    {
      name: fc.string({ minLength: 1, maxLength: 20 }),
      value: fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }),
    },
    { noNullPrototype: true },
  )

  fc.assert(
    fc.property(fc.array(tag, { maxLength: 30 }), (tags) => {
      const bytes = encodeTags(tags)
      const theirs = createData("", signer, { tags }).rawTags
      expect(bytes?.toString("hex")).toBe(Buffer.from(theirs).toString("hex"))
      deepEqual(decodeTags(bytes!), tags)
    }),
    { numRuns: 50 },
  )
})

test("bytes that are no tags, and too many tags, are refused and never thrown at", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const tags = decodeTags(Buffer.from(bytes))
      ok(tags === null || tags.length <= 128)
    }),
  )
  const many = Array.from({ length: 129 }, () => ({ name: "a", value: "b" }))
  equal(encodeTags(many), null)
  equal(encodeTags([{ name: "a", value: "b".repeat(5_000) }]), null)
})

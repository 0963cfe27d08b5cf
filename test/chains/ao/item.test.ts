// Data items: the same bytes as arbundles and aoconnect make, and nothing else read as one.

import { deepEqual, equal, ok } from "node:assert/strict"
import { ArweaveSigner, createData, DataItem, EthereumSigner } from "@dha-team/arbundles"
import { connect } from "@permaweb/aoconnect"
import fc from "fast-check"
import { describe, test } from "vitest"
import {
  decode,
  encode,
  encodeTags,
  type Item,
  idOf,
  messageOf,
  targetOf,
} from "../../../chains/ao/item.ts"
import { fromBase64url, textOf, utf8 } from "../../../chains/bytes.ts"
import { deployment, groupSignature, idNumber, vaultJwk } from "../builders.ts"

const unsigned: Omit<Item, "signature"> = {
  type: 1,
  owner: fromBase64url(deployment.owner)!,
  target: targetOf(idNumber(900)),
  anchor: utf8("0123456789abcdef0123456789abcdef"),
  tags: [
    { name: "Action", value: "Mint" },
    { name: "X-Note", value: "grüezi 🌉" },
  ],
  data: utf8('{"rows":[]}'),
}

function signed(item: Omit<Item, "signature"> = unsigned): Item {
  return { ...item, signature: groupSignature(messageOf(item)) }
}

describe("an item", () => {
  test("has the bytes, the id and the signed hash of arbundles", async () => {
    const theirs = createData(textOf(unsigned.data)!, new ArweaveSigner(vaultJwk), {
      target: idNumber(900),
      anchor: textOf(unsigned.anchor)!,
      tags: [...unsigned.tags],
    })
    const item = signed()

    deepEqual(messageOf(unsigned), new Uint8Array(await theirs.getSignatureData()))
    await theirs.setSignature(Buffer.from(item.signature))
    deepEqual(encode(item), new Uint8Array(theirs.getRaw()))
    equal(idOf(item.signature), theirs.id)
    ok(await DataItem.verify(Buffer.from(encode(item))))
  })

  test("is read the same wherever in their memory its bytes lie", () => {
    const item = signed()
    // What a file or a socket gives is a window into memory that it shares with others.
    const shared = Buffer.concat([Buffer.alloc(13, 0xff), encode(item)]).subarray(13)

    deepEqual(decode(shared), item)
  })

  test("has the bytes of aoconnect, when its signer is ours", async () => {
    const { signMessage } = connect({ MODE: "legacy" })
    let hash = new Uint8Array()
    const signer = async (create: (key: object) => Promise<Uint8Array>) => {
      hash = new Uint8Array(await create({ type: 1, publicKey: deployment.owner, alg: "any" }))
      return { signature: groupSignature(hash), address: deployment.vault }
    }
    const request = { process: idNumber(900), data: "text", tags: [...unsigned.tags] }
    const anchor = textOf(unsigned.anchor)!

    const { id, raw } = await signMessage({ ...request, anchor, signer })

    const item = decode(new Uint8Array(raw))!
    deepEqual(messageOf(item), hash)
    deepEqual(encode(item), new Uint8Array(raw))
    equal(idOf(item.signature), id)
  })

  test("signed by an Ethereum key is read too", async () => {
    const signer = new EthereumSigner("07".repeat(32))
    const theirs = createData("data", signer, { tags: [{ name: "Action", value: "Burn" }] })
    await theirs.sign(signer)

    const item = decode(new Uint8Array(theirs.getRaw()))!

    equal(item.type, 3)
    equal(textOf(item.data), "data")
    deepEqual(messageOf(item), new Uint8Array(await theirs.getSignatureData()))
  })

  test("is read back as it was written", () => {
    const id = fc.oneof(
      fc.constant(new Uint8Array()),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
    )
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    const tags = fc.array(fc.record({ name: text, value: text }, { noNullPrototype: true }), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(id, id, tags, fc.uint8Array(), (target, anchor, tags, data) => {
        const signature = new Uint8Array(512).fill(9)
        const item = { ...unsigned, target, anchor, tags, data, signature }
        deepEqual(decode(encode(item)), item)
      }),
      { numRuns: 50 },
    )
  })

  test("is not read from other bytes: cut, of another type, or with tags that do not add up", () => {
    const raw = encode(signed())
    const changed = (at: number, value: number) => {
      const copy = raw.slice()
      copy[at] = value
      return copy
    }
    const tagsAt = 2 + 512 + 512 + 33 + 33
    ok(decode(raw))
    for (const length of [0, 1, 2, 600, 1_026, 1_059, 1_092, tagsAt + 10, tagsAt + 20])
      equal(decode(raw.slice(0, length)), null, `${length}`)
    for (const other of [changed(0, 4), changed(1, 1), changed(1_026, 2), changed(1_059, 2)])
      equal(decode(other), null)
    for (const at of [tagsAt, tagsAt + 8, tagsAt + 15, tagsAt + 16, tagsAt + 17])
      equal(decode(changed(at, 99)), null, `${at}`)
  })

  test("without tags has none at all", () => {
    deepEqual(encodeTags([]), new Uint8Array())
    const item = { ...signed(), tags: [] }
    deepEqual(decode(encode(item)), item)
  })
})

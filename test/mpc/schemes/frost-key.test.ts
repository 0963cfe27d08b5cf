import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Point } from "../../../mpc/schemes/frost/curve.ts"
import { decodeKey, encodeKey, frostKey } from "../../../mpc/schemes/frost/key.ts"
import { aFrostGroup, hex, unhex } from "./frost-group.ts"

const { key } = aFrostGroup(3, 5)
const text = Buffer.from(encodeKey(key)).toString()
const decode = (edited: string) => decodeKey("taproot", Buffer.from(edited))
const refused = expect.objectContaining({ code: "bad-key" })

test("a key is what its bytes say", () => {
  expect(decodeKey("taproot", encodeKey(key))).toEqual(key)
})

test("no byte of a key's canonical form can be changed unseen", () => {
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(..."0123456789abcdef ,"), (at, by) => {
      const edited = text.slice(0, at) + by + text.slice(at + 1)
      if (edited === text) return
      try {
        // Only another epoch or history could be a key as well, and that key is another one.
        expect(decode(edited)).not.toEqual(key)
      } catch (error) {
        expect(error).toEqual(refused)
      }
    }),
    { numRuns: 150 },
  )
})

// Cases 109 and 112: another length of the vector, other encodings, points that are none.
describe("a key is refused", () => {
  const odd = Point.fromBytes(key.commitments[0]!).negate().toBytes()

  test.each<[string, () => unknown]>([
    ["with more commitments than the threshold", () => edited({ threshold: 2 })],
    ["with fewer", () => edited({ threshold: 4 })],
    ["with an odd y", () => edited({ commitments: [odd, ...key.commitments.slice(1)] })],
    ["with the identity", () => edited({ commitments: swapped(new Uint8Array(33)) })],
    [
      "with a coordinate above the field",
      () => edited({ commitments: swapped(unhex(`02${"ff".repeat(32)}`)) }),
    ],
    [
      "with an uncompressed point",
      () => edited({ commitments: swapped(Point.BASE.toBytes(false)) }),
    ],
    [
      "with an internal key of another key",
      () => edited({ internalKey: Point.BASE.toBytes().slice(1) }),
    ],
    ["with an internal key that is none", () => edited({ internalKey: new Uint8Array(32) })],
    ["with a history that is no hash", () => edited({ history: new Uint8Array(31) })],
    ["with a negative epoch", () => edited({ epoch: -1 })],
    ["with a threshold of one", () => edited({ threshold: 1, commitments: [key.commitments[0]!] })],
    ["of fewer parties than the threshold", () => edited({ parties: 2 })],
    ["of RSA", () => edited({ scheme: "rsa" as "taproot" })],
    ["that is no JSON", () => decode("{")],
    ["that is null", () => decode("null")],
    [
      "in another spelling",
      () => decode(text.replace(hex(key.history), hex(key.history).toUpperCase())),
    ],
    ["with a space", () => decode(`${text} `)],
    ["with a field more", () => decode(text.replace("{", '{"note":1,'))],
  ])("%s", (_, make) => {
    expect(make).toThrow(refused)
  })

  function edited(fields: Partial<typeof key>) {
    return frostKey({ ...key, ...fields })
  }

  function swapped(point: Uint8Array) {
    return [key.commitments[0]!, point, key.commitments[2]!]
  }
})

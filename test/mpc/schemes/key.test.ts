import { beforeAll, describe, expect, test } from "vitest"
import { decodeKey, encodeKey, type RsaKey, rsaKey } from "../../../mpc/schemes/rsa/key.ts"
import { aGroup } from "./group.ts"

let key: RsaKey
beforeAll(() => {
  key = aGroup(2, 3).key
})

describe("a group key", () => {
  test("has one encoding, and is what it encodes", () => {
    expect(decodeKey(encodeKey(key))).toEqual(key)
    expect(Buffer.from(encodeKey(decodeKey(encodeKey(key))))).toEqual(Buffer.from(encodeKey(key)))
  })

  test.each([
    ["a space", (json: string) => json.replace(",", ", ")],
    ["another order", (json: string) => json.replace(/^\{("scheme":"rsa"),(.*)\}$/, "{$2,$1}")],
    ["a field more", (json: string) => json.replace("{", '{"more":1,')],
    ["a leading zero", (json: string) => json.replace('"multiplier":"', '"multiplier":"0')],
    ["capitals", (json: string) => json.replace(/"modulus":"[^"]*"/, (all) => all.toUpperCase())],
    ["another scheme", (json: string) => json.replace('"rsa"', '"evm"')],
    ["other primes", (json: string) => json.replace('"safe"', '"good"')],
    ["nothing", () => ""],
    ["no object", () => "null"],
    ["half of it", (json: string) => json.slice(0, 900)],
  ])("is refused with %s in its bytes", (_, edit) => {
    const json = Buffer.from(encodeKey(key)).toString()
    const edited = Buffer.from(edit(json))

    expect(edited.toString()).not.toBe(json)
    expect(() => decodeKey(edited)).toThrow(expect.objectContaining({ code: "bad-key" }))
  })

  test.each<[string, Partial<RsaKey>]>([
    ["a threshold of 1", { threshold: 1 }],
    ["a threshold above the parties", { threshold: 4 }],
    ["one party", { parties: 1, threshold: 1 }],
    ["a fraction of a party", { parties: 3.5 }],
    ["a negative epoch", { epoch: -1 }],
    ["a verification value too few", { verificationValues: [5n, 6n] }],
    ["a verification value of 1", { verificationValues: [5n, 6n, 1n] }],
    ["a trivial verification base", { verificationBase: 0n }],
    ["a multiplier of 0", { multiplier: 0n }],
    ["a multiplier that the exponent divides", { multiplier: 65537n }],
  ])("is refused for %s", (_, over) => {
    expect(() => rsaKey({ ...key, ...over })).toThrow(expect.objectContaining({ code: "bad-key" }))
  })

  test("is refused with a modulus of 4095 bits or an even one", () => {
    for (const modulus of [key.modulus >> 1n, key.modulus - 1n, key.modulus << 1n]) {
      expect(() => rsaKey({ ...key, modulus })).toThrow(/the modulus/)
    }
  })
})

// Hashes and signatures by their standards' vectors, and what is refused.

import { createPrivateKey } from "node:crypto"
import { expect, test } from "vitest"
import { seals, signWith } from "../../chains/seals.ts"

const base64url = (hex: string) => Buffer.from(hex, "hex").toString("base64url")

// RFC 8032 §7.1, test 2: the message is one byte, which is also a text.
const secret = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
const key = base64url("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
const signature = base64url(
  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
)

test("SHA-256 of a text is that of its UTF-8 (FIPS 180-4)", () => {
  expect(seals.hash("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
})

test("a signature is that of RFC 8032, and is the only one for its text", () => {
  const privateKey = createPrivateKey({
    format: "jwk",
    key: { kty: "OKP", crv: "Ed25519", x: key, d: base64url(secret) },
  })

  expect(signWith(privateKey)("r")).toBe(signature)
  expect(seals.verify(key, "r", signature)).toBe(true)
  expect(seals.verify(key, "s", signature)).toBe(false)
})

test.each([
  ["another spelling", `${signature}=`],
  ["a byte less", signature.slice(0, -2)],
  ["nothing", ""],
  ["the standard alphabet", Buffer.from(signature, "base64url").toString("base64")],
])("%s is no signature", (_, text) => {
  expect(seals.verify(key, "r", text)).toBe(false)
})

test("what is no key has signed nothing", () => {
  expect(seals.verify("A", "r", signature)).toBe(false)
  expect(seals.verify("", "r", signature)).toBe(false)
})

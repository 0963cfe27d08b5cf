// Who signed in: the owner of the account that the text names, by either kind of wallet, and nobody else.

import { constants, createPrivateKey, sign as rsaSign } from "node:crypto"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"
import { describe, expect, test } from "vitest"
import { keyOfOwner } from "../../chains/party.ts"
import { sha256 } from "../../chains/rsa.ts"
import {
  isSignedIn,
  type Proof,
  SIGN_IN_MS_MAX,
  type SignIn,
  signInOf,
  signInText,
} from "../../chains/sign-in.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"

const EVM_KEY = hexToBytes("4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318")
const EVM_ACCOUNT = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
const { alice, bob } = TEST_WALLETS
const ALICE = keyOfOwner(Buffer.from(alice.n, "base64url")).slice("ar:".length)

const aSignIn = (parts: Partial<SignIn> = {}): SignIn => ({
  bridge: `devnet ${"v".repeat(42)}A`,
  account: EVM_ACCOUNT,
  terms: "2026-01",
  statements: ["not-us-person", "of-age"],
  refundTo: null,
  issuedMs: Date.UTC(2026, 10, 1),
  untilMs: Date.UTC(2026, 10, 2),
  nonce: "n".repeat(22),
  ...parts,
})

/** EIP-191, version 0x45. */
function byEvm(text: string, secret = EVM_KEY): Proof & { kind: "evm" } {
  const message = Buffer.from(text)
  const head = Buffer.from(`\x19Ethereum Signed Message:\n${message.length}`)
  const hash = keccak_256(Buffer.concat([head, message]))
  const signed = secp256k1.sign(hash, secret, { prehash: false, format: "recovered" })
  return {
    kind: "evm",
    signature: `0x${bytesToHex(signed.subarray(1))}${(signed[0]! + 27).toString(16)}`,
  }
}

/** As `arweaveWallet.signMessage` does: the SHA-256 of the text is the message. */
function byArweave(
  text: string,
  jwk: typeof alice | typeof bob = alice,
): Proof & { kind: "arweave" } {
  const key = createPrivateKey({ format: "jwk", key: { ...jwk } })
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const signature = rsaSign("sha256", sha256(Buffer.from(text)), { key, padding, saltLength: 32 })
  return { kind: "arweave", owner: jwk.n, signature: signature.toString("base64url") }
}

describe("the text", () => {
  test("says all of it to its reader", () => {
    expect(signInText(aSignIn({ refundTo: ALICE })).split("\n")).toEqual([
      "Causeway sign-in",
      `Bridge: devnet ${"v".repeat(42)}A`,
      `Account: ${EVM_ACCOUNT}`,
      "Terms: 2026-01",
      "I state: not-us-person, of-age",
      `Refund to: ${ALICE}`,
      "From: 2026-11-01T00:00:00.000Z",
      "Until: 2026-11-02T00:00:00.000Z",
      `Nonce: ${"n".repeat(22)}`,
    ])
  })

  test.each([
    ["with a refund address", aSignIn({ refundTo: ALICE })],
    ["without statements", aSignIn({ statements: [] })],
    ["for as long as is possible", aSignIn({ untilMs: Date.UTC(2026, 10, 1) + SIGN_IN_MS_MAX })],
  ])("reads back: %s", (_, signIn) => {
    expect(signInOf(signInText(signIn))).toEqual(signIn)
  })

  test.each([
    [
      "that holds too long",
      signInText(aSignIn({ untilMs: Date.UTC(2026, 10, 1) + SIGN_IN_MS_MAX + 1 })),
    ],
    ["that ends before it begins", signInText(aSignIn({ untilMs: Date.UTC(2026, 9, 1) }))],
    ["with a line more", `${signInText(aSignIn())}\nTerms: none`],
    ["with a line in front", `Dear user,\n${signInText(aSignIn())}`],
    ["with two accounts in a line", signInText(aSignIn({ account: `${ALICE} ${EVM_ACCOUNT}` }))],
    ["with a line in a field", signInText(aSignIn({ terms: "2026-01\nI state: nothing" }))],
    ["with a day that is none", signInText(aSignIn()).replace("11-02T", "11-31T")],
    ["with the 24th hour", signInText(aSignIn()).replace("11-02T00", "11-01T24")],
    ["of nothing", ""],
  ])("is none %s", (_, text) => {
    expect(signInOf(text)).toBeNull()
    expect(isSignedIn(text, byEvm(text))).toBe(false)
  })
})

describe("signed in has", () => {
  test("the owner of an EVM account, in whatever case it is written", () => {
    for (const account of [EVM_ACCOUNT, EVM_ACCOUNT.toLowerCase()]) {
      const text = signInText(aSignIn({ account }))
      expect(isSignedIn(text, byEvm(text))).toBe(true)
    }
  })

  test("the owner whose wallet counts recoveries from 0", () => {
    const text = signInText(aSignIn())
    const { signature } = byEvm(text)
    const fromZero = signature.replace(/1b$/, "00").replace(/1c$/, "01")

    expect(isSignedIn(text, { kind: "evm", signature: fromZero })).toBe(true)
  })

  test("the owner of an Arweave wallet", () => {
    const text = signInText(aSignIn({ account: ALICE }))

    expect(isSignedIn(text, byArweave(text))).toBe(true)
  })
})

describe("nobody has signed in by", () => {
  const evm = signInText(aSignIn())
  const arweave = signInText(aSignIn({ account: ALICE }))

  test.each<[string, string, Proof]>([
    ["another EVM key", evm, byEvm(evm, keccak_256(EVM_KEY))],
    ["a signature of another text", evm, byEvm(`${evm} `)],
    ["half a signature", evm, { kind: "evm", signature: byEvm(evm).signature.slice(0, 80) }],
    ["zeros", evm, { kind: "evm", signature: `0x${"0".repeat(130)}` }],
    ["an odd recovery", evm, { kind: "evm", signature: byEvm(evm).signature.replace(/..$/, "1d") }],
    ["another Arweave key", arweave, byArweave(arweave, bob)],
    [
      "another's key with one's own signature",
      arweave,
      { ...byArweave(arweave, bob), owner: alice.n },
    ],
    ["an Arweave signature of another text", arweave, byArweave(`${arweave} `)],
    ["an Arweave wallet for an EVM account", evm, byArweave(evm)],
    ["an EVM key for an Arweave account", arweave, byEvm(arweave)],
    ["an odd spelling of a key", arweave, { ...byArweave(arweave), owner: `${alice.n}=` }],
  ])("%s", (_, text, proof) => {
    expect(isSignedIn(text, proof)).toBe(false)
  })
})

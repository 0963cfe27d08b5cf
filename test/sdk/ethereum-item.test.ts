// Messages to AO by an Ethereum wallet: the official client takes them, and a wallet that signs something else is found out.

import { DataItem } from "@dha-team/arbundles"
import { Wallet } from "ethers"
import { expect, test } from "vitest"
import { addressOf, decode } from "../../chains/ao/item.ts"
import { keyText, signedByEthereumKey, signedByWallet } from "../../sdk/ethereum-item.ts"
import { anId } from "../builders.ts"

const saying = {
  process: anId("token"),
  tags: [{ name: "Action", value: "Burn" }],
  data: "as it is",
}

/** As a browser's wallet: shows a text as it is, signs bytes as a message of its owner. */
function walletOf(wallet: ReturnType<typeof Wallet.createRandom>, change = (hex: string) => hex) {
  const asked: string[] = []
  return {
    asked,
    async request({ params = [] }: { method: string; params?: readonly unknown[] }) {
      const bytes = Buffer.from(String(params[0]).slice(2), "hex")
      asked.push(bytes.length === 48 ? "a message" : bytes.toString())
      return change(await wallet.signMessage(bytes))
    },
  }
}

test("a wallet is asked for its key once, and then for each message alone", async () => {
  const wallet = Wallet.createRandom()
  const asking = walletOf(wallet)

  const one = await signedByWallet(asking, wallet.address, saying)
  const two = await signedByWallet(asking, wallet.address, saying)

  expect(asking.asked).toEqual([keyText(wallet.address), "a message", "a message"])
  expect(Buffer.from(one).equals(two)).toBe(false)
  for (const raw of [one, two]) {
    const item = decode(raw)!
    expect(addressOf(item.owner)).toBe(wallet.address)
    expect(item.tags).toContainEqual({ name: "Action", value: "Burn" })
    expect(await DataItem.verify(Buffer.from(raw))).toBe(true)
  }
})

test("a key signs what its wallet would", async () => {
  const wallet = Wallet.createRandom()

  const raw = signedByEthereumKey(wallet.privateKey, saying)

  expect(addressOf(decode(raw)!.owner)).toBe(wallet.address)
  expect(await DataItem.verify(Buffer.from(raw))).toBe(true)
})

test("a hardware wallet's way to end a signature is understood", async () => {
  const wallet = Wallet.createRandom()
  const low = (hex: string) => hex.slice(0, -2) + (hex.endsWith("1b") ? "00" : "01")

  const raw = await signedByWallet(walletOf(wallet, low), wallet.address, saying)

  expect(await DataItem.verify(Buffer.from(raw))).toBe(true)
})

test("what another account signed, or is no signature, is not sent", async () => {
  const [wallet, other] = [Wallet.createRandom(), Wallet.createRandom()]

  await expect(signedByWallet(walletOf(other), wallet.address, saying)).rejects.toThrow(
    "another account",
  )
  const mute = walletOf(wallet, () => "0x")
  await expect(signedByWallet(mute, wallet.address, saying)).rejects.toThrow("no signature")
})

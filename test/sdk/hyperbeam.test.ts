// What a person does with a token on a HyperBEAM node, while the node answers as it likes.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { aoCodec } from "../../chains/ao/codec.ts"
import { type AoDevnet, startAo } from "../../devnet/ao/index.ts"
import { rsaWallet } from "../../devnet/arweave/wallet.ts"
import { deployHyperToken } from "../../devnet/token.ts"
import { TokenRefusal, type TokenWallet, tokenWallet } from "../../sdk/tokens.ts"
import { aPayout, groupSignature, idNumber, deployment as keys } from "../chains/builders.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"

const AR = 10n ** 12n
let folder: string
let units: AoDevnet
let alice: TokenWallet
let bob: TokenWallet

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-sdk-"))
  units = await startAo({ folder, wallet: TEST_WALLETS.carol })
  const facts = { deployer: TEST_WALLETS.dave, bridge: keys.vault, guardian: keys.vault }
  const token = await deployHyperToken(units.url, facts)
  const places = {
    ...{ muUrl: units.muUrl, cuUrl: units.cuUrl, graphqlUrl: units.graphqlUrl },
    ...{ gatewayUrl: units.url, nodeUrl: units.url },
  }
  const walletOf = (name: "alice" | "bob") => {
    const key = TEST_WALLETS[name]
    return tokenWallet(key, rsaWallet(key).address, places, token)
  }
  alice = walletOf("alice")
  bob = walletOf("bob")
  const deployment = { ...keys, tokens: { AR: token } }
  const payouts = [
    aPayout("ao", { recipient: rsaWallet(TEST_WALLETS.alice).address, amount: 50n * AR }),
  ]
  const terms = { attempt: "0", "attested:arweave": `${50n * AR}` }
  const { messages } = aoCodec.build(payouts, terms, deployment)
  const { raw } = aoCodec.seal(payouts, terms, deployment, messages.map(groupSignature))
  const url = `${units.url}/${token}~process@1.0/push`
  await fetch(url, { method: "POST", body: Buffer.from(raw) })
})
afterAll(async () => {
  await units.stop()
  await rm(folder, { recursive: true })
})
beforeEach(() => units.suffer({}))

test.each([
  ["as it should", {}],
  ["no HTTP after it was scheduled", { crash: 1 }],
  ["no HTTP, and schedules nothing", { garble: 1 }],
  ["success, and schedules nothing", { pretend: 1 }],
])("a transfer arrives once when the node answers %s", async (_, misfortune) => {
  const [before, had] = [await alice.wrappedBalance(), await bob.wrappedBalance()]
  units.suffer(misfortune)

  await alice.send(3n * AR, rsaWallet(TEST_WALLETS.bob).address)

  expect(await alice.wrappedBalance()).toBe(before - 3n * AR)
  expect(await bob.wrappedBalance()).toBe(had + 3n * AR)
})

test("a burn tells its transfer and its fee, and two equal ones are two", async () => {
  const before = await alice.wrappedBalance()

  const [first, second] = [await alice.burn(AR, idNumber(7)), await alice.burn(AR, idNumber(7))]

  expect(first.transfer).toBe(`ao:${first.message}:1`)
  expect(second.transfer).toBe(`ao:${second.message}:2`)
  expect(await alice.wrappedBalance()).toBe(before - 2n * AR)
})

test("what the token refuses is told in its own words, and who has nothing has 0", async () => {
  const refused = alice.send(1_000n * AR, rsaWallet(TEST_WALLETS.bob).address)

  await expect(refused).rejects.toThrow(TokenRefusal)
  await expect(refused).rejects.toMatchObject({ code: "insufficient-balance" })
})

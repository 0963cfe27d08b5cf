// What a signer makes sure of before it signs an order to a vault that its operator has approved.

import { mkdtemp, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { evmCodec } from "../../chains/evm/codec.ts"
import type { VaultOrder } from "../../chains/vault.ts"
import type { VaultOrderRequest } from "../../mpc/protocol.ts"
import { hexOf } from "../../mpc/schemes/scheme.ts"
import type { Desk } from "../../mpc/signing.ts"
import { approveOrder, ordered } from "../../mpc/vault-orders.ts"
import { account, CHAIN_ID } from "../chains/evm/builders.ts"
import { deployedAs, NATIVE } from "../chains/evm/world.ts"
import { aFounding, makeGroup } from "./schemes/frost-group.ts"

const [present, next] = ["present", "next"].map(
  (name) => makeGroup("evm", aFounding(2, 3, name)).key,
) as [ReturnType<typeof makeGroup>["key"], ReturnType<typeof makeGroup>["key"]]
const deployment = deployedAs({
  ...{ chainId: BigInt(CHAIN_ID), vault: account(1), key: `0x${hexOf(present)}` },
  ...{ heightMin: 0, contracts: { ETH: NATIVE } },
})
const order: VaultOrder = { chain: "ethereum", vault: account(1), number: 4, kind: "unpause" }
const asked: VaultOrderRequest = {
  ...{ version: 1, session: "a-session", scheme: "evm", ordered: "ethereum", number: 4 },
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-orders-"))
  await approveOrder(folder, order)
  await approveOrder(folder, { ...order, number: 5 })
  await approveOrder(folder, { ...order, number: 6 })
  await rename(join(folder, "orders/ethereum-6.json"), join(folder, "orders/ethereum-7.json"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function aDesk(parts: Partial<Desk> = {}, obeys = hexOf(present), number = "4"): Desk {
  const sight = {
    scheme: "evm",
    codec: evmCodec("ethereum"),
    connection: { handover: async () => ({ present: obeys, terms: { number } }) },
  }
  return {
    view: { deployment, chains: { ethereum: sight, ao: { ...sight, codec: {} } } },
    signers: { evm: { key: present } },
    successors: { evm: { key: next } },
    ...{ folder, newcomer: null, now: () => 1_000, ...parts },
  } as unknown as Desk
}

// Case 123 among them.
describe("a signer signs no order to a vault", () => {
  test.each<[string, string, () => Desk, Partial<VaultOrderRequest>]>([
    [
      "while it is new",
      "joined lately",
      () => aDesk({ newcomer: { untilMs: 1_001, percent: 50 } }),
      {},
    ],
    ["that is approved for a later operation", "another one", () => aDesk(), { number: 5 }],
    ["that its operator has not approved", "has not approved", () => aDesk(), { number: 3 }],
    [
      "under another one's name",
      "another one's name",
      () => aDesk({}, hexOf(present), "7"),
      { number: 7 },
    ],
    ["of a vault that obeys strangers", "not the group's", () => aDesk({}, "00".repeat(32)), {}],
    ["of a chain without such vaults", "not-supported", () => aDesk(), { ordered: "ao" }],
    ["under a key of another purpose", "not-supported", () => aDesk(), { scheme: "taproot" }],
  ])("%s", async (_, reason, desk, parts) => {
    await expect(ordered(desk(), { ...asked, ...parts })).rejects.toThrow(reason)
  })

  test("unless all of this is in order, and then with the key that the vault obeys", async () => {
    const settled = aDesk({ newcomer: { untilMs: 1_000, percent: 50 } })

    const before = await ordered(settled, asked)
    const after = await ordered(aDesk({}, hexOf(next)), asked)

    expect([before, after].map(({ signer }) => hexOf(signer.key))).toEqual(
      [present, next].map(hexOf),
    )
    expect(after.message).toEqual(before.message)
  })
})

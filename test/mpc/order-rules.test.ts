// What a signer makes sure of before it signs an order to a vault that its operator has approved.

import { mkdtemp, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { aoCodec } from "../../chains/ao/codec.ts"
import { ordersTo, vetStopped } from "../../chains/ao/order.ts"
import type { Stops } from "../../chains/ao/units.ts"
import { evmCodec } from "../../chains/evm/codec.ts"
import type { VaultOrder } from "../../chains/vault.ts"
import { readRequest, type VaultOrderRequest } from "../../mpc/protocol.ts"
import { hexOf } from "../../mpc/schemes/scheme.ts"
import type { Desk } from "../../mpc/signing.ts"
import { approveOrder, ordered } from "../../mpc/vault-orders.ts"
import { anId } from "../builders.ts"
import { deployment as keys } from "../chains/builders.ts"
import { account, CHAIN_ID } from "../chains/evm/builders.ts"
import { deployedAs, NATIVE } from "../chains/evm/world.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
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

describe("a signer signs no order to a token on AO", () => {
  const ours = { ...keys, tokens: { AR: anId("token") } }
  const own = { chain: "ao", vault: anId("token"), number: 4 } as const
  const resume: VaultOrder = { ...own, kind: "resume", pauses: 2 }
  const hex = (name: "vault" | "bob") =>
    Buffer.from(TEST_WALLETS[name].n, "base64url").toString("hex")
  const asked = readRequest({
    ...{ version: 1, session: "a-session", scheme: "rsa", ordered: "ao", number: 4 },
  }) as VaultOrderRequest
  const stands = { guardian: anId("guardian"), paused: "mint,burn", pauses: 2, number: 4 }

  /** A signer that sees the token so, and whose operator has approved an order, or none. */
  async function aTokenDesk(
    stops: Partial<Stops>,
    order: VaultOrder | null = resume,
    obeys = "vault",
  ) {
    const own = await mkdtemp(join(folder, "ao-"))
    if (order) await approveOrder(own, order)
    const now = { ...stands, ...stops }
    const connection = {
      chain: "ao",
      nextOrder: async () => ({ key: hex(obeys as "vault"), number: now.number, stopped: now }),
      vetOrder: async (order: VaultOrder) => vetStopped(order, now),
    }
    const signer = { key: { scheme: "rsa", publicKey: Buffer.from(hex("vault"), "hex") } }
    return {
      view: { deployment: ours, chains: { ao: { scheme: "rsa", codec: aoCodec, connection } } },
      ...{ signers: { rsa: signer }, successors: {}, folder: own, newcomer: null },
      now: () => 1_000,
    } as unknown as Desk
  }

  // Cases 121 and 132.
  test.each<[string, string, () => Promise<Desk>]>([
    ["that its operator has not approved", "has not approved", () => aTokenDesk({}, null)],
    ["to go on when it is not paused", "is not paused", () => aTokenDesk({ paused: "none" })],
    ["of a former pause", "another pause", () => aTokenDesk({ pauses: 3 })],
    ["of a pause that is still to come", "another pause", () => aTokenDesk({ pauses: 1 })],
    ["that is not its next", "another one", () => aTokenDesk({ number: 5 })],
    ["when it obeys another key", "not the group's", () => aTokenDesk({}, resume, "bob")],
    [
      "that is another process",
      "bad-request",
      () => aTokenDesk({}, { ...resume, vault: anId("other") }),
    ],
  ])("%s", async (_, reason, desk) => {
    await expect(ordered(await desk(), asked)).rejects.toThrow(reason)
  })

  test("unless all of this is in order; another guardian is named whether it is paused or not", async () => {
    const guardian: VaultOrder = { ...own, kind: "guardian", guardian: anId("ann") }

    const first = await ordered(await aTokenDesk({}), asked)
    const second = await ordered(await aTokenDesk({ paused: "none" }, guardian), asked)

    expect(first.message).toEqual(aoCodec.orders!.message(resume, ours, hex("vault")))
    expect(second.message).toEqual(aoCodec.orders!.message(guardian, ours, hex("vault")))
  })

  test("of a campaign that it does not know, nor by a request for it where the ledger's is approved", async () => {
    const token = { ...asked, token: "campaign" } as const
    await expect(ordered(await aTokenDesk({}), token)).rejects.toMatchObject({
      code: "not-supported",
    })

    const of = { vault: anId("points"), of: "campaign" } as const
    const named = { ...own, ...of, kind: "resume", pauses: 2 } as const
    const { view, ...desk } = await aTokenDesk({})
    const place = { ...view.chains.ao!.connection, close: async () => {} }
    const orders = ordersTo("ao", () => anId("points"), "campaign")
    const campaignToken = { orders, desk: () => place } as unknown as Desk["campaignToken"]
    const known = { ...desk, view, campaignToken }
    await expect(ordered(known, token)).rejects.toThrow("has not approved")

    await approveOrder(known.folder, named)
    const { message } = await ordered(known, token)
    expect(message).toEqual(orders.message(named, ours, hex("vault")))
    expect((await ordered(known, asked)).message).not.toEqual(message)
  })

  test("in a release that knows of none, and says so", async () => {
    const desk = await aTokenDesk({})
    const { orders: _, ...before } = aoCodec
    const sight = { ...desk.view.chains.ao, codec: before }
    const older = { ...desk, view: { ...desk.view, chains: { ao: sight } } } as unknown as Desk

    await expect(ordered(older, asked)).rejects.toMatchObject({ code: "not-supported" })
  })
})

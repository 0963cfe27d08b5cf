// What a signer makes sure of before it helps to hand a vault or a token over.

import { describe, expect, test } from "vitest"
import { aoCodec } from "../../chains/ao/codec.ts"
import { handoverOf } from "../../chains/ao/handover.ts"
import { evmCodec } from "../../chains/evm/codec.ts"
import { handedOver } from "../../mpc/handover.ts"
import type { HandoverRequest } from "../../mpc/protocol.ts"
import { hexOf } from "../../mpc/schemes/scheme.ts"
import type { Desk } from "../../mpc/signing.ts"
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

// Case 123: what moves everything is not for members that have just joined.
describe("a signer helps with no handover", () => {
  const stands = { present: "", terms: { number: "4" } }
  const sight = {
    scheme: "evm",
    codec: evmCodec("ethereum"),
    connection: { handover: async () => stands },
  }
  const aDesk = (parts: Partial<Desk>) => {
    stands.present = hexOf(present)
    return {
      view: { deployment, chains: { ethereum: sight, ao: { ...sight, codec: {} } } },
      signers: { evm: { key: present } },
      successors: { evm: { key: next } },
      ...{ newcomer: null, now: () => 1_000, ...parts },
    } as unknown as Desk
  }
  const asked = {
    ...{ version: 1, session: "a-session", scheme: "evm", handover: "ethereum" },
    ...{ part: "order", terms: { number: "4" } },
  } as const satisfies HandoverRequest

  test.each<[string, string, () => [Desk, HandoverRequest]]>([
    [
      "while it is new",
      "joined lately",
      () => [aDesk({ newcomer: { untilMs: 1_001, percent: 50 } }), asked],
    ],
    ["to a key that it has not", "knows of no next key", () => [aDesk({ successors: {} }), asked]],
    [
      "of a vault that obeys another",
      "another key than the present",
      () => {
        const desk = aDesk({})
        stands.present = "00".repeat(32)
        return [desk, asked]
      },
    ],
    [
      "with another number than its own",
      "stands otherwise",
      () => [aDesk({}), { ...asked, terms: { number: "5" } }],
    ],
    [
      "of a chain without such vaults",
      "not-supported",
      () => [aDesk({}), { ...asked, handover: "ao" }],
    ],
    [
      "under a key of another purpose",
      "not-supported",
      () => [aDesk({}), { ...asked, scheme: "taproot" }],
    ],
  ])("%s", async (_, reason, given) => {
    const [desk, request] = given()

    await expect(handedOver(desk, request)).rejects.toThrow(reason)
  })

  test("unless all of this is in order, and then with the key of the part that is asked for", async () => {
    const desk = aDesk({ newcomer: { untilMs: 1_000, percent: 50 } })

    const first = await handedOver(desk, asked)
    const second = await handedOver(desk, { ...asked, part: "possession" })

    expect([first, second].map(({ signer }) => hexOf(signer.key))).toEqual(
      [present, next].map(hexOf),
    )
    expect(first.message).not.toEqual(second.message)
  })
})

test("a token is handed over by the RSA keys, whose addresses it knows", async () => {
  const [own, successor] = ["vault", "bob"].map((name) => {
    const publicKey = Buffer.from(TEST_WALLETS[name as "bob"].n, "base64url")
    return { key: { publicKey } }
  })
  const stands = { present: keys.vault as string, terms: { number: "0" } }
  const sight = { scheme: "rsa", codec: aoCodec, connection: { handover: async () => stands } }
  const desk = {
    view: { deployment: keys, chains: { ao: sight } },
    ...{ signers: { rsa: own }, successors: { rsa: successor } },
    ...{ newcomer: null, now: () => 1_000 },
  } as unknown as Desk
  const asked = {
    ...({ version: 1, session: "a-session", scheme: "rsa", handover: "ao" } as const),
    terms: { number: "0" },
  } as const satisfies Omit<HandoverRequest, "part">

  const order = await handedOver(desk, { ...asked, part: "order" })
  const possession = await handedOver(desk, { ...asked, part: "possession" })

  expect([order.signer, possession.signer]).toEqual([own, successor])
  const pair = [own, successor].map((one) => hexOf(one!.key as never)) as [string, string]
  expect({ order: order.message, possession: possession.message }).toEqual(
    aoCodec.handover!.build({ present: pair[0], successor: pair[1] }, asked.terms, keys),
  )
  stands.present = aoCodec.handover!.told(pair[1])
  await expect(handedOver(desk, { ...asked, part: "order" })).rejects.toThrow("another key")
})

// Case 123
test("the campaign's token is handed over where there is one, by its own word and for its own process", async () => {
  const [own, successor] = ["vault", "bob"].map((name) => ({
    key: { publicKey: Buffer.from(TEST_WALLETS[name as "bob"].n, "base64url") },
  }))
  const stands = { present: keys.vault as string, terms: { number: "3" } }
  const elsewhere = async () => ({ present: "the ledger's own", terms: { number: "9" } })
  const sight = { scheme: "rsa", codec: aoCodec, connection: { handover: elsewhere } }
  const campaignToken = { codec: handoverOf(() => anId("points")), standing: async () => stands }
  const desk = {
    view: { deployment: keys, chains: { ao: sight } },
    ...{ signers: { rsa: own }, successors: { rsa: successor } },
    ...{ newcomer: null, now: () => 1_000, campaignToken },
  } as unknown as Desk
  const asked = {
    ...{ version: 1, session: "a-session", scheme: "rsa", handover: "ao", token: "campaign" },
    ...{ part: "order", terms: { number: "3" } },
  } as const satisfies HandoverRequest

  const { signer, message } = await handedOver(desk, asked)

  expect(signer).toBe(own)
  const pair = [own, successor].map((one) => hexOf(one!.key as never)) as [string, string]
  const both = { present: pair[0], successor: pair[1] }
  expect(message).toEqual(campaignToken.codec.build(both, asked.terms, keys).order)
  expect(message).not.toEqual(aoCodec.handover!.build(both, asked.terms, keys).order)
  await expect(
    handedOver({ ...desk, campaignToken: undefined } as Desk, asked),
  ).rejects.toMatchObject({ code: "not-supported" })
  await expect(handedOver(desk, { ...asked, token: undefined })).rejects.toThrow("another key")
})

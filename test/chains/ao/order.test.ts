// Orders to a token on AO: what operators pass around, what the group signs, and what the real token makes of it.

import { deepEqual, equal, rejects, throws } from "node:assert/strict"
import { constants, createPrivateKey, sign } from "node:crypto"
import { describe, test } from "vitest"
import { signByWallet } from "../../../chains/ao/by-wallet.ts"
import { aoCodec as codec } from "../../../chains/ao/codec.ts"
import { addressOf, decode, idOf as itemId } from "../../../chains/ao/item.ts"
import { nextOrderOf, pauseTags } from "../../../chains/ao/order.ts"
import { isGenuine } from "../../../chains/ao/slots.ts"
import { STOPS, stopsIn } from "../../../chains/ao/units.ts"
import type { Deployment } from "../../../chains/chain.ts"
import type { VaultOrder } from "../../../chains/vault.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"
import {
  ALICE,
  aConfig,
  aSource,
  FACES,
  GUARDIAN,
  outcomes,
  TOKEN,
  Token,
} from "../../lua/token.ts"
import { groupSignature, deployment as keys } from "../builders.ts"
import { ALICE as HOLDER, nodeWorld } from "./node-world.ts"

const deployment: Deployment = { ...keys, tokens: { AR: TOKEN } }
const key = Buffer.from(TEST_WALLETS.vault.n, "base64url").toString("hex")
const orders = codec.orders!
const own = { chain: "ao", vault: TOKEN } as const

function signed(message: Uint8Array): Uint8Array {
  const wallet = createPrivateKey({ format: "jwk", key: { ...TEST_WALLETS.vault } })
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return new Uint8Array(sign("sha256", message, { key: wallet, padding, saltLength: 32 }))
}

/** The order that the file of `made` says, signed, in the next slot of the token. */
async function obeyed(token: Token, made: object): Promise<string[]> {
  const order = orders.parse(JSON.parse(JSON.stringify({ ...own, ...made })))
  const signature = signed(orders.message(order, deployment, key))
  const { id, raw } = orders.sealed!(order, deployment, key, signature)
  const item = decode(raw)!
  equal(isGenuine(item), true)
  equal(itemId(item.signature), id)
  const tags = item.tags.map(({ name, value }): [string, string] => [name, value])
  return outcomes(await token.send(tags, { from: addressOf(item.owner), id }))
}

const paused = async (token: Token) => {
  const tags = pauseTags({ reason: "vault drained", scope: "mint" })
  const list = tags.map(({ name, value }): [string, string] => [name, value])
  return outcomes(await token.send(list, { from: GUARDIAN }))
}

async function standing(token: Token) {
  const told = await token.stops()
  const stops = stopsIn((name) => told[STOPS[name]] ?? null)
  return nextOrderOf(TOKEN, { bridge: keys.vault, number: "0" }, stops, deployment)
}

describe.each(FACES)("a token on %s", (face) => {
  test("that its guardian paused goes on by the group's order, which says what it read of that pause", async () => {
    const config = aConfig({
      ...{ bridge: keys.vault, sources: [{ ...aSource("arweave"), vault: keys.vault }] },
    })
    const token = await Token.deployed(config, face)
    deepEqual(await paused(token), ["Pause-Notice"])
    const { number, stopped, key: obeys } = await standing(token)
    deepEqual([number, stopped, obeys], [0, { pauses: 1, paused: "mint", guardian: GUARDIAN }, key])

    deepEqual(await obeyed(token, { number, kind: "resume", pauses: 1 }), ["Resume-Notice"])

    deepEqual(await paused(token), ["Pause-Notice"])
    // Kept by whoever, it ends no later pause.
    deepEqual(await obeyed(token, { number, kind: "resume", pauses: 1 }), ["another-pause"])
    deepEqual(await obeyed(token, { number: 1, kind: "guardian", guardian: ALICE }), [
      "Set-Guardian-Notice",
    ])
    deepEqual((await standing(token)).stopped, { pauses: 2, paused: "mint", guardian: ALICE })
  })
})

const resume = { ...own, number: 3, kind: "resume", pauses: 2 } as const

test.each<[string, object]>([
  ["of another ledger", { chain: "ao-eth" }],
  ["of an address", { vault: "0x52908400098527886E0F7030069857D2E4169EE7" }],
  ["with no number", { number: undefined }],
  ["with a number that is a text", { number: "3" }],
  ["of no pause", { pauses: undefined }],
  ["of less than no pause", { pauses: -1 }],
  ["of a vault's kind", { kind: "unpause" }],
  ["with a word too many", { note: "please" }],
  ["with a guardian who is nobody", { kind: "guardian", pauses: undefined, guardian: "me" }],
])("an order %s is none", (_, change) => {
  const json = JSON.parse(JSON.stringify({ ...resume, ...change })) as unknown

  throws(() => orders.parse(json), { code: "bad-request" })
})

test("an order to another token is not signed, and each order is one message of its own", () => {
  const other = { ...resume, vault: ALICE }
  throws(() => orders.message(other, deployment, key), { code: "bad-request" })

  const others: VaultOrder[] = [
    { ...resume, number: 4 },
    { ...resume, pauses: 3 },
    { ...own, number: 3, kind: "guardian", guardian: ALICE },
  ]
  const texts = [resume, ...others, resume].map((order) =>
    Buffer.from(orders.message(order, deployment, key)).toString("hex"),
  )
  deepEqual([new Set(texts).size, texts.at(-1)], [4, texts[0]])
})

test("a token that numbers no orders, or obeys a stranger, takes none", () => {
  const stops = { guardian: GUARDIAN, paused: "none", pauses: 0, number: 0 }
  const us = { bridge: keys.vault, number: "0" }

  for (const [obeys, told] of [
    [us, null],
    [null, stops],
    [{ ...us, bridge: ALICE }, stops],
  ] as const)
    throws(() => nextOrderOf(TOKEN, obeys, told, deployment), { code: "not-supported" })
})

test.each<[string, object]>([
  ["without a reason", { reason: " " }],
  ["with a reason that is a page", { reason: "x".repeat(201) }],
  ["with a reason of two lines", { reason: "a\nb" }],
  ["of what no token stops", { scope: "transfer" }],
  ["until some day", { untilMs: Date.parse("tomorrow") }],
])("a pause %s is not sent", (_, change) => {
  throws(() => pauseTags({ reason: "theft", ...change }), { code: "bad-request" })
})

// Cases 121 and 132.
test("a token that its guardian paused says by path what is paused, and goes on by the group's order for that pause", async () => {
  const world = await nodeWorld()
  const connection = world.connect()
  const tags = pauseTags({ reason: "a drill" })
  await connection.submit(signByWallet(TEST_WALLETS.alice, { target: world.token, tags }))
  const { key: obeys, number, stopped } = await connection.nextOrder!()
  deepEqual([number, stopped], [0, { pauses: 1, paused: "mint,burn", guardian: HOLDER }])
  const named = { chain: "ao", vault: world.token, number, kind: "resume" } as const
  const order = { ...named, pauses: stopped!.pauses }
  await rejects(connection.vetOrder!({ ...named, pauses: 0 }), { code: "signer-refused" })
  await connection.vetOrder!(order)
  const signature = groupSignature(orders.message(order, world.deployment, obeys))

  await connection.submit(orders.sealed!(order, world.deployment, obeys, signature))

  const after = await connection.nextOrder!()
  deepEqual([after.number, after.stopped?.paused], [1, "none"])
  await rejects(connection.vetOrder!(order), { code: "signer-refused" })
})

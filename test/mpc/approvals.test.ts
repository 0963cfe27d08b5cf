// What is over the cap: two operators may let it pass, and each signer checks for itself that it was they.

import { generateKeyPairSync, sign } from "node:crypto"
import { expect, test } from "vitest"
import { type Operator, orderText, type SignedOrder } from "../../core/orders.ts"
import type { Sighting } from "../../core/transfer.ts"
import { readRequest, requestJson, type SignRequest } from "../../mpc/protocol.ts"
import { derive, type View } from "../../mpc/verify.ts"
import { anId, aSighting } from "../builders.ts"
import { deployment } from "../chains/builders.ts"
import { AR, aoTerms, chainsOf, OPEN, policy, World } from "./world.ts"

const keys = new Map(["ann", "ben", "eve"].map((name) => [name, generateKeyPairSync("ed25519")]))
const operatorOf = (name: string): Operator => ({
  name,
  key: String(keys.get(name)!.publicKey.export({ format: "jwk" }).x),
})
const OPERATORS = ["ann", "ben"].map(operatorOf)

function given(body: string, operator: string, { by = operator, vault = deployment.vault } = {}) {
  const text = orderText({ network: "devnet", vault }, body)
  const signature = sign(null, Buffer.from(text), keys.get(by)!.privateKey).toString("base64url")
  return { body, operator, signature } satisfies SignedOrder
}

const world = new World()
const [large, other, odd] = world.add([
  aSighting({ amount: 101n * AR }),
  aSighting({ amount: 102n * AR }),
  aSighting({ amount: 103n * AR, recipient: null, problem: "bad-recipient", refundTo: "" }),
]) as [Sighting, Sighting, Sighting]

async function answer(
  { id }: Sighting,
  approvals: readonly SignedOrder[],
  operators: readonly Operator[] = OPERATORS,
) {
  const chains = chainsOf(world)
  const sight = (name: "arweave" | "ao") => ({
    ...{ scheme: chains[name].scheme, codec: chains[name].codec },
    connection: chains[name].connect({ urls: { world: ["http://view/1"] } }, deployment),
  })
  const view: View = {
    ...{ deployment, policy, screening: null, operators },
    chains: { arweave: sight("arweave"), ao: sight("ao") },
    stops: OPEN,
    locks: async () => ({ AR: 1_000n * AR }),
  }
  const request: SignRequest = {
    ...{ version: 1, session: "session-1", scheme: "rsa", chain: "ao" },
    ...{ transfers: [{ id, refund: false }], terms: aoTerms(), approvals },
  }
  // Over the wire, as a signer gets it.
  const read = readRequest(JSON.parse(JSON.stringify(requestJson(request)))) as SignRequest
  const derived = await derive(view, read)
  return "payouts" in derived ? derived.payouts : derived.map(({ code }) => code)
}

const approve = ({ id }: Sighting, version = 3) => `approve ${id} ${version}`

test("what two operators approve is paid to its recipient, less the usual fee", async () => {
  const orders = [given(approve(large), "ann"), given(approve(large), "ben")]

  const payouts = await answer(large, orders)

  expect(payouts).toMatchObject([
    { transfer: large.id, recipient: anId("recipient"), amount: 101n * AR - 1_000n },
  ])
})

const both = (body: string) => [given(body, "ann"), given(body, "ben")]

test.each<[string, readonly SignedOrder[], (readonly Operator[])?]>([
  ["nobody", []],
  ["one operator", [given(approve(large), "ann")]],
  ["one operator twice", [given(approve(large), "ann"), given(approve(large), "ann")]],
  ["a stranger beside one", [given(approve(large), "ann"), given(approve(large), "eve")]],
  [
    "a stranger in another's name",
    [given(approve(large), "ann"), given(approve(large), "ben", { by: "eve" })],
  ],
  ["two for another transfer", both(approve(other))],
  ["two, each at another time", [given(approve(large, 3), "ann"), given(approve(large, 5), "ben")]],
  [
    "two for another bridge",
    both(approve(large)).map(({ body, operator }) =>
      given(body, operator, { vault: anId("another vault") }),
    ),
  ],
  ["two who would send it back", both(`refund ${large.id} 3`)],
  ["two of no list of ours", both(approve(large)), []],
  [
    "one key under two names",
    [given(approve(large), "ann"), given(approve(large), "anne", { by: "ann" })],
    [operatorOf("ann"), { ...operatorOf("ann"), name: "anne" }],
  ],
])("what is over the cap is not paid on the word of %s", async (_, orders, operators) => {
  expect(await answer(large, orders, operators)).toEqual(["over-cap"])
})

test("an order says nothing about what names nobody to be paid", async () => {
  expect(await answer(odd, both(approve(odd)))).toEqual(["bad-recipient"])
})

test("words that are no order spoil nothing but themselves", async () => {
  const orders = [given("pay me", "ann"), given("pay me", "ben"), ...both(approve(large))]

  expect(await answer(large, orders)).toMatchObject([{ transfer: large.id }])
})

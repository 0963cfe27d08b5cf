// Case 62: the group has passed on to another RSA key; its former vault is honoured, emptied once, and pays until then.

import { deepEqual, equal, notEqual, rejects, throws } from "node:assert/strict"
import { constants, createPrivateKey, sign } from "node:crypto"
import { describe, test } from "vitest"
import { arweaveCodec } from "../../../chains/arweave/codec.ts"
import { connectArweave } from "../../../chains/arweave/rpc.ts"
import { bridgeJson, parseBridge } from "../../../chains/bridge.ts"
import type { Deployment, OtherPlans, Terms } from "../../../chains/chain.ts"
import { ownerOf } from "../../../chains/owners.ts"
import { auditOf } from "../../../core/solvency.ts"
import type { Jwk } from "../../../devnet/arweave/wallet.ts"
import { aPolicy } from "../../builders.ts"
import { AR, alice, vault as formerWallet } from "../../devnet/arweave-builders.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"
import { deployment as before } from "../builders.ts"
import { aBridge, aRelease, idOf, LOCKS } from "./builders.ts"

const modulus = ({ n }: Jwk) => Buffer.from(n, "base64url").toString("hex")
const [first, second, third] = [TEST_WALLETS.vault, TEST_WALLETS.carol, TEST_WALLETS.bob].map(
  (jwk) => ({ jwk, ...ownerOf(modulus(jwk)) }),
) as [Key, Key, Key]
type Key = ReturnType<typeof ownerOf> & { readonly jwk: Jwk }
const named = ({ owner, vault }: Key) => ({ owner, vault })
const after: Deployment = { ...before, ...named(second), former: [named(first)] }
const later: Deployment = { ...before, ...named(third), former: [second, first].map(named) }
const noPlans: OtherPlans = { open: [], replaced: null, frozen: new Set() }

/** Signed as the group would: under the key that the message names. */
function sealed(payouts: readonly ReturnType<typeof aRelease>[], terms: Terms, bridge = after) {
  const { messages, keys } = arweaveCodec.build(payouts, terms, bridge)
  const { jwk } = [first, second, third].find((one) => modulus(one.jwk) === keys![0])!
  const key = createPrivateKey({ format: "jwk", key: { ...jwk } })
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const signature = sign("sha256", messages[0]!, { key, padding, saltLength: 0 })
  return arweaveCodec.seal(payouts, terms, bridge, [new Uint8Array(signature)])
}

/** The first vault has 50 AR, and the next key is in use. */
async function aMovedBridge(bridge = after) {
  const world = await aBridge()
  const connection = connectArweave({ urls: { node: [world.node.url] } }, bridge, { freshMs: 0 })
  const facts = async (height = world.node.height) =>
    arweaveCodec.facts((await connection.block(height))!, bridge)
  return { ...world, connection, facts }
}

describe("a former vault", () => {
  test("is still paid into: whoever deposits there is credited as before, and nothing goes back to a vault", async () => {
    const { connection, send, node, facts } = await aMovedBridge()
    const tx = await send(alice, { target: first.vault, quantity: AR })
    const to = await send(alice, {
      ...{ target: second.vault, quantity: AR },
      tags: [{ name: "Refund-To", value: first.vault }],
    })
    node.mine()

    const found = await connection.locateAll([idOf(tx), idOf(to)])

    deepEqual(
      found.map((one) => [one!.sighting.amount, one!.sighting.recipient, one!.sighting.refundTo]),
      [
        [AR, alice.address, alice.address],
        [AR, alice.address, alice.address],
      ],
    )
    equal((await facts()).sightings.length, 2)
  })

  test("is emptied into the present one by one transaction, which is no deposit, no loss and nobody's payout", async () => {
    const { connection, node, facts } = await aMovedBridge()
    const terms = (await connection.sweep!(noPlans))!
    const { slot } = arweaveCodec.build([], terms, after)

    await connection.vet([], terms, LOCKS)
    await connection.submit(sealed([], terms))
    equal(await connection.fate([], terms), "open")
    node.mine()

    equal(await connection.fate([], terms), "landed")
    equal(node.balance(first.vault), 0n)
    equal(node.balance(second.vault), 50n * AR - BigInt(terms.reward!))
    const { sightings, strays, settlements } = await facts()
    deepEqual([sightings, strays], [[], []])
    deepEqual(settlements, [
      {
        ...{ transaction: settlements[0]!.transaction, transfers: [], outcome: "paid" },
        ...{ reason: null, networkFee: BigInt(terms.reward!), slot, paid: [] },
      },
    ])
    equal(await connection.sweep!(noPlans), null)
  })

  test("costs an auditor's sum the network's fee alone", async () => {
    const { connection, node } = await aMovedBridge()
    const terms = (await connection.sweep!(noPlans))!
    await connection.submit(sealed([], terms))
    node.mine()

    const block = (await connection.block(node.height))!

    const outflows = arweaveCodec.outflows!(block, after)
    const { findings, assets } = auditOf(
      ["AR"],
      [{ chain: "arweave", block, sightings: [], outflows, known: 1 }],
    )
    equal(assets[0]!.custody, -BigInt(terms.reward!))
    deepEqual(
      findings.filter(({ kind }) => kind !== "shortfall"),
      [],
    )
  })

  test("is emptied again whenever it is worth it, and not for what strangers throw in", async () => {
    const { connection, node, send } = await aMovedBridge()
    await connection.submit(sealed([], (await connection.sweep!(noPlans))!))
    node.mine()
    await send(alice, { target: first.vault, quantity: 1_000_000n })
    node.mine()
    equal(await connection.sweep!(noPlans), null)
    await send(alice, { target: first.vault, quantity: 3n * AR })
    node.mine()

    const again = (await connection.sweep!(noPlans))!

    await connection.vet([], again, LOCKS)
    await connection.submit(sealed([], again))
    node.mine()
    equal(await connection.fate([], again), "landed")
  })

  test("pays as before until it is emptied, and nothing is emptied that a payout under way needs", async () => {
    const { connection, node } = await aMovedBridge()
    const payouts = [aRelease({ recipient: alice.address })]
    const terms = await connection.terms(payouts, 0, LOCKS)
    // The bridge's first key is named by leaving it out: the very bytes that were planned before the change.
    equal(terms.vault, undefined)
    deepEqual(
      arweaveCodec.build(payouts, terms, after).messages,
      arweaveCodec.build(payouts, terms, before).messages,
    )
    await connection.vet(payouts, terms, LOCKS)

    equal(await connection.sweep!({ ...noPlans, open: [terms] }), null)
    await rejects(connection.terms(payouts, 0, LOCKS), { code: "not-yet" })

    await connection.submit(sealed(payouts, terms))
    node.mine()
    equal(await connection.fate(payouts, terms), "landed")
  })

  test("has nothing more to pay once the present one can", async () => {
    const { connection, node } = await aMovedBridge()
    const payouts = [aRelease({ recipient: alice.address })]
    const sweep = (await connection.sweep!(noPlans))!
    await connection.submit(sealed([], sweep))
    node.mine()

    const terms = await connection.terms(payouts, 0, LOCKS)

    equal(terms.vault, second.vault)
    await connection.vet(payouts, terms, LOCKS)
    await connection.submit(sealed(payouts, terms))
    node.mine()
    equal(await connection.fate(payouts, terms), "landed")
  })

  test("that a key before the last one owns is emptied into the newest", async () => {
    const { connection, node } = await aMovedBridge(later)
    node.faucet(second.vault, 7n * AR)
    node.mine()

    for (const [from, name] of [
      [second, second.vault],
      [first, undefined],
    ] as const) {
      const terms = (await connection.sweep!(noPlans))!
      deepEqual([terms.vault, terms.to], [name, third.vault])
      await connection.vet([], terms, LOCKS)
      await connection.submit(sealed([], terms, later))
      node.mine()
      equal(node.balance(from.vault), 0n)
    }
  })
})

describe("a signer helps with no sweep", () => {
  type Change = (terms: Terms) => Terms
  test.each<[string, Change, string]>([
    [
      "to a vault that is not its present key's",
      (terms) => ({ ...terms, to: alice.address }),
      "bad-request",
    ],
    [
      "of the present vault",
      (terms) => ({ ...terms, vault: second.vault, to: first.vault }),
      "signer-refused",
    ],
    ["of more than there is", (terms) => ({ ...terms, amount: `${51n * AR}` }), "signer-refused"],
    [
      "of a part, to be repeated for the fees",
      (terms) => ({ ...terms, amount: `${20n * AR}` }),
      "signer-refused",
    ],
    [
      "at a price that nobody asks for",
      (terms) => ({ ...terms, reward: `${AR}` }),
      "signer-refused",
    ],
    [
      "that names the first key in words",
      (terms) => ({ ...terms, vault: first.vault }),
      "bad-request",
    ],
    ["that is said to be a payout", ({ to: _, amount: __, ...terms }) => terms, "bad-request"],
  ])("%s", async (_, change, code) => {
    const { connection, node } = await aMovedBridge()
    node.faucet(second.vault, 40n * AR)
    node.mine()
    const terms = (await connection.sweep!(noPlans))!
    await connection.vet([], terms, LOCKS)

    await rejects(connection.vet([], change(terms), LOCKS), { code })
  })

  test("to a key that came before its present one", async () => {
    const { connection } = await aMovedBridge(later)
    const terms = (await connection.sweep!(noPlans))!
    await connection.vet([], terms, LOCKS)

    await rejects(connection.vet([], { ...terms, to: second.vault }, LOCKS), {
      code: "signer-refused",
    })
  })

  test("that is not worth its price, nor plans one", async () => {
    const { connection, node } = await aMovedBridge(later)
    node.faucet(second.vault, 3n * AR)
    node.setPrice({ winstonPerByte: 15_000_000n })
    node.mine()

    const terms = (await connection.sweep!(noPlans))!

    equal(terms.vault, undefined)
    await connection.vet([], terms, LOCKS)
    const poor = { ...terms, vault: second.vault, amount: `${3n * AR - BigInt(terms.reward!)}` }
    await rejects(connection.vet([], poor, LOCKS), { code: "signer-refused" })
  })

  test("before its operator has put the next key in use", async () => {
    const { connection, node } = await aMovedBridge()
    const terms = (await connection.sweep!(noPlans))!
    const old = connectArweave({ urls: { node: [node.url] } }, before, { freshMs: 0 })

    await rejects(old.vet([], terms, LOCKS), { code: "bad-request" })
    equal(await old.sweep!(noPlans), null)
  })
})

describe("a bridge file", () => {
  test("names former keys with their own addresses, each once", () => {
    const json = bridgeJson({ deployment: after, policy: aPolicy() })
    deepEqual(parseBridge(json).deployment.former, [named(first)])

    for (const former of [
      [{ ...named(first), vault: second.vault }],
      [named(second)],
      [named(first), named(first)],
    ])
      throws(
        () => parseBridge(bridgeJson({ deployment: { ...after, former }, policy: aPolicy() })),
        { code: "bad-config" },
      )
  })
})

test("what moves between vaults of ours tells apart by its bytes from every other time", async () => {
  const { connection, node } = await aMovedBridge()
  const one = (await connection.sweep!(noPlans))!
  node.mine()
  const other = (await connection.sweep!(noPlans))!

  const [a, b] = [one, other].map((terms) => arweaveCodec.build([], terms, after))

  notEqual(a!.slot, b!.slot)
  notEqual(
    Buffer.from(a!.messages[0]!).toString("hex"),
    Buffer.from(b!.messages[0]!).toString("hex"),
  )
  equal(formerWallet.address, first.vault)
})

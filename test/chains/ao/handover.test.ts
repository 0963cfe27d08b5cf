// A token that passes to the group's next key: the orders that it takes, and mints and burns before and after.

import { deepEqual, equal, rejects, throws } from "node:assert/strict"
import { constants, createPrivateKey, sign } from "node:crypto"
import { describe, test } from "vitest"
import { signByWallet } from "../../../chains/ao/by-wallet.ts"
import { aoCodec as codec, type SlotItem } from "../../../chains/ao/codec.ts"
import { cancellationTags } from "../../../chains/ao/handover.ts"
import { addressOf, decode, idOf as itemId } from "../../../chains/ao/item.ts"
import { connectUnits } from "../../../chains/ao/rpc.ts"
import { isGenuine } from "../../../chains/ao/slots.ts"
import type { AoUnits, Obeyed } from "../../../chains/ao/units.ts"
import { withOtherOwner } from "../../../chains/bridge.ts"
import { fromBase64url, textOf } from "../../../chains/bytes.ts"
import type { Deployment, Terms } from "../../../chains/chain.ts"
import type { Payout } from "../../../core/payout.ts"
import type { Jwk } from "../../../devnet/arweave/wallet.ts"
import type { AoResult } from "../../../devnet/evaluator.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"
import { ALICE, aConfig, aSource, idOf, TOKEN, Token } from "../../lua/token.ts"
import { aBlock, aPayout, deployment as keys } from "../builders.ts"

const hex = (modulus: string) => Buffer.from(modulus, "base64url").toString("hex")
const [present, next]: readonly [Jwk, Jwk] = [TEST_WALLETS.vault, TEST_WALLETS.bob]
const bridge = addressOf(fromBase64url(next.n)!)
const former: Deployment = { ...keys, tokens: { AR: TOKEN } }
const { deployment } = withOtherOwner({ deployment: former, policy: null as never }, hex(next.n))
const pair = { present: hex(present.n), successor: hex(next.n) }
const attested = { "attested:arweave": "9000000000000" }
const aDeposit = (name: string) =>
  aPayout("ao", { transfer: `arweave:${idOf(name)}:0`, recipient: ALICE, amount: 1_000n })

function signedBy(wallet: typeof present, message: Uint8Array): Uint8Array {
  const key = createPrivateKey({ format: "jwk", key: { ...wallet } })
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return new Uint8Array(sign("sha256", message, { key, padding, saltLength: 32 }))
}

/** What both keys sign, as the messages that anybody may send. */
function ordered(number: string) {
  const terms = { number }
  const { order, possession } = codec.handover!.build(pair, terms, deployment)
  const signatures = { order: signedBy(present, order), possession: signedBy(next, possession) }
  return codec.handover!.calls(pair, terms, deployment, signatures)
}

/** Hands an item to the token in its signer's own name, and reads the slot. */
async function handIn(token: Token, raw: Uint8Array, known = deployment) {
  const item = decode(raw)!
  equal(isGenuine(item), true)
  const [owner, id] = [addressOf(item.owner), itemId(item.signature)]
  const data = textOf(item.data)!
  const tags = item.tags.map(({ name, value }): [string, string] => [name, value])
  const result = await token.send(tags, { from: owner, data, id })
  const message = { id, owner, target: TOKEN, tags: item.tags, data }
  return codec.facts(aBlock("ao", [slotOf(message, result)]), known)
}

const bytes = (call: string) => new Uint8Array(Buffer.from(call.slice(2), "hex"))

function slotOf(message: SlotItem["message"], { Messages, Error: error }: AoResult): SlotItem {
  const messages = Messages.map(({ Target, Tags, Data }) => ({
    ...{ target: Target, tags: Tags, data: Data ?? "" },
  }))
  return { message, result: { messages, error: error ?? null } }
}

function minted(payouts: readonly Payout[], terms: Terms, wallet = present): Uint8Array {
  const { messages } = codec.build(payouts, terms, deployment)
  return codec.seal(payouts, terms, deployment, [signedBy(wallet, messages[0]!)]).raw
}

describe("a token", () => {
  test("takes the group's own messages, and mints for the key that it obeys alone", async () => {
    const { vault } = deployment
    const config = aConfig({ bridge: vault, sources: [{ ...aSource("arweave"), vault }] })
    const token = await Token.deployed(config, "hyper")
    const calls = ordered("0")
    equal(calls.to, TOKEN)
    await handIn(token, bytes(calls.propose))
    token.nowMs += calls.delayS * 1_000
    const own = { attempt: "0", ...attested }
    const before = await handIn(token, minted([aDeposit("one")], own))
    deepEqual([before.settlements[0]!.outcome, before.strays], ["paid", []])

    deepEqual((await handIn(token, bytes(calls.execute))).strays, [])

    const late = await handIn(token, minted([aDeposit("two")], own))
    const [refused] = late.settlements
    deepEqual([refused!.outcome, refused!.reason], ["refused", "not-the-bridge"])
    const theirs = { ...own, owner: next.n }
    deepEqual(codec.build([aDeposit("two")], theirs, deployment).keys, [hex(next.n)])
    const raw = minted([aDeposit("two")], theirs, next)
    const [paid] = (await handIn(token, raw)).settlements
    deepEqual([paid!.outcome, paid!.transfers], ["paid", [aDeposit("two").transfer]])
    deepEqual(codec.read(raw, deployment)[0]!.amount, 1_000n)

    const id = token.nextId()
    const burned = slotOf(
      { id, owner: ALICE, target: TOKEN, tags: [], data: "" },
      await token.burn("100", {}, { id }),
    )
    const { sightings } = codec.facts(aBlock("ao", [burned]), deployment)
    deepEqual(
      sightings.map(({ amount, problem }) => [amount, problem]),
      [[100n, null]],
    )
  })

  // Case 118: the guardian's command, by a wallet of its own.
  test("does not pass on when its guardian has cancelled what was proposed, and believes nobody else", async () => {
    const guardian = TEST_WALLETS.alice
    const address = addressOf(fromBase64url(guardian.n)!)
    const config = aConfig({ bridge: deployment.vault, guardian: address })
    const token = await Token.deployed(config, "hyper")
    const { propose, execute, delayS } = ordered("0")
    await handIn(token, bytes(propose))
    const tags = cancellationTags({ present: deployment.vault, terms: { number: "1" } })
    const cancel = async (key: Jwk) => {
      const { raw } = signByWallet(key, { target: TOKEN, tags })
      const item = decode(raw)!
      equal(isGenuine(item), true)
      const from = addressOf(item.owner)
      const sent = item.tags.map(({ name, value }): [string, string] => [name, value])
      const result = await token.send(sent, { from, id: itemId(item.signature) })
      return result.Messages[0]!.Tags.find(({ name }) => name === "Action")!.value
    }

    equal(await cancel(TEST_WALLETS.carol), "Cancel-Bridge-Error")
    equal(await cancel(guardian), "Cancel-Bridge-Notice")

    token.nowMs += delayS * 1_000
    await handIn(token, bytes(execute))
    const mint = await handIn(token, minted([aDeposit("one")], { attempt: "0", ...attested }))
    deepEqual(mint.settlements[0]!.outcome, "paid")
    throws(() => cancellationTags({ present: "", terms: { number: "0" } }), { code: "not-found" })
  })

  // Whoever was not told of the next key does not go on as if nothing had happened.
  test("that passes to a key that is not known here is a stray", async () => {
    const token = await Token.deployed(aConfig({ bridge: deployment.vault }), "hyper")
    const { propose, execute, delayS } = ordered("0")
    await handIn(token, bytes(propose), former)
    token.nowMs += delayS * 1_000

    const { strays } = await handIn(token, bytes(execute), former)

    deepEqual(
      strays.map(({ recipient }) => recipient),
      [bridge],
    )
    const item = minted([aDeposit("one")], { attempt: "0", ...attested, owner: next.n }, next)
    const { settlements, strays: more } = await handIn(token, item, former)
    deepEqual([settlements, more.length], [[], 1])
  })
})

test("a mint names no key that is not the bridge's", () => {
  for (const owner of [TEST_WALLETS.carol.n, "short", ""])
    for (const run of [
      () => codec.build([aDeposit("one")], { attempt: "0", ...attested, owner }, deployment),
      () => codec.build([aDeposit("one")], { attempt: "0", ...attested, owner: next.n }, former),
    ])
      try {
        run()
        equal(owner, "refused")
      } catch (error) {
        equal((error as { code?: string }).code, "bad-request")
      }
})

describe("a connection", () => {
  const payouts = [aDeposit("one")]
  const locks = { AR: 10n ** 15n }
  /** Of a token that obeys `bridge`; what is asked for beside that is not of this test. */
  function connected(obeyed: Obeyed | null, known = deployment, isMinted = false) {
    const asked = { times: 0 }
    const units = {
      ...{ process: TOKEN, isMinted: async () => isMinted },
      obeyed: async () => {
        asked.times += 1
        return obeyed
      },
    } as Partial<AoUnits> as AoUnits
    return { connection: connectUnits(codec, units, known, 0, () => {}), asked }
  }
  const [own, theirs] = [deployment.vault, bridge].map((one) => ({ bridge: one, number: "1" }))
  const mineTerms = { attempt: "0", "attested:arweave": `${locks.AR}` }
  const theirTerms = { ...mineTerms, owner: next.n }

  test("plans and vets a mint for the key that the token obeys now", async () => {
    for (const [obeyed, right, wrong] of [
      [own!, mineTerms, theirTerms],
      [null, mineTerms, theirTerms],
      [theirs!, theirTerms, mineTerms],
    ] as const) {
      const { connection } = connected(obeyed)
      deepEqual(await connection.terms(payouts, 0, locks), right)
      await connection.vet(payouts, right, locks)
      await rejects(connection.vet(payouts, wrong, locks), { code: "signer-refused" })
    }
  })

  test("asks nobody where there is one key, and refuses a token that obeys somebody else", async () => {
    const { connection, asked } = connected(theirs!, former)
    deepEqual(await connection.terms(payouts, 0, locks), mineTerms)
    equal(asked.times, 0)
    const lost = connected({ bridge: idOf("somebody"), number: "1" })
    await rejects(lost.connection.terms(payouts, 0, locks), { code: "not-supported" })
  })

  // What the former key signed then, and nobody has handed in, is planned again in the same slot.
  test("calls dead what waits for a key that the token has left for good, and nothing else", async () => {
    for (const [obeyed, terms, isMinted, fate] of [
      [own!, mineTerms, false, "open"],
      [own!, theirTerms, false, "open"],
      [theirs!, theirTerms, false, "open"],
      [theirs!, mineTerms, true, "landed"],
      [theirs!, mineTerms, false, "dead"],
    ] as const) {
      const { connection } = connected(obeyed, deployment, isMinted)
      equal(await connection.fate(payouts, terms), fate)
    }
  })

  // Once the next key is in use, terms from before still mean the first one.
  test("means the same by a mint's terms before and after the next key was put in use", async () => {
    const { owner, vault } = former
    const promoted = { ...former, owner: next.n, vault: bridge, former: [{ owner, vault }] }
    const { connection } = connected(theirs!, promoted)

    deepEqual(await connection.terms(payouts, 0, locks), theirTerms)
    await rejects(connection.vet(payouts, mineTerms, locks), { code: "signer-refused" })
    equal(await connection.fate(payouts, mineTerms), "dead")
    equal(await connection.fate(payouts, theirTerms), "open")
    for (const terms of [mineTerms, theirTerms])
      deepEqual(
        codec.build(payouts, terms, promoted).messages,
        codec.build(payouts, terms, deployment).messages,
      )
    deepEqual(codec.build(payouts, mineTerms, promoted).keys, [hex(present.n)])
  })

  test("tells whom the token obeys, unless it is too old to say so", async () => {
    const { connection } = connected(theirs!)
    deepEqual(await connection.handover!(), { present: bridge, terms: { number: "1" } })
    equal(codec.handover!.told(hex(next.n)), bridge)
    await rejects(connected(null).connection.handover!(), { code: "not-supported" })
  })
})

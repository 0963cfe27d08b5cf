// Payouts on a local Bitcoin chain: planned, looked at, replaced, landed and dead.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { describe, onTestFinished, test } from "vitest"
import { bitcoinCodec } from "../../../chains/bitcoin/codec.ts"
import { noteOf } from "../../../chains/bitcoin/destination.ts"
import { DEATH_DEPTH } from "../../../chains/bitcoin/planning.ts"
import type { Terms } from "../../../chains/chain.ts"
import { idNumber } from "../builders.ts"
import { aDestination, txidNumber } from "./builders.ts"
import {
  addressOf,
  aRelease,
  aRichWorld,
  aWorld,
  connect,
  deployment,
  factsAt,
  seal,
  through,
  type World,
} from "./world.ts"

const NO_LOCKS = {}
const noPlans = { open: [], replaced: null, frozen: new Set<string>() }
const release = aRelease()

describe("a payout", () => {
  test("is planned, looked at by another, sealed, mined and told", async () => {
    const world = await aRichWorld(300_000n, 400_000n, 500_000n)
    const { connection, chain } = world
    const terms = await connection.terms([release], 0, NO_LOCKS)

    await connect([chain.url]).vet([release], terms, NO_LOCKS)
    const sealed = seal([release], terms)
    await connection.submit(sealed)
    await connection.submit(sealed)
    equal(await connection.fate([release], terms), "open")
    chain.mine(1)

    const { settlements, strays, sightings } = await factsAt(world, chain.height)
    const { slots } = bitcoinCodec.build([release], terms, deployment)
    equal(settlements.length, 1)
    equal(settlements[0]!.transaction, sealed.id)
    deepEqual(settlements[0]!.paid, [{ recipient: release.recipient, amount: release.amount }])
    equal(settlements[0]!.networkFee, BigInt(terms.fee!))
    equal(slots.get(release.transfer), `${settlements[0]!.slot}:${release.transfer}`)
    deepEqual([strays, sightings], [[], []])
    equal(await connection.fate([release], terms), "landed")
    await connection.submit(sealed)
  })

  // Case 49
  test("is planned alike by two readers of the same chain, one of them new to it", async () => {
    const { chain, connection } = await aRichWorld(300_000n, 400_000n, 500_000n, 310_000n)
    const other = connect([chain.url])
    await other.learn([noteOf(aDestination(), "devnet")])

    deepEqual(
      await connection.terms([release], 0, NO_LOCKS),
      await other.terms([release], 0, NO_LOCKS),
    )
  })

  test("never takes the coins of another plan that may still land", async () => {
    const { connection } = await aRichWorld(300_000n, 310_000n)
    const first = await connection.terms([release], 0, NO_LOCKS)
    const open = { ...noPlans, open: [first] }

    const second = await connection.terms([release], 0, NO_LOCKS, open)

    equal(
      pointsOf(second).some((point) => pointsOf(first).includes(point)),
      false,
    )
    const both = { ...noPlans, open: [first, second] }
    await rejects(connection.terms([release], 0, NO_LOCKS, both), { code: "not-yet" })
  })

  // Case 55
  test("never takes coins that nobody has looked at yet", async () => {
    const { connection } = await aRichWorld(300_000n)
    const [point] = pointsOf(await connection.terms([release], 0, NO_LOCKS))

    const frozen = { ...noPlans, frozen: new Set([point!]) }

    await rejects(connection.terms([release], 0, NO_LOCKS, frozen), { code: "not-yet" })
  })

  test("spends its own change after two blocks, and a deposit after six", async () => {
    const to = aDestination()
    const { chain, connection } = await aWorld(to)
    const attempt = () => connection.terms([release], 0, NO_LOCKS)
    chain.faucet(addressOf(to), 300_000n)
    chain.mine(5)
    await rejects(attempt(), { code: "not-yet" })
    chain.mine(1)
    const terms = await attempt()
    await connection.submit(seal([release], terms))
    chain.mine(1)
    await rejects(attempt(), { code: "not-yet" })
    chain.mine(1)

    const next = await attempt()

    equal(pointsOf(next)[0]!.split(":")[0], seal([release], terms).id)
  })
})

// Cases 51 and 52
describe("a payout that is stuck", () => {
  test("is replaced in its slot at a higher fee, and the user is paid once", async () => {
    const world = await aRichWorld(300_000n, 400_000n)
    const { connection, chain } = world
    const [first, second] = await bumped(world)

    await connect([chain.url]).vet([release], second, NO_LOCKS)
    await connection.submit(seal([release], first))
    await connection.submit(seal([release], second))
    await rejects(connection.submit(seal([release], first)), { code: "not-yet" })
    chain.mine(1)

    const { settlements } = await factsAt(world, chain.height)
    deepEqual(
      settlements.map(({ transaction }) => transaction),
      [seal([release], second).id],
    )
    equal(await connection.fate([release], first), "landed")
    equal(await connection.fate([release], second), "landed")
    await rejects(connection.submit(seal([release], first)), { code: "payout-refused" })
  })

  test("and lands before its replacement has paid all the same", async () => {
    const world = await aRichWorld(300_000n, 400_000n)
    const { connection, chain } = world
    const [first, second] = await bumped(world)

    await connection.submit(seal([release], first))
    chain.mine(1)

    equal(await connection.fate([release], second), "landed")
    const slots = [first, second].map((terms) =>
      bitcoinCodec.build([release], terms, deployment).slots.get(release.transfer),
    )
    equal(slots[0], slots[1])
  })

  test("is dead when something else has spent its slot, a hundred blocks deep", async () => {
    const { connection, chain } = await aRichWorld(300_000n)
    const other = aRelease({ transfer: `ao-btc:${idNumber(2)}:2`, amount: 90_000n })
    const terms = await connection.terms([release], 0, NO_LOCKS)
    await connection.submit(seal([other], await connection.terms([other], 0, NO_LOCKS)))
    chain.mine(DEATH_DEPTH - 1)

    equal(await connection.fate([release], terms), "open")
    chain.mine(1)
    equal(await connection.fate([release], terms), "dead")
    equal(await connection.fate([other], terms), "landed")
  })

  test("is dead when its slot would come from a payout that was replaced, a hundred blocks deep", async () => {
    const { connection: funds, chain } = await aRichWorld(300_000n)
    const memoryFile = path.join(mkdtempSync(path.join(tmpdir(), "causeway-read-")), "read.jsonl")
    onTestFinished(() => rmSync(path.dirname(memoryFile), { recursive: true }))
    const note = noteOf(aDestination(), "devnet")
    const reader = async (options = {}) => {
      const made = connect([chain.url], options)
      await made.learn([note])
      return made
    }
    const first = await funds.terms([release], 0, NO_LOCKS)
    const raised = { ...noPlans, open: [first], replaced: first }
    const second = await funds.terms([release], 1, NO_LOCKS, raised)
    await funds.submit(seal([release], first))
    chain.mine(2)
    const connection = await reader({ memoryFile })
    const other = aRelease({ transfer: `ao-btc:${idNumber(2)}:2`, amount: 90_000n })
    const terms = await connection.terms([other], 0, NO_LOCKS)
    equal(await connection.remainder(terms), "all")

    chain.fork(2, { drop: [seal([release], first).id] })
    equal(await connection.remainder(terms), "nothing")
    await connection.submit(seal([release], second))
    chain.mine(DEATH_DEPTH - 1)
    equal(await connection.fate([other], terms), "open")
    chain.mine(1)

    equal(await connection.fate([other], terms), "dead")
    await connection.close()
    equal(await (await reader({ memoryFile })).fate([other], terms), "dead")
    equal(await (await reader()).fate([other], terms), "open")
  })

  test("is outbid when new payouts offer a quarter more than it, and its replacement is not", async () => {
    const world = await aRichWorld(900_000n)
    const { connection, chain } = world
    const [first] = await bumped(world)
    equal(await connection.isOutbid([release], first), false)

    chain.setFeeRate(20_000n)
    equal(await connection.isOutbid([release], first), true)
    const plans = { ...noPlans, open: [first], replaced: first }
    const second = await connection.terms([release], 1, NO_LOCKS, plans)
    equal(await connection.isOutbid([release], second), false)
  })

  async function bumped({ connection }: World): Promise<readonly [Terms, Terms]> {
    const first = await connection.terms([release], 0, NO_LOCKS)
    const plans = { ...noPlans, open: [first], replaced: first }
    const second = await connection.terms([release], 1, NO_LOCKS, plans)
    equal(pointsOf(second)[0], pointsOf(first)[0])
    ok(BigInt(second.fee!) > BigInt(first.fee!))
    return [first, second]
  }
})

// In Core's words, of versions 24 to 31.
test("what a node says of a payout means that it has it, that it may take it later, or that it never will", async () => {
  const { chain, connection } = await aRichWorld(300_000n)
  const terms = await connection.terms([release], 0, NO_LOCKS)
  const sealed = seal([release], terms)
  let error: unknown = null
  const url = await through(chain, (body) =>
    body.includes(`"result":"${sealed.id}"`)
      ? JSON.stringify([{ result: null, error, id: 0 }])
      : body,
  )
  const reader = connect([url])
  const heard = async (code: number, message: string) => {
    error = { code, message }
    return reader.submit(sealed).then(
      () => "taken",
      (failure: { code: string }) => failure.code,
    )
  }

  for (const message of [
    "min relay fee not met, 110 < 111",
    "mempool min fee not met, 110 < 2000",
    "insufficient fee, rejecting replacement ab, less fees than conflicting txs; 0.0001 < 0.0002",
    "replacement-failed, insufficient feerate: does not improve feerate diagram",
    "too-long-mempool-chain, too many unconfirmed ancestors [limit: 25]",
    "too-large-cluster",
    "non-final",
  ])
    equal(await heard(-26, message), "not-yet", message)
  equal(await heard(-28, "Loading block index…"), "not-yet")
  for (const [code, message] of [
    [-27, "Transaction outputs already in utxo set"],
    [-27, "Transaction already in block chain"],
    [-26, "txn-already-known"],
    [-26, "txn-already-in-mempool"],
  ] as const)
    equal(await heard(code, message), "taken", message)
  for (const [code, message] of [
    [-25, "bad-txns-inputs-missingorspent"],
    [-25, "Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)"],
    [-26, "mempool-script-verify-flag-failed (Invalid Schnorr signature), input 0 of ab"],
    [-26, "dust, tx with dust output must be 0-fee"],
  ] as const)
    equal(await heard(code, message), "payout-refused", message)
})

describe("a signer refuses", () => {
  test("coins that are spent, not the group's, of another value, too young, and a fee too high", async () => {
    const { connection, chain } = await aRichWorld(900_000n)
    const terms = await connection.terms([release], 0, NO_LOCKS)
    const young = chain.faucet(addressOf(aDestination()), 900_000n)
    chain.mine(1)
    const youngs = ((await connection.block(chain.height))?.items ?? []).find(
      ({ txid }) => txid === young,
    )!
    const vout = youngs.outputs.findIndex(({ destination }) => destination !== null)
    const [coin = ""] = terms.coins!.split(" ")
    const refusal = async (changes: Partial<Terms>) => {
      try {
        await connection.vet([release], { ...terms, ...changes } as Terms, NO_LOCKS)
      } catch (error) {
        return String((error as { detail: { reason?: string } }).detail.reason ?? error)
      }
    }
    const value = "900000"
    const note = noteOf(aDestination(), "devnet")

    equal(await refusal({}), undefined)
    equal(await refusal({ coins: `${txidNumber(5)}:0:${value}` }), "not so: the coin is unspent")
    equal(await refusal({ coins: coin.replace(/:[^:]*$/, "") }), "not so: the coin is the group's")
    equal(
      await refusal({ coins: coin.replace(":900000:", ":900001:") }),
      "not so: the coin has the value that is signed",
    )
    equal(
      await refusal({ coins: `${young}:${vout}:${value}:${note}` }),
      "not so: the coin is deep enough",
    )
    equal(await refusal({ fee: "20000" }), "not so: the fee is modest")
    await connection.submit(seal([release], terms))
    chain.mine(1)
    equal(await refusal({}), "not so: the coin is unspent")
  })
})

function pointsOf({ coins }: Terms): string[] {
  return coins!.split(" ").map((coin) => coin.split(":").slice(0, 2).join(":"))
}

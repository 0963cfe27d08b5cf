// An address that was paid before anybody told us of it: the deposit is found afterwards, and nothing is lost.

import { pino } from "pino"
import { expect, test } from "vitest"
import { noteOf } from "../../../chains/bitcoin/destination.ts"
import { CHAIN_OF } from "../../../chains/index.ts"
import { DEVNET_POLICY } from "../../../devnet/terms.ts"
import { keepClaim } from "../../../services/store/claims.ts"
import { pauses } from "../../../services/store/controls.ts"
import { findTransfer, transfersOfTransaction } from "../../../services/store/transfers.ts"
import { pass, type Watcher } from "../../../services/watchers/follow.ts"
import { aDestination, txidNumber } from "../../chains/bitcoin/builders.ts"
import { addressOf, aWorld, deployment } from "../../chains/bitcoin/world.ts"
import { testDatabase } from "../../database.ts"

const to = aDestination()
const note = noteOf(to, "devnet")

async function aWatchedChain() {
  const { sql } = await testDatabase()
  const { chain, connection } = await aWorld()
  const watcher: Watcher = {
    ...{ sql, connection, deployment, log: pino({ level: "silent" }), policy: DEVNET_POLICY },
    ...{ chain: CHAIN_OF.bitcoin!, heightMin: 1, pollMs: 1 },
  }
  const watch = async () => {
    while (await pass(watcher, await watcher.connection.tip()));
  }
  return { sql, chain, watch }
}

// Case 18
test("once its payment is claimed a deposit counts, and so does every other one to that address since", async () => {
  const { sql, chain, watch } = await aWatchedChain()
  const first = chain.faucet(addressOf(to), 250_000n)
  chain.mine(3)
  const second = chain.faucet(addressOf(to), 350_000n)
  chain.mine(4)
  await watch()
  expect(await transfersOfTransaction(sql, first)).toEqual([])

  await keepClaim(sql, "bitcoin", { note, transaction: first })
  await watch()

  const [one] = await transfersOfTransaction(sql, first)
  const [two] = await transfersOfTransaction(sql, second)
  expect(one).toMatchObject({ state: "confirmed", amount: 250_000n, recipient: to.recipient })
  expect(two).toMatchObject({ state: "confirmed", amount: 350_000n, note })
  await keepClaim(sql, "bitcoin", { note, transaction: first })
  await watch()
  expect(await findTransfer(sql, one!.id)).toMatchObject({ version: one!.version })
  expect(await pauses(sql)).toEqual([])
})

test("a deposit that was found afterwards vanishes with its block like any other", async () => {
  const { sql, chain, watch } = await aWatchedChain()
  const txid = chain.faucet(addressOf(to), 250_000n)
  chain.mine(1)
  await watch()
  await keepClaim(sql, "bitcoin", { note, transaction: txid })
  await watch()
  const { id } = (await transfersOfTransaction(sql, txid))[0]!
  expect(await findTransfer(sql, id)).toMatchObject({ state: "seen" })

  chain.fork(1, { drop: [txid] })
  await watch()

  expect(await findTransfer(sql, id)).toMatchObject({ state: "dropped" })
})

test("a claim of nothing is put off, and a payment that is mined later is found by it", async () => {
  const { sql, chain, watch } = await aWatchedChain()
  chain.mine(1)
  await keepClaim(sql, "bitcoin", { note, transaction: txidNumber(7) })
  const txid = chain.faucet(addressOf(to), 250_000n)
  await keepClaim(sql, "bitcoin", { note, transaction: txid })
  await watch()
  const waiting = await sql<{ tries: number }[]>`select tries from claims where done_at is null`
  expect(waiting.map(({ tries }) => tries)).toEqual([1, 1])

  chain.mine(1)
  await watch()
  await sql`update claims set tried_at = null`
  await watch()

  expect(await transfersOfTransaction(sql, txid)).toMatchObject([{ amount: 250_000n }])
  expect(await sql`select from claims where done_at is null`).toHaveLength(1)
})

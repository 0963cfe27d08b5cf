// Books that came back from a backup: what was paid meanwhile is learned from the chains, and nothing is paid before.

import { pino } from "pino"
import { beforeEach, expect, test } from "vitest"
import type { Block, Chain, Connection, Facts, Settlement } from "../../../chains/chain.ts"
import type { ChainName } from "../../../core/assets.ts"
import { transferId } from "../../../core/ids.ts"
import { payoutOf } from "../../../core/payout.ts"
import type { Sighting, State } from "../../../core/transfer.ts"
import { planner } from "../../../services/payout/plan.ts"
import { advance } from "../../../services/store/advance.ts"
import { pauses } from "../../../services/store/controls.ts"
import type { Sql } from "../../../services/store/database.ts"
import { aim, markRead, recoveries } from "../../../services/store/recoveries.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { pass, type Watcher } from "../../../services/watchers/follow.ts"
import { aBlock, aBurn, anId, aPolicy, aSighting, pathTo } from "../../builders.ts"
import { deployment } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive, orders } from "../payout/world.ts"

const TIP = 40

let sql: Sql
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

/** A chain whose first block pays somebody, with many on top. */
function watching(
  name: ChainName,
  settlement: Settlement,
  codec: Partial<Chain["codec"]> = {},
): Watcher {
  const none: Facts = { sightings: [], settlements: [], strays: [] }
  const chain = {
    ...{ name, scheme: "rsa" },
    codec: {
      facts: ({ items }: Block) => (items[0] === 1 ? { ...none, settlements: [settlement] } : none),
      ...codec,
    },
  } as unknown as Chain
  const connection = {
    ...{ chain: name, tip: async () => aBlock(TIP) },
    block: async (height: number) =>
      height > TIP
        ? null
        : {
            ...{ ...aBlock(height), chain: name, parent: aBlock(height - 1).id },
            ...{ timestampMs: 0, items: [height] },
          },
  } as unknown as Connection
  const { fees, limits } = aPolicy()
  const depths = { arweave: 3, bitcoin: 3, ethereum: 3, ao: 1 }
  return {
    ...{ sql, chain, connection, deployment, log: pino({ level: "silent" }) },
    policy: { fees, limits, depths, payoutDepths: depths },
    ...{ heightMin: 1, pollMs: 1 },
  }
}

async function watch(watcher: Watcher): Promise<void> {
  while (await pass(watcher, await watcher.connection.tip()));
}

const release = (burn: Sighting, parts: Partial<Settlement> = {}): Settlement => ({
  ...{ transaction: anId(`release of ${burn.id}`), transfers: [burn.id], outcome: "paid" },
  ...{ reason: null, networkFee: 7n, ...parts },
})

const ready = (sighting: Sighting) => reach("ready", sighting)

async function reach(state: State, sighting: Sighting): Promise<void> {
  for (const event of pathTo(state, sighting))
    await advance(sql, [{ transfer: sighting.id, key: event.kind, event }])
}

async function beingSigned(sighting: Sighting, slot: string): Promise<void> {
  await ready(sighting)
  const plan = "of the books"
  const payouts = [payoutOf((await findTransfer(sql, sighting.id))!)]
  const event = { kind: "Planned", plan, slot } as const
  const about = { id: plan, chain: sighting.target, payouts, terms: {}, attempt: 0, turn: null }
  const bytes = { messages: [new Uint8Array([1])], slots: new Map([[sighting.id, slot]]) }
  await advance(sql, [
    { transfer: sighting.id, key: "Planned", event, plan: { ...about, ...bytes } },
  ])
}

/** As after `causeway restore`. */
async function cameBack(...chains: readonly ChainName[]): Promise<void> {
  for (const chain of chains) {
    await sql`insert into recoveries (chain) values (${chain})`
    await aim(sql, chain, TIP - 10)
  }
}

/** As it goes back to its sender. */
function backOf({ refundTo, amount }: Sighting) {
  const { refundFee } = aPolicy().limits.find(({ source }) => source === "arweave")!
  return { recipient: refundTo, amount: amount - refundFee }
}

const whyPaused = async () => [...new Set((await pauses(sql)).map(({ reason }) => reason))]

test("a release that the books do not remember planning counts as paid, and they add up", async () => {
  const burn = aBurn()
  await ready(burn)
  await cameBack("arweave")

  await watch(watching("arweave", release(burn)))

  const { transaction } = release(burn)
  expect(await findTransfer(sql, burn.id)).toMatchObject({ state: "paid", transaction })
  expect(await whyPaused()).toEqual([])
  const rows = await sql`select account, amount from balances order by account`
  const custody = burn.amount - 1_000n + 7n
  expect(rows).toContainEqual({ account: "custody", amount: -custody })
  const plans = await sql`select state, transaction from plans`
  expect([...plans]).toEqual([{ state: "landed", transaction }])
})

test("what people had let go since is let go again by the chain that paid it", async () => {
  const burn = aBurn()
  await reach("held", burn)
  await cameBack("arweave")

  await watch(watching("arweave", release(burn)))

  const { transaction } = release(burn)
  expect(await findTransfer(sql, burn.id)).toMatchObject({ state: "paid", transaction })
  expect(await whyPaused()).toEqual([])
})

test.each(["held", "ready"] as const)(
  "a deposit that is %s in the books, and was sent back since, is a refund",
  async (state) => {
    const deposit = aSighting()
    await reach(state, deposit)
    await cameBack("arweave")

    await watch(watching("arweave", release(deposit)))

    const { refundFee } = aPolicy().limits.find(({ source }) => source === "arweave")!
    const known = await findTransfer(sql, deposit.id)
    expect(known).toMatchObject({ state: "paid", refund: true, fee: refundFee })
    expect(await whyPaused()).toEqual([])
    const [custody] = await sql`select amount from balances where account = 'custody'`
    expect(custody!.amount).toBe(refundFee - 7n)
  },
)

/** The same books, of which something is changed right before the commit of that number. */
function meddled(number: number, meddle: () => Promise<unknown>): Sql {
  let commits = 0
  const begin = async (write: Parameters<Sql["begin"]>[1]) => {
    commits += 1
    if (commits === number) await meddle()
    return sql.begin(write)
  }
  return new Proxy(sql, {
    get: (target, name) => (name === "begin" ? begin : target[name as keyof Sql]),
  })
}

/** Looks until nothing is new; what became stale is looked at again, as by a process that runs on. */
async function watchOn(watcher: Watcher): Promise<readonly unknown[]> {
  const conflicts: unknown[] = []
  for (;;)
    try {
      await watch(watcher)
      return conflicts
    } catch (error) {
      conflicts.push(error)
      if (conflicts.length > 3) throw error
    }
}

const flagged = { kind: "Flagged", reason: "screening-hold" } as const
const approved = { kind: "Approved", by: ["a", "b"] } as const
const redirected = { kind: "Redirected", by: ["a", "b"], fee: 1n } as const

/** The first commit has the blocks, the second what they paid. */
test.each([
  ["held for a screening", "ready", flagged],
  ["let go by people", "held", approved],
] as const)(
  "a payout of before that is told while its transfer is %s is paid, and stops nothing",
  async (_, state, event) => {
    const burn = aBurn()
    await reach(state, burn)
    await cameBack("arweave")
    const meddle = () => advance(sql, [{ transfer: burn.id, key: "meanwhile", event }])
    const watcher = watching("arweave", release(burn))

    const conflicts = await watchOn({ ...watcher, sql: meddled(2, meddle) })

    expect(await whyPaused()).toEqual([])
    expect(await findTransfer(sql, burn.id)).toMatchObject({ state: "paid", refund: false })
    expect(conflicts).toEqual([expect.objectContaining({ code: "stale-version" })])
  },
)

test("one whose transfer people send back in that moment stops the chain, when it is looked at again", async () => {
  const burn = aBurn()
  await reach("held", burn)
  await cameBack("arweave")
  const meddle = () => advance(sql, [{ transfer: burn.id, key: "back", event: redirected }])
  const watcher = watching("arweave", release(burn))

  const conflicts = await watchOn({ ...watcher, sql: meddled(2, meddle) })

  expect(await findTransfer(sql, burn.id)).toMatchObject({ state: "ready", refund: true })
  expect(await whyPaused()).toEqual(["impossible-fact"])
  expect(conflicts).toHaveLength(1)
})

// The group has signed what landed: it signs nothing else for the same transfer, whatever these books have planned since.
test("a deposit that the books would mint, and that was sent back since, is a refund", async () => {
  const deposit = aSighting()
  await beingSigned(deposit, `ao:mint:${deposit.id}`)
  await cameBack("arweave")

  await watch(watching("arweave", release(deposit)))

  const { refundFee } = aPolicy().limits.find(({ source }) => source === "arweave")!
  const { transaction } = release(deposit)
  const known = await findTransfer(sql, deposit.id)
  expect(known).toMatchObject({ state: "paid", refund: true, fee: refundFee, transaction })
  expect(await whyPaused()).toEqual([])
  const [custody] = await sql`select amount from balances where account = 'custody'`
  expect(custody!.amount).toBe(refundFee - 7n)
})

test("one whose mint the books know to be signed, and that was sent back all the same, stops the chain", async () => {
  const deposit = aSighting()
  await beingSigned(deposit, `ao:mint:${deposit.id}`)
  const signed = { kind: "Signed", transaction: anId("a mint") } as const
  await advance(sql, [{ transfer: deposit.id, key: "Signed", event: signed }])
  await cameBack("arweave")

  await watch(watching("arweave", { ...release(deposit), paid: [backOf(deposit)] }))

  expect(await findTransfer(sql, deposit.id)).toMatchObject({ state: "sent", refund: false })
  expect(await whyPaused()).toEqual(["payout-differs"])
})

test("what the books plan by other coins than those that paid it is paid by these", async () => {
  const id = transferId({ chain: "ao-btc", transaction: anId("burn of bitcoin"), index: 1 })
  const burn = aSighting({ id, asset: "BTC", source: "ao-btc", target: "bitcoin" })
  await beingSigned(burn, `bitcoin:b:0:${id}`)
  await cameBack("bitcoin")
  const { recipient, amount } = payoutOf((await findTransfer(sql, id))!)
  const paid = [{ recipient, amount }]

  await watch(watching("bitcoin", release(burn, { transfers: [], slot: "bitcoin:a:0", paid })))

  expect(await findTransfer(sql, id)).toMatchObject({ state: "paid", slot: `bitcoin:a:0:${id}` })
  expect(await whyPaused()).toEqual([])
  const plans = await sql`select state from plans order by planned_at, state`
  expect(plans.map(({ state }) => state).sort()).toEqual(["dead", "landed"])
})

test("where a chain names no transfers, what is held may be who was paid", async () => {
  const id = transferId({ chain: "ao-btc", transaction: anId("burn of bitcoin"), index: 1 })
  const burn = aSighting({ id, asset: "BTC", source: "ao-btc", target: "bitcoin" })
  await reach("held", burn)
  await cameBack("bitcoin")
  const { recipient, amount } = payoutOf((await findTransfer(sql, id))!)
  const paid = [{ recipient, amount }]

  await watch(watching("bitcoin", release(burn, { transfers: [], slot: "bitcoin:a:0", paid })))

  expect(await findTransfer(sql, id)).toMatchObject({ state: "paid" })
  expect(await whyPaused()).toEqual([])
})

test.each([
  ["that came back its transfers are planned anew", true, "ready"],
  ["that were never lost a newer item is being signed", false, "signing"],
] as const)("an item that the token refused: in books %s", async (_, isBack, state) => {
  const deposit = aSighting()
  await beingSigned(deposit, `ao:mint:${deposit.id}`)
  if (isBack) await cameBack("ao")
  const watcher = watching("ao", release(deposit, { outcome: "refused", reason: "paused" }))
  const codec = { ...watcher.chain.codec, slotOf: (id: string) => `ao:mint:${id}` }

  await watch({ ...watcher, chain: { ...watcher.chain, codec } })

  expect(await findTransfer(sql, deposit.id)).toMatchObject({ state })
  expect(await whyPaused()).toEqual([])
})

test("in books that never came back such a release stops the chain", async () => {
  const burn = aBurn()
  await ready(burn)

  await watch(watching("arweave", release(burn)))

  expect(await whyPaused()).toEqual(["impossible-fact"])
})

test("a release that was given up and lands all the same is paid, and what was never planned stops the chain", async () => {
  const [given, never] = ["given up", "never planned"].map((name, at) => {
    const id = transferId({ chain: "ao-eth", transaction: anId(name), index: at + 1 })
    return aSighting({ id, asset: "ETH", source: "ao-eth", target: "ethereum" })
  }) as [Sighting, Sighting]
  const slotOf = (id: string) => `ethereum:burn:${id}`
  for (const one of [given, never]) await ready(one)
  const slot = slotOf(given.id)
  const known = (await findTransfer(sql, given.id))!
  const plan = {
    ...{ id: "p", chain: "ethereum" as const, payouts: [payoutOf(known)], terms: {}, attempt: 0 },
    ...{ messages: [new Uint8Array(32)], slots: new Map([[given.id, slot]]) },
  } as const
  const planned = { kind: "Planned", slot, plan: "p" } as const
  await advance(sql, [{ transfer: given.id, key: "p", event: planned, plan }])
  const died = { kind: "Died", reason: "signer-refused" } as const
  await advance(sql, [{ transfer: given.id, key: "d", event: died }])

  await watch(watching("ethereum", release(given), { slotOf }))
  expect(await findTransfer(sql, given.id)).toMatchObject({ state: "paid", slot })
  expect(await whyPaused()).toEqual([])
  await sql`truncate blocks`
  await watch(watching("ethereum", release(never), { slotOf }))

  expect(await findTransfer(sql, never.id)).toMatchObject({ state: "ready" })
  expect(await whyPaused()).toEqual(["impossible-fact"])
})

test("where a chain names no transfers, whoever is owed just that was paid", async () => {
  const id = transferId({ chain: "ao-btc", transaction: anId("burn of bitcoin"), index: 1 })
  const burn = aSighting({ id, asset: "BTC", source: "ao-btc", target: "bitcoin" })
  await ready(burn)
  await cameBack("bitcoin")
  const { recipient, amount } = payoutOf((await findTransfer(sql, id))!)
  const paid = [{ recipient, amount }]

  await watch(watching("bitcoin", release(burn, { transfers: [], slot: "bitcoin:a:0", paid })))

  expect(await findTransfer(sql, id)).toMatchObject({ state: "paid" })
  expect(await whyPaused()).toEqual([])
})

test("a payout is not told before every chain has told what began on it, and that was screened", async () => {
  const burn = aBurn()
  await cameBack("arweave", "ao")
  const watcher = watching("arweave", release(burn))
  await watch(watcher)
  await ready(burn)
  const late = aBurn()
  for (const event of pathTo("confirmed", late))
    await advance(sql, [{ transfer: late.id, key: event.kind, event }])

  await watch(watcher)
  expect(await findTransfer(sql, burn.id)).toMatchObject({ state: "ready" })
  await markRead(sql, "ao")
  await watch(watcher)
  expect(await findTransfer(sql, burn.id)).toMatchObject({ state: "ready" })
  await advance(sql, [{ transfer: late.id, key: "Cleared", event: { kind: "Cleared" } }])
  await watch(watcher)

  expect(await findTransfer(sql, burn.id)).toMatchObject({ state: "paid" })
  expect(await whyPaused()).toEqual([])
})

test("nothing is planned on a chain before what was paid there is on record", async () => {
  const [burn, other] = [aBurn(), aBurn()]
  await arrive(sql, burn)
  await arrive(sql, other)
  await cameBack("arweave")
  const plan = planner(aPayer(sql, "arweave"))
  const rows = await orders(sql, "plan")

  await expect(plan(rows)).rejects.toMatchObject({ code: "not-yet" })
  await watch(watching("arweave", release(burn)))
  await plan(rows)

  expect((await recoveries(sql)).map(({ isOver }) => isOver)).toEqual([true])
  expect(await findTransfer(sql, burn.id)).toMatchObject({ state: "paid" })
  expect(await findTransfer(sql, other.id)).toMatchObject({ state: "signing" })
})

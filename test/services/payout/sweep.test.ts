// A sweep from its plan to the books: on a local chain, with a group of one plain key.

import { pino } from "pino"
import { expect, onTestFinished, test } from "vitest"
import { connectArweave } from "../../../chains/arweave/rpc.ts"
import { REFUND_DELAY } from "../../../chains/bitcoin/deposit.ts"
import { CHAIN_OF } from "../../../chains/index.ts"
import { ownerOf } from "../../../chains/owners.ts"
import { BridgeError } from "../../../core/errors.ts"
import { isBalanced } from "../../../core/ledger.ts"
import { DEVNET_POLICY } from "../../../devnet/terms.ts"
import type { ClusterClient, Wanted } from "../../../mpc/client.ts"
import type { Signing } from "../../../services/payout/sign.ts"
import { sweep } from "../../../services/payout/sweep.ts"
import { advance } from "../../../services/store/advance.ts"
import { pause, pauses } from "../../../services/store/controls.ts"
import { balancesNow, balancesRecounted } from "../../../services/store/ledger.ts"
import { plansById } from "../../../services/store/plans.ts"
import { openSweeps } from "../../../services/store/sweeps.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { pass, type Watcher } from "../../../services/watchers/follow.ts"
import { aBridge } from "../../chains/arweave/builders.ts"
import { aDestination, groupSign, userKey } from "../../chains/bitcoin/builders.ts"
import { addressOf, aWorld, deployment, factsAt } from "../../chains/bitcoin/world.ts"
import { deployment as arweaveBridge, groupSignature } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"

const own = aDestination({ refundKey: userKey })
const VALUE = 5_000_000n

/** Signs whatever it is asked to, unless a test put an error there. */
class OneKey implements ClusterClient {
  readonly keys = {}
  readonly asked: Wanted[] = []
  failure: BridgeError | null = null

  async sign(wanted: Wanted) {
    this.asked.push(wanted)
    if (this.failure) throw this.failure
    return { signatures: wanted.messages.map(groupSign), signers: [1, 2, 3] }
  }

  async handOver(): Promise<never> {
    throw new BridgeError("not-supported")
  }

  async order(): Promise<never> {
    throw new BridgeError("not-supported")
  }

  async reward(): Promise<never> {
    throw new BridgeError("not-supported")
  }

  async heartbeat() {
    return { period: 0, signature: new Uint8Array(), signers: [] }
  }

  async health() {
    return []
  }

  async tell(): Promise<void> {}

  async votes() {
    return []
  }

  close() {}
}

/** A deposit that is due, minted or held by then, and everybody who has to do with it. */
async function aDueDeposit(state: "cleared" | "held") {
  const { sql } = await testDatabase()
  const world = await aWorld(own)
  const { chain, connection } = world
  chain.faucet(addressOf(own), VALUE)
  chain.mine(1)
  const [sighting] = (await factsAt(world, chain.height)).sightings
  chain.mine(REFUND_DELAY / 2)
  const log = pino({ level: "silent" })
  const watcher: Watcher = {
    ...{ sql, connection, deployment, log, chain: CHAIN_OF.bitcoin!, heightMin: 1, pollMs: 1 },
    policy: DEVNET_POLICY,
  }
  const watch = async () => {
    while (await pass(watcher, await watcher.connection.tip()));
  }
  await watch()
  const { id } = sighting!
  const event =
    state === "held"
      ? ({ kind: "Flagged", reason: "over-cap" } as const)
      : ({ kind: "Cleared" } as const)
  await advance(sql, [{ transfer: id, key: event.kind, event }])
  const cluster = new OneKey()
  const signing: Signing = {
    ...{ sql, log, cluster, connection, deployment, chain: CHAIN_OF.bitcoin! },
    ...{ fees: DEVNET_POLICY.fees, limits: DEVNET_POLICY.limits },
    sources: { bitcoin: connection },
    screen: null,
  }
  return { sql, chain, connection, signing, cluster, watch, id }
}

test("a due deposit is swept, what it cost is booked once, and nobody is alarmed", async () => {
  const { sql, chain, signing, cluster, watch, id } = await aDueDeposit("cleared")
  const before = await balancesNow(sql, "BTC")

  await sweep(signing)
  await sweep(signing)
  const [plan] = [...(await openSweeps(sql, "bitcoin")).values()].flat()
  chain.mine(6)
  await watch()
  await sweep(signing)

  expect(cluster.asked.map(({ transfers }) => transfers)).toEqual([[]])
  const { state, transaction, terms } = (await plansById(sql, [plan!.id])).get(plan!.id)!
  expect(state).toBe("landed")
  expect(transaction).toMatch(/^[0-9a-f]{64}$/)
  const fee = BigInt(terms.fee!)
  const after = await balancesNow(sql, "BTC")
  expect(after).toEqual({ ...before, custody: before.custody - fee, fees: before.fees - fee })
  expect(isBalanced(after)).toBe(true)
  expect(await balancesRecounted(sql, "BTC")).toEqual(after)
  expect(await pauses(sql)).toEqual([])
  expect((await findTransfer(sql, id))?.state).toBe("ready")
  await expect(sql`insert into costs values (${plan!.id}, 'BTC', 1)`).rejects.toThrow(
    "a_plan_costs_once",
  )
})

test("what people hold is not swept, and nothing is while the chain is paused", async () => {
  const { sql, signing, cluster } = await aDueDeposit("held")
  await sweep(signing)
  expect(cluster.asked).toEqual([])

  await pause(sql, { chain: "bitcoin", reason: "test", by: "test" })
  await sweep(signing)

  expect((await openSweeps(sql, "bitcoin")).size).toBe(0)
})

test("a sweep that the signers do not sign is asked for again, then given up, and planned anew", async () => {
  const { sql, signing, cluster } = await aDueDeposit("cleared")
  cluster.failure = new BridgeError("quorum-missing")
  const open = async () => [...(await openSweeps(sql, "bitcoin")).values()].flat()

  await sweep(signing)
  await sweep(signing)
  expect((await open()).map(({ raw }) => raw)).toEqual([null])
  expect(cluster.asked).toHaveLength(2)

  cluster.failure = null
  await sweep(signing, Date.now() + 600_001)
  const plans = await open()
  expect(plans).toHaveLength(1)
  expect(plans[0]!.raw).not.toBeNull()
})

// Case 62: the group's RSA key was changed, and what lies in its former vault on Arweave goes to the present one.
test("a former vault on Arweave is swept once, whatever dies on the way, and costs the network's fee", async () => {
  const { sql } = await testDatabase()
  const world = await aBridge()
  const next = TEST_WALLETS.carol
  const former = { owner: arweaveBridge.owner, vault: arweaveBridge.vault }
  const after = { ...arweaveBridge, ...ownerOf(hexOf(next.n)), former: [former] }
  const connection = connectArweave({ urls: { node: [world.node.url] } }, after, { freshMs: 0 })
  onTestFinished(() => connection.close())
  const log = pino({ level: "silent" })
  const cluster = new OneKey()
  cluster.sign = async (wanted) => {
    cluster.asked.push(wanted)
    if (cluster.failure) throw cluster.failure
    expect(wanted.keys).toEqual([hexOf(former.owner)])
    return { signatures: wanted.messages.map(groupSignature), signers: [1, 2, 3] }
  }
  const signing: Signing = {
    ...{ sql, log, cluster, connection, deployment: after, chain: CHAIN_OF.arweave! },
    ...{ fees: DEVNET_POLICY.fees, limits: DEVNET_POLICY.limits },
    ...{ sources: { arweave: connection }, screen: null },
  }
  const watcher: Watcher = {
    ...{ sql, connection, deployment: after, log, chain: CHAIN_OF.arweave! },
    ...{ heightMin: 1, pollMs: 1, policy: DEVNET_POLICY },
  }

  cluster.failure = new BridgeError("quorum-missing")
  await sweep(signing)
  cluster.failure = null
  const send = signing.connection.submit
  signing.connection.submit = async () => {
    throw new BridgeError("rpc-unavailable")
  }
  await sweep(signing)
  signing.connection.submit = send
  await sweep(signing)
  world.node.mine(30)
  while (await pass(watcher, await connection.tip()));
  await sweep(signing)

  expect(new Set(cluster.asked.map(({ messages }) => messages.map(hexText).join())).size).toBe(1)
  expect(cluster.asked).toHaveLength(2)
  expect(world.node.balance(former.vault)).toBe(0n)
  const fee = 50n * 10n ** 12n - world.node.balance(after.vault)
  const books = await balancesNow(sql, "AR")
  expect(books).toEqual({ custody: -fee, supply: 0n, pending: 0n, fees: -fee })
  expect(await balancesRecounted(sql, "AR")).toEqual(books)
  expect(await pauses(sql)).toEqual([])
  expect((await openSweeps(sql, "arweave")).size).toBe(0)
})

const hexOf = (modulus: string) => Buffer.from(modulus, "base64url").toString("hex")
const hexText = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

// A bridge that has moved to another vault: what the one before took, paid and owed still counts, and nothing counts twice.

import { deepEqual, equal, notEqual, rejects, throws } from "node:assert/strict"
import { Interface, Wallet } from "ethers"
import fc from "fast-check"
import { describe, onTestFinished, test } from "vitest"
import type { Terms } from "../../../chains/chain.ts"
import { claimIndex, claimNoteOf } from "../../../chains/evm/claim.ts"
import type { EvmSide } from "../../../chains/evm/codec.ts"
import { DEVNET } from "../../../chains/evm/finality.ts"
import {
  depositIndex,
  formerIndex,
  refundNumber,
  sealedFor,
  sidesOf,
} from "../../../chains/evm/former.ts"
import { fromHex, toHex } from "../../../chains/evm/hex.ts"
import { connectEvm, type EvmConnection } from "../../../chains/evm/rpc.ts"
import { startOf } from "../../../chains/served.ts"
import type { VaultOrder } from "../../../chains/vault.ts"
import { originOf, transferId } from "../../../core/ids.ts"
import { type Payout, payoutOf } from "../../../core/payout.ts"
import { deployVault, type VaultDevnet } from "../../../devnet/evm/vault.ts"
import { evmWallet } from "../../../sdk/evm.ts"
import { account, CHAIN_ID, groupKey } from "./builders.ts"
import {
  aBurn,
  aWorld,
  checksummed,
  codec,
  deployedAs,
  terms as firstTerms,
  NATIVE,
  sign,
  type World,
  word,
} from "./world.ts"

const to = { recipient: word(account(4)), refundTo: account(9) }
const LATER = 2 ** 40
const TOKEN = new Interface(["function transfer(address to, uint256 amount)"])

function connect({ chain, deployment }: World): EvmConnection {
  const endpoints = { urls: { rpc: [chain.url] } }
  const connection = connectEvm("ethereum", DEVNET, endpoints, deployment, { freshMs: 0 })
  onTestFinished(() => connection.close())
  return connection
}

function seal({ deployment }: World, payouts: readonly Payout[], terms: Terms) {
  const { messages } = codec.build(payouts, terms, deployment)
  return codec.seal(payouts, terms, deployment, messages.map(sign))
}

type What = Omit<VaultOrder & { kind: "migrate" }, "chain" | "vault"> | LimitOrder
type LimitOrder = Omit<VaultOrder & { kind: "limit" }, "chain" | "vault">

/** The group has its vault do something, and waits until it does. */
function ordered(world: World, what: What): Promise<void> {
  return carriedOut(world, { chain: "ethereum", vault: world.side.vault, ...what } as VaultOrder)
}

async function carriedOut({ chain, deployment }: World, order: VaultOrder): Promise<void> {
  const signature = sign(codec.orders!.message(order, deployment, ""))
  const calls = codec.orders!.calls!(order, deployment, signature)
  await chain.send({ to: calls.to, data: calls.propose })
  await chain.rpc("evm_increaseTime", calls.delayS + 1)
  await chain.send({ to: calls.to, data: calls.execute })
}

/** Sends all of a token to another vault. */
function migrate(world: World, successor: string, token = NATIVE, number = 0): Promise<void> {
  return ordered(world, { number, kind: "migrate", token, successor })
}

function movedTo(before: World, next: VaultDevnet): World {
  const side: EvmSide = {
    ...{ ...before.side, vault: next.address, heightMin: next.height },
    former: [{ vault: before.side.vault, heightMin: before.side.heightMin }],
  }
  return { ...before, vault: next, side, deployment: deployedAs(side) }
}

/** What all final blocks state together. */
async function factsOf({ chain, deployment }: World, connection: EvmConnection) {
  await chain.mine(3)
  const { height } = await connection.tip()
  const heights = Array.from({ length: height + 1 }, (_, n) => n)
  const blocks = await Promise.all(heights.map((n) => connection.block(n)))
  const facts = blocks.map((block) => codec.facts(block!, deployment))
  return {
    sightings: facts.flatMap(({ sightings }) => sightings),
    settlements: facts.flatMap(({ settlements }) => settlements),
    strays: facts.flatMap(({ strays }) => strays),
    outflows: blocks.flatMap((block) => codec.outflows!(block!, deployment)),
  }
}

describe("a vault that took over", () => {
  test("is paid into under names of its own, and pays what the one before owed, each once", async () => {
    const before = await aWorld()
    const { chain, vault } = before
    const minted = await vault.depositNative(account(1), 10n ** 18n, to)
    const owed = await vault.depositNative(account(1), 7_000n, to)
    const paid = seal(before, [aBurn(1)], firstTerms)
    const waiting = seal(before, [aBurn(2)], firstTerms)
    await chain.send({ to: before.side.vault, data: toHex(paid.raw) })
    const next = await deployVault(chain, { key: groupKey })
    await migrate(before, next.address)
    const world = movedTo(before, next)
    const { side } = world
    const fresh = await next.depositNative(account(1), 9_000n, to)
    await chain.mine(3)
    const connection = connect(world)

    // A burn that the first vault has paid is paid, and one that it was only approved for never will be by it.
    equal(await connection.fate([aBurn(1)], firstTerms), "landed")
    equal(await connection.fate([aBurn(2)], firstTerms), "dead")
    const terms = await connection.terms([aBurn(2)], 1, {})
    equal(terms.vault, next.address)
    equal(await connection.fate([aBurn(2)], terms), "open")
    await rejects(connection.vet([aBurn(1)], terms, {}), /has not paid it yet/)
    await rejects(connection.vet([aBurn(2)], { ...terms, vault: before.side.vault }, {}), /present/)

    // What the group has signed is handed to the vault that it was signed for.
    equal(sealedFor(waiting.raw, side, groupKey.slice(2)).vault, before.side.vault)
    equal(
      codec.approval!(waiting.raw, aBurn(2).transfer, world.deployment).vault,
      before.side.vault,
    )
    const again = seal(world, [aBurn(2)], terms)
    equal(sealedFor(again.raw, side, groupKey.slice(2)).vault, next.address)

    const back = (transaction: string, index: number, amount: bigint) =>
      aBurn(9, {
        ...{ transfer: `ethereum:${transaction}:${index}`, refund: true, amount },
        recipient: checksummed(account(9)),
      })
    const refunds = [
      back(owed.transaction, 2, 7_000n),
      back(fresh.transaction, LATER + 1, 9_000n),
    ] as const
    const payouts = [aBurn(2), ...refunds]
    await connection.vet(payouts, terms, {})
    await chain.send({ to: next.address, data: toHex(seal(world, payouts, terms).raw) })

    const { sightings, settlements, strays, outflows } = await factsOf(world, connection)
    deepEqual(
      sightings.map(({ id }) => id),
      [
        `ethereum:${minted.transaction}:1`,
        `ethereum:${owed.transaction}:2`,
        `ethereum:${fresh.transaction}:${LATER + 1}`,
      ],
    )
    deepEqual(
      settlements.map(({ transfers }) => [...transfers].sort()),
      [[aBurn(1).transfer], payouts.map(({ transfer }) => transfer).sort()],
    )
    // Money that went from one vault to the next has not left the bridge, and did not come into it.
    deepEqual(strays, [])
    equal(outflows.length, 4)
    equal((await connection.deposited()).get("ETH"), 10n ** 18n + 16_000n)
    equal(await connection.fate(refunds, terms), "landed")
    await rejects(connection.vet([refunds[0]], terms, {}), /has not paid it yet/)
    equal((await connection.locate(`ethereum:${owed.transaction}:2`))?.sighting.amount, 7_000n)
    // Who does not know that the vault has moved sees money leave.
    const old = await factsOf(before, connect(before))
    equal(old.strays.length, 1)
    throws(() => codec.build([refunds[1]], firstTerms, world.deployment), { code: "bad-request" })
  })
})

// Case 69.
test("what a former vault was sent without a word is its sender's in the next one, once it has been sent on", async () => {
  const before = await aWorld({ USDC: "usdc" })
  const { chain } = before
  const next = await deployVault(chain, { key: groupKey })
  const world = movedTo(before, next)
  const token = before.side.contracts.USDC!
  const list = { token, capacity: 10n ** 12n, windowS: 86_400 }
  await ordered(world, { number: 0, kind: "limit", ...list })
  const connection = connect(world)
  const sender = Wallet.createRandom()
  const sent = async (amount: bigint) => {
    await before.vault.mintToken(token, sender.address, amount)
    await chain.faucet(sender.address, 10n ** 18n)
    const data = TOKEN.encodeFunctionData("transfer", [before.side.vault, amount])
    const { transaction } = await chain.send({ from: sender.address, to: token, data })
    await chain.mine(3)
    return { transaction, amount }
  }
  /** Signed for the present vault, which pays. */
  const claimed = async ({ transaction, amount }: { transaction: string; amount: bigint }) => {
    const at = { rpcUrl: chain.url, chainId: CHAIN_ID, chain: "ethereum", token } as const
    const wallet = evmWallet(sender.privateKey, { ...at, vault: next.address })
    const to = account(44)
    const signature = await wallet.signClaim({ transaction, index: 0, amount, to })
    wallet.close()
    const note = claimNoteOf({ transaction, logIndex: 0, to, signature: fromHex(signature) })
    return connection.claim(note, transaction)
  }
  const early = await sent(5_000_000n)
  equal(await claimed(early), null)

  await migrate(before, next.address, token)
  const late = await sent(3_000_000n)

  deepEqual(
    (await connection.unattributed()).map(({ transaction, amount }) => ({ transaction, amount })),
    [early, late],
  )
  notEqual(await claimed(early), null)
  const id = transferId({ chain: "ethereum", transaction: early.transaction, index: claimIndex(0) })
  const located = await connection.locate(id)
  const owed = { ...located!.sighting, fee: 1_000_000n, refund: true, block: located!.block }
  const payout = payoutOf(owed)
  const terms = await connection.terms([payout], 1, {})
  await connection.vet([payout], terms, {})
  const { raw } = seal(world, [payout], terms)
  await chain.send({ to: next.address, data: toHex(raw) })
  equal(await next.tokenBalance(token, account(44)), 4_000_000n)
  const { settlements, strays } = await factsOf(world, connection)
  deepEqual(
    settlements.map(({ transfers }) => transfers),
    [[id]],
  )
  deepEqual(strays, [])

  // The present vault does not have it: it would pay with what is others'.
  equal(await claimed(late), null)
  const order = { chain: "ethereum", vault: before.side.vault, number: 1, token } as const
  const message = (more: object) =>
    codec.orders!.demandOurs({ ...order, ...more } as VaultOrder, world.deployment)
  for (const other of [
    { kind: "limit", capacity: 1n, windowS: 86_400 },
    { kind: "migrate", successor: account(6) },
  ])
    throws(() => message(other), { code: "bad-request" })
  equal((await connection.handover!(before.side.vault)).terms.number, "1")
  const onwards = { ...order, kind: "migrate", successor: next.address } as const
  await connection.vetOrder!(onwards)
  await rejects(connection.vetOrder!({ ...onwards, successor: account(6) }), /not the same vault/)
  await carriedOut(world, onwards)
  await chain.mine(3)
  notEqual(await claimed(late), null)
})

describe("names", () => {
  const vaults = Array.from({ length: 4 }, (_, n) => ({ vault: account(n), heightMin: 20 - n }))
  const [first, ...former] = vaults
  const side = { ...({} as EvmSide), ...first!, contracts: { ETH: NATIVE }, former }

  test("of deposits are each one's own, whichever vault took them, and each vault pays it by one number", () => {
    const generations = sidesOf(side)
    const someDeposit = fc.record({
      at: fc.nat(generations.length - 1),
      number: fc.bigInt(1n, 2n ** 40n - 1n),
    })
    fc.assert(
      fc.property(someDeposit, someDeposit, (a, b) => {
        const [here, there] = [a, b].map(
          ({ at, number }) => depositIndex(number, generations[at]!)!,
        )
        equal(here === there, a.at === b.at && a.number === b.number)
        for (const payer of generations.slice(0, a.at + 1)) {
          const { kind, number } = refundNumber(here!, payer)
          equal(kind, payer === generations[a.at] ? "refund" : "claim")
          equal(
            kind === "refund" ? number : formerIndex(number, payer),
            kind === "refund" ? a.number : here,
          )
        }
        for (const later of generations.slice(a.at + 1))
          throws(() => refundNumber(here!, later), { code: "bad-request" })
      }),
    )
  })

  test("of the first vault are as they were, and the chain is read from its block on", () => {
    equal(depositIndex(5n, sidesOf(side).at(-1)!), 5)
    equal(startOf(deployedAs({ ...side, chainId: 1n, key: groupKey }), "ethereum"), 17)
    equal(originOf(`ethereum:0xab:${LATER + 1}`).index, LATER + 1)
  })
})

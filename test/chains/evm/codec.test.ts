// Deposits and releases of a vault on a real chain, in the bridge's terms.

import { deepEqual, equal, notEqual, ok, rejects, throws } from "node:assert/strict"
import { schnorr } from "@noble/curves/secp256k1.js"
import { Interface } from "ethers"
import { describe, test } from "vitest"
import type { Block } from "../../../chains/chain.ts"
import type { EvmSide } from "../../../chains/evm/codec.ts"
import { depositCounter } from "../../../chains/evm/events.ts"
import { toHex } from "../../../chains/evm/hex.ts"
import type { ProvenLog } from "../../../chains/evm/reader.ts"
import { claimOf, paidBy } from "../../../chains/evm/release.ts"
import type { Payout } from "../../../core/payout.ts"
import { vaultArtifact } from "../../../devnet/evm/contracts.ts"
import type { EvmDevnet } from "../../../devnet/evm/index.ts"
import { deployVault } from "../../../devnet/evm/vault.ts"
import { deployment as bridge, idNumber } from "../builders.ts"
import { account, aReading, groupKey } from "./builders.ts"
import {
  aBurn,
  aWorld,
  checksummed,
  codec,
  deployedAs,
  NATIVE,
  seal,
  terms,
  type World,
  word,
} from "./world.ts"

/** What the codec states about each block with logs in it, up to the newest. */
async function factsIn({ chain, side, deployment }: World) {
  await chain.mine(3)
  const { reader } = aReading([chain.url], side.vault, { counter: depositCounter })
  const blocks = await reader.scan(0, (await chain.height()) - 2)
  return blocks.map(({ logs, ...block }) =>
    codec.facts({ ...block, chain: "ethereum", items: logs }, deployment),
  )
}

describe("deposits", () => {
  // Case 68.
  test("of every kind of token are seen as what has arrived", async () => {
    const recipient = toHex(fromBase(idNumber(3)))
    const to = { recipient, refundTo: account(9) }
    const pairs = [
      [{ USDC: "usdc", USDT: "usdt" }, 1_000n],
      [{ USDC: "fee", USDT: "reverting" }, 990n],
    ] as const
    for (const [kinds, arrived] of pairs) {
      const world = await aWorld(kinds)
      const { vault, side } = world
      const sent = [
        await vault.depositNative(account(1), 5n, to),
        await vault.depositToken(side.contracts.USDC!, account(2), 1_000n, to),
        await vault.depositToken(side.contracts.USDT!, account(2), 1_000n, to),
      ]

      const sightings = (await factsIn(world)).flatMap((facts) => facts.sightings)

      const wanted = [
        ["ETH", "ao-eth", 5n, 1],
        ["USDC", "ao-usdc", arrived, 2],
        ["USDT", "ao-usdt", 1_000n, 2],
      ] as const
      deepEqual(
        sightings,
        wanted.map(([asset, target, amount, from], n) => ({
          id: `ethereum:${sent[n]!.transaction}:${n + 1}`,
          ...{ asset, source: "ethereum", target, amount, sender: checksummed(account(from)) },
          ...{ recipient: idNumber(3), refundTo: checksummed(account(9)) },
          ...{ forward: {}, fee: null, problem: null },
        })),
      )
    }
  })

  // Case 64.
  test("of one transaction are two, by their numbers", async () => {
    const world = await aWorld()
    const { chain, vault } = world
    const twice = account(0xbb)
    await chain.faucet(twice, 100n)
    // Calls the vault with whatever it is called with, and five wei, twice.
    const call = `5f5f365f600573${vault.address.slice(2)}5af150`
    await chain.rpc("anvil_setCode", twice, `0x365f5f37${call}${call}`)
    const to = [`0x${"11".repeat(32)}`, account(9), `0x${"00".repeat(32)}`]
    const data = vaultAbi.encodeFunctionData("depositNative", [to])
    const { transaction } = await chain.send({ to: twice, data, gas: 500_000 })

    const sightings = (await factsIn(world)).flatMap((facts) => facts.sightings)

    deepEqual(
      sightings.map(({ id, amount }) => [id, amount]),
      [1, 2].map((number) => [`ethereum:${transaction}:${number}`, 5n]),
    )
  })

  test("name an AO address by its 32 bytes, or an EVM owner by 20", async () => {
    const world = await aWorld()
    const owner = account(4)
    for (const recipient of [toHex(fromBase(idNumber(8))), word(owner)])
      await world.vault.depositNative(account(1), 5n, { recipient, refundTo: account(9) })

    const sightings = (await factsIn(world)).flatMap((facts) => facts.sightings)

    deepEqual(
      sightings.map(({ recipient }) => recipient),
      [idNumber(8), checksummed(owner)],
    )
  })

  // Case 15.
  test("to the bridge itself are recorded with what is wrong with them", async () => {
    const world = await aWorld()
    for (const ours of [bridge.vault, ...Object.values(bridge.tokens)])
      await world.vault.depositNative(account(1), 5n, {
        ...{ recipient: toHex(fromBase(ours)), refundTo: account(9) },
      })

    const sightings = (await factsIn(world)).flatMap((facts) => facts.sightings)

    deepEqual(
      sightings.map(({ recipient, problem }) => [recipient, problem]),
      sightings.map(() => [null, "bad-recipient"]),
    )
    ok(sightings.length > 1)
  })

  // Cases 65, 69 and 70.
  test("are only what our vault says of tokens that we know", async () => {
    const world = await aWorld({ USDC: "usdc" })
    const { chain, vault, side } = world
    const other = await deployVault(chain, { key: groupKey, tokens: { FAKE: "usdc" } })
    const to = { recipient: word(account(4)), refundTo: account(9) }
    await other.depositNative(account(1), 5n, to)
    await other.depositToken(other.tokens.FAKE!, account(1), 5n, to)
    await vault.mintToken(side.contracts.USDC!, vault.address, 5n)
    await chain.faucet(vault.address, 77n)
    await vault.depositToken(side.contracts.USDC!, account(1), 6n, to)

    const facts = await factsIn(world)
    const fake = { ...side, contracts: {} }

    deepEqual(
      facts.flatMap(({ sightings }) => sightings.map(({ amount }) => amount)),
      [6n],
    )
    deepEqual(
      facts.flatMap(({ strays }) => strays),
      [],
    )
    deepEqual(
      (await factsIn({ ...world, deployment: deployedAs(fake) })).flatMap(
        ({ sightings }) => sightings,
      ),
      [],
    )
  })
})

describe("releases", () => {
  test("that the group signed are paid by the vault, and seen as settlements", async () => {
    const world = await aWorld({ USDC: "usdc" })
    const { chain, vault, side } = world
    const usdc = side.contracts.USDC!
    const to = { recipient: word(account(4)), refundTo: account(9) }
    await vault.depositNative(account(1), 10n ** 18n, to)
    const back = await vault.depositToken(usdc, account(1), 10n ** 9n, to)
    const refund = aBurn(2, {
      ...{ transfer: `ethereum:${back.transaction}:2`, asset: "USDC", refund: true },
      ...{ recipient: checksummed(account(9)), amount: 5n },
    })
    const payouts = [aBurn(1), aBurn(2, { asset: "USDC" }), aBurn(3), refund]

    const single = await chain.send({ to: side.vault, data: toHex(seal(world, [aBurn(7)]).raw) })
    const batch = await chain.send({ to: side.vault, data: toHex(seal(world, payouts).raw) })

    const settled = (await factsIn(world)).flatMap(({ settlements }) => settlements)
    const paid = { outcome: "paid", reason: null, networkFee: 0n }
    const sorted = [...payouts].sort((a, b) => (a.transfer < b.transfer ? -1 : 1))
    const said = ({ recipient, amount, asset }: Payout) => ({ recipient, amount, asset })
    deepEqual(settled, [
      {
        ...{ transaction: single.transaction, transfers: [aBurn(7).transfer], ...paid },
        paid: [said(aBurn(7))],
      },
      {
        ...{ transaction: batch.transaction, ...paid },
        transfers: sorted.map(({ transfer }) => transfer),
        paid: sorted.map(said),
      },
    ])
    equal(await vault.tokenBalance(usdc, account(2)), 1_002n)
    equal(await vault.tokenBalance(usdc, account(9)), 5n)
    equal(await balance(chain, account(7)), 1_007n)
  })

  // Cases 24, 67 and 68.
  test("of which one cannot be paid are paid without it, and it later by the same signature", async () => {
    const world = await aWorld({ USDC: "blacklist" })
    const { chain, vault, side } = world
    const token = side.contracts.USDC!
    const to = { recipient: word(account(4)), refundTo: account(9) }
    await vault.depositToken(token, account(1), 10n ** 9n, to)
    const listed = (is: boolean) =>
      chain.send({ to: token, data: blacklistAbi.encodeFunctionData("list", [account(2), is]) })
    const payouts = [1, 2, 3].map((n) => aBurn(n, { asset: "USDC" }))
    const { raw } = seal(world, payouts)
    await listed(true)
    await chain.send({ to: side.vault, data: toHex(raw) })

    const first = (await factsIn(world)).flatMap(({ settlements }) => settlements)
    const { releases, signature } = paidBy(raw)!
    const at = releases.findIndex(({ to }) => to === account(2))
    const claim = toHex(claimOf(releases, at, signature))
    await rejects(chain.send({ to: side.vault, data: claim }))
    await listed(false)
    await chain.send({ to: side.vault, data: claim })
    const then = (await factsIn(world)).flatMap(({ settlements }) => settlements)

    deepEqual(first[0]!.transfers.length, 2)
    deepEqual(then[1]!.transfers, [payouts[1]!.transfer])
    await rejects(chain.send({ to: side.vault, data: claim }))
  })

  test("are read back as what was planned, from nobody's bytes but the group's", async () => {
    const world = await aWorld()
    const { deployment } = world
    const payouts = [1, 2, 3].map((n) => aBurn(n))

    const { raw, id } = seal(world, payouts)

    deepEqual(
      codec.read(raw, deployment),
      payouts.map(({ transfer, recipient, amount }) => ({ transfer, recipient, amount })),
    )
    notEqual(id, seal(world, payouts.slice(1)).id)
    for (const side of [
      { ...world.side, chainId: 1n },
      { ...world.side, vault: account(5) },
      { ...world.side, key: toHex(schnorr.getPublicKey(new Uint8Array(32).fill(6))) },
    ])
      throws(() => codec.read(raw, deployedAs(side)), { code: "bad-request" })
    for (const bytes of [raw.slice(1), raw.with(200, raw[200]! ^ 1), new Uint8Array()])
      throws(() => codec.read(bytes, deployment), { code: "bad-request" })
  })

  test("take their slots by the vault's numbers, whatever the attempt and the order", async () => {
    const { deployment } = await aWorld()
    const payouts = [aBurn(1), aBurn(2)]

    const first = codec.build(payouts, terms, deployment)
    const again = codec.build([...payouts].reverse(), { attempt: "4" }, deployment)

    deepEqual(again.messages, first.messages)
    deepEqual([...again.slots].sort(), [...first.slots].sort())
    deepEqual(
      [...first.slots.values()],
      [1, 2].map((n) => `ethereum:burn:${NATIVE}:${n}`),
    )
    throws(() => codec.build([aBurn(1), aBurn(1)], terms, deployment), { code: "assertion" })
  })

  test("no change to what is paid leaves the message as it was", async () => {
    const { side, deployment } = await aWorld({ USDC: "usdc" })
    const message = (payout: Payout) => toHex(codec.build([payout], terms, deployment).messages[0]!)
    const changes: Partial<Payout>[] = [
      {},
      { amount: 9n },
      { recipient: checksummed(account(77)) },
      { asset: "USDC", transfer: `ao-usdc:${idNumber(1)}:1` },
      { transfer: `ao-eth:${idNumber(1)}:2` },
      { transfer: `ao-eth:${idNumber(2)}:1` },
      { transfer: `ethereum:0x${"12".repeat(32)}:1`, refund: true },
    ]

    const messages = changes.map((change) => message(aBurn(1, change)))

    equal(new Set(messages).size, changes.length)
    throws(() => message(aBurn(1, { recipient: checksummed(side.vault) })), { code: "assertion" })
    throws(() => message(aBurn(1, { asset: "BNB" })), { code: "assertion" })
    for (const odd of [{}, { attempt: "-1" }, { ...terms, more: "1" }])
      throws(() => codec.build([aBurn(1)], odd, deployment), { code: "bad-request" })
  })

  // A batch of the greatest size must fit, even when every recipient burns all the gas that it gets.
  test("of the greatest batch fit into one transaction", async () => {
    const world = await aWorld()
    const { chain, vault, side } = world
    const to = { recipient: word(account(4)), refundTo: account(9) }
    await vault.depositNative(account(1), 10n ** 18n, to)
    // An endless loop.
    for (let n = 1; n <= 100; n += 1) await chain.rpc("anvil_setCode", account(n), "0x5b5f56")
    const { raw } = seal(
      world,
      Array.from({ length: 100 }, (_, n) => aBurn(n + 1)),
    )

    const { gasUsed } = await chain.send({ to: side.vault, data: toHex(raw), gas: 2 ** 24 })

    ok(gasUsed > 15_000_000 && gasUsed <= 2 ** 24, `${gasUsed}`)
    deepEqual(
      (await factsIn(world)).flatMap(({ settlements }) => settlements),
      [],
    )
  })
})

test("an address has one spelling, which is its own", () => {
  const known = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

  equal(codec.address(known.toLowerCase(), "devnet"), known)
  equal(codec.address(known, "devnet"), known)
  // Case 20.
  for (const odd of [known.replace("5a", "5A"), NATIVE, "0x12", idNumber(1), `${known} `])
    equal(codec.address(odd, "devnet"), null)
})

test("money that leaves the vault and is no payout of a transfer is a stray", () => {
  const side: EvmSide = {
    chainId: 1n,
    vault: account(1),
    key: groupKey,
    heightMin: 0,
    contracts: {},
  }
  const transaction = `0x${"33".repeat(32)}`
  const log = (event: string, values: readonly unknown[], address = side.vault): ProvenLog => {
    const { topics, data } = vaultAbi.encodeEventLog(event, [...values])
    return { address, topics, data, transactionIndex: 0, index: 0, transaction }
  }
  const claimed = ["Released", [2, NATIVE, 7n, account(5), 9n, transaction]] as const
  const items = [
    log(...claimed),
    log("Migrated", [NATIVE, account(6), 11n]),
    log("Paused", []),
    log("Skipped", [0, NATIVE, 7n, "0x12345678"]),
    log(...claimed, account(2)),
  ]

  const facts = codec.facts({ items } as unknown as Block<ProvenLog>, deployedAs(side))

  deepEqual(facts, {
    ...{ sightings: [], settlements: [] },
    strays: [
      { transaction, recipient: account(5), amount: 9n, networkFee: 0n },
      { transaction, recipient: account(6), amount: 11n, networkFee: 0n },
    ],
  })
})

function fromBase(id: string): Uint8Array {
  return new Uint8Array(Buffer.from(id, "base64url"))
}

async function balance(chain: EvmDevnet, owner: string): Promise<bigint> {
  return BigInt(await chain.rpc<string>("eth_getBalance", owner, "latest"))
}

const vaultAbi = new Interface(JSON.stringify(vaultArtifact().abi))

const blacklistAbi = new Interface(["function list(address account, bool listed)"])

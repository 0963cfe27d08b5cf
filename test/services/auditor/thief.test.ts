// Thieves who have a group's key, on real nodes of Ethereum and Bitcoin: an auditor stops the chain within two minutes.

import { describe, expect, onTestFinished, test } from "vitest"
import { noteOf } from "../../../chains/bitcoin/destination.ts"
import type { Chain, Connection, Deployment, PaidNote } from "../../../chains/chain.ts"
import { DEVNET } from "../../../chains/evm/finality.ts"
import { toHex } from "../../../chains/evm/hex.ts"
import { connectEvm } from "../../../chains/evm/rpc.ts"
import { CHAIN_OF } from "../../../chains/index.ts"
import { ASSETS, type AssetName } from "../../../core/assets.ts"
import type { TransferId } from "../../../core/ids.ts"
import type { SignedOrder } from "../../../core/orders.ts"
import { bitcoinWallet } from "../../../devnet/bitcoin/wallet.ts"
import { auditor } from "../../../services/auditor/auditor.ts"
import type { Report } from "../../../services/auditor/report.ts"
import { logFor } from "../../../services/log.ts"
import { aDestination, REFUND_TO } from "../../chains/bitcoin/builders.ts"
import * as bitcoin from "../../chains/bitcoin/world.ts"
import { idNumber } from "../../chains/builders.ts"
import { account } from "../../chains/evm/builders.ts"
import * as evm from "../../chains/evm/world.ts"
import { aKey, Slots } from "./slots.ts"

// Case 129, and R-26.
const TOKEN = idNumber(901)
/** As long as `auditor.json` lets two looks be apart, and all that a theft may have. */
const LOOKS_MS = 30_000
const STOPPED_MS = 120_000
const friend = idNumber(50)
const stranger = bitcoinWallet(new Uint8Array(32).fill(9)).address

/** An auditor of one asset, by a clock of its own: each look is as late as it may be. */
function anAudit(asset: AssetName, bridge: Deployment, home: Connection, tell = true) {
  const { ledger } = ASSETS[asset].wrapped
  const slots = new Slots(asset, TOKEN)
  const notes: PaidNote[] = []
  const orders: SignedOrder[] = []
  const source = { isSilent: false }
  let nowMs = Date.parse("2026-11-30T00:00:00Z")
  const look = auditor({
    deployment: { ...bridge, tokens: { [asset]: TOKEN } },
    chains: CHAIN_OF as Readonly<Record<string, Chain>>,
    connections: { [ASSETS[asset].home]: home, [ledger]: slots.connection },
    notes: tell
      ? () => async () => {
          if (source.isSilent) throw new Error("silent")
          return notes.splice(0)
        }
      : null,
    ...{ key: aKey("auditor"), pauseKey: aKey("watchman"), watch: {} },
    ...{ log: logFor("auditor", "silent"), now: () => new Date(nowMs) },
    order: async (order) => void orders.push(order),
    publish: async () => {},
  })
  const later = (): Promise<Report> => {
    nowMs += LOOKS_MS
    return look()
  }
  const stopped = () => orders.map(({ body }) => body.split(" ").slice(0, 4).join(" ")).sort()
  /** How long after now everything of the chain is stopped, model milliseconds. */
  const untilStopped = async (): Promise<number> => {
    const start = nowMs
    while (orders.length < 2 && nowMs - start <= STOPPED_MS) await later()
    return nowMs - start
  }
  return { slots, notes, source, look: later, stopped, untilStopped }
}

type Audit = ReturnType<typeof anAudit>

/** The look and the next: what a chain alone explains is a finding at the second. */
async function whole({ look }: Audit): Promise<Report> {
  await look()
  const report = await look()
  expect(report).toMatchObject({ verdict: "whole", why: [], leftOut: [] })
  return report
}

describe("on Ethereum", () => {
  async function aBridge() {
    const world = await evm.aWorld()
    const connection = connectEvm(
      "ethereum",
      DEVNET,
      { urls: { rpc: [world.chain.url] } },
      world.deployment,
      { freshMs: 0 },
    )
    onTestFinished(() => connection.close())
    const audit = anAudit("ETH", world.deployment, connection)
    const to = {
      recipient: toHex(new Uint8Array(Buffer.from(friend, "base64url"))),
      refundTo: account(9),
    }
    const { transaction } = await world.vault.depositNative(account(1), 10_000n, to)
    await world.chain.mine(2)
    audit.slots.mint(`ethereum:${transaction}:1`, friend, 10_000n)
    const pay = async (transfer: string, amount: bigint) => {
      const recipient = evm.checksummed(account(4))
      const sealed = evm.seal(world, [
        evm.aBurn(1, { transfer: transfer as TransferId, recipient, amount }),
      ])
      await world.chain.send({ to: world.vault.address, data: toHex(sealed.raw) })
    }
    return { ...audit, audit, world, pay }
  }

  test("one who signs a release of no burn is stopped before its block is final", async () => {
    const { audit, slots, pay, look, untilStopped, stopped, world } = await aBridge()
    const burn = slots.burn(friend, evm.checksummed(account(4)), 1_000n)
    await pay(burn, 900n)
    const [row] = (await whole(audit)).assets
    // What is not final is part of no sum yet.
    expect(row).toMatchObject({ custody: "10000", supply: "9000", burnsPending: "1000" })
    await world.chain.mine(2)
    expect((await whole(audit)).assets[0]).toMatchObject({ custody: "9100", burnsPending: "0" })

    await pay(`ao-eth:${idNumber(66)}:7`, 5n)

    expect(await untilStopped()).toBeLessThanOrEqual(STOPPED_MS)
    expect(stopped()).toEqual([
      "pause ethereum in unmatched-outflow",
      "pause ethereum out unmatched-outflow",
    ])
    await world.chain.mine(2)
    expect((await look()).why[0]).toContain("ethereum: unknown-transfer: ")
  })
})

describe("on Bitcoin", () => {
  /** Two deposits, each at an address that the auditor hears of after it was paid. */
  async function aBridge({ tell = true } = {}) {
    const [one, two] = [aDestination({ index: 1 }), aDestination({ index: 2 })]
    const { chain, connection: bridge } = await bitcoin.aWorld(one, two)
    const own = bitcoin.connect([chain.url])
    const audit = anAudit("BTC", bitcoin.deployment, own, tell)
    const deposit = async (to: typeof one, value: bigint) => {
      const txid = chain.faucet(bitcoin.addressOf(to), value)
      chain.mine(7)
      const { holdings } = await deposits(bridge, chain.height)
      const id = holdings.find((name) => name.includes(txid))!
      audit.notes.push({ note: noteOf(to, "devnet"), transaction: txid })
      return id
    }
    const release = async (recipient: string, amount: bigint) => {
      const payouts = [bitcoin.aRelease({ recipient, amount })]
      const terms = await bridge.terms(payouts, 0, {})
      await bridge.submit(bitcoin.seal(payouts, terms))
      chain.mine(1)
      return BigInt(terms.fee!)
    }
    return { ...audit, audit, chain, bridge, own, one, two, deposit, release }
  }

  async function deposits(connection: bitcoin.World["connection"], height: number) {
    const blocks = Array.from({ length: 8 }, (_, back) => height - back)
    const facts = await Promise.all(blocks.map((at) => bitcoin.factsAt({ connection }, at)))
    return { holdings: facts.flatMap(({ sightings }) => sightings.map(({ id }) => id)) }
  }

  test("coins of vault and deposit addresses are custody, by an outsider's own node", async () => {
    const { audit, slots, deposit, release, one, two, own, bridge } = await aBridge()
    slots.mint(await deposit(one, 500_000n), friend, 500_000n)
    await whole(audit)
    const late = await deposit(two, 300_000n)
    const told = audit.notes.splice(0)
    // Its blocks are read before its address is told.
    await whole(audit)
    audit.notes.push(...told)
    slots.mint(late, friend, 300_000n)
    expect((await whole(audit)).assets[0]).toMatchObject({ custody: "800000", supply: "800000" })

    slots.burn(friend, REFUND_TO, 110_000n)
    slots.burn(friend, REFUND_TO, 200_000n)
    const fee = await release(REFUND_TO, 100_000n)

    const report = await whole(audit)
    const custody = 700_000n - fee
    const { free } = await own.funds()
    expect([custody, (await bridge.funds()).free]).toEqual([free, free])
    expect(report.assets[0]).toMatchObject({
      ...{ custody: `${custody}`, supply: "490000", burnsPending: "200000" },
    })
    expect(report.chains.map(({ chain: name }) => name)).toEqual(["bitcoin", "ao-btc"])
  })

  test.each([
    ["to an address that is owed nothing", stranger, 100_000n],
    ["to somebody who is owed less", REFUND_TO, 120_000n],
  ])("one who pays %s is stopped", async (_, recipient, amount) => {
    const { audit, slots, deposit, release, one, untilStopped, stopped, look } = await aBridge()
    slots.mint(await deposit(one, 500_000n), friend, 500_000n)
    slots.burn(friend, REFUND_TO, 110_000n)
    await whole(audit)

    await release(recipient, amount)

    expect(await untilStopped()).toBeLessThanOrEqual(STOPPED_MS)
    expect(stopped()).toContain("pause bitcoin out unmatched-outflow")
    expect((await look()).why[0]).toContain(`bitcoin: not-owed: `)
  })

  test("one who silences who tells of addresses blinds nobody for two minutes", async () => {
    const { audit, slots, source, deposit, release, one, untilStopped, look } = await aBridge()
    slots.mint(await deposit(one, 500_000n), friend, 500_000n)
    await whole(audit)
    source.isSilent = true

    await release(stranger, 100_000n)

    expect((await look()).verdict).toBe("none")
    expect(await untilStopped()).toBeLessThanOrEqual(STOPPED_MS - LOOKS_MS)
  })

  test("a mint for a deposit whose address nobody can show is stopped", async () => {
    const { audit, slots, notes, deposit, one, untilStopped, stopped } = await aBridge()
    await whole(audit)
    slots.mint(await deposit(one, 500_000n), friend, 500_000n)
    notes.pop()
    notes.push({ note: "none", transaction: "00".repeat(32) })

    expect(await untilStopped()).toBeLessThanOrEqual(STOPPED_MS)
    expect(stopped()[0]).toBe("pause ao-btc in unmatched-mint")
  })

  test("without anybody who tells of addresses it is left out, and the report says so", async () => {
    const { look } = await aBridge({ tell: false })

    expect(await look()).toMatchObject({ leftOut: ["BTC"], assets: [] })
  })
})

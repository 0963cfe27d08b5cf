// An auditor that knows only the bridge file and its own endpoints: it names what a thief does, and stops the chain.

import { beforeEach, describe, expect, onTestFinished, test } from "vitest"
import { connectArweave } from "../../../chains/arweave/rpc.ts"
import type { Chain, Connection } from "../../../chains/chain.ts"
import { CHAIN_OF } from "../../../chains/index.ts"
import { BridgeError } from "../../../core/errors.ts"
import { pauseText, type SignedOrder } from "../../../core/orders.ts"
import { takeOrder } from "../../../services/api/orders.ts"
import { auditor, type Key } from "../../../services/auditor/auditor.ts"
import { openReport, type SignedReport } from "../../../services/auditor/report.ts"
import { logFor } from "../../../services/log.ts"
import { pauses, resume } from "../../../services/store/controls.ts"
import type { Sql } from "../../../services/store/database.ts"
import { anId, aPolicy } from "../../builders.ts"
import { deployment } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"
import { AR, alice, aWorld, bob, carol, vault } from "../../devnet/arweave-builders.ts"
import { aKey, Slots } from "./slots.ts"

let sql: Sql
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

/** A bridge that works: Alice has 3 AR across, Bob has had 1 AR back. */
async function aBridge({ pauseKey = aKey("watchman") as Key | null } = {}) {
  const { node, send } = await aWorld()
  const slots = new Slots()
  const connection = connectArweave({ urls: { node: [node.url] } }, deployment, { freshMs: 0 })
  onTestFinished(() => connection.close())
  const reports: SignedReport[] = []
  const orders: SignedOrder[] = []
  const key = aKey("auditor")
  const ordering = {
    ...{ sql, deployment, policy: aPolicy(), operators: [] },
    pausers: pauseKey ? [pauseKey] : [],
  }
  const parts = {
    ...{ deployment, key, pauseKey, log: logFor("auditor", "silent"), now: () => new Date() },
    chains: CHAIN_OF as Readonly<Record<string, Chain>>,
    connections: { arweave: connection as Connection, ao: slots.connection },
    ...{ watch: {}, notes: null },
    order: async (order: SignedOrder) => {
      const { body, ...rest } = order
      orders.push(order)
      await takeOrder(ordering, { ...rest, order: body })
    },
    publish: async (report: SignedReport) => void reports.push(report),
  }
  const deposit = async (quantity: bigint, from = alice) =>
    (await send(from, { target: deployment.vault, quantity })).id
  const release = async (transfer: string, target: string, quantity: bigint) =>
    send(vault, {
      ...{ target, quantity },
      tags: Object.entries({ "App-Name": "Causeway", Action: "Release", Transfer: transfer }).map(
        ([name, value]) => ({ name, value }),
      ),
    })

  const id = await deposit(4n * AR)
  node.mine(3)
  slots.mint(`arweave:${id}:0`, alice.address, 4n * AR - 10n ** 10n)
  const burn = slots.burn(alice.address, bob.address, AR)
  await release(burn, bob.address, AR - 10n ** 10n)
  node.mine(3)
  const look = auditor(parts)
  return { node, send, slots, look, deposit, release, reports, orders, key, id, burn, ordering }
}

const paused = async () => (await pauses(sql)).map((one) => `${one.chain} ${one.direction}`).sort()

describe("a bridge that keeps its promises", () => {
  test("is whole, at a block of each chain; what is under way is shown and netted against nothing", async () => {
    const { node, look, deposit, slots, reports, key } = await aBridge()
    await deposit(2n * AR, bob)
    node.mine()
    slots.burn(alice.address, bob.address, AR / 2n)
    await look()

    const report = await look()

    expect(report).toMatchObject({ verdict: "whole", why: [], leftOut: [] })
    expect(report.chains.map(({ chain }) => chain)).toEqual(["arweave", "ao"])
    const [{ custody, supply, ...pending } = { custody: "", supply: "" }] = report.assets
    expect(pending).toEqual({
      ...{ asset: "AR", depositsPending: String(2n * AR) },
      burnsPending: String(AR / 2n),
    })
    expect(BigInt(supply)).toBe(4n * AR - 10n ** 10n - AR - AR / 2n)
    // Gross: what was not minted yet is in the vault already, and the network's fee is gone from it.
    expect(BigInt(custody) > 5n * AR && BigInt(custody) < 5n * AR + 10n ** 10n).toBe(true)
    expect(await paused()).toEqual([])
    expect(openReport(reports[1]!, key.key)).toEqual(report)
  })

  test("a report that somebody has changed, or another key has signed, is none", async () => {
    const { look, reports, key } = await aBridge()
    await look()
    const [signed] = reports

    const changed = {
      ...signed!,
      report: signed!.report.replace('"none"', '"whole"').replace("3", "4"),
    }
    expect(() => openReport(changed, key.key)).toThrow("bad-signature")
    expect(() => openReport(signed!, aKey("other").key)).toThrow("bad-signature")
  })

  test("a chain that cannot be read leaves no verdict, whatever the others show", async () => {
    const { look, slots, send, node } = await aBridge()
    await send(vault, { target: carol.address, quantity: AR })
    node.mine()
    slots.fault = new BridgeError("rpc-unavailable", { chain: "ao" })

    expect(await look()).toMatchObject({ verdict: "none", assets: [] })
    expect(await paused()).toEqual([])

    slots.fault = null
    expect((await look()).verdict).toBe("broken")
  })
})

// Cases 129, 131 and 132. R-26: the theft is seen and stopped at most two looks after it, and a look is due every 30 seconds at least.
describe("a thief", () => {
  test("who has the vault's key is named, and the chain is stopped at the first look", async () => {
    const { look, send, node } = await aBridge()
    expect((await look()).verdict).toBe("whole")
    await send(vault, { target: carol.address, quantity: AR })
    node.mine()

    const report = await look()

    expect(report.verdict).toBe("broken")
    expect(report.why[0]).toContain(`gave ${AR} of AR to ${carol.address}, naming no transfer`)
    expect(await paused()).toEqual(["arweave in", "arweave out"])
    const [{ reason, by, until }] = (await pauses(sql)) as [Awaited<ReturnType<typeof pauses>>[0]]
    expect([reason, by]).toEqual(["unmatched-outflow", "watchman"])
    expect(until!.getTime()).toBeGreaterThan(Date.now())
  })

  test("who writes himself tokens into the token's own state is seen, and the ledger is stopped", async () => {
    const { look, slots } = await aBridge()
    const counted = 3n * AR - 10n ** 10n
    slots.stated = { supply: counted, held: counted }
    expect((await look()).verdict).toBe("whole")
    expect((await look()).verdict).toBe("whole")

    slots.stated = { supply: counted, held: counted + 1n }
    expect((await look()).why).toEqual([
      `AR: its token states ${counted} and its accounts hold ${counted + 1n}, where ${counted} were counted`,
    ])
    slots.stated = { supply: counted + 1n, held: counted + 1n }
    expect((await look()).verdict).toBe("broken")
    expect(await paused()).toEqual(["ao in", "ao out"])
    expect((await pauses(sql))[0]!.reason).toBe("other-supply")
  })

  test.each([
    ["names a burn that was paid already", "paid-twice"],
    ["names another's burn and pays himself", "wrong-recipient"],
    ["takes more than was burned", "too-much"],
  ])("who %s is seen", async (_, fault) => {
    const { look, release, slots, burn, node } = await aBridge()
    if (fault === "paid-twice") await release(burn, bob.address, AR / 10n)
    else {
      const fresh = slots.burn(alice.address, bob.address, AR)
      if (fault === "too-much") await release(fresh, bob.address, AR + 1n)
      else await release(fresh, carol.address, AR)
    }
    node.mine()

    const report = await look()

    expect(report.why[0]).toContain(`arweave: ${fault}: `)
    expect(await paused()).toEqual(["arweave in", "arweave out"])
  })

  test("who mints without a deposit is seen when the deposit's chain was read again since", async () => {
    const { look, slots, node } = await aBridge()
    await look()
    slots.mint(`arweave:${anId("nothing")}:0`, carol.address, AR / 1_000n)

    // The endpoint that shows the deposits may be the slower one.
    expect((await look()).verdict).toBe("whole")
    node.mine()
    const report = await look()

    expect(report.why[0]).toContain("ao: unknown-transfer: ")
    expect(await paused()).toEqual(["ao in", "ao out"])
  })

  test("whose deposit a reorganisation takes back leaves a mint without its reason, and a shortfall", async () => {
    const { look, node, id, slots, deposit } = await aBridge()
    slots.items.splice(1)
    await look()
    await deposit(AR, bob)
    node.mine()

    node.fork(7, { drop: [id] })
    await look()
    const report = await look()

    expect(report.why.map((one) => one.split(":").slice(0, 2).join(":"))).toEqual(
      expect.arrayContaining(["ao: unknown-transfer"]),
    )
    expect(report.verdict).toBe("broken")
  })
})

describe("a pause", () => {
  const until = () => new Date(Date.now() + 3_600_000).toISOString()
  const wish = () => pauseText({ what: "ao", direction: "out", reason: "drill", until: until() })

  test("is not given again for what operators have resumed, not even by the same signed order", async () => {
    const { look, send, node, orders, ordering } = await aBridge()
    await send(vault, { target: carol.address, quantity: AR })
    node.mine()
    await look()
    // The second look has found the shortfall too.
    expect((await look()).why).toHaveLength(2)
    for (const direction of ["in", "out"] as const)
      await resume(sql, { chain: "arweave", direction, by: "two operators" })

    expect((await look()).verdict).toBe("broken")
    for (const { body, ...rest } of orders) await takeOrder(ordering, { ...rest, order: body })

    expect(await paused()).toEqual([])
  })

  test("that the bridge did not take is asked for again at the next look", async () => {
    const { look, send, node, ordering } = await aBridge()
    await send(vault, { target: carol.address, quantity: AR })
    node.mine()
    const keys = ordering.pausers.splice(0)
    await look()
    expect(await paused()).toEqual([])

    ordering.pausers.push(...keys)
    await look()
    expect(await paused()).toEqual(["arweave in", "arweave out"])
  })

  test("an auditor without a key for it only reports", async () => {
    const { look, send, node, orders } = await aBridge({ pauseKey: null })
    await send(vault, { target: carol.address, quantity: AR })
    node.mine()

    expect((await look()).verdict).toBe("broken")
    expect(orders).toEqual([])
  })

  test("is no licence: a key that pauses can neither resume nor decide, and a stranger cannot pause", async () => {
    const { ordering } = await aBridge()
    const [watchman] = ordering.pausers as [Key]
    const order = (by: Key, text: string) => ({
      ...{ order: text, operator: by.name },
      signature: by.sign(`causeway order\ndevnet ${deployment.vault}\n${text}`),
    })
    const stranger = aKey("watchman")

    await expect(takeOrder(ordering, order(stranger, wish()))).rejects.toThrow("bad-signature")
    await takeOrder(ordering, order(watchman, wish()))
    const [held] = await pauses(sql)
    const resumption = `resume ao out ${held!.since.toISOString()}`
    await expect(takeOrder(ordering, order(watchman, resumption))).rejects.toThrow("bad-signature")
    expect(await paused()).toEqual(["ao out"])
  })

  test.each([
    ["that has ended", -1],
    ["for longer than a week", 8 * 86_400_000],
  ])("%s is refused", async (_, ms) => {
    const { ordering } = await aBridge()
    const [watchman] = ordering.pausers as [Key]
    const end = new Date(Date.now() + ms).toISOString()
    const text = `pause ao out drill ${end}`
    const signature = watchman.sign(`causeway order\ndevnet ${deployment.vault}\n${text}`)

    await expect(
      takeOrder(ordering, { order: text, operator: "watchman", signature }),
    ).rejects.toThrow("bad-request")
  })
})

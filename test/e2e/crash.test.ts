// Services killed at any moment, and a network that is stopped: every transfer is paid exactly once.

import { setTimeout as delay } from "node:timers/promises"
import { describe, expect, test } from "vitest"
import { Random } from "../simulation/random.ts"
import { aBridge, ar, holdings, reach } from "./world.ts"

const bridge = aBridge()
const SEED = Number(process.env.SEED ?? 7)

/** Every mint row and every release that the chains hold, by transfer. */
async function payouts(): Promise<Map<string, number>> {
  const { ao, token, arweaveUrl, vault } = bridge.network.places
  const counts = new Map<string, number>()
  const count = (id: string) => counts.set(id, (counts.get(id) ?? 0) + 1)
  const su = ao.muUrl.replace(/\/mu$/, "/su")
  const { edges } = await json<Schedule>(`${su}/${token}?from=0&limit=1000`)
  for (const { node } of edges) {
    const { id, data, tags } = node.message
    if (!tags.some(({ name, value }) => name === "Action" && value === "Mint")) continue
    const result = await json<Result>(`${ao.cuUrl}/result/${id}?process-id=${token}`)
    const isMinted = result.Messages.some(({ Tags }) =>
      Tags.some(({ value }) => value === "Mint-Notice"),
    )
    const { rows } = JSON.parse(data) as { rows: { id: string }[] }
    if (isMinted) for (const row of rows) count(row.id)
  }
  const { height } = await json<{ height: number }>(`${arweaveUrl}/info`)
  for (let at = 0; at <= height; at++) {
    const block = await json<{ txs: string[] }>(`${arweaveUrl}/block/height/${at}`)
    for (const id of block.txs) {
      const tx = await json<{ target: string; tags: Tag[] }>(`${arweaveUrl}/tx/${id}`)
      const transfer = tx.tags.find(({ name }) => plain(name) === "Transfer")
      if (tx.target !== vault && transfer) count(plain(transfer.value))
    }
  }
  return counts
}

describe("the services", () => {
  // Case 102
  test(`killed again and again (seed ${SEED}) pay everything exactly once`, async () => {
    const { alice, network } = bridge
    const random = new Random(SEED)
    const deposits = await Promise.all(
      Array.from({ length: 12 }, async () => (await alice.deposit(ar("2"))).transfer),
    )
    const burns: string[] = []
    for (let round = 0; round < 6; round++) {
      await network.mine(random.between(2, 7))
      // Another moment of the work each time.
      await delay(random.between(0, 900))
      await network.killServices()
      if ((await alice.wrappedBalance()) >= ar("1"))
        burns.push((await alice.burn(ar("1"), alice.address)).transfer)
      await network.startServices()
    }

    await reach(bridge, [...deposits, ...burns])

    const counts = await payouts()
    for (const id of [...deposits, ...burns]) expect(counts.get(id), id).toBe(1)
    const { vault, custody, circulating, supply, balanced } = await holdings(bridge)
    expect({ vault, circulating, balanced }).toEqual({
      ...{ vault: custody, circulating: supply, balanced: true },
    })
  })
})

describe("the whole network", () => {
  // Case 32
  test("stopped and started again goes on where it was, and leaves no process behind", async () => {
    const { transfer } = await bridge.alice.deposit(ar("1"))
    await bridge.network.mine(4)
    const pids = Object.values(bridge.network.pids)
    const token = bridge.network.places.token

    await bridge.restart()

    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow()
    expect(bridge.network.places.token).toBe(token)
    await reach(bridge, [transfer])
  })
})

interface Tag {
  readonly name: string
  readonly value: string
}

interface Schedule {
  readonly edges: readonly {
    readonly node: { readonly message: { id: string; data: string; tags: Tag[] } }
  }[]
}

interface Result {
  readonly Messages: readonly { readonly Tags: readonly Tag[] }[]
}

async function json<Answer>(url: string): Promise<Answer> {
  return (await (await fetch(url)).json()) as Answer
}

function plain(base64url: string): string {
  return Buffer.from(base64url, "base64url").toString()
}

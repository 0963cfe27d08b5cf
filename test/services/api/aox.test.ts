// A wallet written for AOX, after how Wander uses it, switched to this bridge by its base URL alone.

import { beforeAll, describe, expect, test } from "vitest"
import type { TransferId } from "../../../core/ids.ts"
import { aBurn, anId, aSighting, pathTo } from "../../builders.ts"
import { aServedBridge, aTransferIn, deployment, tell } from "./world.ts"

/** What such a client reads, with nothing of ours in it. */
interface Tx {
  readonly rawId: number
  readonly txType: "mint" | "burn"
  readonly txId: string
  readonly status: string
  readonly quantity: string
  readonly decimals: number
  readonly confirmNum: number
  readonly confirmRange: number
  readonly fee: string
  readonly targetChainTxHash: string
  readonly errMsg: string
}
interface Info {
  readonly arLocker: string
  readonly chainTokens: readonly {
    readonly chainType: string
    readonly symbol: string
    readonly stableRange: number
    readonly locker: string
    readonly tokenId: string
    readonly wrappedTokenId: string
  }[]
  readonly wrappedTokens: readonly {
    readonly wrappedTokenId: string
    readonly minBurnAmt: string
    readonly burnFee: string
    readonly mintFee: string
  }[]
  readonly mintLimits: Readonly<Record<string, string>>
  readonly burnLimits: Readonly<Record<string, { readonly perLimit: string }>>
  readonly closeServer: Readonly<Record<string, boolean>>
}

/** Words after which such a client polls no more. */
const OVER = ["success", "failed", "submintAosFailed"]

function walletOf(base: string) {
  const json = async <Body>(path: string, init?: RequestInit) => {
    const response = await fetch(`${base}${path}`, init)
    return { status: response.status, body: (await response.json()) as Body }
  }
  return {
    info: async () => (await json<Info>("/info")).body,
    tx: (id: string) => json<Tx>(`/tx/${id}`),
    txs: async (address: string, cursor?: number) => {
      const from = cursor === undefined ? "" : `&cursor=${cursor}`
      return (await json<Tx[]>(`/txs?address=${address}&count=10${from}`)).body
    },
    announce: (sent: object) =>
      json<unknown>(`/cacheUnPackagedTx?timestamp=${Date.now()}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(sent),
      }),
  }
}

let bridge: Awaited<ReturnType<typeof aServedBridge>>
let wallet: ReturnType<typeof walletOf>
beforeAll(async () => {
  bridge = await aServedBridge()
  wallet = walletOf(bridge.url)
})

test("it learns where to pay, what is least and most, what it costs, and what is closed", async () => {
  const { arLocker, chainTokens, wrappedTokens, ...rest } = await wallet.info()
  const ar = chainTokens.find(
    ({ chainType, symbol }) => chainType === "arweave" && symbol === "AR",
  )!
  const wrapped = wrappedTokens.find((one) => one.wrappedTokenId === ar.wrappedTokenId)!

  expect(ar).toMatchObject({ locker: arLocker, tokenId: "A".repeat(43), stableRange: 10 })
  expect(wrapped).toMatchObject({ minBurnAmt: "100000000000", burnFee: "5000000000", mintFee: "0" })
  expect(rest.mintLimits.AR).toBe("1000000000000000")
  expect(rest.burnLimits.wAR!.perLimit).toBe("1000000000000000")
  const doors = [
    "BaseMint",
    "EthMint",
    "BscMint",
    "ArweaveMint",
    "EthBurn",
    "BscBurn",
    "ArweaveBurn",
  ]
  for (const door of doors) expect(rest.closeServer[`close${door}`]).toBe(door === "BaseMint")
})

describe("a transfer that it follows", () => {
  test("is `unPackaged` as soon as it says that it sent it, and goes from word to word to `success`", async () => {
    const sighting = aSighting({ amount: 3_000_000_000_000n })
    const txId = sighting.id.split(":")[1]!
    expect((await wallet.tx(txId)).status).toBe(404)
    await wallet.announce({
      ...{ txType: "mint", chainType: "arweave", tokenId: "A".repeat(43), txId },
      ...{ wrappedTokenId: deployment.tokens.AR, sender: sighting.sender },
      ...{ recipient: sighting.recipient, amount: "3000000000000" },
    })

    const words = [(await wallet.tx(txId)).body.status]
    for (const [place, event] of pathTo("paid", sighting).entries()) {
      await tell(bridge.sql, sighting.id, event, `${place}`)
      words.push((await wallet.tx(txId)).body.status)
    }

    const unique = words.filter((word, place) => word !== words[place - 1])
    expect(unique).toEqual(["unPackaged", "waiting", "confirmed", "wrapping", "success"])
    expect(unique.findIndex((word) => OVER.includes(word))).toBe(unique.length - 1)
    const { body } = await wallet.tx(txId)
    expect(body).toMatchObject({ quantity: "3000000000000", decimals: 12, confirmRange: 10 })
    expect(body.targetChainTxHash).not.toBe("")
  })

  test("of a burn has a burn's words", async () => {
    const burn = aBurn()
    const words: string[] = []
    for (const [place, event] of pathTo("paid", burn).entries()) {
      await tell(bridge.sql, burn.id, event, `${place}`)
      words.push((await wallet.tx(burn.id.split(":")[1]!)).body.status)
    }
    expect([...new Set(words)]).toEqual(["burning", "confirmed", "executing", "success"])
  })

  test("cannot be put out of sight by a stranger's word about it", async () => {
    const id: TransferId = await aTransferIn(bridge.sql, "sent")
    const txId = id.split(":")[1]!
    await wallet.announce({
      ...{ txType: "mint", chainType: "arweave", tokenId: "x", wrappedTokenId: "y", txId },
      ...{ sender: "mallory", recipient: "mallory", amount: 1 },
    })
    expect((await wallet.tx(txId)).body).toMatchObject({
      status: "wrapping",
      quantity: "1000000000000",
    })
  })
})

test("it reads its history page by page, by the `rawId` of the last row", async () => {
  const sender = anId("wanderer")
  for (let n = 0; n < 12; n += 1) await aTransferIn(bridge.sql, "seen", aSighting({ sender }))

  const first = await wallet.txs(sender)
  const second = await wallet.txs(sender, first.at(-1)!.rawId)

  expect([first.length, second.length]).toEqual([10, 2])
  const ids = [...first, ...second].map(({ rawId }) => rawId)
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a))
})

test("a word that is none is refused with what is wrong", async () => {
  const { status, body } = await wallet.announce({ txType: "steal" })
  expect([status, body]).toMatchObject([400, { error: { code: "bad-request" } }])
})

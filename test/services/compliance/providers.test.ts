// Sources outside: a yes acts, a no is a no, and silence, nonsense and a contract that is not there are silence.

import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, describe, expect, test } from "vitest"
import { partyOf } from "../../../chains/party.ts"
import { evaluate } from "../../../core/compliance/evaluate.ts"
import { ISSUER } from "../../../core/compliance/presets.ts"
import { type ProviderConfig, providersOf } from "../../../services/compliance/providers.ts"
import { aBook, bookOf, emptyLists, NOW, someFacts } from "../../core/compliance/builders.ts"
import { somebody } from "./office.ts"

const FROZEN = "0x00000000000000000000000000000000000000f1"
const CLEAR = "0x00000000000000000000000000000000000000c1"
const CONTRACT = "0x40c57923924b5c5c5455c48d93317139addac8fb"

async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  afterAll(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const word = (bit: number) => `0x${String(bit).padStart(64, "0")}`

/** A node with one contract that has frozen one account. */
const node = () =>
  answering(async (request, response) => {
    let body = ""
    for await (const chunk of request) body += chunk
    const [call] = (JSON.parse(body) as { params: [{ to: string; data: string }] }).params
    const isKnown = call.to === CONTRACT && call.data.startsWith("0xfe575a87")
    const result = isKnown ? word(call.data.endsWith(FROZEN.slice(2)) ? 1 : 0) : "0x"
    response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result }))
  })

const askOf = async (config: Omit<ProviderConfig, "source">, ...addresses: readonly string[]) => {
  const parties = addresses.map((address) => partyOf("sender", address))
  const providers = providersOf([{ source: ISSUER, ...config }])
  const [answers] = await providers.ask([{ asset: "USDC", parties }])
  return answers!
}

describe("a contract", () => {
  test("is asked for every EVM account, and for nobody else", async () => {
    const call = { kind: "call", contract: CONTRACT, method: "isBlacklisted" } as const
    const said = await askOf({ ...call, url: await node() }, FROZEN, CLEAR, somebody())

    expect(said.map((one) => one.said)).toEqual(["listed", "clear"])
  })

  test("of another asset is not asked at all", async () => {
    const call = { kind: "call", contract: CONTRACT, method: "isBlacklisted" } as const

    expect(await askOf({ ...call, url: await node(), asset: "USDT" }, FROZEN)).toEqual([])
  })

  test("that is not there has said nothing, which is no no", async () => {
    const call = { kind: "call", contract: CLEAR, method: "isBlacklisted" } as const

    expect(await askOf({ ...call, url: await node() }, CLEAR)).toMatchObject([{ said: "none" }])
  })

  // Case 140.
  test("that has frozen our vault holds all of its token", async () => {
    const call = { kind: "call", contract: CONTRACT, method: "isBlacklisted" } as const
    const answers = await askOf({ ...call, url: await node(), vault: FROZEN, asset: "USDC" }, CLEAR)

    const decided = evaluate(bookOf("minimal"), emptyLists(), someFacts({ answers }), NOW)

    expect(answers.at(-1)).toEqual({ source: ISSUER, said: "listed", about: "vault" })
    expect(decided).toMatchObject({ bridge: "hold", refund: "hold" })
  })
})

describe("a provider by HTTP", () => {
  test.each<[string, RequestListener, string]>([
    ["says listed", (_, response) => response.end('{"listed":true}'), "listed"],
    ["says clear", (_, response) => response.end('{"listed":false}'), "clear"],
    ["says nonsense", (_, response) => response.end('{"listed":"perhaps"}'), "none"],
    ["fails", (_, response) => response.writeHead(500).end('{"listed":false}'), "none"],
    ["hangs up", (request) => request.socket.destroy(), "none"],
    [
      "sends us elsewhere",
      (_, response) => response.writeHead(302, { location: "/" }).end(),
      "none",
    ],
  ])("that %s", async (_, listener, said) => {
    const url = await answering(listener)

    expect(await askOf({ kind: "http", url }, somebody())).toMatchObject([{ said }])
  })

  // Case 136.
  test("that is down holds great amounts and what has no price, and never passes for a no", async () => {
    const url = await answering((request) => request.socket.destroy())
    const answers = await askOf({ kind: "http", url }, somebody())
    const when = { kind: "unanswered", source: ISSUER, usdCentsMin: 100_000 } as const
    const rule = { id: "down", authority: "own", when, effects: { bridge: "hold" } } as const
    const at = (usdCents: number | null) =>
      evaluate(aBook({ rules: [rule] }), emptyLists([]), someFacts({ answers, usdCents }), NOW)
        .bridge

    expect([at(99_999), at(100_000), at(null)]).toEqual(["allow", "hold", "hold"])
  })
})

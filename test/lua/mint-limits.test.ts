// How much can be minted: what was attested, and the caps of a row, a message and a window.

import { deepEqual, equal, ok } from "node:assert/strict"
import { test } from "vitest"
import type { AoResult } from "../../devnet/evaluator.ts"
import { aConfig, aRow, aSource, BRIDGE, mintData, outcomes, Token, tagsOf } from "./token.ts"

const minted = (rows: number) => [...Array(rows).fill("Credit-Notice"), "Mint-Notice"]

async function refuses(
  token: Token,
  code: string,
  act: () => Promise<AoResult>,
): Promise<AoResult> {
  const before = await token.state()
  const result = await act()
  deepEqual(outcomes(result), [code])
  deepEqual(await token.state(), before)
  return result
}

test("no more is ever minted than was attested, fees included", async () => {
  // sum of mints <= sum of locks.
  const token = await Token.deployed()
  const attest = (amount: string) => ({ attested: { arweave: amount } })

  await refuses(token, "over-attested", () =>
    token.mint([aRow("a", { quantity: "990", fee: "11" })], attest("1000")),
  )
  deepEqual(
    outcomes(await token.mint([aRow("a", { quantity: "990", fee: "10" })], attest("1000"))),
    minted(1),
  )
  await token.burn("500")
  // What was burned does not make room: the total of deposits does.
  await refuses(token, "over-attested", () =>
    token.mint([aRow("b", { quantity: "1" })], attest("1000")),
  )

  const { chains } = await token.limits()
  deepEqual(
    [chains.arweave.credited, chains.arweave.attested, chains.arweave.locked],
    ["1000", "1000", "490"],
  )
})

test("mints that arrive in another order than they were signed all land", async () => {
  const token = await Token.deployed()
  const first = { attested: { arweave: "1000" } }
  const second = { attested: { arweave: "2000" } }

  deepEqual(outcomes(await token.mint([aRow("b")], second)), minted(1))
  deepEqual(outcomes(await token.mint([aRow("a")], first)), minted(1))
})

test("attested names exactly the chains of the rows", async () => {
  const sources = [aSource("arweave"), aSource("ethereum")]
  const token = await Token.deployed(aConfig({ sources }))
  const send = (attested: string) => {
    const data = mintData([aRow("a")]).replace(/"attested":\{[^}]*\}/, `"attested":{${attested}}`)
    return token.send({ Action: "Mint" }, { from: BRIDGE, data })
  }

  await refuses(token, "bad-attested", () => send(""))
  await refuses(token, "bad-attested", () => send('"ethereum":"9000"'))
  await refuses(token, "bad-attested", () => send('"arweave":"9000","ethereum":"9000"'))
})

test("the caps of a row, a message and the window hold, to the unit", async () => {
  const limits = { row: 100n, message: 250n, window: 300n, windowMs: 48_000 }
  const token = await Token.deployed(aConfig({ limits }))
  const rows = (name: string, ...quantities: string[]) =>
    quantities.map((quantity, n) => aRow(`${name} ${n}`, { quantity }))

  await refuses(token, "over-row-cap", () => token.mint(rows("a", "101")))
  await refuses(token, "over-message-cap", () => token.mint(rows("a", "100", "100", "51")))
  deepEqual(outcomes(await token.mint(rows("a", "100", "100", "50"))), minted(3))
  const full = await refuses(token, "over-window-cap", () => token.mint(rows("b", "51")))
  deepEqual(outcomes(await token.mint(rows("b", "50"))), minted(1))

  // It refills as it slides, and says when.
  const retryAt = Number(tagsOf(full.Messages[0])["Retry-At"])
  ok(retryAt > token.nowMs + 48_000 - 1000 && retryAt <= token.nowMs + 49_000)
  token.nowMs = retryAt - 1
  await refuses(token, "over-window-cap", () => token.mint(rows("c", "1")))
  token.nowMs = retryAt
  deepEqual(outcomes(await token.mint(rows("c", "100"))), minted(1))
})

test("the window slides: what was minted first leaves first", async () => {
  // Case 124.
  const limits = { row: 100n, message: 100n, window: 200n, windowMs: 48_000 }
  const token = await Token.deployed(aConfig({ limits }))
  const start = token.nowMs
  const mint = (name: string) => token.mint([aRow(name, { quantity: "100" })])
  await mint("a")
  token.nowMs = start + 30_000
  await mint("b")

  token.nowMs = start + 49_000
  deepEqual(outcomes(await mint("c")), minted(1))
  deepEqual(outcomes(await mint("d")), ["over-window-cap"])
  token.nowMs = start + 79_000
  deepEqual(outcomes(await mint("d")), minted(1))
  equal((await token.limits()).windowUsed, "200")
})

test("a scheduler's clock that runs backwards opens no window", async () => {
  const limits = { row: 100n, message: 100n, window: 100n, windowMs: 48_000 }
  const token = await Token.deployed(aConfig({ limits }))
  await token.mint([aRow("a", { quantity: "100" })])

  for (const at of [token.nowMs - 1_000_000, 1]) {
    deepEqual(outcomes(await token.mint([aRow("b", { quantity: "1" })], { at })), [
      "over-window-cap",
    ])
  }
})

test("hundreds of small mints keep a short window", async () => {
  const token = await Token.deployed(
    aConfig({ limits: { row: 100n, message: 100n, window: 100_000n, windowMs: 480 } }),
  )
  for (let n = 0; n < 300; n++) {
    token.nowMs += 7
    await token.mint([aRow(`small ${n}`, { quantity: "1" })])
  }

  const length = await token.eval("return #Book.window")
  ok(Number(String(length.Output.data).split("\n").at(-1)) <= 50)
})

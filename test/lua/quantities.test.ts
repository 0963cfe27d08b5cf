// Quantities as strangers write them: a positive whole number in the one canonical spelling, or nothing moves.

import { deepEqual } from "node:assert/strict"
import { test } from "vitest"
import { aConfig, aRow, BRIDGE, FACES, mintData, outcomes, Token } from "./token.ts"

// Case 11.
const HOSTILE = [
  ...["-5", "0", "-0", "+5", "1e3", "0x10", "0b1", "007", "00", "1.5", "7.0", ".5", "5.", "1_000"],
  ...[
    "",
    " ",
    " 7",
    "7 ",
    "7\n",
    "\t7",
    "1,000",
    "1 000",
    "NaN",
    "Infinity",
    "inf",
    "null",
    "٣",
    "７",
  ],
  ...["9".repeat(39), "9".repeat(80), `1${"0".repeat(38)}`, (2n ** 256n).toString(), "5n", "#5"],
]

test.each(FACES)("a hostile quantity moves nothing by transfer or burn, on %s", async (face) => {
  const token = await Token.deployed(aConfig(), face)
  await token.mint([aRow("a")])
  const before = await token.state()

  for (const quantity of HOSTILE) {
    const label = JSON.stringify(quantity)
    deepEqual(outcomes(await token.transfer(quantity)), ["bad-quantity"], label)
    deepEqual(outcomes(await token.burn(quantity)), ["bad-quantity"], label)
  }
  const without = [{ Action: "Transfer" }, { Action: "Burn" }]
  for (const tags of without) deepEqual(outcomes(await token.send(tags)), ["bad-quantity"])

  deepEqual(await token.state(), before)
})

test.each(FACES)(
  "a hostile quantity, fee or attested amount mints nothing, on %s",
  async (face) => {
    const token = await Token.deployed(aConfig(), face)
    const before = await token.state()

    for (const quantity of HOSTILE) {
      const label = JSON.stringify(quantity)
      const good = aRow("good")
      const mint = (row: object, attested = {}) =>
        token.mint([good, aRow("bad", row)], { attested })
      deepEqual(outcomes(await mint({ quantity })), ["bad-quantity"], label)
      deepEqual(outcomes(await mint({ fee: quantity })), ["bad-quantity"], label)
      deepEqual(outcomes(await mint({}, { arweave: quantity })), ["bad-attested"], label)
    }

    deepEqual(await token.state(), before)
  },
)

test("a quantity that is a JSON number mints nothing, whatever its value", async () => {
  const token = await Token.deployed()

  for (const number of [
    "1000",
    "1e3",
    "-1",
    "0.1",
    "9007199254740993",
    "true",
    "null",
    "[]",
    "{}",
  ]) {
    const data = mintData([aRow("a")]).replace('"1000"', number)
    const result = await token.send({ Action: "Mint" }, { from: BRIDGE, data })
    deepEqual(outcomes(result), ["bad-data"], number)
  }

  deepEqual(await token.balances(), {})
})

test("a hostile limit or fee changes neither", async () => {
  const token = await Token.deployed()
  const before = await token.state()
  const limits = { "Row-Cap": "10", "Message-Cap": "10", "Window-Cap": "10", "Window-Ms": "10" }
  const fees = { "Burn-Fee": "1", "Min-Burn": "2", "Mint-Fee": "1" }
  const set = (Action: string, tags: object) => token.send({ Action, ...tags }, { from: BRIDGE })

  for (const value of HOSTILE) {
    for (const name of Object.keys(limits)) {
      // 39 digits are too long for an amount, and 16 for a time.
      const result = await set("Set-Limits", { ...limits, [name]: value })
      deepEqual(outcomes(result), ["bad-limits"], `${name} ${value}`)
    }
    for (const name of Object.keys(fees)) {
      if (value === "0" && name !== "Min-Burn") continue
      const result = await set("Set-Fees", { ...fees, [name]: value })
      deepEqual(outcomes(result), ["bad-fees"], `${name} ${value}`)
    }
  }

  deepEqual(await token.state(), before)
})

test("38 digits are carried exactly, and a supply never passes them", async () => {
  const most = "9".repeat(38)
  const limits = { row: BigInt(most), message: BigInt(most), window: BigInt(most), windowMs: 1 }
  const token = await Token.deployed(aConfig({ limits }))
  const attested = { arweave: most }
  await token.mint([aRow("a", { quantity: "9007199254740993" })], { attested })
  token.nowMs += 1000

  const rest = (BigInt(most) - 9007199254740993n).toString()
  const over = await token.mint([aRow("b", { quantity: most })], { attested })
  const full = await token.mint([aRow("c", { quantity: rest })], { attested })

  deepEqual(outcomes(over), ["over-supply"])
  deepEqual(outcomes(full), ["Credit-Notice", "Mint-Notice"])
  deepEqual(Object.values(await token.balances()), [most])
})

// What a campaign's token reads: one text for one meaning, and nothing proven but what stands in the tree.

import { deepEqual } from "node:assert/strict"
import { test } from "vitest"
import { anEpoch, claimData, creditData, open, paid, refuses, Taox, three } from "./taox-token.ts"
import { ALICE, BOB, BRIDGE, outcomes, POOL } from "./token.ts"

test("a claim has one text: whatever is written otherwise is none", async () => {
  const [taox, epoch] = [await open(), three()]
  const good = claimData(epoch, BOB)
  const { proof } = JSON.parse(good) as { proof: string[] }
  const hash = proof[0]!
  const send = (data: string) => taox.token.send({ Action: "Claim" }, { data })
  const bad = [
    ...["", "{", "[]", "null", '"x"', `${good} `, ` ${good}`, good.replace(":", ": ")],
    ...['"500"', '"-500"', '"0500"', '"5e2"', '"500.0"', '"0x1f4"', "500", '"0"', '""']
      .filter((text) => text !== '"500"')
      .map((text) => good.replace('"500"', text)),
    good.replace('"500"', `"${"9".repeat(39)}"`),
    ...['"01"', '"0"', '"-1"', '"1.0"', "1", '"1e0"', '"9999999999"'].map((text) =>
      good.replace('"epoch":"1"', `"epoch":${text}`),
    ),
    good.replace(/"index":"(\d)"/, '"index":"0$1"'),
    good.replace(/"index":"(\d)"/, '"index":$1'),
    good.replace(BOB, `${BOB}=`),
    good.replace(BOB, BOB.slice(1)),
    good.replace(BOB, "A".repeat(43)),
    good.replace(hash, hash.toUpperCase()),
    good.replace(hash, hash.slice(2)),
    good.replace(hash, `${hash}00`),
    good.replace(`"${hash}"`, "7"),
    good.replace(`"${hash}"`, `"${hash}",null`),
    good.replace(`"proof":[`, `"proof":{"1":`).replace("]}", "}}"),
    good.replace("}", ',"more":"1"}'),
    good.replace('"amount"', '"amount":"9","amount"'),
    claimData(epoch, BOB, { proof: Array(33).fill(hash) }),
  ]

  for (const data of bad) deepEqual(outcomes(await send(data)), ["bad-data"], data)
  deepEqual(await taox.payments(), [])
  deepEqual(outcomes(await send(good)), paid)
})

test("a credit has one text, and no row, place or account twice", async () => {
  const [taox, epoch] = [await open(), three()]
  const good = creditData(epoch, [BOB, POOL])
  const send = (data: string) => taox.token.send({ Action: "Credit" }, { from: BRIDGE, data })
  const rows = (count: number) => JSON.stringify({ epoch: "1", rows: Array(count).fill({}) })
  const codes: [string, string][] = [
    ...["", "{}", `${good}\n`, good.replace('"500"', '"0"'), good.replace('"500"', "500")].map(
      (data): [string, string] => ["bad-data", data],
    ),
    ["bad-data", good.replace(BOB, `${BOB}=`)],
    ["bad-data", good.replace('"index"', '"x":"1","index"')],
    ["bad-row-count", rows(0)],
    ["bad-row-count", rows(101)],
    ["duplicate-row", creditData(epoch, [BOB, BOB])],
    ["duplicate-row", good.replace(/"index":"\d"/g, '"index":"1"')],
  ]

  for (const [code, data] of codes) deepEqual(outcomes(await send(data)), [code], data)
  deepEqual(await taox.payments(), [])
})

test("a root has hashes, an amount and times, each in its one spelling", async () => {
  const [taox, epoch] = [await Taox.deployed(), three()]
  const { root } = epoch
  const bad = ["", "-5", "0", "1e3", "0x10", "1.5", " 5", "007", "9".repeat(39)]

  for (const total of bad) await refuses(taox, "bad-root", () => taox.root(epoch, { total }))
  for (const text of ["", root.toUpperCase(), root.slice(1), `${root}0`, `g${root.slice(1)}`]) {
    await refuses(taox, "bad-root", () => taox.root(epoch, { root: text }))
    await refuses(taox, "bad-root", () => taox.root(epoch, { artifact: text }))
  }
  for (const closesAt of ["", "soon", "1.5e12", "-1"])
    await refuses(taox, "bad-window", () => taox.root(epoch, { closesAt }))
})

test("an account is proven in its own spelling, and no other place, epoch or campaign proves it", async () => {
  const [taox, epoch] = [await open(), three()]
  const index = (n: number) => ({ fields: { index: `${n}` } })

  await refuses(taox, "bad-proof", () => taox.claim(epoch, BOB, index(7)))
  await refuses(taox, "bad-proof", () => taox.claim(epoch, BOB, { fields: { account: ALICE } }))
  await refuses(taox, "bad-proof", () => taox.claim(epoch, BOB, { fields: { proof: [] } }))
  await refuses(taox, "unknown-epoch", () => taox.claim(three(2), BOB))
  const other = anEpoch(1, { [ALICE]: 1000n, [BOB]: 500n, [POOL]: 7n }, "other")
  await refuses(taox, "bad-proof", () => taox.claim(other, BOB))
  // A node shown as a leaf's hash has no text.
  const inner = anEpoch(2, { [ALICE]: 1n })
  await taox.root(inner, { root: epoch.root })
  await refuses(taox, "bad-proof", () => taox.claim(inner, ALICE))
})

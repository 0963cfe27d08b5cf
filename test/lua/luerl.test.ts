// The same messages on luerl itself and on the local network's imitation of it: both must say the same.

import { deepEqual, ok } from "node:assert/strict"
import fc from "fast-check"
import { test } from "vitest"
import type { UnitItem } from "../../devnet/ao/item.ts"
import { assignmentOf, NativeProcess } from "../../devnet/ao/native.ts"
import { aosModule } from "../../devnet/aos.ts"
import { hyperBundle } from "../../lua/bundle.ts"
import { luerlFolder, onLuerl } from "./luerl.ts"
import {
  ALICE,
  aConfig,
  aRow,
  aSource,
  BOB,
  BRIDGE,
  GUARDIAN,
  idOf,
  mintData,
  POOL,
  TOKEN,
  UNIT,
} from "./token.ts"

const folder = luerlFolder()
if (folder === null)
  console.warn("luerl is not installed: its test is skipped (apt install erlang-luerl)")

const account = fc.constantFrom(ALICE, BOB, POOL, BRIDGE, GUARDIAN)
const word = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "5",
    "50",
    "1000",
    "-5",
    "1e3",
    "",
    '"1", "2"',
    ALICE,
    BOB,
    "0x",
    "mint",
    "\x7f",
    "é",
  ),
  fc.constantFrom(
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
  ),
)
const action = fc.constantFrom(
  ...["Mint", "Mint", "Mint", "Burn", "Burn", "Transfer", "Transfer"],
  ...["Info", "Balance", "Balances", "Total-Supply", "Transfer", "Burn", "Mint", "Burn-Record"],
  ...[
    "Burns",
    "Minted",
    "Limits",
    "Pause",
    "Resume",
    "Stops",
    "Set-Guardian",
    "Set-Limits",
    "Set-Fees",
  ],
)
const names = [
  ...["Recipient", "Quantity", "Target-Chain", "Max-Fee", "Cast", "X-A", "x-b", "X-C.d_e", "Scope"],
  ...[
    "Reason",
    "Until",
    "First",
    "Limit",
    "Burn-Number",
    "Deposit-Id",
    "Reference",
    "From-Process",
  ],
  ...["Row-Cap", "Message-Cap", "Window-Cap", "Window-Ms", "Burn-Fee", "Min-Burn", "Mint-Fee"],
  ...["Guardian", "Order-Number", "Pauses", "Id", "Owner", "committers", "commitments", "ao-types"],
]
const message = fc.record({
  owner: fc.oneof({ arbitrary: account, weight: 4 }, fc.constant(UNIT)),
  tags: fc.array(fc.tuple(fc.constantFrom(...names), word), { maxLength: 8 }),
  action,
  data: fc.oneof(
    fc.constant(""),
    fc.string({ unit: "binary" }),
    fc.array(fc.tuple(fc.nat(300), account, fc.nat(3000), word), { maxLength: 2 }).map((rows) =>
      mintData(
        rows.map(([n, recipient, quantity, x]) =>
          aRow(`deposit ${n}`, {
            ...{ recipient, quantity: `${quantity}` },
            ...(n % 3 === 0 && x && { x: { "X-T": x } }),
          }),
        ),
      ),
    ),
  ),
  good: fc.boolean(),
})

test.skipIf(folder === null)("luerl and its imitation agree on every slot", async () => {
  const config = aConfig({ sources: [aSource("arweave"), aSource("ethereum"), aSource("bitcoin")] })
  const script = hyperBundle(config)
  const tags = [{ name: "Authority", value: UNIT }]

  const messages = fc.sample(message, { numRuns: 600, seed: 6 })
  const assignments = messages.map(({ owner, tags, action, data, good }, at) => {
    const usual = [
      { name: "Action", value: action },
      ...(good
        ? [
            { name: "Recipient", value: [BOB, idOf("home")][at % 2]! },
            { name: "Quantity", value: `${(at * 7) % 400}` },
          ]
        : []),
    ]
    const rest = tags.map(([name, value]) => ({ name, value }))
    const own = action === "Mint" && good ? BRIDGE : owner
    const item = {
      id: idOf(`message ${at}`),
      owner: own,
      target: TOKEN,
      data,
      tags: [...usual, ...rest],
    }
    return slotOf(at + 1, item)
  })
  const spawn = {
    id: TOKEN,
    owner: ALICE,
    target: "",
    data: "",
    tags: [{ name: "Type", value: "Process" }],
  }
  const all = [slotOf(0, spawn), ...assignments]

  const native = new NativeProcess({
    ...{ module: await aosModule(), script, process: TOKEN, tags, authority: UNIT },
  })
  const here = []
  for (const one of all) here.push((await native.compute(one)).state)
  const there = await onLuerl(folder!, script, { authority: UNIT }, all)

  deepEqual(there.length, here.length)
  for (const [at, state] of here.entries()) deepEqual(plain(there[at]), plain(state), `slot ${at}`)
  const supplies = new Set(here.map(({ supply }) => supply))
  ok(supplies.size > 4, `supplies: ${supplies.size}`)
})

function slotOf(slot: number, item: Partial<UnitItem>): object {
  const message = { Nonce: slot, Timestamp: 1_700_000_000_000 + slot, Target: TOKEN }
  return assignmentOf(message as never, item as UnitItem, UNIT)
}

/** An empty table is neither a list nor a map. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

// The real token beside the model: whatever is sent in whatever order, both answer and hold the same.

import { deepEqual, equal } from "node:assert/strict"
import fc from "fast-check"
import { test } from "vitest"
import { Model } from "./model.ts"
import {
  ALICE,
  aConfig,
  BOB,
  depositId,
  GUARDIAN,
  idOf,
  outcomes,
  POOL,
  type Row,
  Token,
  VAULT,
} from "./token.ts"

const CAPS = { row: 1000n, message: 1500n, burnFee: 30n, burnMin: 50n }

const account = fc.constantFrom(ALICE, BOB, POOL)
const quantity = fc.oneof(
  fc.bigInt({ min: 50n, max: 300n }),
  fc.constantFrom(1n, 49n, 50n, 999n, 1000n, 1001n, 10n ** 37n),
)
const deposit = fc.record(
  {
    id: fc.integer({ min: 0, max: 40 }).map((n) => depositId(`deposit ${n}`)),
    recipient: account,
    quantity: quantity.map(String),
    fee: fc.bigInt({ min: 1n, max: 40n }).map(String),
  },
  { requiredKeys: ["id", "recipient", "quantity"] },
)

const acts = {
  mint: fc.record({
    kind: fc.constant("mint" as const),
    rows: fc.array(deposit, { minLength: 1, maxLength: 4 }),
    attested: fc.bigInt({ min: 1n, max: 6_000n }),
  }),
  transfer: fc.record({
    kind: fc.constant("transfer" as const),
    from: account,
    to: account,
    quantity,
  }),
  burn: fc.record({ kind: fc.constant("burn" as const), from: account, quantity }),
  refund: fc.record({
    kind: fc.constant("refund" as const),
    burn: fc.nat(8),
    off: fc.constantFrom(0n, 0n, 0n, 1n, -1n),
    fee: fc.constantFrom(0n, 30n, 31n),
    beside: fc.array(deposit, { maxLength: 1 }),
  }),
  replay: fc.record({ kind: fc.constant("replay" as const), message: fc.nat(1000) }),
  garbage: fc.record({
    kind: fc.constant("garbage" as const),
    from: account,
    tags: fc.dictionary(
      fc.constantFrom("Action", "Quantity", "Recipient", "Id", "Nonce", "Timestamp", "X-A", "x-a"),
      fc.oneof(fc.string(), fc.constantFrom("-5", "0", "1e3", "Balances", "Eval", BOB, VAULT)),
    ),
  }),
  pause: fc.record({
    kind: fc.constant("pause" as const),
    scope: fc.constantFrom("mint" as const, "burn" as const),
    on: fc.constantFrom(true, false, false, false, false),
  }),
}

const act = fc.oneof(
  { arbitrary: acts.mint, weight: 6 },
  { arbitrary: acts.burn, weight: 6 },
  { arbitrary: acts.refund, weight: 4 },
  ...[acts.transfer, acts.replay, acts.garbage].map((arbitrary) => ({ arbitrary, weight: 3 })),
  { arbitrary: acts.pause, weight: 1 },
)

type Act = typeof act extends fc.Arbitrary<infer T> ? T : never
type Sending = (token: Token) => Promise<string[]>

// The second face costs no process of its own, but each of its messages a copy of all balances.
test.each([
  ["aos", 20],
  ["hyper", 12],
] as const)("no sequence of messages makes or loses a unit, on %s", async (face, numRuns) => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 30, maxLength: 80, size: "max" }), async (acts) => {
      const limits = { ...CAPS, window: 10n ** 37n, windowMs: 1 }
      const token = await Token.deployed(aConfig({ limits }), face)
      const model = new Model(CAPS)
      const sent: { send: Sending; expect: () => string[] }[] = []

      for (const [n, what] of acts.entries()) {
        if (what.kind === "garbage") {
          await token.send(what.tags, { from: what.from })
          continue
        }
        const again = what.kind === "replay" ? sent[what.message % Math.max(1, sent.length)] : null
        const message = again ?? messageOf(what, idOf(`act ${n}`), model)
        if (message === null) continue
        if (!again) sent.push(message)
        deepEqual(await message.send(token), message.expect(), `${n}: ${describe(what)}`)
      }

      await agree(token, model)
    }),
    { numRuns },
  )
})

test.each(["aos", "hyper"] as const)(
  "two units that evaluate the same messages answer the same bytes and hold the same state, on %s",
  async (face) => {
    const units = [await Token.deployed(aConfig(), face), await Token.deployed(aConfig(), face)]
    const rows = [ALICE, BOB, POOL].map((recipient, n) => ({
      ...{ id: depositId(`deposit ${n}`), recipient, quantity: "1000" },
      x: { "X-B": "2", "X-A": "1", "X-C": "3" },
    }))
    const sorted = rows.map((row) => ({ ...row, x: { "X-A": "1", "X-B": "2", "X-C": "3" } }))

    const answers = await Promise.all(
      units.map(async (token) => [
        ...[await token.mint(rows), await token.mint(sorted), await token.burn("100")],
        ...[await token.transfer("5", POOL, { tags: { "X-Z": "1", "X-Y": "2" } })],
        ...[await token.ask({ Action: "Balances" }), await token.ask({ Action: "Limits" })],
        await token.ask({ Action: "Burns" }),
      ]),
    )

    deepEqual(answers[0], answers[1])
    equal(await units[0]!.stateHash(), await units[1]!.stateHash())
  },
)

/** What goes to the token, and what the model does for it; each may be done again. */
function messageOf(what: Act, id: string, model: Model) {
  switch (what.kind) {
    case "mint":
      return minting(what.rows, what.attested, id, model)
    case "refund": {
      const burn = model.burns[what.burn]
      if (burn === undefined) return null
      const kept = what.fee === 0n ? {} : { fee: String(what.fee) }
      const quantity = String(burn.quantity - what.fee + what.off)
      const row = { id: burn.id, recipient: burn.sender, quantity, ...kept }
      return minting([row, ...what.beside], 6_000n, id, model)
    }
    case "transfer":
      return {
        send: async (token: Token) =>
          outcomes(await token.transfer(`${what.quantity}`, what.to, { from: what.from, id })),
        expect: () => model.transfer(id, what.from, what.to, what.quantity),
      }
    case "burn":
      return {
        send: async (token: Token) =>
          outcomes(await token.burn(`${what.quantity}`, {}, { from: what.from, id })),
        expect: () => model.burn(id, what.from, what.quantity),
      }
    case "pause": {
      const tags = { Scope: what.scope, Reason: "drill" }
      return {
        send: async (token: Token) =>
          outcomes(
            what.on
              ? await token.send({ Action: "Pause", ...tags }, { from: GUARDIAN, id })
              : await token.ordered("Resume", tags, { id }),
          ),
        expect: () => model.pause(id, what.scope, what.on),
      }
    }
    default:
      return null
  }
}

function minting(rows: readonly Row[], attested: bigint, id: string, model: Model) {
  const stated = rows.some((row) => row.id.startsWith("arweave:")) ? { arweave: `${attested}` } : {}
  return {
    send: async (token: Token) => outcomes(await token.mint(rows, { id, attested: stated })),
    expect: () => model.mint(id, rows, attested),
  }
}

async function agree(token: Token, model: Model): Promise<void> {
  const { balances, info, limits, burns } = await token.state()
  const held = Object.values(balances).reduce((sum, balance) => sum + BigInt(balance), 0n)
  const { locked, credited, attested } = limits.chains.arweave

  deepEqual(
    balances,
    Object.fromEntries([...model.balances].map(([who, held]) => [who, `${held}`])),
  )
  equal(BigInt(info.TotalSupply!), held)
  equal(BigInt(locked), held)
  equal(info.HolderNum, String(model.balances.size))
  deepEqual([BigInt(credited), BigInt(attested)], [model.credited, model.attested])
  deepEqual(
    burns.map(({ number, id }: { number: number; id: string }) => [number, id]),
    model.burns.slice(0, 100).map(({ id }, at) => [at + 1, id]),
  )
}

function describe(what: Act): string {
  return JSON.stringify(what, (_, value) => (typeof value === "bigint" ? `${value}` : value))
}

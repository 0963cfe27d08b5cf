// The real token of a campaign beside a model: whatever is sent in whatever order, no unit comes to be that no root gave.

import { deepEqual } from "node:assert/strict"
import fc from "fast-check"
import { test } from "vitest"
import { aCampaign, anEpoch, type Epoch, HOUR, Taox } from "./taox-token.ts"
import { ALICE, BOB, idOf, outcomes, POOL } from "./token.ts"

const ALLOCATION = 3_000n
const people = [ALICE, BOB, POOL]
const person = fc.constantFrom(...people)
const amount = fc.oneof(fc.bigInt({ min: 1n, max: 900n }), fc.constantFrom(1n, 3_000n, 3_001n))

const acts = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("root" as const),
      amounts: fc.tuple(amount, amount, amount),
      // What the root says that its leaves add up to may be less than the truth.
      understated: fc.constantFrom(0n, 0n, 0n, 400n),
      opensIn: fc.constantFrom(-1, 0, 2),
      lasts: fc.constantFrom(5, 7, 50),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("claim" as const),
      back: fc.nat(2),
      account: person,
      lie: fc.constantFrom(null, null, null, "amount" as const, "index" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("credit" as const),
      back: fc.nat(1),
      accounts: fc.uniqueArray(person, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ kind: fc.constant("transfer" as const), from: person, to: person },
      quantity: fc.bigInt({ min: 1n, max: 500n }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), hours: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ kind: fc.constant("hold" as const), back: fc.integer({ min: -1, max: 1 }) },
      ...{ accounts: fc.uniqueArray(person, { minLength: 1, maxLength: 2 }) },
      hours: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("replay" as const), message: fc.nat(1000) }),
  },
)

type Act = typeof acts extends fc.Arbitrary<infer One> ? One : never

test.each([
  ["aos", 5],
  ["hyper", 2],
] as const)(
  "no sequence of messages gives more than its roots did, on %s",
  async (face, numRuns) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(acts, { minLength: 25, maxLength: 55, size: "max" }),
        async (all) => {
          const taox = await Taox.deployed(aCampaign({ allocation: ALLOCATION }), face)
          const model = new Model()
          const sent: (() => Promise<string[]>)[] = []
          for (const [n, act] of all.entries()) {
            if (act.kind === "wait") {
              taox.token.nowMs += act.hours * HOUR
              continue
            }
            if (act.kind === "replay") {
              const again = sent[act.message % Math.max(1, sent.length)]
              if (again) deepEqual(await again(), ["message-replayed"], `${n}`)
              continue
            }
            const id = idOf(`act ${n}`)
            const { send, expected } = of(act, taox, model, id)
            if (!send) continue
            sent.push(async () => outcomes(await send()))
            deepEqual(await sent.at(-1)!(), expected, `${n}: ${JSON.stringify(act, text)}`)
          }
          const supply = [...model.had.values()].reduce((sum, one) => sum + one, 0n)
          const { TotalSupply } = await taox.token.info()
          const held = Object.values(await taox.token.balances())
          const paid = (await taox.payments()).map(({ quantity }) => quantity)
          const sum = (texts: readonly string[]) =>
            texts.reduce((all, one) => all + BigInt(one), 0n)
          deepEqual([BigInt(TotalSupply!), sum(held), sum(paid)], [supply, supply, supply])
          for (const account of people) {
            deepEqual(await taox.had(account), `${model.had.get(account) ?? 0n}`)
            deepEqual(await taox.token.balance(account), `${model.balances.get(account) ?? 0n}`)
          }
        },
      ),
      { numRuns },
    )
  },
)

const text = (_: string, value: unknown) => (typeof value === "bigint" ? `${value}` : value)

/** The message, and what the model makes of it. */
function of(act: Exclude<Act, { kind: "wait" | "replay" }>, taox: Taox, model: Model, id: string) {
  const at = taox.token.nowMs
  switch (act.kind) {
    case "root": {
      const amounts = Object.fromEntries(people.map((one, n) => [one, act.amounts[n]!]))
      const epoch = anEpoch(model.roots.length + 1, amounts)
      const total = epoch.total > act.understated ? epoch.total - act.understated : epoch.total
      const opensAt = at + act.opensIn * HOUR
      const root = { epoch, total, opensAt, closesAt: opensAt + act.lasts * HOUR, taken: 0n }
      const fields = { total: `${total}`, opensAt: `${opensAt}`, closesAt: `${root.closesAt}` }
      return {
        send: () => taox.root(epoch, fields, { id }),
        expected: model.root(root, at),
      }
    }
    case "claim": {
      const root = model.roots.at(-1 - act.back)
      if (!root) return {}
      const lie = act.lie && { [act.lie]: "3002" }
      const fields = { fields: lie ?? {}, id }
      return {
        send: () => taox.claim(root.epoch, act.account, fields),
        expected: model.claim(root, act.account, lie !== null, at),
      }
    }
    case "credit": {
      const root = model.roots.at(-1 - act.back)
      if (!root) return {}
      return {
        send: () => taox.credit(root.epoch, act.accounts, { id }),
        expected: model.credit(root, act.accounts, at),
      }
    }
    case "hold": {
      const epoch = Math.max(1, model.roots.length - act.back)
      const untilMs = at + act.hours * HOUR
      return {
        send: () => taox.hold(epoch, act.accounts, { id, untilMs }),
        expected: model.hold(epoch, act.accounts, at, act.hours),
      }
    }
    case "transfer":
      return {
        send: () => taox.token.transfer(`${act.quantity}`, act.to, { from: act.from, id }),
        expected: model.transfer(act.from, act.to, act.quantity),
      }
  }
}

interface Root {
  readonly epoch: Epoch
  readonly total: bigint
  readonly opensAt: number
  readonly closesAt: number
  taken: bigint
}

/** The rules once more, in the fewest words. */
class Model {
  readonly roots: Root[] = []
  readonly had = new Map<string, bigint>()
  readonly balances = new Map<string, bigint>()
  readonly #credited = new Set<string>()
  /** Account and hour to the epoch up to which it is held then. */
  readonly #held = new Map<string, number>()
  /** Account to the hour at which its last hold ends. */
  readonly #heldTo = new Map<string, number>()

  root(root: Root, at: number): string[] {
    if (root.total > ALLOCATION) return ["over-allocation"]
    const opensAt = Math.max(root.opensAt, at)
    if (root.closesAt <= opensAt) return ["bad-window"]
    this.roots.push({ ...root, opensAt })
    return ["Root-Notice"]
  }

  claim(root: Root, account: string, isLie: boolean, at: number): string[] {
    const closed = this.#closed(root, at, account)
    if (closed) return [closed]
    if (this.#isHeld(root, account, at)) return ["claim-held"]
    if (isLie) return ["bad-proof"]
    const due = this.#due(root, account)
    if (due === 0n) return ["nothing-due"]
    const bound = this.#bound(root, due)
    if (bound) return bound
    this.#pay(root, account, due)
    return ["Credit-Notice", "Claim-Notice"]
  }

  credit(root: Root, accounts: readonly string[], at: number): string[] {
    const closed = this.#closed(root, at)
    if (closed) return [closed]
    const rows = accounts.map((account) => `${root.epoch.epoch}:${account}`)
    if (rows.some((row) => this.#credited.has(row))) return ["already-credited"]
    const dues = accounts.map((account) =>
      this.#isHeld(root, account, at) ? 0n : this.#due(root, account),
    )
    const bound = this.#bound(
      root,
      dues.reduce((sum, due) => sum + due, 0n),
    )
    if (bound) return bound
    for (const row of rows) this.#credited.add(row)
    for (const [n, account] of accounts.entries()) this.#pay(root, account, dues[n]!)
    return [...dues.filter((due) => due > 0n).map(() => "Credit-Notice"), "Credited-Notice"]
  }

  transfer(from: string, to: string, quantity: bigint): string[] {
    const before = this.balances.get(from) ?? 0n
    if (before < quantity) return ["insufficient-balance"]
    this.balances.set(from, before - quantity)
    this.balances.set(to, (this.balances.get(to) ?? 0n) + quantity)
    return ["Debit-Notice", "Credit-Notice"]
  }

  hold(epoch: number, accounts: readonly string[], at: number, hours: number): string[] {
    for (const account of accounts) {
      const key = (hour: number) => `${account} ${hour}`
      const upTo = Math.max(epoch, this.#held.get(key(at)) ?? 0)
      const to = Math.max(at + hours * HOUR, this.#heldTo.get(account) ?? 0)
      for (let hour = at; hour < to; hour += HOUR) this.#held.set(key(hour), upTo)
      this.#heldTo.set(account, to)
    }
    return ["Hold-Notice"]
  }

  #isHeld({ epoch }: Root, account: string, at: number): boolean {
    return (this.#held.get(`${account} ${at}`) ?? 0) >= epoch.epoch
  }

  /** Hour by hour: what a root lasts is counted in those in which the account was not held. */
  #hasClosed(root: Root, account: string, at: number): boolean {
    let left = root.closesAt - root.opensAt
    for (let hour = root.opensAt; hour < at; hour += HOUR)
      if (!this.#isHeld(root, account, hour)) left -= HOUR
    return left <= 0
  }

  #closed(root: Root, at: number, account?: string): string | null {
    if (at < root.opensAt) return "not-open"
    if (account ? this.#hasClosed(root, account, at) : at >= root.closesAt) return "window-closed"
    const newest = this.roots.filter(({ opensAt }) => opensAt <= at).at(-1)
    return newest === root ? null : "superseded"
  }

  #due({ epoch }: Root, account: string): bigint {
    const { amount } = epoch.claims.find((one) => one.account === account)!
    const due = amount - (this.had.get(account) ?? 0n)
    return due > 0n ? due : 0n
  }

  #bound(root: Root, due: bigint): string[] | null {
    if (root.taken + due > root.total) return ["over-total"]
    const supply = [...this.had.values()].reduce((sum, one) => sum + one, 0n)
    return supply + due > ALLOCATION ? ["over-allocation"] : null
  }

  #pay(root: Root, account: string, due: bigint): void {
    root.taken += due
    this.had.set(account, (this.had.get(account) ?? 0n) + due)
    this.balances.set(account, (this.balances.get(account) ?? 0n) + due)
  }
}

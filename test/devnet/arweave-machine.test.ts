// The local Arweave chain as a pure state machine: whatever happens, money is neither made nor lost.

import { deepEqual, equal, ok } from "node:assert/strict"
import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, test } from "vitest"
import { Chain, type ChainFact, genesis } from "../../devnet/arweave/chain.ts"
import type { TransactionJson } from "../../devnet/arweave/transaction.ts"
import { AR } from "./arweave-builders.ts"

const FEE = 3210n * 1052n

describe("the state machine", () => {
  test("a block holds a thousand transactions, the highest reward first", () => {
    const chain = aChain()
    const sent = Array.from({ length: 1001 }, (_, i) => unsigned(1, 2, 1n, BigInt(i)))
    for (const tx of sent) chain.apply({ kind: "posted", tx, sender: address(1) })

    for (let i = 0; i < 2; i++) chain.apply(chain.mined(10))

    const mined = chain.trunk.map((hash) => chain.blocks.get(hash)!.txs)
    const byReward = sent.map(({ id }) => id).reverse()
    deepEqual(mined, [[], byReward.slice(0, 1000), byReward.slice(1000)])
  })

  test("whatever happens, money is neither made nor lost, and the facts give the chain back", () => {
    fc.assert(
      fc.property(fc.array(aCommand, { minLength: 1, maxLength: 60 }), (commands) => {
        const facts: ChainFact[] = []
        const chain = aChain(facts)
        for (const command of commands) {
          const fact = command(chain)
          if (fact === null) continue
          facts.push(fact)
          chain.apply(fact)
        }

        const given = facts.map((fact) => (fact.kind === "allocated" ? BigInt(fact.winston) : 0n))
        const mined = chain.trunk.flatMap((hash) => chain.blocks.get(hash)!.txs)
        const fees = mined.map((id) => chain.transactions.get(id)!.reward)
        equal(chain.accounts.total() + sum(fees), sum(given))
        equal(new Set(mined).size, mined.length)
        for (const who of PEOPLE) ok((chain.accounts.find(address(who))?.winston ?? 0n) >= 0n)
        for (const id of mined) ok(!chain.pending.has(id))
        const replayed = new Chain()
        for (const fact of JSON.parse(JSON.stringify(facts))) replayed.apply(fact)
        deepEqual(stateOf(replayed), stateOf(chain))
      }),
    )
  })
})

const PEOPLE = [1, 2, 3, 4]
type Command = (chain: Chain) => ChainFact | null

const person = fc.constantFrom(...PEOPLE)
const aCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(person, person, fc.bigInt(0n, 2n * AR), fc.bigInt(0n, 9n), fc.nat(8)).map(
      ([from, to, quantity, more, back]): Command =>
        (chain) => {
          const anchor = chain.trunk.at(-1 - back) ?? chain.trunk[0]!
          const tx = unsigned(from, to, quantity, more, anchor)
          const taken = chain.pending.has(tx.id) || chain.blockWith(tx.id) !== null
          return taken ? null : { kind: "posted", tx, sender: address(from) }
        },
    ),
  },
  { weight: 3, arbitrary: fc.constant<Command>((chain) => chain.mined(20)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(3)).map(
      ([depth, every]): Command =>
        (chain) => {
          if (depth > chain.height) return null
          const ids = chain.trunk.slice(-depth).flatMap((hash) => chain.blocks.get(hash)!.txs)
          const some = (rest: number) => new Set(ids.filter((_, i) => i % 4 === rest))
          return chain.forked(depth, 30, { lose: some(every), hold: some((every + 1) % 4) })
        },
    ),
  },
  {
    weight: 1,
    arbitrary: person.map(
      (who): Command =>
        () => {
          return { kind: "allocated", address: address(who), winston: `${AR}` }
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Command>((chain) => {
      const [id] = chain.pending
      return id === undefined ? null : { kind: "evicted", id }
    }),
  },
)

/** Two of the four people have an account. */
function aChain(facts: ChainFact[] = []): Chain {
  const chain = new Chain()
  facts.push(genesis(0, "test"))
  for (const who of [1, 2]) {
    facts.push({ kind: "allocated", address: address(who), winston: `${10n * AR}` })
  }
  for (const fact of facts) chain.apply(fact)
  return chain
}

/** What passed the door is not verified again, so a chain can be tested without a signature. */
function unsigned(from: number, to: number, quantity: bigint, more: bigint, anchor?: string) {
  const chainStart = genesis(0, "test") as Extract<ChainFact, { kind: "started" }>
  const fields = {
    format: 2,
    last_tx: anchor ?? chainStart.genesis.hash,
    owner: owner(from),
    tags: [],
    target: address(to),
    quantity: `${quantity}`,
    data: "",
    data_size: "0",
    data_root: "",
    reward: `${FEE + 4_000_000_000n + more}`,
    signature: "",
  }
  const id = createHash("sha256").update(JSON.stringify(fields)).digest("base64url")
  return { ...fields, id } satisfies TransactionJson
}

function owner(who: number): string {
  return Buffer.alloc(512, who).toString("base64url")
}

function address(who: number): string {
  return createHash("sha256").update(Buffer.alloc(512, who)).digest("base64url")
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}

function stateOf(chain: Chain) {
  const { trunk, pending, errors, forks, price } = chain
  const accounts = PEOPLE.map((who) => chain.accounts.find(address(who)))
  return { trunk, pending: [...pending], errors: [...errors], forks, price, accounts }
}

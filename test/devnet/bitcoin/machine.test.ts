// The local chain as a pure state machine: whatever happens, money is neither made nor lost, and nothing is forgotten.

import { deepEqual, equal, ok } from "node:assert/strict"
import fc from "fast-check"
import { test } from "vitest"
import { judge } from "../../../devnet/bitcoin/admission.ts"
import { subsidyAt, transactionsOf } from "../../../devnet/bitcoin/block.ts"
import { toHex } from "../../../devnet/bitcoin/bytes.ts"
import { Chain, type ChainFact } from "../../../devnet/bitcoin/chain.ts"
import { Coins } from "../../../devnet/bitcoin/coins.ts"
import {
  hexOf,
  type Outpoint,
  type Transaction,
  transactionOf,
} from "../../../devnet/bitcoin/transaction.ts"
import { unsigned } from "../../../devnet/bitcoin/wallet.ts"

/** Anybody may spend it, so that thousands of transactions cost no signature: P2WSH of `OP_TRUE`. */
const OPEN = Buffer.from(
  "00204ae81572f06e1b88fd5ced7a1a000945432e83e1551e6f721ee9c00b8cc33260",
  "hex",
)
const TRUE = Buffer.from("51", "hex")
const RATES = { minimum: 1000n, incremental: 1000n }

type Command = (chain: Chain) => ChainFact[]

test("whatever happens, coins, mempool and log agree", () => {
  fc.assert(
    fc.property(fc.array(aCommand(), { minLength: 1, maxLength: 50 }), (commands) => {
      const { chain, facts } = aChain()
      const known = new Set<string>()
      for (const command of commands) {
        for (const fact of command(chain)) {
          chain.apply(fact)
          facts.push(fact)
        }
        for (const id of chain.mempool.ids()) known.add(id)
      }

      deepEqual(stateOf(chain.coins), stateOf(rebuilt(chain)))
      equal(total(chain.coins) + burnt(chain), minted(chain))
      for (const { tx } of chain.mempool.entries()) ok(isMineable(chain, tx))
      const mined = chain.trunk.flatMap(({ ids }) => ids)
      equal(new Set(mined).size, mined.length)
      const replayed = new Chain()
      for (const fact of JSON.parse(JSON.stringify(facts))) replayed.apply(fact)
      equal(replayed.tip.hash, chain.tip.hash)
      deepEqual(stateOf(replayed.coins), stateOf(chain.coins))
      deepEqual(replayed.mempool.ids(), chain.mempool.ids())
    }),
    { numRuns: 30 },
  )
})

test("a branch that is tried out on top of the chain is the chain that it becomes", () => {
  const { chain } = aChain()
  const apply = (facts: Iterable<ChainFact>) => {
    for (const fact of facts) chain.apply(fact)
  }
  for (let i = 0; i < 5; i++) apply([...spend(0, 1, 1000n)(chain), ...mine(chain)])
  const below = chain.tip
  apply([...spend(0, 2, 1000n)(chain), ...mine(chain)])
  const left = chain.tip
  equal(left.ids.length, 2)

  const tried = chain.groundOn(below)
  chain.apply({ kind: "invalidated", hash: left.hash })

  equal(chain.tip.hash, below.hash)
  const points = [...tried.coins.points()].filter((point) => tried.coins.find(point) !== null)
  deepEqual(points.sort(), [...chain.coins.points()].sort())
})

let nonce = 0

function miner() {
  nonce += 1
  const extraNonce = Buffer.alloc(8)
  extraNonce.writeUInt32LE(nonce)
  return { payTo: OPEN, time: 1_700_000_000, extraNonce }
}

function mine(chain: Chain): ChainFact[] {
  return [chain.mined(miner())]
}

/** A chain with mature coins, and the facts that made it. */
function aChain(): { chain: Chain; facts: ChainFact[] } {
  const chain = new Chain()
  const facts: ChainFact[] = []
  for (let i = 0; i < 110; i++) {
    const [fact] = mine(chain)
    chain.apply(fact!)
    facts.push(fact!)
  }
  return { chain, facts }
}

/** Spends the n-th coin there is, mined or waiting, to some outputs; nothing when that is refused. */
function spend(which: number, outputs: number, fee: bigint): Command {
  return (chain) => {
    const points = [
      ...chain.mempool.entries().flatMap(({ tx }) => tx.outputs.map((_, n) => `${tx.id}:${n}`)),
      ...chain.coins.points(),
    ] as Outpoint[]
    const point = points[which % points.length]!
    const [txid = "", vout] = point.split(":")
    const coin = chain.coins.find(point) ?? chain.mempool.coin(txid, Number(vout), 0)!
    if (!OPEN.equals(coin.script)) return []
    const value = (coin.value - fee) / BigInt(outputs)
    const pay = Array.from({ length: outputs }, () => ({ to: OPEN, value }))
    const builder = unsigned({ spend: [{ txid, vout: Number(vout), value }], pay })
    builder.setWitness(0, [TRUE])
    const tx = transactionOf(builder)
    if (!judge(chain, tx, RATES).isTaken) return []
    return [{ kind: "posted", raw: hexOf(tx), time: 1_700_000_000 }]
  }
}

/** Blocks of a longer branch, applied one by one as they are made. */
function fork(depth: number, every: number): Command {
  return (chain) => {
    const copy = replay(chain)
    const ids = chain.trunk.slice(-depth).flatMap(({ ids }) => ids.slice(1))
    const leave = new Set(ids.filter((_, i) => i % 3 === every))
    const facts: ChainFact[] = []
    const miners = Array.from({ length: depth + 1 }, miner)
    for (const fact of copy.forked(depth, leave, miners)) {
      copy.apply(fact)
      facts.push(fact)
    }
    return facts
  }
}

/** The same blocks and mempool in another object, to plan on. */
function replay(chain: Chain): Chain {
  const copy = new Chain()
  for (const block of [...chain.blocks.values()].slice(1)) {
    copy.apply({ kind: "block", header: toHex(block.header), txs: block.raws.map(toHex) })
  }
  for (const hash of chain.invalid) copy.apply({ kind: "invalidated", hash })
  return copy
}

function aCommand(): fc.Arbitrary<Command> {
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.nat(150), fc.integer({ min: 1, max: 3 }), fc.bigInt(200n, 9000n))
        .map(([which, outputs, fee]) => spend(which, outputs, fee)),
    },
    { weight: 3, arbitrary: fc.constant<Command>(mine) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 4 }), fc.nat(3))
        .map(([depth, every]) => fork(depth, every)),
    },
    {
      weight: 1,
      arbitrary: fc.nat(3).map(
        (depth): Command =>
          (chain) => [{ kind: "invalidated", hash: chain.trunk.at(-1 - depth)!.hash }],
      ),
    },
    {
      weight: 1,
      arbitrary: fc.nat(9).map(
        (which): Command =>
          (chain) => {
            const hashes = [...chain.invalid]
            const hash = hashes[which % Math.max(1, hashes.length)]
            return hash === undefined ? [] : [{ kind: "reconsidered", hash }]
          },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constant<Command>((chain) => {
        const [id] = chain.mempool.ids()
        return id === undefined ? [] : [{ kind: "evicted", id }]
      }),
    },
  )
}

/** The coins of the trunk, from its first block on. */
function rebuilt({ trunk }: Chain): Coins {
  const coins = new Coins()
  for (const block of trunk.slice(1))
    for (const tx of transactionsOf(block)) coins.apply(tx, block.height)
  return coins
}

function stateOf(coins: Coins): string[] {
  return [...coins.points()]
    .map((point) => {
      const { value, script, height, isCoinbase } = coins.find(point)!
      return `${point} ${value} ${toHex(script)} ${height} ${isCoinbase}`
    })
    .sort()
}

function total(coins: Coins): bigint {
  return [...coins.points()].reduce((sum, point) => sum + coins.find(point)!.value, 0n)
}

/** What rounding left over in a coinbase that took less than it could, or an output without value. */
function burnt(chain: Chain): bigint {
  return chain.trunk
    .slice(1)
    .flatMap((block) => transactionsOf(block)[0]!.outputs.slice(1))
    .reduce((sum, { value }) => sum + value, 0n)
}

function minted({ trunk }: Chain): bigint {
  return trunk.slice(1).reduce((sum, { height }) => sum + subsidyAt(height), 0n)
}

/** Everything that it spends is there, mined or waiting, and nothing else that waits spends it. */
function isMineable({ coins, mempool }: Chain, tx: Transaction): boolean {
  return tx.inputs.every(
    ({ point, txid, vout }) =>
      (coins.find(point) ?? mempool.coin(txid, vout, 0)) !== null &&
      mempool.spenderOf(point) === tx.id,
  )
}

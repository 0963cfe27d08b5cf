// Whatever happens on the chain, what we think we own is what the node says is unspent.

import { deepEqual, ok } from "node:assert/strict"
import { test } from "vitest"
import { vaultAddress } from "../../../chains/bitcoin/deposit.ts"
import { noteOf } from "../../../chains/bitcoin/destination.ts"
import type { Terms } from "../../../chains/chain.ts"
import type { TransferId } from "../../../core/ids.ts"
import type { BitcoinDevnet } from "../../../devnet/bitcoin/index.ts"
import { idNumber } from "../builders.ts"
import { aDestination, userKey, vault } from "./builders.ts"
import { addressOf, aRelease, aWorld, connect, seal } from "./world.ts"

const destinations = [aDestination(), aDestination({ index: 1, refundKey: userKey })]
const addresses = [...destinations.map(addressOf), vaultAddress(vault)]

test.each([1, 2, 3])(
  "after deposits, payouts and forks of seed %i our coins are the chain's",
  async (seed) => {
    const chance = chances(seed)
    const { chain, connection } = await aWorld(...destinations)
    let open: Terms[] = []
    let paid = 0
    for (let step = 0; step < 40; step += 1) {
      const dice = chance(10)
      if (dice < 4) chain.faucet(addresses[chance(3)]!, 50_000n + BigInt(chance(100_000)))
      else if (dice < 7) chain.mine(1 + chance(4))
      else if (dice < 8) chain.fork(1 + chance(5))
      else {
        const transfer: TransferId = `ao-btc:${idNumber(step)}:${step}`
        const release = aRelease({ transfer, amount: 10_000n + BigInt(chance(60_000)) })
        const others = { open, replaced: null, frozen: new Set<string>() }
        const terms = await connection.terms([release], 0, {}, others).catch(() => null)
        if (terms === null) continue
        await connection.submit(seal([release], terms))
        open = [...open, terms]
        paid += 1
      }
      if (chance(3) === 0) await connection.block(chain.height)
    }
    chain.mine(2)

    const { free, coins } = await connection.funds()

    deepEqual({ free, coins }, await unspent(chain))
    const fresh = connect([chain.url])
    await fresh.learn(destinations.map((to) => noteOf(to, "devnet")))
    deepEqual(await fresh.funds(), await connection.funds())
    ok(paid > 0)
  },
)

/** What the node's own table of unspent outputs has for our addresses. */
async function unspent({ url }: BitcoinDevnet) {
  const { username, password, origin } = new URL(url)
  const params = ["start", addresses.map((address) => `addr(${address})`)]
  const answer = await fetch(origin, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` },
    body: JSON.stringify({ id: 1, method: "scantxoutset", params }),
  })
  const { result } = (await answer.json()) as {
    result: { unspents: { amount: number }[] }
  }
  const amounts = result.unspents.map(({ amount }) => BigInt(Math.round(amount * 1e8)))
  return { free: amounts.reduce((sum, amount) => sum + amount, 0n), coins: amounts.length }
}

/** Numbers below a bound, the same ones for the same seed. */
function chances(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

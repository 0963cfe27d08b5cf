// A real deposit behind ten thousand of dust, on a local network: how much later it is credited than one that came alone.

import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert } from "../../core/assert.ts"
import { createJwk, rsaWallet, secp256k1Wallet } from "../../devnet/arweave/wallet.ts"
import { command } from "../../devnet/command.ts"
import { type Network, startNetwork } from "../../devnet/network.ts"
import { Chains } from "../bridge.ts"
import type { Measured } from "../main.ts"
import { median } from "../median.ts"

const DUST = 10_000
/** What a transaction on Arweave can carry at least: nothing that pays for a minute of anybody's work. */
const DUST_WINSTON = 1n
const AR = 10n ** 12n
const DEEP = 10
/** Deposits that come alone, for comparison. */
const QUIET = 5
/** As many as fit into a block there. */
const BLOCK_TXS = 1_000

/** Blocks come as fast as they can be made, all dust is final in the same moment as the real deposit, and before it. */
export async function flood({ dust = DUST } = {}): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-flood-"))
  const network = await startNetwork({ folder, blockTimeMs: null, assets: ["AR"] })
  try {
    const chain = new Chains(network)
    const holder = rsaWallet(await createJwk()).address
    const credit = async () => {
      const [id] = await chain.deposit(1, 5n * AR, holder)
      return async () => {
        await network.mine(Math.ceil(dust / BLOCK_TXS) + 1)
        await network.mine(DEEP)
        const finalAt = performance.now()
        return (await chain.credited([id!])) - finalAt
      }
    }
    const quiet: number[] = []
    for (let n = 0; n < QUIET; n += 1) quiet.push(await (await credit())())
    await throwDust(network, dust)
    const flooded = await (await credit())()
    const quietMs = median(quiet)
    return {
      figures: { dust, quietMs, floodedMs: flooded, delayMs: flooded - quietMs },
      units: { dust: "deposits", quietMs: "ms", floodedMs: "ms", delayMs: "ms" },
    }
  } finally {
    await network.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Each from the same purse; all wait in the mempool, before whatever is sent later. */
export async function throwDust(network: Network, count: number): Promise<void> {
  const { arweaveUrl, vault } = network.places
  const wallet = secp256k1Wallet(randomBytes(32))
  const anchor = await (await fetch(`${arweaveUrl}/tx_anchor`)).text()
  const reward = BigInt(await (await fetch(`${arweaveUrl}/price/0/${vault}`)).text())
  const winston = BigInt(count) * (DUST_WINSTON + reward)
  await command(arweaveUrl, "faucet", { address: wallet.address, winston: `${winston}` })
  for (let n = 0; n < count; n += 1) {
    const tx = await wallet.sign({
      ...{ target: vault, quantity: DUST_WINSTON, reward, anchor },
      tags: [{ name: "N", value: `${n}` }],
    })
    const response = await fetch(`${arweaveUrl}/tx`, { method: "POST", body: JSON.stringify(tx) })
    assert(response.status === 200, `dust is accepted: ${response.status}`)
  }
}

// A real deposit behind ten thousand of dust, on a local network: how much later it is credited than one that came alone.

import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { assert } from "../../core/assert.ts"
import { createJwk, rsaWallet, secp256k1Wallet } from "../../devnet/arweave/wallet.ts"
import { command } from "../../devnet/command.ts"
import { type Network, startNetwork } from "../../devnet/network.ts"
import { bridgeApi } from "../../sdk/client.ts"
import { Chains } from "../bridge.ts"
import { cpuMsOf } from "../cpu.ts"
import type { Measured } from "../main.ts"
import { median } from "../median.ts"

const DUST = 10_000
/** The least that a transaction can carry: it costs its sender the network's fee alone. */
const DUST_WINSTON = 1n
const AR = 10n ** 12n
/** Confirmations of a deposit, its own block included. */
const DEEP = 10
/** Deposits that come alone, for comparison. */
const QUIET = 5
/** As many transactions as fit into a block there. */
const BLOCK_TXS = 1_000
const LOOK_MS = 25
const BLOCK_TIME_MS = 120_000
/** Of a second, what all processes together compute when they have nothing to do but to look. */
const CALM_MS = 500

/**
 * Full blocks of dust come one after another, the real deposit in the last of them, and then empty ones until it is final.
 * Each comes when services and signers, who share this machine, are done with the one before, or when two minutes are over:
 * so long it takes on the live network.
 */
export async function flood({ dust = DUST } = {}): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-flood-"))
  const network = await startNetwork({ folder, blockTimeMs: null, assets: ["AR"] })
  try {
    const chain = new Chains(network)
    const holder = rsaWallet(await createJwk()).address
    let blockMs = 0
    const credit = async (blocks: number) => {
      const [id] = await chain.deposit(1, 5n * AR, holder)
      for (let n = 0; n < blocks + DEEP - 2; n += 1) {
        const startedAt = performance.now()
        await network.mine(1)
        await isRead(network)
        if (n < blocks) blockMs = Math.max(blockMs, performance.now() - startedAt)
        if (blocks > 1) await isCalm(network)
      }
      await network.mine(1)
      const finalAt = performance.now()
      return (await chain.credited([id!])) - finalAt
    }
    const quiet: number[] = []
    for (let n = 0; n < QUIET; n += 1) quiet.push(await credit(1))
    await throwDust(network, dust)
    const floodedMs = await credit(Math.ceil((dust + 1) / BLOCK_TXS))
    const quietMs = median(quiet)
    return {
      figures: { dust, blockMs, quietMs, floodedMs, delayMs: floodedMs - quietMs },
      units: {
        ...{ dust: "deposits", blockMs: "ms a block of 1,000" },
        ...{ quietMs: "ms", floodedMs: "ms", delayMs: "ms" },
      },
    }
  } finally {
    await network.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** All from the same purse; they wait in the mempool, before whatever is sent later. */
async function throwDust(network: Network, count: number): Promise<void> {
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

/** Waits until nobody has anything to do, at most as long as a block takes. */
async function isCalm({ pids }: Network): Promise<void> {
  const until = performance.now() + BLOCK_TIME_MS
  while (performance.now() < until) {
    const before = cpuMsOf(Object.values(pids))
    await delay(1_000)
    if (cpuMsOf(Object.values(pids)) - before < CALM_MS) return
  }
}

/** Waits until the services have read the newest block. */
async function isRead({ apiUrl, places }: Network): Promise<void> {
  const info = (await (await fetch(`${places.arweaveUrl}/info`)).json()) as { height: number }
  const api = bridgeApi(apiUrl)
  while (((await api.health()).heights.arweave ?? -1) < info.height) await delay(LOOK_MS)
}

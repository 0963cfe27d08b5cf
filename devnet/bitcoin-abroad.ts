// A Bitcoin node that is not ours as a home chain of a local network: everything by calls that Bitcoin Core has.

import { BridgeError } from "../core/errors.ts"
import { aWallet, purseOn } from "./bitcoin/purse.ts"
import { type BitcoinHome, bitcoinHome } from "./bitcoin-home.ts"

/** A `bitcoind -regtest` that is not ours, by `BITCOIND_URL`, with user and password; null when it is not set. */
export function foreignBitcoin(): string | null {
  return process.env.BITCOIND_URL || null
}

export interface BitcoinAbroad extends BitcoinHome {
  /** No more blocks come by themselves. */
  stop(): void
}

interface Entry {
  readonly ancestorcount: number
  readonly depends: readonly string[]
}

/**
 * `blockTimeMs`: how often a block comes by itself; null for only on command. What fees are estimated at such a node
 * nobody can tell it: `setFeeRate` throws `not-supported`.
 */
export async function bitcoinAbroad(
  url: string,
  blockTimeMs: number | null,
): Promise<BitcoinAbroad> {
  // Whatever else it has, it is asked nothing but Core's RPC.
  const { rpc } = bitcoinHome(url)
  const purse = purseOn(rpc)
  // Always to another address: the same block again is no other block.
  const someone = () => aWallet().address
  const mine: BitcoinHome["mine"] = async (n, omit = []) => {
    if (omit.length === 0) await rpc("generatetoaddress", n, someone())
    else
      for (let left = n; left > 0; left -= 1)
        await rpc("generateblock", someone(), await waiting(omit))
  }
  /** Ids of the mempool but these and what spends from them, each after what it spends from. */
  const waiting = async (omit: readonly string[]): Promise<readonly string[]> => {
    const entries = await rpc<Record<string, Entry>>("getrawmempool", true)
    const out = new Set(omit)
    const sorted = Object.entries(entries).sort(([, a], [, b]) => a.ancestorcount - b.ancestorcount)
    for (const [id, { depends }] of sorted) if (depends.some((one) => out.has(one))) out.add(id)
    return sorted.map(([id]) => id).filter((id) => !out.has(id))
  }
  const fork: BitcoinHome["fork"] = async (depth, pending) => {
    const height = await rpc<number>("getblockcount")
    await rpc("invalidateblock", await rpc("getblockhash", height - depth + 1))
    await mine(depth + 1, pending)
  }

  const { chain } = await rpc<{ chain: string }>("getblockchaininfo")
  if (chain !== "regtest")
    throw new BridgeError("bad-config", { chain, help: "BITCOIND_URL is for regtest" })
  // A node whose newest block is of long ago believes that it has yet to catch up.
  await mine(1)
  const timer =
    blockTimeMs === null ? null : setInterval(() => void mine(1).catch(() => {}), blockTimeMs)
  return {
    ...{ url, mine, fork, rpc },
    setFeeRate: async () => {
      throw new BridgeError("not-supported", { missing: "fee estimates on command" })
    },
    faucet: async (address, satoshis) => (await purse.pay([{ to: address, value: satoshis }])).id,
    stop: () => timer && clearInterval(timer),
  }
}

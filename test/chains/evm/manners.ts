// Deposits on a chain, the manners of providers in front of it, and how a reader of several goes through it.

import { depositCounter, eventIn } from "../../../chains/evm/events.ts"
import type { ProvenBlock, Reader } from "../../../chains/evm/reader.ts"
import type { EvmDevnet } from "../../../devnet/evm/index.ts"
import { deployVault, type VaultDevnet } from "../../../devnet/evm/vault.ts"
import { aChain, account, aProvider, aReading, groupKey, type Manner, Refused } from "./builders.ts"

export const DEPOSITS = 30
export const to = { recipient: `0x${"11".repeat(32)}`, refundTo: account(7) }

export interface Filled {
  readonly chain: EvmDevnet
  readonly vault: VaultDevnet
}

/** A vault with so many deposits, all of them final. */
export async function filled(chain: EvmDevnet, count: number): Promise<Filled> {
  const vault = await deployVault(chain, { key: groupKey })
  for (let n = 1; n <= count; n += 1) await vault.depositNative(account(n % 3), BigInt(n), to)
  await chain.mine(3)
  return { chain, vault }
}

/** For those who change it. */
export async function aWorld(): Promise<Filled> {
  return filled(await aChain(), 8)
}

export async function through(
  { chain, vault }: Filled,
  manners: readonly (Manner | null)[],
  freshMs = 50,
  timeoutMs = 2_000,
) {
  const providers = await Promise.all(
    manners.map((manner) => aProvider(chain, manner ?? undefined)),
  )
  const urls = providers.map(({ url }) => url)
  return {
    providers,
    ...aReading(urls, vault.address, { counter: depositCounter, freshMs, timeoutMs }),
  }
}

/** Every block up to the final head, one after the other as a watcher reads them. */
export async function readAll(reader: Reader): Promise<readonly ProvenBlock[]> {
  const blocks: ProvenBlock[] = []
  for (let height = 0; ; height += 1) {
    const block = await reader.block(height)
    if (block === null) return blocks
    blocks.push(block)
  }
}

export function numbersIn(blocks: readonly ProvenBlock[]): readonly number[] {
  return blocks
    .flatMap(({ logs }) => logs.map(eventIn))
    .flatMap((event) => (event?.name === "deposited" ? [Number(event.value.number)] : []))
}

export const ALL = Array.from({ length: DEPOSITS }, (_, n) => n + 1)

export interface RpcLog {
  readonly blockNumber: string
  readonly data: string
}

export const omit =
  (which: (log: RpcLog) => boolean): Manner =>
  ({ method, result }) =>
    method === "eth_getLogs" ? (result as RpcLog[]).filter((log) => !which(log)) : result

export const fifth = ({ blockNumber }: RpcLog) => Number(blockNumber) % 5 === 0

/** Another amount in every deposit, in logs and receipts alike. */
export const forge: Manner = ({ method, result }) =>
  method === "eth_getLogs" || method === "eth_getBlockReceipts"
    ? JSON.parse(
        JSON.stringify(result).replaceAll(/("data":"0x.{62})../g, (_, start) => `${start}ff`),
      )
    : result

/** A deposit more, in every block. */
export const invent: Manner = ({ method, params, result }) => {
  if (method !== "eth_getLogs") return result
  const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }]
  const logs = result as RpcLog[]
  const [log] = logs
  return [...logs, ...[fromBlock, toBlock].map((blockNumber) => ({ ...log, blockNumber }))]
}

export const lag =
  (blocks: number): Manner =>
  ({ method, result }) => {
    if (method === "eth_blockNumber") return hex(Number(result) - blocks)
    return result
  }

export const limit =
  (span: number): Manner =>
  ({ method, params, result }) => {
    if (method !== "eth_getLogs") return result
    const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }]
    return Number(toBlock) - Number(fromBlock) >= span ? new Refused("range too large") : result
  }

export const hex = (value: number) => `0x${value.toString(16)}`

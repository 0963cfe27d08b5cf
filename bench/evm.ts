// How fast a reader of an EVM chain catches up with it, every header hashed and every deposit proven.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Deployment } from "../chains/chain.ts"
import { evmCodec } from "../chains/evm/codec.ts"
import { DEVNET } from "../chains/evm/finality.ts"
import { connectEvm, type EvmConnection } from "../chains/evm/rpc.ts"
import { forge, ROOT } from "../contracts/forge.ts"
import { assert } from "../core/assert.ts"
import { type EvmDevnet, startEvm } from "../devnet/evm/index.ts"
import { deployVault, type VaultDevnet } from "../devnet/evm/vault.ts"
import { median } from "./median.ts"

export interface EvmLoad {
  readonly blocks?: number
  readonly deposits?: number
  readonly rounds?: number
}

/** Blocks that a watcher asks for at once. */
const AT_ONCE = 64
const CHAIN_ID = 31_337
const NATIVE = `0x${"00".repeat(20)}`
/** x of the group's generator: nothing is signed here. */
const KEY = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

/**
 * `catchUp…`: block by block as a watcher reads, from nothing to the final head, through one provider, which
 * is on the same machine and has its share of it. `scan…`: the blocks with deposits alone, as signers
 * count what was ever deposited. Medians of rounds that take turns.
 */
export async function evm({ blocks = 20_000, deposits = 5_000, rounds = 5 }: EvmLoad = {}) {
  const gas = await gasOfVault()
  const devnet = await startEvm({ chainId: CHAIN_ID, hardfork: "cancun" })
  try {
    const vault = await deployVault(devnet, { key: KEY })
    const sum = await fill(devnet, vault, blocks, deposits)
    const ms: Record<"catchUp" | "scan", number[]> = { catchUp: [], scan: [] }
    for (let round = 0; round < rounds; round += 1) {
      ms.catchUp.push(await timed(devnet, vault, sum, catchUp))
      ms.scan.push(await timed(devnet, vault, sum, scan))
    }
    const height = await devnet.height()
    const rate = (count: number, part: "catchUp" | "scan") =>
      Math.round((count / median(ms[part])) * 1_000)
    return {
      figures: {
        catchUpBlocksPerSecond: rate(height, "catchUp"),
        catchUpDepositsPerSecond: rate(deposits, "catchUp"),
        scanBlocksPerSecond: rate(height, "scan"),
        scanDepositsPerSecond: rate(deposits, "scan"),
        ...gas,
      },
      units: {
        catchUpBlocksPerSecond: "blocks/s",
        catchUpDepositsPerSecond: "deposits/s",
        scanBlocksPerSecond: "blocks/s",
        scanDepositsPerSecond: "deposits/s",
        ...Object.fromEntries(Object.keys(gas).map((name) => [name, "gas"])),
      },
    }
  } finally {
    await devnet.stop()
  }
}

/** Gas of whole transactions, measured now: forge fails when one is another than the file of the suite says. */
async function gasOfVault(): Promise<Readonly<Record<string, number>>> {
  const { code, stdout, stderr } = await forge(["test", "--match-contract", "Gas"])
  assert(
    code === 0,
    `the vault costs what its file says: ${stdout.slice(-500)}${stderr.slice(-500)}`,
  )
  const text = await readFile(join(ROOT, "contracts/test/gas/vault.json"), "utf8")
  const rows = Object.entries(JSON.parse(text) as Record<string, string>)
  return Object.fromEntries(rows.map(([name, gas]) => [nameOf(name), Number(gas)]))
}

/** "batch ERC-20 new 10" is `gasBatchErc20NewOf10`. */
function nameOf(text: string): string {
  const words = text
    .replace("ERC-20", "erc20")
    .replace(/(?<!of) (\d+)$/, " of $1")
    .split(" ")
  return `gas${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")}`
}

/** One deposit in each of so many blocks, evenly among all; their sum in wei. */
async function fill(
  devnet: EvmDevnet,
  vault: VaultDevnet,
  blocks: number,
  deposits: number,
): Promise<bigint> {
  const to = { recipient: `0x${"11".repeat(32)}`, refundTo: devnet.rich }
  const first = await devnet.height()
  for (let n = 1; n <= deposits; n += 1) {
    await vault.depositNative(devnet.rich, BigInt(n), to)
    const behind = first + Math.floor((n * blocks) / deposits) - (await devnet.height())
    if (behind > 0) await devnet.mine(behind)
  }
  await devnet.mine(2)
  return (BigInt(deposits) * BigInt(deposits + 1)) / 2n
}

/** Reads all there is; the wei that was deposited. */
type Reading = (connection: EvmConnection, deployment: Deployment) => Promise<bigint>

/** Milliseconds of a reading through a connection of its own, which must find every deposit. */
async function timed(
  devnet: EvmDevnet,
  vault: VaultDevnet,
  sum: bigint,
  reading: Reading,
): Promise<number> {
  const side = { chainId: BigInt(CHAIN_ID), vault: vault.address, key: KEY, heightMin: 0 }
  const deployment: Deployment = {
    ...{ network: "devnet", owner: "", vault: "", tokens: {} },
    vaults: { ethereum: { ...side, chainId: devnet.chainId, contracts: { ETH: NATIVE } } },
  }
  const endpoints = { urls: { rpc: [devnet.url] } }
  const connection = connectEvm("ethereum", DEVNET, endpoints, deployment)
  const started = performance.now()
  const found = await reading(connection, deployment)
  const ms = performance.now() - started
  await connection.close()
  assert(found === sum, `every deposit is found: ${sum}, not ${found}`)
  return ms
}

const catchUp: Reading = async (connection, deployment) => {
  const codec = evmCodec("ethereum")
  const { height: last } = await connection.tip()
  let sum = 0n
  for (let from = 0; from <= last; from += AT_ONCE) {
    const heights = Array.from({ length: Math.min(AT_ONCE, last - from + 1) }, (_, n) => from + n)
    for (const block of await Promise.all(heights.map((one) => connection.block(one))))
      for (const { amount } of codec.facts(block!, deployment).sightings) sum += amount
  }
  return sum
}

const scan: Reading = async (connection) => (await connection.deposited()).get("ETH") ?? 0n

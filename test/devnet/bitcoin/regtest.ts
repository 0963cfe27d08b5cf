// A regtest node to test against: the local one, or the real one that BITCOIND_URL names. Builders on its RPC alone.

import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, onTestFinished, type TestContext } from "vitest"
import {
  type BitcoinDevnet,
  type BitcoinOptions,
  startBitcoin,
} from "../../../devnet/bitcoin/index.ts"
import { type Purse, purseOn } from "../../../devnet/bitcoin/purse.ts"
import type { Transaction } from "../../../devnet/bitcoin/transaction.ts"
import {
  type BitcoinWallet,
  bitcoinWallet,
  type KeyKind,
  type Spendable,
} from "../../../devnet/bitcoin/wallet.ts"

const REAL = process.env.BITCOIND_URL

export const BTC = 100_000_000n

/** Says why a test of what a real node has no call for is not run against one. */
export function needsDevnet({ skip }: TestContext): void {
  skip(REAL !== undefined, "only the local node takes this command; BITCOIND_URL is set")
}

export interface Regtest {
  readonly url: string
  /** The result; throws `RpcRefusal`. */
  rpc<Result = string>(method: string, ...params: readonly unknown[]): Promise<Result>
  /** As bytes come and go. */
  post(body: string, headers?: Record<string, string>): Promise<{ status: number; text: string }>
  mine(n: number, address?: string): Promise<string[]>
  send(tx: Transaction | { toHex(): string }): Promise<string>
  /** Coins of 1 bitcoin each that a new wallet may spend in the next block. */
  funded(coins: number, kind?: KeyKind): Promise<{ wallet: BitcoinWallet; coins: Spendable[] }>
}

export class RpcRefusal extends Error {
  readonly code: number

  constructor({ code, message }: { code: number; message: string }) {
    super(message)
    this.code = code
  }
}

/** The local node, as its own methods see it, and its RPC. Ends with the test. */
export async function aDevnet(
  options: Partial<BitcoinOptions> = {},
): Promise<Regtest & { devnet: BitcoinDevnet; folder: string }> {
  const folder = options.folder ?? (await aFolder())
  const devnet = await startBitcoin({ folder, ...options })
  onTestFinished(() => devnet.stop())
  return { ...clientOf(devnet.url), devnet, folder }
}

/** A node to test by RPC alone: one for all tests of the file that asks, as a real one is. */
export function oneRegtest(): () => Promise<Regtest> {
  let shared: Promise<Regtest> | null = null
  let stop = async () => {}
  afterAll(() => stop())
  const started = async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "causeway-bitcoin-"))
    const devnet = await startBitcoin({ folder })
    stop = async () => {
      await devnet.stop()
      await rm(folder, { recursive: true, force: true })
    }
    return clientOf(devnet.url)
  }
  return () => {
    shared ??= REAL === undefined ? started() : Promise.resolve(clientOf(REAL))
    return shared
  }
}

export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "causeway-bitcoin-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Nobody's: where blocks pay that pay nobody. */
export const NOBODY = aWallet().address

export function aWallet(kind: KeyKind = "p2tr"): BitcoinWallet {
  return bitcoinWallet(randomBytes(32), kind)
}

/** One a node: on a real one all files share the blocks that it takes to have something. */
const purses = new Map<string, Purse>()

export function clientOf(url: string): Regtest {
  const { username, password, origin } = new URL(url)
  const token = Buffer.from(`${username}:${password}`).toString("base64")
  const post: Regtest["post"] = async (body, headers = { authorization: `Basic ${token}` }) => {
    const response = await fetch(`${origin}/`, { method: "POST", headers, body })
    return { status: response.status, text: await response.text() }
  }
  const rpc = async <Result>(method: string, ...params: readonly unknown[]): Promise<Result> => {
    const { text } = await post(JSON.stringify({ method, params, id: 1 }))
    const { result, error } = JSON.parse(text)
    if (error !== null) throw new RpcRefusal(error)
    return result as Result
  }
  // Always another one: in the same second a block to the same address is the same block, invalid or not.
  const mine: Regtest["mine"] = (n, address = aWallet().address) =>
    rpc("generatetoaddress", n, address)
  const send: Regtest["send"] = (tx) => rpc("sendrawtransaction", hexOf(tx))
  const purse = purses.get(url) ?? purseOn(rpc, 150n * BTC)
  purses.set(url, purse)
  const funded: Regtest["funded"] = async (count, kind) => {
    const wallet = aWallet(kind)
    const pay = Array.from({ length: count }, () => ({ to: wallet.address, value: BTC }))
    const { id } = await purse.pay(pay)
    // It takes along what earlier tests have left.
    await mine(1)
    return { wallet, coins: pay.map((_, vout) => ({ txid: id, vout, value: BTC })) }
  }
  return { url, rpc, post, mine, send, funded }
}

export function hexOf(tx: Transaction | { toHex(): string }): string {
  return "toHex" in tx ? tx.toHex() : Buffer.from(tx.raw).toString("hex")
}

/** A JSON number of bitcoin, in satoshis. */
export function satoshisOf(value: number): bigint {
  return BigInt(Math.round(value * 1e8))
}

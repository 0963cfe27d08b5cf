// A local Bitcoin chain, a bridge on it whose group key is one plain key, and people who pay it.

import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import path from "node:path"
import { onTestFinished } from "vitest"
import { bitcoinCodec } from "../../../chains/bitcoin/codec.ts"
import { depositOutput } from "../../../chains/bitcoin/deposit.ts"
import { type Destination, noteOf } from "../../../chains/bitcoin/destination.ts"
import {
  type BitcoinConnection,
  type BitcoinOptions,
  connectBitcoin,
} from "../../../chains/bitcoin/rpc.ts"
import type { Deployment, Terms } from "../../../chains/chain.ts"
import type { TransferId } from "../../../core/ids.ts"
import type { Payout } from "../../../core/payout.ts"
import { type BitcoinDevnet, startBitcoin } from "../../../devnet/bitcoin/index.ts"
import { aPayout, deployment as arweaveDeployment, idNumber } from "../builders.ts"
import { aDestination, groupSign, hex, REFUND_TO, vault } from "./builders.ts"

/** Below block 95 there is nothing but the miner's own. */
export const deploymentOf = (key: Uint8Array): Deployment => {
  return { ...arweaveDeployment, vaults: { bitcoin: { key: hex(key), heightMin: 95 } } }
}

export const deployment = deploymentOf(vault.key)

export interface World {
  readonly chain: BitcoinDevnet
  readonly connection: BitcoinConnection
}

/** A chain with some blocks, and one connection to it that watches the addresses of these destinations. */
export async function aWorld(...destinations: readonly Destination[]): Promise<World> {
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-bitcoin-"))
  const chain = await startBitcoin({ folder })
  onTestFinished(async () => {
    await chain.stop()
    rmSync(folder, { recursive: true })
  })
  chain.mine(101)
  const connection = connect([chain.url])
  await connection.learn(destinations.map((to) => noteOf(to, "devnet")))
  return { chain, connection }
}

/** A connection that never takes an old look for a new one. Patient: a busy machine is no fault of its nodes. */
export function connect(
  urls: readonly string[],
  options: Partial<BitcoinOptions> = {},
  bridge = deployment,
): BitcoinConnection {
  const settings = { freshMs: 0, timeoutMs: 60_000, ...options }
  const connection = connectBitcoin({ urls: { node: urls } }, bridge, settings)
  onTestFinished(() => connection.close())
  return connection
}

export const addressOf = (to: Destination) => depositOutput(vault, to).address

/** A vault that holds coins: deposits, seven blocks deep. */
export async function aRichWorld(...values: readonly bigint[]): Promise<World> {
  const to = aDestination()
  const world = await aWorld(to)
  for (const value of values) world.chain.faucet(addressOf(to), value)
  world.chain.mine(7)
  return world
}

/** What a burn is owed on Bitcoin. */
export function aRelease(changes: Partial<Payout> = {}): Payout {
  const transfer: TransferId = `ao-btc:${idNumber(1)}:1`
  const owed = { asset: "BTC", recipient: REFUND_TO, amount: 100_000n } as const
  return aPayout("bitcoin", { transfer, ...owed, ...changes })
}

export function seal(payouts: readonly Payout[], terms: Terms) {
  const { messages } = bitcoinCodec.build(payouts, terms, deployment)
  return bitcoinCodec.seal(payouts, terms, deployment, messages.map(groupSign))
}

/** Facts of the block at a height, as the connection reads it. */
export async function factsAt({ connection }: Pick<World, "connection">, height: number) {
  const block = await connection.block(height)
  return bitcoinCodec.facts(block!, deployment)
}

/** The URL of a middleman before the node, who may rewrite its answers. */
export async function through(
  { url }: BitcoinDevnet,
  rewrite: (body: string) => string,
): Promise<string> {
  const { username, password, origin } = new URL(url)
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const headers = { authorization: request.headers.authorization ?? "" }
    const body = Buffer.concat(parts)
    const answer = await fetch(origin, { method: "POST", body, headers })
    response.writeHead(answer.status).end(rewrite(await answer.text()))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as { port: number }
  return `http://${username}:${password}@127.0.0.1:${port}`
}

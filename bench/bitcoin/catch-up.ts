// Blocks of about a megabyte, served as a node serves them, and read as a watcher reads them.

import { createServer } from "node:http"
import { Block, Transaction } from "bitcoinjs-lib"
import { depositOutput } from "../../chains/bitcoin/deposit.ts"
import { noteOf } from "../../chains/bitcoin/destination.ts"
import { connectBitcoin } from "../../chains/bitcoin/rpc.ts"
import { destination, vault } from "./vault.ts"

const BLOCKS = 60
const WARMUP = 8
/** Of two inputs and two outputs each, with witnesses. */
const TRANSACTIONS = 2_700

export async function catchUpFigures() {
  const blocks = someBlocks()
  const { url, stop } = await serve(blocks)
  const tokens = { owner: "", vault: "", tokens: {} }
  const key = Buffer.from(vault.key).toString("hex")
  const vaults = { bitcoin: { key, heightMin: 0 } }
  const connection = connectBitcoin(
    { urls: { node: [url] } },
    { ...tokens, network: "devnet", vaults },
  )
  await connection.learn([noteOf(destination, "devnet")])
  await connection.block(WARMUP - 1)
  const start = performance.now()
  await connection.block(BLOCKS - 1)
  const seconds = (performance.now() - start) / 1_000
  const { coins } = await connection.funds()
  await connection.close()
  await stop()
  // One deposit a block: what was read was understood.
  if (coins !== BLOCKS) throw new Error(`${coins} deposits were found, not ${BLOCKS}`)
  const bytes = blocks.slice(WARMUP).reduce((sum, { raw }) => sum + raw.length / 2, 0)
  return {
    catchUpBlocksPerSecond: Number(((BLOCKS - WARMUP) / seconds).toFixed(1)),
    catchUpMegabytesPerSecond: Number((bytes / 1e6 / seconds).toFixed(1)),
  }
}

interface Served {
  readonly id: string
  /** Hexadecimal. */
  readonly raw: string
}

/** The same payments of strangers in every block, and one deposit. */
function someBlocks(): Served[] {
  const strangers = Array.from({ length: TRANSACTIONS }, (_, n) => aPayment(n))
  const { script } = depositOutput(vault, destination)
  let parent: Uint8Array = new Uint8Array(32)
  return Array.from({ length: BLOCKS }, (_, height) => {
    const coinbase = new Transaction()
    coinbase.addInput(new Uint8Array(32), 0xffffffff, 0xffffffff, Uint8Array.of(2, height, 1))
    coinbase.addOutput(script, 5_000_000_000n)
    const block = new Block()
    block.prevHash = parent
    block.timestamp = 1_700_000_000 + height
    block.bits = 0x207fffff
    block.transactions = [coinbase, ...strangers]
    block.merkleRoot = Block.calculateMerkleRoot(block.transactions)
    block.nonce = 0
    while (!block.checkProofOfWork()) block.nonce += 1
    parent = block.getHash()
    return { id: block.getId(), raw: block.toHex() }
  })
}

function aPayment(number: number): Transaction {
  const transaction = new Transaction()
  transaction.version = 2
  transaction.locktime = number
  for (const vout of [0, 1]) {
    transaction.addInput(new Uint8Array(32).fill(number % 251), vout)
    transaction.setWitness(vout, [new Uint8Array(72), new Uint8Array(33)])
  }
  for (const head of [0x00, 0x51]) {
    const length = head === 0 ? 20 : 32
    const script = Uint8Array.of(head, length, ...new Uint8Array(length).fill(number % 256))
    transaction.addOutput(script, 10_000n)
  }
  return transaction
}

/** As much of a node as catching up asks for. */
async function serve(blocks: readonly Served[]) {
  const tip = blocks.at(-1)!
  const byId = new Map(blocks.map(({ id, raw }) => [id, raw]))
  const answers: Readonly<Record<string, (first: unknown) => unknown>> = {
    getblockchaininfo: () => {
      return { chain: "regtest", blocks: blocks.length - 1, bestblockhash: tip.id }
    },
    getblockhash: (height) => blocks[height as number]!.id,
    getblock: (id) => byId.get(id as string),
  }
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const [{ method, params }] = JSON.parse(Buffer.concat(parts).toString())
    response.end(JSON.stringify([{ id: 0, error: null, result: answers[method]!(params[0]) }]))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as { port: number }
  const stop = async () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}`, stop }
}

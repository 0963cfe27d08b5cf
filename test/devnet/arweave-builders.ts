// A local Arweave node with money in two wallets, and short ways to send and ask.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import Arweave from "arweave"
import { onTestFinished } from "vitest"
import {
  type ArweaveDevnet,
  type ArweaveOptions,
  startArweave,
} from "../../devnet/arweave/index.ts"
import type { TransactionJson } from "../../devnet/arweave/transaction.ts"
import { type Draft, rsaWallet, type Wallet } from "../../devnet/arweave/wallet.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"

export const AR = 10n ** 12n
export const [alice, bob, carol, vault] = [
  rsaWallet(TEST_WALLETS.alice),
  rsaWallet(TEST_WALLETS.bob),
  rsaWallet(TEST_WALLETS.carol),
  rsaWallet(TEST_WALLETS.vault),
] as const

export interface World {
  readonly node: ArweaveDevnet
  readonly folder: string
  get(path: string, url?: string): Promise<Answer>
  post(tx: unknown, url?: string): Promise<Answer>
  /** Signs a transfer with the anchor and the fee that the node suggests, unless the draft says. */
  transfer(from: Wallet, draft: Partial<Draft>): Promise<TransactionJson>
  /** As `transfer`, posted; fails unless the node takes it. */
  send(from: Wallet, draft: Partial<Draft>): Promise<TransactionJson>
  query(query: string, variables?: object, url?: string): Promise<Answer & { json: unknown }>
  command(name: string, body: object, url?: string): Promise<Answer & { json: unknown }>
}

export interface Answer {
  readonly status: number
  readonly text: string
}

/** A node in a folder of its own, gone when the test is; Alice and Bob have 100 AR each. */
export async function aWorld(options: Partial<ArweaveOptions> = {}): Promise<World> {
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), "causeway-arweave-")))
  const node = await startArweave({ ...options, folder })
  onTestFinished(async () => {
    await node.stop()
    await rm(folder, { recursive: true, force: true })
  })
  if (options.folder === undefined) {
    for (const { address } of [alice, bob]) node.faucet(address, 100n * AR)
  }
  return worldOf(node, folder)
}

/** The official client, pointed at an endpoint. */
export function clientOf({ port }: { port: number }): Arweave {
  // The module is CommonJS; under some loaders the class is one `default` further down.
  const { init } = (Arweave as unknown as { default?: typeof Arweave }).default ?? Arweave
  return init({ host: "127.0.0.1", port, protocol: "http" })
}

function worldOf(node: ArweaveDevnet, folder: string): World {
  const ask = async (target: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(target, init)
    return { status: response.status, text: await response.text() }
  }
  const send = (target: string, body: unknown) =>
    ask(target, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    })
  const withJson = (answer: Answer) => ({ ...answer, json: JSON.parse(answer.text) })
  const world: World = {
    node,
    folder,
    get: (path, url = node.url) => ask(`${url}${path}`),
    post: (tx, url = node.url) => send(`${url}/tx`, tx),
    async transfer(from, draft) {
      const { target = "" } = draft
      const anchor = draft.anchor ?? (await world.get("/tx_anchor")).text
      const reward = draft.reward ?? BigInt((await world.get(`/price/0/${target}`)).text)
      return from.sign({ ...draft, anchor, reward })
    },
    async send(from, draft) {
      const tx = await world.transfer(from, draft)
      const { status, text } = await world.post(tx)
      if (status !== 200) throw new Error(`${status} ${text}`)
      return tx
    },
    query: async (query, variables = {}, url = node.url) =>
      withJson(await send(`${url}/graphql`, { query, variables })),
    command: async (name, body, url = node.url) =>
      withJson(await send(`${url}/devnet/${name}`, body)),
  }
  return world
}

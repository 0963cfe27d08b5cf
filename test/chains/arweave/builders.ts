// A local Arweave node with a vault that has money, connections to it, and releases from it.

import { createServer } from "node:http"
import { onTestFinished } from "vitest"
import { arweaveCodec } from "../../../chains/arweave/codec.ts"
import { type ArweaveOptions, connectArweave } from "../../../chains/arweave/rpc.ts"
import type { Terms } from "../../../chains/chain.ts"
import type { TransferId } from "../../../core/ids.ts"
import type { Payout } from "../../../core/payout.ts"
import type { ArweaveView, ArweaveOptions as NodeOptions } from "../../../devnet/arweave/index.ts"
import type { Faults } from "../../../devnet/arweave/view.ts"
import { AR, alice, aWorld, carol, type World } from "../../devnet/arweave-builders.ts"
import { aPayout, deployment, groupSignature } from "../builders.ts"

const { vault } = deployment
export const LOCKS = {}
export const idOf = ({ id }: { id: string }): TransferId => `arweave:${id}:0`

/** A connection that never takes an old look for a new one; short of patience, as tests are. */
export function connect(
  urls: readonly string[],
  options: Partial<ArweaveOptions> = {},
  graphql?: string,
  history?: string,
) {
  const kinds = {
    ...{ node: urls, ...(graphql !== undefined && { graphql: [graphql] }) },
    ...(history !== undefined && { history: [history] }),
  }
  const settings = { freshMs: 0, timeoutMs: 60_000, ...options }
  const connection = connectArweave({ urls: kinds }, deployment, settings)
  onTestFinished(() => connection.close())
  return connection
}

/** A node with a vault that has money, and one connection to it. */
export async function aBridge(node: Partial<NodeOptions> = {}) {
  const world = await aWorld(node)
  world.node.faucet(vault, 50n * AR)
  world.node.mine(6)
  return { ...world, connection: connect([world.node.url]) }
}

export const deposit = (world: World, quantity = AR, from = alice) =>
  world.send(from, { target: vault, quantity })

/** A second node on the same chain, that misbehaves. */
export async function aFaulty(world: World, faults: Faults): Promise<ArweaveView> {
  return world.node.view(faults)
}

export function aRelease(changes: Partial<Payout> = {}): Payout {
  return aPayout("arweave", { recipient: carol.address, amount: AR, ...changes })
}

export function seal(payouts: readonly Payout[], terms: Terms) {
  const { messages } = arweaveCodec.build(payouts, terms, deployment)
  return arweaveCodec.seal(payouts, terms, deployment, messages.map(groupSignature))
}

/** A connection through a middleman, who notes the paths and may rewrite the answers. */
export async function through(view: ArweaveView, rewrite = (body: string) => body) {
  const paths: string[] = []
  const server = createServer(async (request, response) => {
    paths.push(request.url!)
    const answer = await fetch(`${view.url}${request.url}`)
    response.writeHead(answer.status).end(rewrite(await answer.text()))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as { port: number }
  return { connection: connect([`http://127.0.0.1:${port}`]), paths }
}

// The world of world.ts for signers in other processes: each asks at a URL of its own.

import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { openHttp } from "../../chains/http.ts"
import { BridgeError, type ErrorCode } from "../../core/errors.ts"
import { type Ask, chainsOver, FROST, type World } from "./world.ts"

export interface WorldServer {
  /** The endpoint of one signer. */
  url(view: number): string
  close(): Promise<void>
}

export async function serveWorld(world: World): Promise<WorldServer> {
  const server = createServer(async (asked, reply) => {
    const chunks: Buffer[] = []
    for await (const chunk of asked) chunks.push(chunk as Buffer)
    const { chain, question } = decoded(Buffer.concat(chunks).toString())
    try {
      const view = Number(asked.url!.slice("/view/".length))
      reply.end(encoded({ answer: world.answer(view, chain, question) }))
    } catch (error) {
      reply.end(encoded({ code: (error as BridgeError).code }))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: (view) => `http://127.0.0.1:${port}/view/${view}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** For the signer's process. */
export const CHAINS_OVER_HTTP = chainsOver(overHttp)
export const FROST_OVER_HTTP = chainsOver(overHttp, FROST)

function overHttp(url: string): Ask {
  // As connections to real chains ask: sixty-four blocks are not sixty-four questions at one moment.
  const http = openHttp({ timeoutMs: 30_000, atOnce: 8, pipelining: 1 })
  return async (chain, question) => {
    const { body } = await http.query(url, encoded({ chain, question }), "application/json")
    const { answer, code } = decoded(body)
    if (code) throw new BridgeError(code as ErrorCode, { chain })
    return answer
  }
}

function encoded(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === "bigint" ? { $n: String(one) } : one,
  )
}

function decoded(text: string) {
  return JSON.parse(text, (_, one) => (typeof one?.$n === "string" ? BigInt(one.$n) : one))
}

// What goes to a node, and how often.

import { expect, test } from "vitest"
import { bitcoinNode } from "../../../chains/bitcoin/node.ts"
import type { Http } from "../../../chains/http.ts"

test("a transaction is handed in by what is sent once, and all else by what may be asked again", async () => {
  const sent: string[] = []
  const by = (how: string): Http["post"] => {
    return async (_, body) => {
      sent.push(`${JSON.parse(String(body))[0].method} by ${how}`)
      return { status: 200, body: JSON.stringify([{ result: null, error: null }]) }
    }
  }
  const http: Http = {
    ...{ post: by("post"), query: by("query"), close: () => {} },
    get: () => Promise.reject(new Error("Core has no pages")),
  }
  const node = bitcoinNode("http://127.0.0.1:1", http)

  await node.send(new Uint8Array([1]))
  await node.hash(7).catch(() => {})
  await node.unspent("aa", 0).catch(() => {})

  expect(sent).toEqual(["sendrawtransaction by post", "getblockhash by query", "gettxout by query"])
})

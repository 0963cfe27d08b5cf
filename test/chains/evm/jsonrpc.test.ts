// JSON-RPC with endpoints of every temper.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { createServer } from "node:http"
import type { Socket } from "node:net"
import { onTestFinished, test } from "vitest"
import { isRefusal, jsonRpc } from "../../../chains/evm/jsonrpc.ts"
import { openHttp } from "../../../chains/http.ts"

interface Request {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** An endpoint that answers a body with what `manner` makes of it, unless `first` ends the connection. */
async function endpoint(
  manner: (body: Request | Request[]) => unknown,
  status = 200,
  first: (socket: Socket) => void = () => {},
) {
  const bodies: (Request | Request[])[] = []
  const server = createServer(async (request, response) => {
    first(request.socket)
    if (request.socket.destroyed) return
    let text = ""
    for await (const chunk of request) text += String(chunk)
    bodies.push(JSON.parse(text))
    const answer = manner(bodies.at(-1)!)
    response.writeHead(status).end(typeof answer === "string" ? answer : JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const http = openHttp({ timeoutMs: 500, atOnce: 4, pipelining: 1 })
  onTestFinished(() => {
    http.close()
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as { port: number }
  return { rpc: jsonRpc(`http://127.0.0.1:${port}`, http), bodies }
}

const echo = ({ id, params }: Request) => ({ jsonrpc: "2.0", id, result: params[0] })
const calls = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ method: "echo", params: [n] }))

test("answers in any order are put back in order", async () => {
  const { rpc } = await endpoint((body) => [body].flat().map(echo).reverse())

  deepEqual(
    await rpc.batch(calls(250)),
    calls(250).map((_, n) => n),
  )
})

test("an endpoint that takes fewer calls at once gets fewer, and is asked for more no more", async () => {
  const { rpc, bodies } = await endpoint((body) => {
    if (!Array.isArray(body)) return echo(body)
    return body.length > 10
      ? { jsonrpc: "2.0", id: null, error: { code: -32_600, message: "batch too large" } }
      : body.map(echo)
  })

  equal((await rpc.batch(calls(100))).length, 100)
  const before = bodies.length
  equal((await rpc.batch(calls(20))).length, 20)

  ok(bodies.slice(before).every((body) => [body].flat().length <= 10))
})

test("an endpoint that says no is told from one that is not there", async () => {
  const error = { code: -32_005, message: "query returned more than 10000 results" }
  const { rpc } = await endpoint((body) => ({ jsonrpc: "2.0", id: (body as Request).id, error }))
  const gone = jsonRpc("http://127.0.0.1:1", openHttp({ timeoutMs: 500, atOnce: 1, pipelining: 1 }))

  await rejects(rpc.call("eth_getLogs"), (thrown) => {
    ok(isRefusal(thrown))
    ok(String(thrown).includes("10000 results"))
    return true
  })
  await rejects(gone.call("eth_getLogs"), (thrown) => !isRefusal(thrown))
})

test("a page of a proxy in between is a refusal, whatever it says", async () => {
  const { rpc } = await endpoint(() => "<html>Request Entity Too Large</html>", 413)

  await rejects(rpc.call("eth_getLogs"), (thrown) => isRefusal(thrown))
})

test("an answer to other calls, to fewer, or of another form is none", async () => {
  const odd: ((body: Request | Request[]) => unknown)[] = [
    (body) => [body].flat().slice(1).map(echo),
    (body) => [body].flat().map((one) => ({ ...echo(one), id: one.id + 1_000 })),
    (body) => [body].flat().map(({ id }) => ({ jsonrpc: "2.0", id })),
    () => "not JSON",
    () => 5,
    () => null,
  ]
  for (const manner of odd) {
    const { rpc } = await endpoint(manner)

    await rejects(rpc.batch(calls(2)), { code: "rpc-unavailable" })
  }
})

test("a transaction is handed in once over a connection that breaks, and a question asked twice", async () => {
  let count = 0
  const { rpc, bodies } = await endpoint(
    (body) => [body].flat().map(echo)[0],
    200,
    (socket) => {
      count += 1
      if (count % 2 === 0) socket.destroy()
    },
  )
  await rpc.call("echo", 1)

  equal(await rpc.call("echo", 2), 2)
  await rejects(rpc.call("eth_sendRawTransaction", "0x02"), { code: "rpc-unavailable" })

  deepEqual(
    bodies.flat().map(({ method }) => method),
    ["echo", "echo"],
  )
  equal(count, 4)
})

// HTTP to endpoints of every temper: what is an answer, and what is none.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { type AddressInfo, createServer as createTcpServer } from "node:net"
import { onTestFinished, test } from "vitest"
import { openHttp } from "../../chains/http.ts"

type Manner = (request: IncomingMessage, response: ServerResponse) => void

async function aServer(manner: Manner) {
  const server = createServer(manner)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const sockets = new Set<unknown>()
  server.on("connection", (socket) => sockets.add(socket))
  const http = openHttp({ timeoutMs: 300, atOnce: 4, pipelining: 2 })
  onTestFinished(() => {
    http.close()
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as { port: number }
  return { http, url: `http://127.0.0.1:${port}`, sockets, server }
}

test("an answer is whatever came, a refusal included", async () => {
  const { http, url } = await aServer((request, response) => {
    response.writeHead(Number(request.url!.slice(1))).end("zürich")
  })

  for (const status of [200, 202, 208, 400, 404, 410, 504])
    deepEqual(await http.get(`${url}/${status}`), { status, body: "zürich" })
})

// Case 47.
test("an endpoint that is overloaded or broken gives no answer", async () => {
  const { http, url } = await aServer((request, response) => {
    response.writeHead(Number(request.url!.slice(1))).end()
  })

  for (const status of [429, 500, 502, 503])
    await rejects(http.get(`${url}/${status}`), { code: "rpc-unavailable" })
})

test("an endpoint that is silent, or falls silent, is given up", async () => {
  const { http, url } = await aServer((request, response) => {
    if (request.url === "/half") response.writeHead(200, { "content-length": 100 }).write("half")
  })

  for (const path of ["/none", "/half"])
    await rejects(http.get(`${url}${path}`), { code: "rpc-unavailable" })
})

test("an answer that breaks off is none", async () => {
  const { http, url } = await aServer((_, response) => {
    response.writeHead(200, { "content-length": 100 }).write("half", () => response.destroy())
  })

  await rejects(http.get(url), { code: "rpc-unavailable" })
})

test("a dead endpoint is unavailable", async () => {
  const { http, url, server } = await aServer(() => {})
  server.close()
  server.closeAllConnections()

  await rejects(http.get(url), { code: "rpc-unavailable", message: /ECONNREFUSED/ })
})

test("a kept connection that the other side closed is opened again", async () => {
  const { http, url, server, sockets } = await aServer((_, response) => response.end("again"))
  await http.get(url)
  server.closeAllConnections()

  equal((await http.get(url)).body, "again")
  ok(sockets.size <= 3)
})

test("a question that is posted is asked again over a new connection; what may change something is not", async () => {
  let heard = 0
  const { http, url } = await aServer((request, response) => {
    heard += 1
    // Every second request meets a connection that closes.
    if (heard % 2 === 0) request.socket.destroy()
    else response.end("told")
  })
  await http.get(url)

  equal((await http.query(url, "what?", "text/plain")).body, "told")
  equal(heard, 3)
  await rejects(http.post(url, "do it", "text/plain"), { code: "rpc-unavailable" })
  equal(heard, 4)
})

test("connections are kept, and no more requests are under way than allowed", async () => {
  let under = 0
  let most = 0
  const { http, url, sockets } = await aServer((_, response) => {
    under += 1
    most = Math.max(most, under)
    setImmediate(() => {
      under -= 1
      response.end("ok")
    })
  })

  await Promise.all(Array.from({ length: 50 }, () => http.get(url)))

  ok(most <= 4)
  ok(sockets.size <= 4)
})

test("a body is posted as it is, with its type", async () => {
  const { http, url } = await aServer((request, response) => {
    const parts: Buffer[] = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () =>
      response.end(`${request.headers["content-type"]} ${Buffer.concat(parts)}`),
    )
  })

  equal((await http.post(url, "zürich", "text/plain")).body, "text/plain zürich")
})

test("requests that share a connection are sent together", async () => {
  const parts: number[] = []
  const server = createTcpServer((socket) => {
    socket.on("data", (part) => {
      const count = String(part).split("GET ").length - 1
      parts.push(count)
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".repeat(count))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const http = openHttp({ timeoutMs: 1_000, atOnce: 4, pipelining: 4 })
  onTestFinished(() => {
    http.close()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  await http.get(url)

  await Promise.all([1, 2, 3, 4].map(() => http.get(url)))

  deepEqual(parts, [1, 4])
})

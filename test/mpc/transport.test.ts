import { once } from "node:events"
import { connect } from "node:net"
import { connect as connectTls } from "node:tls"
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest"
import { newIdentity } from "../../mpc/certificate.ts"
import {
  type Answer,
  type Asking,
  type Bounds,
  type Door,
  type Link,
  openDoor,
  openLink,
  type Peer,
} from "../../mpc/transport.ts"

const now = new Date()
const signer = newIdentity("signer 1", { now })
const coordinator = newIdentity("coordinator", { now })
const other = newIdentity("signer 2", { now })
const stranger = newIdentity("stranger", { now })
const opened: (Door | Link)[] = []

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

const limits = { timeoutMs: 5_000 }

async function aDoor(answer: (asking: Asking) => Promise<Answer>, bounds: Partial<Bounds> = {}) {
  const peers: Peer[] = [
    { name: "minter", role: "coordinator", certificate: coordinator.certificate },
    { name: "signer 2", role: "signer", certificate: other.certificate },
  ]
  const door = await openDoor({ identity: signer, peers, listen: "127.0.0.1:0", bounds, answer })
  opened.push(door)
  return door
}

function aLink(door: Door, identity = coordinator, certificate = signer.certificate) {
  const link = openLink(identity, { name: "signer 1", role: "signer", certificate }, door.address)
  opened.push(link)
  return link
}

const echo = async ({ peer, method, path, body }: Asking) => ({
  status: 200,
  body: { peer: peer.name, method, path, body },
})

// Case 120.
describe("who is let in", () => {
  test("a pinned peer is answered, and known by its certificate alone", async () => {
    const link = aLink(await aDoor(echo))

    const answer = await link.ask("POST", "/sign", { a: 1 }, limits)

    expect(answer).toEqual({
      status: 200,
      body: { peer: "minter", method: "POST", path: "/sign", body: { a: 1 } },
    })
  })

  test("a client with an unknown certificate is dropped before its request is read", async () => {
    let asked = 0
    const door = await aDoor(async () => ({ status: 200, body: { asked: ++asked } }))

    const refused = aLink(door, stranger).ask("GET", "/health", null, limits)

    await expect(refused).rejects.toMatchObject({ code: "signer-unreachable" })
    expect(asked).toBe(0)
  })

  test("a client without a certificate is dropped", async () => {
    const door = await aDoor(echo)
    const [host, port] = door.address.split(":")

    const ended = await new Promise<string>((resolve) => {
      const socket = connectTls({ host: host!, port: Number(port), rejectUnauthorized: false })
      socket.on("error", (error) => resolve(error.message))
      socket.on("end", () => resolve("ended"))
      socket.on("secureConnect", () => socket.write("GET /health HTTP/1.1\r\nhost: x\r\n\r\n"))
      socket.on("data", () => resolve("answered"))
    })

    expect(ended).not.toBe("answered")
  })

  test("a copy of a pinned certificate under another key is dropped", async () => {
    const door = await aDoor(echo)
    const forged = newIdentity("coordinator", { now })

    const refused = aLink(door, forged).ask("GET", "/health", null, limits)

    await expect(refused).rejects.toMatchObject({ code: "signer-unreachable" })
  })

  test("a server with another certificate than the pinned one is not talked to", async () => {
    const door = await aDoor(echo)

    const refused = aLink(door, coordinator, stranger.certificate).ask("GET", "/", null, limits)

    await expect(refused).rejects.toMatchObject({ code: "signer-unreachable" })
  })
})

// Case 120.
describe("how much a peer may ask", () => {
  test("an oversize body is refused unread, and the door stays open", async () => {
    let asked = 0
    const door = await aDoor(async () => ({ status: 200, body: { asked: ++asked } }), {
      bodyMax: 1_000,
    })
    const link = aLink(door)

    const large = await link
      .ask("POST", "/sign", { filler: "x".repeat(10_000_000) }, limits)
      .catch((error) => error.code)

    // The refusal may overtake the rest of the body, or the cut may.
    expect([413, "signer-unreachable"]).toContain(large.status ?? large)
    expect(asked).toBe(0)
    expect((await link.ask("POST", "/sign", {}, limits)).status).toBe(200)
  })

  test("a body that is not JSON is refused", async () => {
    const door = await aDoor(echo)
    const [host, port] = door.address.split(":")

    const answer = await new Promise<string>((resolve, reject) => {
      const { certificate: cert, key } = coordinator
      const socket = connectTls({
        host: host!,
        port: Number(port),
        cert,
        key,
        rejectUnauthorized: false,
      })
      socket.on("secureConnect", () =>
        socket.write("POST /sign HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nnope"),
      )
      socket.on("data", (data) => {
        resolve(String(data))
        socket.destroy()
      })
      socket.on("error", reject)
    })

    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })

  test("a peer that asks too fast is turned away, and served again after a rest", async () => {
    const link = aLink(await aDoor(echo, { perSecond: 20, burst: 3 }))
    const ask = async () => (await link.ask("GET", "/health", null, limits)).status
    const nowMs = performance.now()
    const clock = vi.spyOn(performance, "now").mockReturnValue(nowMs)
    onTestFinished(() => clock.mockRestore())

    const statuses = [await ask(), await ask(), await ask(), await ask()]
    clock.mockReturnValue(nowMs + 50)
    const rested = [await ask(), await ask()]

    expect(statuses).toEqual([200, 200, 200, 429])
    expect(rested).toEqual([200, 429])
  })

  test("a peer with too many requests under way is turned away", async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let asked = 0
    const door = await aDoor(
      async () => {
        asked += 1
        await held
        return { status: 200, body: {} }
      },
      { inFlight: 2 },
    )
    const link = aLink(door)

    const first = [link.ask("GET", "/", null, limits), link.ask("GET", "/", null, limits)]
    await expect.poll(() => asked).toBe(2)
    const third = await link.ask("GET", "/", null, limits)
    release()

    expect(third.status).toBe(429)
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200])
  })
})

describe("when an answer fails", () => {
  test("a failure inside says nothing to the peer", async () => {
    const link = aLink(
      await aDoor(async () => {
        throw new Error("secret path")
      }),
    )

    const answer = await link.ask("GET", "/", null, limits)

    expect(answer).toEqual({ status: 500, body: { error: "this signer failed" } })
  })

  test("a silent peer costs the time-out and is named", async () => {
    const link = aLink(await aDoor(() => new Promise(() => {})))

    const silent = link.ask("GET", "/", null, { timeoutMs: 50 })

    await expect(silent).rejects.toMatchObject({
      code: "signer-unreachable",
      detail: { signer: "signer 1", reason: "no answer in 50 ms" },
    })
  })

  test("a link finds a door again that was closed and opened at the same address", async () => {
    const first = await aDoor(echo)
    const link = aLink(first)
    await link.ask("GET", "/", null, limits)

    await first.close(0)
    const down = link.ask("GET", "/", null, limits)
    await expect(down).rejects.toMatchObject({ code: "signer-unreachable" })
    const peers: Peer[] = [
      { name: "minter", role: "coordinator", certificate: coordinator.certificate },
      { name: "signer 2", role: "signer", certificate: other.certificate },
    ]
    opened.push(await openDoor({ identity: signer, peers, listen: first.address, answer: echo }))

    expect((await link.ask("GET", "/", null, limits)).status).toBe(200)
  })

  test("strangers who hold connections open and say nothing keep no peer out", async () => {
    const door = await aDoor(echo, { arrivalMs: 600_000 })
    const [host, port] = door.address.split(":")
    for (let n = 0; n < 800; n++) {
      const localAddress = `127.0.1.${(n % 40) + 1}`
      const socket = connect({ host: host!, port: Number(port), localAddress })
      socket.on("error", () => {})
      onTestFinished(() => void socket.destroy())
      await once(socket, "connect")
    }

    expect((await aLink(door).ask("GET", "/", null, limits)).status).toBe(200)
    // It waits for none of them.
    await door.close()
  })

  test("a peer that opens one connection after another keeps no other peer out", async () => {
    const door = await aDoor(echo, { connections: 4 })
    const [host, port] = door.address.split(":")
    const { certificate: cert, key } = other
    const open = async () => {
      const ca = [signer.certificate]
      const server = { host: host!, port: Number(port), checkServerIdentity: () => undefined }
      const socket = connectTls({ ...server, cert, key, ca })
      onTestFinished(() => void socket.destroy())
      socket.on("error", () => {})
      await once(socket, "secureConnect")
      const isLet = new Promise<boolean>((told) => {
        socket.once("data", () => told(true))
        socket.once("close", () => told(false))
      })
      socket.write("GET / HTTP/1.1\r\nhost: here\r\n\r\n")
      return isLet
    }

    const letIn = await Promise.all(Array.from({ length: 12 }, open))

    expect(letIn.filter(Boolean)).toHaveLength(4)
    expect((await aLink(door).ask("GET", "/", null, limits)).status).toBe(200)
  })

  test("an address that is taken is told as such", async () => {
    const first = await aDoor(echo)

    const second = openDoor({ identity: signer, peers: [], listen: first.address, answer: echo })

    await expect(second).rejects.toMatchObject({ code: "bad-config" })
  })
})

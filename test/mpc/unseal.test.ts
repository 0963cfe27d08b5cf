// A passphrase that a key service opens: by a program or an agent, and never by anything that others could read or change.

import { spawn } from "node:child_process"
import { createCipheriv, randomBytes } from "node:crypto"
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { bundle } from "../../mpc/bundle.ts"
import { passphraseFor } from "../../mpc/unseal.ts"
import { aDealtCluster, type DealtFolder, remove } from "./signers.ts"
import { World } from "./world.ts"
import { serveWorld, type WorldServer } from "./world-http.ts"

const PASSPHRASE = "a passphrase that nobody types"
/** Of the fake service: it never leaves it. */
const serviceKey = randomBytes(32)
let folder: string
let program: string
let server: Server | null = null

/** As a key service seals: what lies on the disk tells nothing. */
function sealed(text: string): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv("aes-256-gcm", serviceKey, iv)
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64")
}

/** A program that stands for the service's own, and writes down what everybody could see of it. */
const KMS = (key: string) => `#!${process.execPath}
const { createDecipheriv } = require("node:crypto")
const { readFileSync, writeFileSync } = require("node:fs")
const [manner, seen] = process.argv.slice(2)
if (seen) writeFileSync(seen, JSON.stringify([process.argv, process.env]))
const all = Buffer.from(readFileSync(0, "utf8"), "base64")
if (manner === "fail") { console.error("the key is " + "${key}"); process.exit(3) }
if (manner === "hang") setInterval(() => {}, 1_000)
else if (manner === "silent") process.exit(0)
else if (manner === "loud") process.stdout.write("x".repeat(10_000))
else {
  const open = createDecipheriv("aes-256-gcm", Buffer.from("${key}", "hex"), all.subarray(0, 12))
  open.setAuthTag(all.subarray(12, 28))
  process.stdout.write(Buffer.concat([open.update(all.subarray(28)), open.final()]).toString() + "\\n")
}
`

async function hook(parts: object): Promise<void> {
  const path = join(folder, "unseal.json")
  await writeFile(path, JSON.stringify({ sealed: sealed(PASSPHRASE), ...parts }), { mode: 0o600 })
}

const opened = async () => Buffer.from(await passphraseFor(folder, process.stdin)).toString()

async function agent(status: number, answer: string): Promise<string> {
  server = createServer((_, reply) => reply.writeHead(status).end(answer))
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/decrypt`
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-unseal-"))
  // A file beside an ordinary package.json would be read as a module.
  program = join(folder, "kms.cjs")
  await writeFile(program, KMS(serviceKey.toString("hex")), { mode: 0o700 })
})
afterEach(() => {
  server?.close()
  server = null
})
afterAll(() => rm(folder, { recursive: true }))

describe("a hook", () => {
  test("that is a program gives what the service opens, and shows it to nobody on the way", async () => {
    const seen = join(folder, "seen.json")
    process.env.CAUSEWAY_TEST_REGION = "north"
    process.env.CAUSEWAY_TEST_OTHER = "south"
    await hook({ command: [program, "open", seen], environment: ["CAUSEWAY_TEST_REGION"] })

    expect(await opened()).toBe(PASSPHRASE)

    const shown = await readFile(seen, "utf8")
    expect(shown).toContain("north")
    expect(shown).not.toContain("south")
    for (const secret of [PASSPHRASE, serviceKey.toString("hex")])
      expect(shown).not.toContain(secret)
    expect(await readFile(join(folder, "unseal.json"), "utf8")).not.toContain(PASSPHRASE)
  })

  test("that is an agent on this machine gives the first line that it answers", async () => {
    await hook({ url: await agent(200, `${PASSPHRASE}\nand more`) })

    expect(await opened()).toBe(PASSPHRASE)
  })

  test.each([
    ["fails", "fail", "exit code 3"],
    ["says nothing", "silent", "gave no passphrase"],
    ["says too much", "loud", "says too much"],
    ["hangs", "hang", "takes too long"],
  ])("that %s is told as that, without a word of what it said", async (_, manner, reason) => {
    await hook({ command: [program, manner], timeoutMs: manner === "hang" ? 500 : 30_000 })

    const error = await opened().catch((one: unknown) => one)

    expect(error).toMatchObject({
      code: "share-locked",
      detail: { reason: expect.stringContaining(reason) },
    })
    expect(String(error)).not.toContain(serviceKey.toString("hex"))
  })

  test("that answers with an error, or leads elsewhere, opens nothing", async () => {
    await hook({ url: await agent(403, PASSPHRASE) })
    await expect(opened()).rejects.toThrow("status 403")

    await hook({ url: "http://kms.example/decrypt" })
    await expect(opened()).rejects.toThrow("https")
  })

  test.each([
    ["by its short name", ["kms.cjs"], "whole path"],
    ["that is not there", ["/nowhere/kms"], "there is no /nowhere/kms"],
    ["of no words", [], "command"],
  ])("to a program %s is refused", async (_, command, reason) => {
    await hook({ command })

    await expect(opened()).rejects.toThrow(reason)
  })

  test.each(["unseal.json", "kms.cjs"])("is refused when others may change %s", async (name) => {
    await hook({ command: [program, "open"] })
    const path = join(folder, name)
    await chmod(path, 0o722)

    await expect(opened()).rejects.toThrow(`others may change ${path}`)

    await chmod(path, 0o700)
  })
})

describe("a signer's process", () => {
  let dealt: DealtFolder
  let endpoints: WorldServer
  beforeAll(async () => {
    endpoints = await serveWorld(new World())
    dealt = await aDealtCluster({ t: 2, n: 2 }, endpoints.url)
    return async () => {
      await endpoints.close()
      await remove(dealt)
    }
  })

  test("starts by its hook alone, with nothing on standard input", async () => {
    const own = dealt.cluster.signers[0]!
    const passphrase = (await readFile(own.passphraseFile, "utf8")).trim()
    await rm(own.passphraseFile)
    await writeFile(
      join(own.folder, "unseal.json"),
      JSON.stringify({ sealed: sealed(passphrase), command: [program, "open"] }),
      { mode: 0o600 },
    )
    const file = await bundle(new URL("./signer-process.ts", import.meta.url))
    const child = spawn(process.execPath, [file, "--folder", own.folder], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {},
    })
    let said = ""
    child.stderr.on("data", (chunk) => {
      said += String(chunk)
    })

    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve)
      child.once("exit", () => reject(new Error(said)))
    })
    const shown = await readFile(`/proc/${child.pid}/cmdline`, "latin1")
    child.removeAllListeners("exit")
    const ended = new Promise((resolve) => child.once("exit", resolve))
    child.kill("SIGTERM")
    await ended

    expect(JSON.parse(line)).toMatchObject({ ready: true, index: 1 })
    expect(`${shown}${said}${line}`).not.toContain(passphrase)
  })
})

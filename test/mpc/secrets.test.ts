// What can be read of a signer at work: nowhere is a share or a passphrase, not even in a snapshot of its heap.

import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterAll, beforeAll, expect, test } from "vitest"
import { bundle } from "../../mpc/bundle.ts"
import { connectCluster } from "../../mpc/client.ts"
import { shareFile } from "../../mpc/config.ts"
import { bindingOf, openShare, readShare } from "../../mpc/keyshare.ts"
import { groupKeyBytes, schemesOf } from "../../mpc/manifest.ts"
import type { Ready } from "../../mpc/process.ts"
import { schemeOf } from "../../mpc/schemes/index.ts"
import { aSighting } from "../builders.ts"
import { aDealtCluster, clientConfig, type DealtFolder, remove, wanted } from "./signers.ts"
import { aoTerms, chainsOf, World } from "./world.ts"
import { serveWorld, type WorldServer } from "./world-http.ts"

const world = new World()
const children: ChildProcess[] = []
let server: WorldServer
let dealt: DealtFolder
let snapshots: string
let said = ""

const passphraseOf = async (index: number) =>
  (await readFile(dealt.cluster.signers[index - 1]!.passphraseFile, "utf8")).trim()

async function start(program: string, index: number): Promise<Ready> {
  const { folder } = dealt.cluster.signers[index - 1]!
  const child = spawn(
    process.execPath,
    ["--heapsnapshot-signal=SIGUSR2", program, "--folder", folder, "--with-parent"],
    { cwd: snapshots, env: {}, stdio: ["pipe", "pipe", "pipe"] },
  )
  children.push(child)
  child.stdin.write(`${await passphraseOf(index)}\n`)
  child.stderr.on("data", (chunk) => {
    said += String(chunk)
  })
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (line) => {
      said += line
      resolve(JSON.parse(line) as Ready)
    })
    child.once("exit", () => reject(new Error(said)))
  })
}

/** A share and a passphrase in every way that they could be written. */
async function secretsOf(index: number): Promise<string[]> {
  const { folder } = dealt.cluster.signers[index - 1]!
  const { manifest } = dealt.cluster
  const passphrase = await passphraseOf(index)
  const secrets = [passphrase]
  for (const name of schemesOf(manifest)) {
    const key = schemeOf(name).decode(groupKeyBytes(manifest, name))
    const sealed = await readShare(join(folder, shareFile(name)))
    const expected = bindingOf(key, index)
    const share = Buffer.from(
      await openShare(sealed, Buffer.from(passphrase), expected, { devnet: true }),
    )
    // RSA's has a byte for its sign in front.
    const number = BigInt(`0x${share.subarray(name === "rsa" ? 1 : 0).toString("hex")}`)
    secrets.push(
      ...[share.toString("hex"), share.toString("base64"), share.toString("base64url")],
      ...[share.toString("latin1"), String(number), number.toString(16)],
    )
  }
  return secrets.map((secret) => secret.slice(0, 48))
}

beforeAll(async () => {
  server = await serveWorld(world)
  snapshots = await mkdtemp(join(tmpdir(), "causeway-heap-"))
  dealt = await aDealtCluster({ t: 2, n: 2, schemes: ["taproot"] }, server.url)
})
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL")
  await server.close()
  await remove(dealt)
  await rm(snapshots, { recursive: true })
})

//
test("a signer that has signed shows no share and no passphrase to whoever looks", async () => {
  const program = await bundle(new URL("./signer-process.ts", import.meta.url))
  const ready = await Promise.all([1, 2].map((index) => start(program, index)))
  const addresses = Object.fromEntries(ready.map(({ index, address }) => [index, address]))
  const chains = chainsOf(world)
  const client = connectCluster(await clientConfig(dealt, addresses))
  const rows = world.add([aSighting()])
  await client.sign(wanted(dealt, chains.ao, rows, aoTerms()))
  client.close()

  const { pid } = children[0]!
  const seen = [said]
  for (const what of ["cmdline", "environ"])
    seen.push(await readFile(`/proc/${pid}/${what}`, "latin1"))
  children[0]!.kill("SIGUSR2")
  seen.push(await snapshotText())

  const index = ready[0]!.index
  expect(seen.at(-1)!.length).toBeGreaterThan(1_000_000)
  // It is a look into its memory: what is no secret is there.
  expect(seen.at(-1)).toContain("BEGIN CERTIFICATE")
  for (const secret of await secretsOf(index))
    expect(seen.findIndex((text) => text.includes(secret))).toBe(-1)
})

/** The snapshot, when it is whole. */
async function snapshotText(): Promise<string> {
  for (let tries = 0; tries < 2_400; tries += 1) {
    const [file] = await readdir(snapshots)
    const text = file ? await readFile(join(snapshots, file), "latin1") : ""
    if (text.trimEnd().endsWith("}")) return text
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error("no snapshot was written")
}

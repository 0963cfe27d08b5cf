// What an operator has: the doctor, the word of peers, metrics, a backup, and the drill of bringing it back.

import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Backup, makeBackup, restoreBackup } from "../../mpc/backup.ts"
import { connectCluster } from "../../mpc/client.ts"
import { readSignerConfig, settingsJson } from "../../mpc/config.ts"
import { examine } from "../../mpc/doctor.ts"
import type { Finding } from "../../mpc/findings.ts"
import type { Manifest } from "../../mpc/manifest.ts"
import { askPeers } from "../../mpc/peers.ts"
import { restsUntil } from "../../mpc/rest.ts"
import { type Running, startSigner } from "../../mpc/signer.ts"
import { aSighting } from "../builders.ts"
import { aDealtCluster, clientConfig, type DealtFolder, remove, wanted } from "./signers.ts"
import { aoTerms, chainsOf, World } from "./world.ts"

const NOW = new Date("2026-11-01T00:00:00Z")
const world = new World()
const chains = chainsOf(world)
let dealt: DealtFolder
/** Stands for every endpoint: it tells the time, as each server does. */
let server: Server
const running: Running[] = []
let elsewhere: string

const own = () => dealt.cluster.signers[0]!
const passphraseOf = async (index: number) =>
  Buffer.from((await readFile(dealt.cluster.signers[index - 1]!.passphraseFile, "utf8")).trim())

async function startOne(index: number, folder = dealt.cluster.signers[index - 1]!.folder) {
  const one = await startSigner({
    config: await readSignerConfig(folder),
    passphrase: await passphraseOf(index),
    chains,
    log: () => {},
    fail: () => {},
  })
  running.push(one)
  return one
}

async function setSettings(index: number, parts: object): Promise<void> {
  const { folder } = dealt.cluster.signers[index - 1]!
  const { settings } = await readSignerConfig(folder)
  await writeFile(join(folder, "settings.json"), settingsJson({ ...settings, ...parts }))
}

beforeAll(async () => {
  server = createServer((_, reply) => reply.end())
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const url = (view: number) => `http://127.0.0.1:${port}/${view}`
  dealt = await aDealtCluster({ t: 2, n: 3, schemes: ["taproot"] }, url)
  elsewhere = await mkdtemp(join(tmpdir(), "causeway-operator-"))
  await chmod(own().folder, 0o700)
})
afterAll(async () => {
  for (const one of running) await one.close()
  server.close()
  server.closeAllConnections()
  await remove(dealt)
  await rm(elsewhere, { recursive: true })
})

describe("the doctor", () => {
  const look = async (passphrase: Buffer | null, now = () => new Date()) =>
    examine({ folder: own().folder, passphrase, chains, now })
  const of = (findings: readonly Finding[], about: string) =>
    findings.filter((one) => one.about === about)
  const verdicts = (findings: readonly Finding[], about: string) =>
    of(findings, about).map(({ verdict }) => verdict)

  test("finds a well folder well, and tells what an operator should look at", async () => {
    await startOne(2)
    await setSettings(1, { peers: { 2: running.at(-1)!.address } })

    const findings = await look(await passphraseOf(1))

    expect(findings.filter(({ verdict }) => verdict === "bad")).toEqual([])
    for (const about of ["permissions", "disk", "clock", "share of rsa", "share of taproot"])
      expect(verdicts(findings, about)).not.toContain("watch")
    expect(verdicts(findings, "chain ao")).toEqual(["ok"])
    expect(verdicts(findings, "peer 2")).toEqual(["ok"])
    expect(of(findings, "peer 3")[0]!.said).toContain("no address")
    expect(
      of(findings, "endpoints of ao")
        .map(({ said }) => said)
        .join(),
    ).toContain("one provider alone")
  })

  test("shows the version, the lag and the agreement of each endpoint that tells them", async () => {
    const report = { version: "HyperBEAM 0.9", height: 500, agrees: true, problem: null }
    const reports = [
      { ...report, url: "https://one.example.org" },
      { ...report, url: "https://two.example.net", height: 480 },
      { ...report, url: "https://three.example.com", agrees: false },
      {
        ...{ url: "https://four.example.com", version: null, height: null, agrees: null },
        problem: "rpc-unavailable",
      },
      { ...report, url: "https://five.example.com", lacks: "an index" },
    ]
    const connect: (typeof chains)["ao"]["connect"] = (...parts) => {
      const one = chains.ao.connect(...parts)
      return { ...one, reports: async () => reports }
    }

    const findings = await examine({
      ...{ folder: own().folder, passphrase: null },
      chains: { ...chains, ao: { ...chains.ao, connect } },
    })

    expect(of(findings, "chain ao").slice(1)).toMatchObject([
      { verdict: "ok", said: "one.example.org: HyperBEAM 0.9, at 500, 0 behind, agrees" },
      { verdict: "watch", said: "two.example.net: HyperBEAM 0.9, at 480, 20 behind" },
      { verdict: "bad", said: "three.example.com: HyperBEAM 0.9, at 500, 0 behind, disagrees" },
      { verdict: "watch", said: "four.example.com: rpc-unavailable" },
      {
        verdict: "bad",
        said: "five.example.com: HyperBEAM 0.9, at 500, 0 behind, without an index",
      },
    ])
  })

  test("sees a clock that is off", async () => {
    const off = (ms: number) => () => new Date(Date.now() + ms)

    expect(verdicts(await look(null, off(-20_000)), "clock")).toEqual(["watch"])
    expect(verdicts(await look(null, off(3_600_000)), "clock")).toEqual(["bad"])
  })

  test.each([
    ["a wrong passphrase", async () => {}, "wrong passphrase"],
    [
      "a damaged share",
      async (file: string) => {
        const sealed = JSON.parse(await readFile(file, "utf8")) as { ciphertext: string }
        const ciphertext = `AAAA${sealed.ciphertext.slice(4)}`
        await writeFile(file, JSON.stringify({ ...sealed, ciphertext }))
      },
      "the share file is damaged",
    ],
  ])("names %s for what it is", async (_, change, said) => {
    const file = join(own().folder, "share-taproot.json")
    const before = await readFile(file, "utf8")
    await change(file)

    const findings = await look(Buffer.from("a guess"))
    await writeFile(file, before)

    const [share] = of(findings, "share of taproot")
    expect(share).toMatchObject({ verdict: "bad" })
    expect(share!.said).toContain(said)
    expect(share!.said).not.toContain("guess")
  })

  test("sees a secret that others may read, and a folder that is none", async () => {
    const file = join(own().folder, "identity.pem")
    await chmod(file, 0o644)
    const open = await look(null)
    await chmod(file, 0o600)

    expect(of(open, "permissions")[0]!.said).toContain("chmod 600")
    const nothing = await examine({ folder: join(elsewhere, "none"), passphrase: null, chains })
    expect(nothing.some(({ verdict }) => verdict === "bad")).toBe(true)
  })

  test("sees a chain that can't be read", async () => {
    world.faults.set(1, { fails: "rpc-unavailable" })
    const findings = await look(null)
    world.faults.clear()

    expect(verdicts(findings, "chain ao")).toEqual(["bad"])
  })
})

test("peers that are of another epoch are told apart", async () => {
  const config = await readSignerConfig(own().folder)
  const taproot = Buffer.from("another key").toString("base64url")
  const manifest = { ...config.manifest, keys: { ...config.manifest.keys, taproot } }

  const [peer] = await askPeers({ ...config, manifest })

  expect(peer!.problems).toEqual(["its taproot key is of another epoch, or another key"])
})

test("metrics count what was signed and what was refused, and say nothing secret", async () => {
  await setSettings(3, { metrics: "127.0.0.1:0", listen: "127.0.0.1:0" })
  const { folder } = dealt.cluster.signers[2]!
  let address = ""
  const one = await startSigner({
    config: await readSignerConfig(folder),
    passphrase: await passphraseOf(3),
    chains,
    log: (event) => {
      if (event.event === "metrics") address = String(event.address)
    },
    fail: () => {},
  })
  running.push(one)
  const [deposit] = world.add([aSighting()])
  const addresses = { 1: "127.0.0.1:1", 2: running[0]!.address, 3: one.address }
  const client = connectCluster(await clientConfig(dealt, addresses))
  await client.sign(wanted(dealt, chains.ao, [deposit!], aoTerms()))
  client.close()

  const text = await (await fetch(`http://${address}/metrics`)).text()

  expect(text).toMatch(/causeway_signer_requests_total\{round="sign",result="signed"\} 1/)
  expect(text).toMatch(/causeway_signer_key_epoch\{scheme="taproot"\} 0/)
  expect(text).toMatch(/causeway_signer_tip_height\{chain="ao"\} \d+/)
  expect(text).not.toContain((await passphraseOf(3)).toString())
  expect((await fetch(`http://${address}/health`)).status).toBe(404)
})

describe("a backup", () => {
  const restored = (name: string) => join(elsewhere, name)
  const back = async (
    json: unknown,
    folder: string,
    parts: { passphrase?: Buffer; current?: Manifest } = {},
  ) =>
    restoreBackup(json, {
      ...{ folder, current: parts.current ?? null, now: NOW },
      passphrase: parts.passphrase ?? (await passphraseOf(2)),
    })
  let cached: Promise<Backup> | null = null
  const made = (): Promise<Backup> => {
    cached ??= passphraseOf(2).then((passphrase) =>
      makeBackup(dealt.cluster.signers[1]!.folder, passphrase, NOW),
    )
    return cached
  }

  test("makes the same folder again, for its owner's eyes, which signs nothing for a day", async () => {
    const folder = restored("well")
    const { until } = await back(JSON.parse(JSON.stringify(await made())), folder)

    expect(until.toISOString()).toBe("2026-11-02T00:00:00.000Z")
    expect(await restsUntil(folder)).toBe(until.getTime())
    const before = dealt.cluster.signers[1]!.folder
    for (const file of ["identity.pem", "share-rsa.json", "manifest.json", "journal/journal.log"]) {
      expect(await readFile(join(folder, file))).toEqual(await readFile(join(before, file)))
      expect((await stat(join(folder, file))).mode & 0o077).toBe(0)
    }
    expect(await readdir(folder)).not.toContain("passphrase.devnet")
  })

  test("brings back a signer that answers, and says why it does not sign yet", async () => {
    const folder = restored("resting")
    await restoreBackup(await made(), {
      ...{ folder, current: null, now: new Date(), passphrase: await passphraseOf(2) },
    })
    const one = await startOne(2, folder)
    const [deposit] = world.add([aSighting()])
    const addresses = { 1: "127.0.0.1:1", 2: one.address, 3: running[1]!.address }
    const client = connectCluster(await clientConfig(dealt, addresses, { answerMs: 5_000 }))

    const error: unknown = await client
      .sign(wanted(dealt, chains.ao, [deposit!], aoTerms()))
      .catch((one: unknown) => one)
    client.close()

    expect(String(error)).toMatch(/quorum-missing|signer-refused/)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).toContain(
      "restored from a backup",
    )
  })

  test.each([
    ["a wrong passphrase", (json: object) => json, "a guess", /wrong passphrase/],
    [
      "damage",
      (json: object) => ({ ...json, ciphertext: "AAAA" }),
      null,
      /the backup file is damaged/,
    ],
    ["something else", () => ({ format: 1 }), null, /not a backup/],
  ])("that can't be opened says why: %s", async (name, change, passphrase, said) => {
    const folder = restored(name)
    const given = passphrase === null ? {} : { passphrase: Buffer.from(passphrase) }

    await expect(back(change(await made()), folder, given)).rejects.toThrow(said)
    await expect(readdir(folder)).rejects.toThrow()
  })

  test("of an older epoch is refused when the current manifest is at hand", async () => {
    const { taproot } = await import("../../mpc/schemes/frost.ts")
    const { manifest } = dealt.cluster
    const key = taproot.decode(Buffer.from(manifest.keys.taproot!, "base64url"))
    const newer = Buffer.from(taproot.encode({ ...key, epoch: 1 })).toString("base64url")
    const current = { ...manifest, keys: { ...manifest.keys, taproot: newer } }

    await expect(back(await made(), restored("old"), { current })).rejects.toThrow(
      /taproot share is of epoch 0, and the group is at 1/,
    )
  })

  test("is never written over a signer", async () => {
    await expect(back(await made(), dealt.cluster.signers[2]!.folder)).rejects.toThrow(/not empty/)
  })
})

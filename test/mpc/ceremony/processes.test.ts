// Strangers, each a process of its own with a folder of its own, over TLS.

import { readdir, readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { readBlames } from "../../../mpc/blames.ts"
import { attest } from "../../../mpc/ceremony/attest.ts"
import { proveKeys } from "../../../mpc/ceremony/proof.ts"
import { readTranscript } from "../../../mpc/ceremony/start.ts"
import { bindingOf, openShare, readShare } from "../../../mpc/keyshare.ts"
import { groupKeyBytes, parseManifest } from "../../../mpc/manifest.ts"
import { schemeOf } from "../../../mpc/schemes/index.ts"
import type { SchemeName } from "../../../mpc/schemes/scheme.ts"
import { blamed, type Ended, type Guest, headOf, PASSPHRASE, Town } from "./hall.ts"

/** For those who wait for somebody who will not come. */
const IMPATIENT = { gatherMs: 3_000, stepMs: 3_000, graceMs: 800 }
/** Where all steps but the last must come about, also on a busy machine. */
const PATIENT = { ...IMPATIENT, gatherMs: 9_000, stepMs: 9_000 }

let town: Town
/** As the first ceremony left them: a test that changes something takes copies. */
let first: Guest[]
let made: Readonly<Record<string, Ended>>
const seen = new Map<string, string>()

const manifestOf = async ({ folder }: Guest) =>
  parseManifest(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")))

const words = (ended: Readonly<Record<string, Ended>>) =>
  Object.values(ended).map(({ word, output }) => (word?.ok ? word : output))

/** A share as it lies there, and the key that the manifest beside it names. */
async function shareOf(guest: Guest, scheme: SchemeName) {
  const key = schemeOf(scheme).decode(groupKeyBytes(await manifestOf(guest), scheme))
  const sealed = await readShare(join(guest.folder, `share-${scheme}.json`))
  const { index } = sealed.binding
  const opening = openShare(sealed, Buffer.from(PASSPHRASE), bindingOf(key, index), {
    devnet: true,
  })
  return { key, index, share: await opening }
}

/** Whether members' shares, as they lie in their folders, make a signature. */
async function signs(guests: readonly Guest[], scheme: SchemeName): Promise<boolean> {
  const holdings = await Promise.all(guests.map((guest) => shareOf(guest, scheme)))
  holdings.sort((a, b) => a.index - b.index)
  const { key } = holdings[0]!
  const one = schemeOf(scheme)
  const signers = await Promise.all(
    holdings.map(({ index, share }) => one.open({ key, index, share })),
  )
  const session = "a session"
  const commitments = []
  if (one.rounds === 2)
    for (const signer of signers)
      commitments.push({ from: signer.index, bytes: await signer.commit(session) })
  const signing = { session, message: new Uint8Array(32).fill(3), commitments }
  const partials = []
  for (const signer of signers)
    partials.push({ from: signer.index, bytes: await signer.partial(signing) })
  const { signature } = await one.aggregate(key, signing, partials)
  await Promise.all(signers.map((signer) => signer.close()))
  return signature !== null
}

beforeAll(async () => {
  town = await Town.open()
  first = await town.guests(5)
  const hash = await town.invite(first, { schemes: ["taproot", "evm"] })
  made = await town.hold(first, hash, {
    apart: true,
    onStart: ({ pid }) => {
      // What everybody on the machine can read of a process.
      const look = async (what: string) =>
        seen.set(`${pid} ${what}`, await readFile(`/proc/${pid}/${what}`, "latin1"))
      void Promise.all([look("cmdline"), look("environ")]).catch(() => {})
    },
  })
})
afterAll(() => town.close())

describe("five members", { timeout: 120_000 }, () => {
  test("make two keys, hold the same manifest and transcripts, and can sign", async () => {
    const done = words(made)

    expect(done).toEqual(first.map(() => expect.objectContaining({ ok: true, isDone: true })))
    const manifests = await Promise.all(first.map(manifestOf))
    expect(new Set(manifests.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(Object.keys(manifests[0]!.keys).sort()).toEqual(["evm", "taproot"])
    const proofs = await proveKeys(first[0]!.folder, manifests[0]!)
    expect(proofs.taproot!.key.publicKey).not.toEqual(proofs.evm!.key.publicKey)
    expect(await signs([first[0]!, first[2]!, first[4]!], "evm")).toBe(true)
  })

  test("show no secret: not in arguments, environment, output, or any file that is not sealed", async () => {
    const outputs = Object.values(made).map(({ output }) => output)
    const files: string[] = []
    for (const { folder } of first)
      for (const file of await readdir(folder))
        files.push(await readFile(join(folder, file), "latin1"))
    const secrets = [PASSPHRASE]
    for (const guest of first) {
      const { share } = await shareOf(guest, "taproot")
      const bytes = Buffer.from(share)
      secrets.push(bytes.toString("hex"), bytes.toString("base64url"), bytes.toString("base64"))
      secrets.push(BigInt(`0x${bytes.toString("hex")}`).toString(), bytes.toString("latin1"))
      secrets.push((await readFile(join(guest.folder, "identity.pem"), "utf8")).slice(28, 90))
    }

    expect(seen.size).toBe(10)
    expect([...seen.values()].join("\n")).toContain("party-process")
    for (const secret of secrets) {
      expect(outputs.some((text) => text.includes(secret))).toBe(false)
      expect([...seen.values()].some((text) => text.includes(secret))).toBe(false)
    }
    const inFiles = secrets.filter((secret) => files.some((text) => text.includes(secret)))
    // An identity's key lies in its own file, of mode 0600, and nowhere else.
    expect(inFiles).toHaveLength(first.length)
    for (const { folder } of first)
      for (const file of ["identity.pem", "share-taproot.json", "share-evm.json"])
        expect((await stat(join(folder, file))).mode & 0o077).toBe(0)
  })

  // Case 118: a ceremony that stops leaves what was there.
  test.each([
    [
      "tells two of them different things",
      "equivocate announce",
      {},
      /^signer 2 \(proven/,
      /equivocation/,
    ],
    [
      "deals wrong shares",
      "lie deal",
      {},
      /^signer 2 \(proven: it dealt a wrong share\)/,
      /bad-share/,
    ],
    ["falls silent", "silent package", IMPATIENT, /^signer 2 \((silent|claimed)/, /silent|accused/],
    [
      "is killed in the middle",
      "die commit",
      IMPATIENT,
      /^signer 2 \((silent|claimed)/,
      /silent|accused/,
    ],
  ])("name the one that %s, and the old keys sign on", async (_, fault, patience, name, kind) => {
    const five = await town.copies(first)
    const others = five.filter((one) => one.name !== "signer 2")
    const previous = {
      taproot: await headOf(five[0]!.folder, "taproot"),
      evm: await headOf(five[0]!.folder, "evm"),
    }
    const hash = await town.invite(five, { kind: "refresh", schemes: ["taproot"], previous })

    const ended = await town.hold(five, hash, { faults: { "signer 2": fault }, patience })

    const said = blamed(
      ended,
      others.map((one) => one.name),
    )
    expect(said.filter((text) => !name.test(text))).toEqual([])
    // For `causeway signer peers`, and the metrics.
    for (const { folder } of others)
      expect(await readBlames(folder)).toMatchObject([
        { about: "signer 2", by: "a ceremony", kind: expect.stringMatching(kind), count: 1 },
      ])
    if (fault.startsWith("die")) expect(ended["signer 2"]!.signal).toBe("SIGKILL")
    for (const { folder } of others)
      expect((await readdir(folder)).filter((file) => /\.(next|old)$/.test(file))).toEqual([])
    expect(await signs([five[1]!, five[3]!, five[4]!], "taproot")).toBe(true)
  })

  test("refuse to begin one attempt twice, and go on with the next", async () => {
    const five = await town.copies(first)
    const previous = { taproot: await headOf(five[0]!.folder, "taproot") }
    const hash = await town.invite(five, { kind: "refresh", schemes: ["taproot"], previous })
    const alone = await town.hold(five, hash, { absent: ["signer 5"], patience: IMPATIENT })

    const again = await town.hold([five[0]!], hash)
    const second = await town.hold(five, hash, { attempt: 2 })

    expect(blamed(alone, ["signer 1"])[0]).toMatch(/^signer 5 \((silent|claimed)/)
    expect(again["signer 1"]!.word).toMatchObject({ ok: false, code: "bad-request" })
    expect(words(second)).toEqual(five.map(() => expect.objectContaining({ ok: true })))
    const [{ verified }] = (await Promise.all(
      five.map(({ folder }) => readTranscript(folder, "taproot")),
    )) as [NonNullable<Awaited<ReturnType<typeof readTranscript>>>]
    expect(verified).toMatchObject({ sessions: 2, key: { epoch: 1 } })
    expect(await signs([five[0]!, five[1]!, five[4]!], "taproot")).toBe(true)
    for (const { folder } of five)
      expect((await readdir(folder)).filter((file) => file.includes("share-"))).toHaveLength(2)
  })

  // Case 118: cut short when some have heard all signatures and some have not.
  test("that lost one at the very end are brought together again by the finished transcript", async () => {
    const five = await town.copies(first)
    const previous = { taproot: await headOf(five[0]!.folder, "taproot") }
    const hash = await town.invite(five, { kind: "refresh", schemes: ["taproot"], previous })

    const ended = await town.hold(five, hash, {
      faults: { "signer 2": "part seal" },
      patience: PATIENT,
    })

    const whole = five.filter(({ name }) => ended[name]!.word?.ok)
    const waiting = five.filter(({ name }) => !ended[name]!.word?.ok)
    expect(whole).toHaveLength(1)
    expect(ended[whole[0]!.name]!.word).toMatchObject({ ok: true, isDone: false })
    for (const { name } of waiting.filter((one) => one.name !== "signer 2"))
      expect(ended[name]!.word).toMatchObject({
        ok: false,
        detail: { undecided: expect.any(String) },
      })
    // Old shares are everywhere still, whoever goes on.
    expect(await signs(waiting.slice(0, 3), "taproot")).toBe(true)
    const text = await readFile(join(whole[0]!.folder, "transcript-taproot.json"), "utf8")
    await expect(attestIn(waiting[0]!, [])).rejects.toMatchObject({ code: "bad-transcript" })
    const words: unknown[] = []
    for (const guest of [...waiting, whole[0]!]) {
      const { attestation, isDone } = await attestIn(guest, [JSON.parse(text)], words)
      expect(attestation.heads.taproot).toBe(await headOf(whole[0]!.folder, "taproot"))
      words.push(attestation)
      // Old shares go when all have attested the new epoch, and not before.
      const files = await readdir(guest.folder)
      expect(files.includes("share-taproot.json.old")).toBe(!isDone)
      expect(isDone).toBe(words.length === five.length)
    }
    expect(await signs(waiting.slice(1, 4), "taproot")).toBe(true)
    expect((await readTranscript(waiting[3]!.folder, "taproot"))!.verified.key.epoch).toBe(1)
  })
})

function attestIn(
  { folder }: Guest,
  finished: readonly unknown[],
  others: readonly unknown[] = [],
) {
  const passphrase = Buffer.from(PASSPHRASE)
  return attest({ folder, passphrase, finished, others, challenge: "a test", now: new Date() })
}

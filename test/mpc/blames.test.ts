// Who failed is named, counted and dated: in each signer's folder, in its metrics, and for whoever asks after peers.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { BlameBook, hearBlame, type NewBlame, readBlames } from "../../mpc/blames.ts"
import { connectCluster } from "../../mpc/client.ts"
import { FILES, readSignerConfig, settingsJson } from "../../mpc/config.ts"
import { askPeers, ownBlames } from "../../mpc/peers.ts"
import { type Running, startSigner } from "../../mpc/signer.ts"
import type { Asking } from "../../mpc/transport.ts"
import { aSighting } from "../builders.ts"
import {
  aDealtCluster,
  clientConfig,
  type DealtFolder,
  remove,
  startHere,
  wanted,
} from "./signers.ts"
import { AR, aoTerms, chainsOf, World } from "./world.ts"

const NOW_MS = Date.parse("2026-11-20T12:00:00Z")
const DAY_MS = 86_400_000
const aBlame = (parts: Partial<NewBlame> = {}): NewBlame => ({
  ...{ about: "signer 2", by: "minter", kind: "bad-partial" },
  ...{ session: "session-1", detail: "does not verify" },
  ...parts,
})

describe("the list", () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "causeway-blames-"))
    return () => rm(folder, { recursive: true })
  })

  test("counts each fault of each member by who says so, since the first time, and outlives a restart", async () => {
    const book = await BlameBook.open(folder)
    book.note(aBlame(), NOW_MS)
    book.note(aBlame({ session: "session-2" }), NOW_MS + 1_000, 3)
    book.note(aBlame({ by: "releaser" }), NOW_MS + 2_000)
    book.note(aBlame({ kind: "slow" }), NOW_MS + 3_000)
    await book.flush()

    const { rows } = await BlameBook.open(folder)

    expect(rows.map(({ kind, by, count }) => `${kind} ${by} ${count}`)).toEqual([
      "slow minter 1",
      "bad-partial releaser 1",
      "bad-partial minter 4",
    ])
    expect(rows.at(-1)).toMatchObject({
      ...{ since: "2026-11-20T12:00:00.000Z", last: "2026-11-20T12:00:01.000Z" },
      session: "session-2",
    })
  })

  test("forgets what has not happened again for a month, and counts anew after that", async () => {
    const book = await BlameBook.open(folder)

    book.note(aBlame(), NOW_MS + 40 * DAY_MS)

    expect(book.rows).toHaveLength(1)
    expect(book.rows[0]).toMatchObject({ count: 1, since: "2026-12-30T12:00:00.000Z" })
    await book.flush()
  })

  test("that is damaged protects nothing, and stops nobody", async () => {
    await writeFile(join(folder, "blames.json"), "{")

    expect(await readBlames(folder)).toEqual([])
  })

  test("takes a report from coordinators alone, and of members alone", async () => {
    const book = await BlameBook.open(folder)
    const members = new Map([[2, "signer 2"]])
    const hear = (role: "coordinator" | "signer", parts: object = {}) =>
      hearBlame(
        book,
        members,
        {
          peer: { name: "minter", role },
          body: {
            ...{ signer: 2, kind: "slow", session: "s-1", detail: "late", count: 2, ...parts },
          },
        } as unknown as Asking,
        NOW_MS,
      ).status

    expect(hear("signer")).toBe(403)
    expect(hear("coordinator", { signer: 3 })).toBe(400)
    expect(hear("coordinator", { kind: "ugly" })).toBe(400)
    expect(hear("coordinator", { detail: "x".repeat(301) })).toBe(400)
    expect(book.rows).toEqual([])
    expect(hear("coordinator")).toBe(200)
    expect(book.rows).toMatchObject([{ about: "signer 2", by: "minter", kind: "slow", count: 2 }])
  })
})

describe("a group with one that sees another world and one that is gone", () => {
  const world = new World()
  const chains = chainsOf(world, { arweave: "evm", ao: "evm" })
  const signers: Running[] = []
  let dealt: DealtFolder
  let metrics = ""

  beforeAll(async () => {
    dealt = await aDealtCluster({ t: 2, n: 4, schemes: ["evm"], rsa: false })
    const own = dealt.cluster.signers[0]!
    const { settings, ...config } = await readSignerConfig(own.folder)
    const first = { ...settings, metrics: "127.0.0.1:0" }
    signers.push(
      await startSigner({
        config: { ...config, settings: first },
        passphrase: Buffer.from((await readFile(own.passphraseFile, "utf8")).trim()),
        chains,
        log: (event) => {
          if (event.event === "metrics") metrics = String(event.address)
        },
        fail: () => {},
      }),
    )
    for (const index of [2, 3]) signers.push(await startHere(dealt, index, chains))
    const peers = Object.fromEntries(signers.map((one) => [`${one.index}`, one.address]))
    await writeFile(join(own.folder, FILES.settings), settingsJson({ ...settings, peers }))
  })

  afterAll(async () => {
    for (const signer of signers) await signer.close()
    await remove(dealt)
  })

  test("is shown by every member that works: who, what, how often, since when, and who says so", async () => {
    world.faults.set(2, { lie: { amount: 50n * AR } })
    const addresses = Object.fromEntries(signers.map(({ index, address }) => [index, address]))
    const client = connectCluster({
      ...(await clientConfig(
        dealt,
        { ...addresses, 4: "127.0.0.1:1" },
        // Nobody is spared, or blamed because the machine is busy.
        { tellMs: 50, distrustMs: 0, hedgeMinMs: 60_000, hedgeMaxMs: 60_000 },
      )),
    })
    const asked = () => client.sign(wanted(dealt, chains.ao, world.add([aSighting()]), aoTerms()))
    const config = await readSignerConfig(dealt.cluster.signers[0]!.folder)

    // Whom a session asks is chance, and a member that is busy misses what it is told: until both have been asked and told.
    await expect
      .poll(
        async () => {
          await Promise.all([asked(), asked(), asked()])
          return (await askPeers(config)).flatMap(({ blames }) => blames)
        },
        { timeout: 150_000 },
      )
      .toHaveLength(2)
    client.close()

    const [second, third, fourth] = await askPeers(config)
    expect(second!.blames).toMatchObject([{ kind: "other-message", by: "coordinator" }])
    expect(second!.problems).toEqual([])
    expect(third!.blames).toEqual([])
    expect(fourth!.blames).toMatchObject([{ kind: "unreachable", about: "signer 4" }])
    expect(Date.parse(fourth!.blames[0]!.since)).toBeGreaterThan(NOW_MS)
    const line = 'causeway_signer_blamed{member="signer 2",kind="other-message",by="coordinator"} '
    const counted = async () => {
      const text = await (await fetch(`http://${metrics}/metrics`)).text()
      return Number(text.split(line)[1]!.split("\n")[0])
    }
    // What was told last may come in between.
    await expect
      .poll(async () => (await askPeers(config))[0]!.blames[0]!.count - (await counted()))
      .toBe(0)
    const theirs = await readSignerConfig(dealt.cluster.signers[1]!.folder)
    await expect.poll(() => ownBlames(theirs)).toMatchObject([{ kind: "other-message" }])
  })
})

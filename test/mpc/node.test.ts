import { appendFile, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { readSignerConfig } from "../../mpc/config.ts"
import { bindingOf, openShare, readShare } from "../../mpc/keyshare.ts"
import { groupKeyBytes } from "../../mpc/manifest.ts"
import { Pledges } from "../../mpc/pledges.ts"
import type { Refusal, SignReply } from "../../mpc/protocol.ts"
import { rsa } from "../../mpc/schemes/rsa.ts"
import type { Signer } from "../../mpc/schemes/scheme.ts"
import { startSigner } from "../../mpc/signer.ts"
import { type Desk, sign } from "../../mpc/signing.ts"
import { aBurn, aSighting } from "../builders.ts"
import { mint, onArweave } from "./requests.ts"
import { aDealtCluster, CAP, type DealtFolder, PLAIN, remove } from "./signers.ts"
import { AR, arweaveTerms, chainsOf, OPEN, policy, World } from "./world.ts"

const HOUR_MS = 3_600_000
let dealt: DealtFolder
let signer: Signer
let world: World
const folders: string[] = []
let folder: string
let desk: Desk
let nowMs: number

beforeAll(async () => {
  dealt = await aDealtCluster({ t: 2, n: 2 })
  const own = dealt.cluster.signers[0]!
  const key = rsa.decode(groupKeyBytes(dealt.cluster.manifest, "rsa"))
  const passphrase = Buffer.from((await readFile(own.passphraseFile, "utf8")).trim())
  const sealed = await readShare(join(own.folder, "share-rsa.json"))
  const share = await openShare(sealed, passphrase, bindingOf(key, 1), { devnet: true })
  signer = await rsa.open({ key, index: 1, share })
})

afterAll(async () => {
  await signer.close()
  await remove(dealt)
})

beforeEach(async () => {
  world = new World()
  nowMs = 1_800_000_000_000
  folder = await aFolder()
  desk = await aDesk()
  return async () => {
    await desk.pledges.close()
    for (const one of folders.splice(0)) await rm(one, { recursive: true })
  }
})

/** The signer as it comes up again over its folder. */
async function aDesk(parts: Partial<Desk> = {}): Promise<Desk> {
  const chains = chainsOf(world)
  const sight = (name: "arweave" | "ao") => ({
    scheme: chains[name].scheme,
    codec: chains[name].codec,
    connection: chains[name].connect({ urls: { world: ["http://view/1"] } }, dealt.deployment),
  })
  const view = {
    deployment: dealt.deployment,
    policy,
    chains: { arweave: sight("arweave"), ao: sight("ao") },
    screening: null,
    operators: [],
    stops: OPEN,
    locks: async () => ({ AR: 1_000n * AR }),
  }
  const pledges = await Pledges.open(folder)
  return {
    view,
    pledges,
    caps: [CAP],
    signers: { rsa: signer },
    index: 1,
    now: () => nowMs,
    ...PLAIN,
    ...parts,
  }
}

/** As after a power cut: what was not on the disk is gone, and nobody said goodbye. */
async function restart(parts: Partial<Desk> = {}) {
  const old = desk
  folder = await copied(folder)
  desk = await aDesk(parts)
  await old.pledges.close()
}

async function aFolder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "causeway-signer-"))
  folders.push(made)
  return made
}

async function copied(from: string): Promise<string> {
  const to = await aFolder()
  await copyFile(join(from, "journal.log"), join(to, "journal.log"))
  return to
}

const partialOf = (reply: SignReply) =>
  "partials" in reply
    ? reply.partials.map((bytes) => Buffer.from(bytes).toString("hex"))
    : reply.refused
const codesOf = (reply: SignReply) =>
  "refused" in reply ? reply.refused.map(({ transfer, code }: Refusal) => [transfer, code]) : []

describe("a signature rests on the journal", () => {
  test("the same request gives the same partial and writes nothing new", async () => {
    const request = mint(world.add([aSighting(), aSighting()]))

    const first = await sign(desk, request)
    const records = desk.pledges.records
    const second = await sign(desk, { ...request, session: "session-2" })

    expect(first).toHaveProperty("partials")
    expect(partialOf(second)).toEqual(partialOf(first))
    expect(desk.pledges.records).toBe(records)
  })

  test("a power cut after the answer changes nothing: same request, same partial", async () => {
    const request = mint(world.add([aSighting()]))
    const first = await sign(desk, request)

    await restart()

    expect(partialOf(await sign(desk, request))).toEqual(partialOf(first))
  })

  test("what a partial pays is in the file before the partial leaves", async () => {
    const [deposit] = world.add([aSighting()])
    let atSigning = ""
    const watched: Signer = {
      ...signer,
      partial: async (signing) => {
        atSigning = await readFile(join(folder, "journal.log"), "latin1")
        return signer.partial(signing)
      },
    }

    await sign({ ...desk, signers: { rsa: watched } }, mint([deposit!]))

    expect(atSigning).toContain(`"kind":"claim","transfer":"${deposit!.id}"`)
    expect(atSigning).toContain('"kind":"plan"')
  })

  test("a journal that cannot be written stops the signer before the share is used", async () => {
    const request = mint(world.add([aSighting()]))
    await desk.pledges.close()
    const untouched: Signer = { ...signer, partial: () => expect.unreachable() }

    const failed = sign({ ...desk, signers: { rsa: untouched } }, request)

    await expect(failed).rejects.toMatchObject({ code: "journal-unwritable", remedy: "halt" })
    desk = await aDesk()
  })

  test("a damaged journal opens nothing", async () => {
    await sign(desk, mint(world.add([aSighting()])))
    const broken = await copied(folder)
    await appendFile(join(broken, "journal.log"), "this is no frame of a journal")

    await expect(Pledges.open(broken)).rejects.toMatchObject({ code: "journal-damaged" })
  })

  // Case 106.
  test("a thousand replays of one approval are one pledge", async () => {
    const [deposit] = world.add([aSighting()])
    const request = mint([deposit!])
    await sign(desk, request)
    const records = desk.pledges.records
    const quick: Signer = { ...signer, partial: async () => Buffer.from("partial") }

    const replies = await Promise.all(
      Array.from({ length: 1_000 }, () => sign({ ...desk, signers: { rsa: quick } }, request)),
    )

    expect(replies.every((reply) => "partials" in reply)).toBe(true)
    expect(desk.pledges.records).toBe(records)
  })
})

// Case 108.
describe("one slot a transfer", () => {
  test("a second slot is refused as long as the first may land", async () => {
    const [burn] = world.add([aBurn({ fee: 1n })])
    await sign(desk, onArweave(burn!, 1))

    const second = await sign(desk, onArweave(burn!, 2))

    expect(codesOf(second)).toEqual([[burn!.id, "slot-taken"]])
  })

  test("a second slot is refused after a restart too", async () => {
    const [burn] = world.add([aBurn({ fee: 1n })])
    await sign(desk, onArweave(burn!, 1))

    await restart()

    expect(codesOf(await sign(desk, onArweave(burn!, 2)))).toEqual([[burn!.id, "slot-taken"]])
  })

  test("a slot that landed is never followed by another", async () => {
    const [burn] = world.add([aBurn({ fee: 1n })])
    await sign(desk, onArweave(burn!, 1))
    world.fates.set(arweaveTerms(1).anchor!, "landed")

    expect(codesOf(await sign(desk, onArweave(burn!, 2)))).toEqual([[burn!.id, "slot-taken"]])
  })

  test("another slot is signed once its own chain says that the first is dead, also after a restart", async () => {
    const [burn] = world.add([aBurn({ fee: 1n })])
    await sign(desk, onArweave(burn!, 1))
    await restart()
    world.fates.set(arweaveTerms(1).anchor!, "dead")

    expect(await sign(desk, onArweave(burn!, 2))).toHaveProperty("partials")

    await restart()
    expect(codesOf(await sign(desk, onArweave(burn!, 3)))).toEqual([[burn!.id, "slot-taken"]])
  })

  test("a slot once dead is never signed again", async () => {
    const [burn] = world.add([aBurn({ fee: 1n })])
    await sign(desk, onArweave(burn!, 1))
    world.fates.set(arweaveTerms(1).anchor!, "dead")
    await sign(desk, onArweave(burn!, 2))
    world.fates.set(arweaveTerms(2).anchor!, "dead")

    expect(codesOf(await sign(desk, onArweave(burn!, 1)))).toEqual([[burn!.id, "slot-taken"]])
  })

  test("while the chain of the first slot cannot be asked, no other is signed", async () => {
    const [deposit] = world.add([aSighting({ amount: AR / 1000n })])
    await sign(desk, onArweave(deposit!, 1, true))
    const arweave = desk.view.chains.arweave!
    const blind = {
      ...arweave.connection,
      fate: async () => {
        throw new Error("the node is down")
      },
    }
    const chains = { ...desk.view.chains, arweave: { ...arweave, connection: blind } }

    const second = await sign(
      { ...desk, view: { ...desk.view, chains } },
      onArweave(deposit!, 2, true),
    )

    expect(codesOf(second)).toEqual([[deposit!.id, "signer-refused"]])
  })

  test("a mint and a refund of one deposit, asked for at once: one of them is signed", async () => {
    const [deposit] = world.add([aSighting({ amount: 1_000n * AR })])
    const generous = {
      ...policy,
      limits: policy.limits.map((row) => ({ ...row, cap: 5_000n * AR })),
    }
    const other = { ...desk, view: { ...desk.view, policy: generous } }

    const replies = await Promise.all([
      sign(other, mint([deposit!])),
      sign(desk, onArweave(deposit!, 1, true)),
    ])

    expect(replies.filter((reply) => "partials" in reply)).toHaveLength(1)
    expect(replies.flatMap(codesOf)).toEqual([[deposit!.id, "slot-taken"]])
  })

  test("in its slot a transfer pays what it paid first, and nothing else", async () => {
    const [deposit] = world.add([aSighting()])
    await sign(desk, mint([deposit!]))
    world.add([{ ...deposit!, amount: 2n * AR }])

    expect(codesOf(await sign(desk, mint([deposit!])))).toEqual([[deposit!.id, "slot-taken"]])
  })

  test("one taken transfer keeps the whole batch from being signed, and frees no cap", async () => {
    const [burn, other] = world.add([aSighting({ amount: AR / 1000n }), aSighting()])
    await sign(desk, onArweave(burn!, 1, true))
    world.add([{ ...burn!, amount: AR }])
    const records = desk.pledges.records

    const batch = await sign(desk, mint([burn!, other!]))

    expect(codesOf(batch)).toEqual([[burn!.id, "slot-taken"]])
    expect(desk.pledges.records).toBe(records)
  })
})

describe("its own caps", () => {
  const caps = [{ asset: "AR", signature: 3n * AR, day: 5n * AR }] as const
  const ofTwo = () => world.add([aSighting({ amount: 2n * AR })])

  test("a signature pays no more than its cap; what is too much is named", async () => {
    const [one] = world.add([aSighting({ amount: 4n * AR })])

    const reply = await sign({ ...desk, caps }, mint([one!]))

    expect(codesOf(reply)).toEqual([[one!.id, "over-cap"]])
  })

  test("in 24 hours it pays no more than the day's cap, also across a restart; then it goes on", async () => {
    await sign({ ...desk, caps }, mint(ofTwo()))
    nowMs += 2 * HOUR_MS
    await sign({ ...desk, caps }, mint(ofTwo()))
    const [third] = ofTwo()
    await restart({ caps })

    nowMs += 21 * HOUR_MS
    expect(codesOf(await sign(desk, mint([third!])))).toEqual([[third!.id, "not-yet"]])

    nowMs += 2 * HOUR_MS
    expect(await sign(desk, mint([third!]))).toHaveProperty("partials")
  })

  test("nor more than the bridge's window, whatever the services say", async () => {
    const window = { asset: "AR", target: "ao", day: 3n * AR, large: 9n * AR } as const
    const governor = { delayMs: 1, worth: null, windows: [window] }
    const view = { ...desk.view, policy: { ...policy, governor } }
    await sign({ ...desk, view }, mint(ofTwo()))
    const [second] = ofTwo()
    const reply = await sign({ ...desk, view }, mint([second!]))
    expect(codesOf(reply)).toEqual([[second!.id, "not-yet"]])
  })

  test("signing the same again counts once", async () => {
    const request = mint(ofTwo())
    for (let time = 0; time < 5; time += 1) await sign({ ...desk, caps }, request)

    expect(await sign({ ...desk, caps }, mint(ofTwo()))).toHaveProperty("partials")
  })

  test("in a batch with others only what is new counts towards the day", async () => {
    const [first] = ofTwo()
    await sign({ ...desk, caps: [{ ...caps[0], signature: 9n * AR }] }, mint([first!]))
    const [second] = ofTwo()

    const wide = { ...desk, caps: [{ ...caps[0], signature: 9n * AR }] }

    expect(await sign(wide, mint([first!, second!]))).toHaveProperty("partials")
  })

  test("requests at once cannot pass the day's cap together", async () => {
    const replies = await Promise.all(
      [1, 2, 3, 4].map(() => sign({ ...desk, caps }, mint(ofTwo()))),
    )

    expect(replies.filter((reply) => "partials" in reply)).toHaveLength(2)
  })

  test("a clock set back frees nothing", async () => {
    await sign({ ...desk, caps }, mint(ofTwo()))
    await sign({ ...desk, caps }, mint(ofTwo()))
    nowMs -= 48 * HOUR_MS

    const [third] = ofTwo()
    expect(codesOf(await sign({ ...desk, caps }, mint([third!])))).toEqual([[third!.id, "not-yet"]])
  })

  test("an asset without a cap is not paid", async () => {
    const [deposit] = ofTwo()

    const reply = await sign({ ...desk, caps: [] }, mint([deposit!]))

    expect(codesOf(reply)).toEqual([[deposit!.id, "over-cap"]])
  })
})

describe("which key for which network", () => {
  test("a key made for a local network is refused on any other, whatever the settings say", async () => {
    const { folder } = dealt.cluster.signers[0]!
    const change = async (file: string, from: string, to: string) => {
      const text = await readFile(join(folder, file), "utf8")
      await writeFile(join(folder, file), text.replaceAll(from, to))
    }

    await change("settings.json", '"devnet"', '"testnet"')
    const bySettings = await readSignerConfig(folder).catch((error) => error)
    await change("manifest.json", '"network": "devnet"', '"network": "testnet"')
    await change("bridge.json", '"devnet"', '"testnet"')
    const byManifest = await readSignerConfig(folder).catch((error) => error)
    await change("manifest.json", '"devnet": true', '"devnet": false')
    const config = await readSignerConfig(folder)
    const byKey = await startSigner({
      config,
      passphrase: Buffer.from("any"),
      chains: chainsOf(world),
      log: () => {},
      fail: () => {},
    }).catch((error) => error)

    expect(bySettings).toMatchObject({ code: "bad-config" })
    expect(byManifest.message).toMatch(/made for a local network is refused/)
    expect(byKey).toMatchObject({ code: "bad-key" })
  })
})

// Bitcoin passes to the group's next key: real shares, a ceremony in between, and a chain that validates every signature.

import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { vaultIn } from "../../chains/bitcoin/codec.ts"
import { depositOutput, vaultAddress } from "../../chains/bitcoin/deposit.ts"
import type { BitcoinConnection } from "../../chains/bitcoin/rpc.ts"
import { bridgeJson, parseBridge } from "../../chains/bridge.ts"
import type { Deployment, Terms } from "../../chains/chain.ts"
import { transferId } from "../../core/ids.ts"
import { type Payout, payoutOf } from "../../core/payout.ts"
import { type BitcoinDevnet, startBitcoin } from "../../devnet/bitcoin/index.ts"
import { makeBackup, restoreBackup } from "../../mpc/backup.ts"
import type { Invite } from "../../mpc/ceremony/roster.ts"
import { runCeremony } from "../../mpc/ceremony/run.ts"
import { transcriptFile } from "../../mpc/ceremony/shelf.ts"
import { readTranscript } from "../../mpc/ceremony/start.ts"
import { type Blame, connectCluster, formerManifests } from "../../mpc/client.ts"
import { FILES, settingsJson } from "../../mpc/config.ts"
import { groupKeyHex, type Manifest, parseManifest } from "../../mpc/manifest.ts"
import { promoteNext } from "../../mpc/promote.ts"
import type { Running } from "../../mpc/signer.ts"
import { nextFolder, prepareNext } from "../../mpc/successor.ts"
import { aBlock, anId } from "../builders.ts"
import { REFUND_TO } from "../chains/bitcoin/builders.ts"
import { bitcoin, campaign, connect, policy, to } from "./bitcoin-town.ts"
import { PASSPHRASE, Town } from "./ceremony/hall.ts"
import { releaseBehind } from "./release-behind.ts"
import { aDealtCluster, clientConfig, type DealtFolder, remove, startHere } from "./signers.ts"
import { chainsOf, World } from "./world.ts"

const ALL = [1, 2, 3]
const world = new World()
const chains = { ...chainsOf(world), bitcoin }

let folder: string
let hall: Town
let chain: BitcoinDevnet
let dealt: DealtFolder
let before: Deployment
let after: Deployment
let now: BitcoinConnection
const running: Running[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-former-"))
  hall = await Town.open()
  chain = await startBitcoin({ folder })
  chain.mine(101)
  dealt = await aDealtCluster({ t: 2, n: 3, schemes: ["taproot"], rsa: false })
  const key = Buffer.from(dealt.cluster.manifest.keys.taproot!, "base64url")
  before = deploymentOf(await publicKeyOf(key))
  for (const signer of dealt.cluster.signers) await furnish(signer.folder, signer.index)
})

afterAll(async () => {
  await stopAll()
  await now?.close()
  await chain.stop()
  await hall.close()
  await remove(dealt)
  await rm(folder, { recursive: true })
})

async function publicKeyOf(bytes: Uint8Array): Promise<string> {
  const { schemeOf } = await import("../../mpc/schemes/index.ts")
  return Buffer.from(schemeOf("taproot").decode(bytes).publicKey).toString("hex")
}

function deploymentOf(key: string): Deployment {
  const { tokens } = dealt.deployment
  return {
    ...dealt.deployment,
    tokens: { ...tokens, BTC: anId("token of BTC") },
    vaults: { bitcoin: { key, heightMin: 95 } },
  }
}

async function furnish(own: string, index: number): Promise<void> {
  const view = { urls: { world: [`http://view/${index}`] } }
  const bridge = bridgeJson({ deployment: before, policy, campaign })
  await writeFile(join(own, FILES.bridge), JSON.stringify(bridge))
  await writeFile(
    join(own, FILES.settings),
    settingsJson({
      ...{ network: "devnet", listen: "127.0.0.1:0" },
      endpoints: { arweave: view, ao: view, bitcoin: { urls: { node: [chain.url] } } },
      caps: [{ asset: "BTC", signature: 10n ** 9n, day: 10n ** 9n }],
    }),
  )
}

const folderOf = (index: number) => dealt.cluster.signers[index - 1]!.folder
const passphraseOf = async (index: number) =>
  Buffer.from((await readFile(dealt.cluster.signers[index - 1]!.passphraseFile, "utf8")).trim())
const read = async (own: string, file: string) =>
  JSON.parse(await readFile(join(own, file), "utf8")) as unknown

async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((one) => one.close()))
}

interface Cast {
  /** Who is up. */
  readonly up?: readonly number[]
  /** Who runs the release before. */
  readonly behind?: readonly number[]
  /** Other terms of the same payouts, which are asked for first, and the words that they are refused with. */
  readonly refused?: readonly (readonly [Terms, string])[]
}

/** Signed by the cluster as it stands in its folders, and validated by the chain: by whom, and who was blamed for what. */
async function signed(
  payouts: readonly Payout[],
  terms: Terms,
  { up = ALL, behind = [], refused = [] }: Cast = {},
) {
  running.push(...(await Promise.all(up.map((index) => startHere(dealt, index, chains)))))
  const addresses = Object.fromEntries(ALL.map((index) => [index, "127.0.0.1:1"]))
  for (const { index, address } of running) addresses[index] = address
  const config = await clientConfig(dealt, addresses, { hedgeMinMs: 60_000, hedgeMaxMs: 60_000 })
  const blamed: Blame[] = []
  for (const index of behind) {
    const before = await releaseBehind(folderOf(index), index, config)
    addresses[index] = before.address
    running.push({ ...running[0]!, close: before.close })
  }
  const client = connectCluster({
    ...config,
    manifest: parseManifest(await read(folderOf(1), FILES.manifest)),
    formers: await formerManifests(folderOf(1)),
    onBlame: (blame) => blamed.push(blame),
  })
  const ask = (terms: Terms) => {
    const { messages, keys } = bitcoin.codec.build(payouts, terms, after)
    return client.sign({
      ...{ chain: "bitcoin", scheme: "taproot", terms, messages, keys },
      transfers: payouts.map(({ transfer }) => ({ id: transfer, refund: false })),
    })
  }
  try {
    for (const [other, words] of refused)
      await expect(ask(other)).rejects.toMatchObject({
        ...{ code: "signer-refused", message: expect.stringContaining(words) },
      })
    const { signatures, signers } = await ask(terms)
    await now.submit(bitcoin.codec.seal(payouts, terms, after, signatures))
    chain.mine(1)
    expect(await now.fate(payouts, terms)).toBe("landed")
    return { signers, blamed }
  } finally {
    client.close()
    await stopAll()
  }
}

let burns = 0

function aBurnOf(amount: bigint): Payout {
  burns += 1
  const [burn] = world.add([
    {
      id: transferId({ chain: "ao-btc", transaction: anId("burn"), index: burns }),
      ...{ asset: "BTC", source: "ao-btc", target: "bitcoin", amount },
      ...{ sender: anId("sender"), recipient: REFUND_TO, refundTo: anId("sender") },
      ...{ forward: {}, fee: 0n, problem: null },
    },
  ])
  return payoutOf({ ...burn!, block: aBlock(400), refund: false, fee: 0n })
}

async function makeNext(): Promise<Manifest> {
  for (const index of ALL) await prepareNext(folderOf(index))
  return ceremony((index) => nextFolder(folderOf(index)), {})
}

/** Its name as a member: the last is another one when the committee has changed. */
function nameOf(index: number): string {
  return folderOf(index).startsWith(hall.folder) ? "signer 4" : `signer ${index}`
}

/** Held by all members, each in the folder that is named. */
async function ceremony(
  where: (index: number) => string,
  parts: Partial<Invite>,
): Promise<Manifest> {
  const guests = ALL.map((index) => ({ name: nameOf(index), folder: where(index) }))
  const hash = await hall.invite(guests, { schemes: ["taproot"], threshold: 2, ...parts })
  const made = await Promise.all(
    ALL.map(async (index) => {
      const passphrase = await passphraseOf(index)
      return runCeremony({ folder: where(index), hash, attempt: 1, passphrase })
    }),
  )
  expect(made.map((one) => one?.isDone)).toEqual([true, true, true])
  return made[0]!.manifest
}

// Case 62
test("the next key is put in use by each signer alone, and the former one is kept whole in a folder of its own", async () => {
  const made = await makeNext()
  const next = await publicKeyOf(Buffer.from(made.keys.taproot!, "base64url"))
  chain.faucet(vaultAddress(vaultIn(before)), 400_000n)
  chain.faucet(depositOutput(vaultIn(before), to).address, 300_000n)
  chain.mine(6)

  for (const index of ALL) expect(await promoteNext(folderOf(index), chains)).toEqual(["taproot"])

  const first = before.vaults!.bitcoin!.key
  after = { ...before, vaults: { bitcoin: { key: next, former: [first], heightMin: 95 } } }
  for (const index of ALL)
    expect(parseBridge(await read(folderOf(index), FILES.bridge))).toEqual({
      ...{ deployment: after, policy: expect.anything(), campaign },
    })
  const [kept] = await readdir(join(folderOf(1), "former"))
  expect(kept).toBe(`taproot-${first.slice(0, 16)}`)
  expect(await readdir(join(folderOf(1), "former", kept!))).toEqual(
    expect.arrayContaining(["identity.pem", FILES.manifest, "share-taproot.json"]),
  )
})

test("a payout is signed under both keys, each input by the one that it lies under, and then the rest is swept", async () => {
  now = connect({ urls: { node: [chain.url] } }, after)
  chain.faucet(depositOutput(vaultIn(after), to).address, 500_000n)
  chain.faucet(depositOutput(vaultIn(before), to).address, 200_000n)
  chain.mine(6)
  const payout = aBurnOf(1_300_000n)
  const terms = await now.terms([payout], 0, {})
  const { keys } = bitcoin.codec.build([payout], terms, after)
  expect(new Set(keys).size).toBe(2)

  await signed([payout], terms)
  chain.faucet(vaultAddress(vaultIn(before)), 250_000n)
  chain.mine(6)
  await signed([], (await now.sweep({ open: [], replaced: null, frozen: new Set() }))!)

  chain.mine(6)
  expect(await now.funds()).toMatchObject({ due: 0n })
})

test("a signer of the release before signs where one key does, and is done without where each has to be named", async () => {
  const behind = [1]
  const burn = aBurnOf(100_000n)
  const plain = await now.terms([burn], 0, {})
  expect(new Set(bitcoin.codec.build([burn], plain, after).keys)).toEqual(
    new Set([after.vaults!.bitcoin!.key]),
  )
  const alone = await signed([burn], plain, { up: [1, 2], behind })
  expect(alone.signers).toEqual([1, 2])
  expect(alone.blamed.filter(({ signer }) => signer === 1)).toEqual([])

  chain.faucet(vaultAddress(vaultIn(before)), 900_000n)
  chain.mine(6)
  const both = aBurnOf(1_000_000n)
  const terms = await now.terms([both], 0, {})
  expect(new Set(bitcoin.codec.build([both], terms, after).keys).size).toBe(2)
  const { signers, blamed } = await signed([both], terms, { behind })

  expect(signers).toEqual([2, 3])
  // For each key once at most, and for no other reason.
  expect(
    blamed.every(({ signer, detail }) => signer === 1 && /unrecognized key/.test(detail)),
  ).toBe(true)
})

// Case 54
test("small coins become one by the signers' own reckoning, and at no other price or in no other form", async () => {
  chain.mine(6)
  const { coins } = await now.funds()
  const { address } = depositOutput(vaultIn(after), to)
  for (let n = 0; n < 32; n += 1) chain.faucet(address, 20_000n)
  chain.mine(6)

  const terms = (await now.sweep({ open: [], replaced: null, frozen: new Set() }))!
  expect(terms.coins!.split(" ")).toHaveLength(coins + 32 - 20)
  await signed([], terms, {
    refused: [
      [{ ...terms, fee: "5001" }, "within the budget"],
      [{ ...terms, changes: "2" }, "they become one coin"],
    ],
  })

  chain.mine(6)
  expect((await now.funds()).coins).toBe(21)
})

test("a former share is renewed by a ceremony in its own folder, however often the key was changed since", async () => {
  await makeNext()
  for (const index of ALL) await promoteNext(folderOf(index), chains)
  const { key } = after.vaults!.bitcoin!
  const former = (index: number) => join(folderOf(index), "former", `taproot-${key.slice(0, 16)}`)
  const { head } = (await readTranscript(former(1), "taproot"))!.verified
  await ceremony(former, { kind: "refresh", previous: { taproot: head } })
  after = parseBridge(await read(folderOf(1), FILES.bridge)).deployment
  await now.close()
  now = connect({ urls: { node: [chain.url] } }, after)
  const middle = { ...after, vaults: { bitcoin: { key, heightMin: 95 } } }
  for (const one of [before, middle])
    chain.faucet(depositOutput(vaultIn(one), to).address, 350_000n)
  chain.mine(6)

  const terms = (await now.sweep({ open: [], replaced: null, frozen: new Set() }))!

  expect(new Set(bitcoin.codec.build([], terms, after).keys).size).toBe(2)
  await signed([], terms)
})

test("a signer does not start without its share of a former key, which its backup has as well", async () => {
  const own = join(folderOf(1), "former")
  const backup = await makeBackup(folderOf(1), await passphraseOf(1), new Date())
  await rename(own, join(folder, "elsewhere"))
  await expect(startHere(dealt, 1, chains)).rejects.toMatchObject({
    code: "bad-key",
    detail: { reason: expect.stringContaining("former key") },
  })
  await rename(join(folder, "elsewhere"), own)

  const restored = join(folder, "restored")
  await restoreBackup(backup, {
    ...{ folder: restored, passphrase: await passphraseOf(1), current: null, now: new Date() },
  })

  const names = await readdir(join(restored, "former"))
  expect(names).toHaveLength(2)
  for (const name of names)
    expect(await readdir(join(restored, "former", name))).toEqual(
      expect.arrayContaining([FILES.manifest, FILES.identity, "share-taproot.json"]),
    )
})

// Case 117, of a key from before: without it, what comes to an old address would be lost with those who left.
test("another committee takes former keys over as well, each in its own folder, and sweeps what comes to old addresses", async () => {
  const { manifest, middle } = await withoutTheDealtKey()
  const newcomer = await hall.guest("signer 4")
  await writeFile(join(folder, "passphrase-4"), PASSPHRASE)
  const oldFolder = `former/taproot-${middle.slice(0, 16)}`
  await mkdir(join(newcomer.folder, oldFolder), { recursive: true, mode: 0o700 })
  for (const file of [FILES.identity, FILES.certificate])
    await cp(join(newcomer.folder, file), join(newcomer.folder, oldFolder, file))
  for (const place of ["", oldFolder])
    await cp(
      join(folderOf(1), place, transcriptFile("taproot")),
      join(newcomer.folder, place, transcriptFile("taproot")),
    )
  for (const file of [FILES.bridge, FILES.settings])
    await cp(join(folderOf(1), file), join(newcomer.folder, file))
  const changed = { ...dealt.cluster.signers[2]!, folder: newcomer.folder }
  const left = dealt.cluster.signers.with(2, {
    ...changed,
    passphraseFile: join(folder, "passphrase-4"),
  })
  dealt = { ...dealt, cluster: { ...dealt.cluster, signers: left } }
  const reshare = async (place: string) => {
    const { head } = (await readTranscript(join(folderOf(1), place), "taproot"))!.verified
    return ceremony((index) => join(folderOf(index), place), {
      ...{ kind: "reshare", coordinators: manifest.coordinators, previous: { taproot: head } },
    })
  }

  const next = await reshare("")
  await expect(startHere(dealt, 1, chains)).rejects.toMatchObject({
    code: "bad-key",
    detail: { reason: expect.stringContaining("has to be reshared, too") },
  })
  await reshare(oldFolder)
  chain.faucet(depositOutput(vaultIn(deploymentOf(middle)), to).address, 350_000n)
  chain.mine(6)
  const terms = (await now.sweep({ open: [], replaced: null, frozen: new Set() }))!

  expect(groupKeyHex(next, "taproot")).toBe(groupKeyHex(manifest, "taproot"))
  expect(new Set(bitcoin.codec.build([], terms, after).keys)).toEqual(new Set([middle]))
  const { signers } = await signed([], terms, { up: [2, 3] })
  const names = next.members.filter(({ index }) => signers.includes(index)).map(({ name }) => name)
  expect(names.toSorted()).toEqual(["signer 2", "signer 4"])
})

/** As a bridge is that no key was dealt for: all keys have a transcript to go on from. */
async function withoutTheDealtKey() {
  const { key, former = [], ...vault } = after.vaults!.bitcoin!
  const middle = former[0]!
  after = { ...after, vaults: { bitcoin: { ...vault, key, former: [middle] } } }
  await now.close()
  now = connect({ urls: { node: [chain.url] } }, after)
  for (const index of ALL) {
    const bridge = bridgeJson({
      ...parseBridge(await read(folderOf(index), FILES.bridge)),
      deployment: after,
    })
    await writeFile(join(folderOf(index), FILES.bridge), JSON.stringify(bridge))
    for (const name of await readdir(join(folderOf(index), "former")))
      if (!name.includes(middle.slice(0, 16)))
        await rm(join(folderOf(index), "former", name), { recursive: true })
  }
  return { manifest: parseManifest(await read(folderOf(1), FILES.manifest)), middle }
}

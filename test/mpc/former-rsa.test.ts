// Arweave and AO pass to the group's next RSA key: real shares, a ceremony in between, a real token and a real chain.

import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { aoCodec } from "../../chains/ao/codec.ts"
import { handoverOf } from "../../chains/ao/handover.ts"
import { addressOf, decode, idOf as itemId } from "../../chains/ao/item.ts"
import { nextOrderOf, ordersTo, vetStopped } from "../../chains/ao/order.ts"
import { isGenuine } from "../../chains/ao/slots.ts"
import { STOPS, stopsIn } from "../../chains/ao/units.ts"
import { arweave as realArweave } from "../../chains/arweave/index.ts"
import { connectArweave } from "../../chains/arweave/rpc.ts"
import { bridgeJson, parseBridge, withOtherOwner } from "../../chains/bridge.ts"
import { textOf } from "../../chains/bytes.ts"
import type { Chain, Connection, Deployment, OtherPlans, Terms } from "../../chains/chain.ts"
import { ownerOf } from "../../chains/owners.ts"
import type { VaultOrder } from "../../chains/vault.ts"
import { transferId } from "../../core/ids.ts"
import { type Payout, payoutOf } from "../../core/payout.ts"
import { type ArweaveDevnet, startArweave } from "../../devnet/arweave/index.ts"
import { runCeremony } from "../../mpc/ceremony/run.ts"
import { connectCluster, formerManifests } from "../../mpc/client.ts"
import { FILES, settingsJson } from "../../mpc/config.ts"
import { examine } from "../../mpc/doctor.ts"
import { groupKeyHex, type Manifest, parseManifest } from "../../mpc/manifest.ts"
import { promoteNext } from "../../mpc/promote.ts"
import type { Running } from "../../mpc/signer.ts"
import { nextFolder, prepareNext, readNextManifest } from "../../mpc/successor.ts"
import { approveOrder } from "../../mpc/vault-orders.ts"
import { type CampaignToken, handOver } from "../../services/payout/handover.ts"
import { orderMessage } from "../../services/payout/vault-order.ts"
import { aBlock, anId } from "../builders.ts"
import { SAFE_PRIMES } from "../fixtures/rsa-primes.ts"
import { aCampaign, Taox } from "../lua/taox-token.ts"
import { aConfig, aSource, GUARDIAN, TOKEN, Token } from "../lua/token.ts"
import { Town } from "./ceremony/hall.ts"
import { aDealtCluster, clientConfig, type DealtFolder, remove, startHere } from "./signers.ts"
import { AR, chainsOf, policy, World } from "./world.ts"

const ALL = [1, 2, 3]
const LOCKS = { AR: 10n ** 15n }
const noPlans: OtherPlans = { open: [], replaced: null, frozen: new Set() }
const world = new World()
const campaign = {
  ...{ id: "taox", rules: "0".repeat(64), process: anId("points") },
  ...{ allocation: 1_000_000n, claimS: 1, pushMax: 1n },
}

let hall: Town
let node: ArweaveDevnet
let token: Token
/** The campaign's. */
let points: Token
let dealt: DealtFolder
let before: Deployment
let after: Deployment
const running: Running[] = []
const closing: Connection[] = []

/** Whom a token obeys, by its own word. */
async function obeyed(asked = token) {
  const { Messages } = await asked.send({ Action: "Bridge" }, { from: anId("anybody") })
  const tags = Object.fromEntries(Messages[0]!.Tags.map(({ name, value }) => [name, value]))
  return { present: tags.Bridge!, terms: { number: tags.Number! } }
}

async function stopsOf() {
  const told = await points.stops()
  return stopsIn((name) => told[STOPS[name]] ?? null)
}

async function nextOf(known: Deployment) {
  const { present, terms } = await obeyed(points)
  const whom = { bridge: present, number: terms.number }
  return nextOrderOf(campaign.process, whom, await stopsOf(), known)
}

const views = chainsOf(world)
const chains = {
  ...views,
  arweave: {
    ...realArweave,
    connect: (urls, deployment) => connectArweave(urls, deployment, { freshMs: 0 }),
  } as Chain,
  ao: {
    ...views.ao,
    connect: (...all) => ({ ...views.ao.connect(...all), handover: () => obeyed() }),
    tokenAt: (process) => ({
      ...{ codec: handoverOf(() => process), standing: () => obeyed(points) },
      orders: ordersTo("ao", () => process, "campaign"),
      desk: (_, known) => ({
        ...{ chain: "ao", nextOrder: () => nextOf(known), close: async () => {} },
        vetOrder: async (order) => vetStopped(order, await stopsOf()),
        submit: async () => {},
      }),
    }),
  } as Chain,
}

beforeAll(async () => {
  hall = await Town.open()
  node = await startArweave({ folder: join(hall.folder, "arweave") })
  dealt = await aDealtCluster({ t: 2, n: 3 })
  before = { ...dealt.deployment, tokens: { AR: TOKEN } }
  const { vault } = before
  const config = aConfig({ bridge: vault, sources: [{ ...aSource("arweave"), vault }] })
  token = await Token.deployed(config, "hyper")
  points = (await Taox.scripted(aCampaign({ bridge: vault }))).token
  node.faucet(vault, 50n * AR)
  node.mine(6)
  for (const { folder, index } of dealt.cluster.signers) {
    const view = { urls: { world: [`http://view/${index}`] } }
    const bridge = bridgeJson({ deployment: before, policy, campaign })
    await writeFile(join(folder, FILES.bridge), JSON.stringify(bridge))
    await writeFile(
      join(folder, FILES.settings),
      settingsJson({
        ...{ network: "devnet", listen: "127.0.0.1:0" },
        endpoints: { arweave: { urls: { node: [node.url] } }, ao: view },
        caps: [{ asset: "AR", signature: 100n * AR, day: 1_000n * AR }],
      }),
    )
  }
})

afterAll(async () => {
  await stopAll()
  await Promise.all(closing.map((one) => one.close()))
  await node.stop()
  await hall.close()
  await remove(dealt)
})

const folderOf = (index: number) => dealt.cluster.signers[index - 1]!.folder
const passphraseOf = async (index: number) =>
  Buffer.from((await readFile(dealt.cluster.signers[index - 1]!.passphraseFile, "utf8")).trim())
const read = async (own: string, file: string) =>
  JSON.parse(await readFile(join(own, file), "utf8")) as unknown

function connect(deployment: Deployment) {
  const connection = connectArweave({ urls: { node: [node.url] } }, deployment, { freshMs: 0 })
  closing.push(connection)
  return connection
}

async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((one) => one.close()))
}

/** All signers as they stand in their folders. */
async function startAll(): Promise<void> {
  running.push(...(await Promise.all(ALL.map((index) => startHere(dealt, index, chains)))))
}

/** A coordinator that knows what lies in the folder of one signer. */
async function asKnownTo<Made>(
  index: number,
  act: (client: ReturnType<typeof connectCluster>) => Promise<Made>,
): Promise<Made> {
  const addresses = Object.fromEntries(running.map(({ index, address }) => [index, address]))
  const client = connectCluster({
    ...(await clientConfig(dealt, addresses)),
    manifest: parseManifest(await read(folderOf(index), FILES.manifest)),
    next: await readNextManifest(folderOf(index)),
    formers: await formerManifests(folderOf(index)),
  })
  return act(client).finally(() => client.close())
}

/** Signed by the cluster as it stands, taken by the chain, and mined. */
async function landed(payouts: readonly Payout[], terms: Terms, known: Deployment): Promise<void> {
  // The last one puts the next key in use last.
  const whose = known === before ? 3 : 1
  const { messages, keys } = realArweave.codec.build(payouts, terms, known)
  const transfers = payouts.map(({ transfer }) => ({ id: transfer, refund: false }))
  const { signatures } = await asKnownTo(whose, (client) =>
    client.sign({ chain: "arweave", scheme: "rsa", terms, messages, keys, transfers }),
  )
  const connection = connect(known)
  await connection.submit(realArweave.codec.seal(payouts, terms, known, signatures))
  node.mine(1)
  expect(await connection.fate(payouts, terms)).toBe("landed")
}

let burns = 0
function aBurn(amount = AR): Payout {
  burns += 1
  const [burn] = world.add([
    {
      id: transferId({ chain: "ao", transaction: anId(`burn ${burns}`), index: burns }),
      ...{ asset: "AR", source: "ao", target: "arweave", amount, fee: 0n, problem: null },
      ...{ sender: anId("sender"), recipient: anId("recipient"), refundTo: anId("sender") },
      forward: {},
    },
  ])
  return payoutOf({ ...burn!, block: aBlock(400), refund: false, fee: 0n })
}

/** A burn is paid, by whichever key the coordinator's chain says. */
async function paid(known: Deployment): Promise<Terms> {
  const payout = aBurn()
  const terms = await connect(known).terms([payout], 0, LOCKS)
  await landed([payout], terms, known)
  return terms
}

async function makeNext(): Promise<Manifest> {
  const guests = await Promise.all(
    ALL.map(async (index) => {
      await prepareNext(folderOf(index))
      return { name: `signer ${index}`, folder: nextFolder(folderOf(index)) }
    }),
  )
  const dealer = await hall.guest("the dealer", "dealer")
  const people = [...guests, dealer, await hall.guest("ann", "witness")]
  const hash = await hall.invite(people, { kind: "deal", schemes: ["rsa"], threshold: 2 })
  await Promise.all(
    people.map(async ({ folder }, at) =>
      runCeremony({
        ...{ folder, hash, attempt: 1, primes: SAFE_PRIMES },
        passphrase: at < ALL.length ? await passphraseOf(at + 1) : Buffer.from("none"),
      }),
    ),
  )
  return (await readNextManifest(folderOf(1)))!
}

/** Hands one of the group's own messages to the token. */
async function handIn(call: string, to = token): Promise<void> {
  const item = decode(new Uint8Array(Buffer.from(call.slice(2), "hex")))!
  expect(isGenuine(item)).toBe(true)
  const tags = item.tags.map(({ name, value }): [string, string] => [name, value])
  const from = addressOf(item.owner)
  await to.send(tags, { from, data: textOf(item.data)!, id: itemId(item.signature) })
}

// Cases 62 and 118: up to the last step, whoever stops has the old key pay.
test("the tokens pass on first, by shares of both keys, and at every step the old key pays on Arweave", async () => {
  const made = await makeNext()
  const next = ownerOf(groupKeyHex(made, "rsa")!)
  await startAll()
  await paid(before)

  const ordered = (campaignToken?: CampaignToken) =>
    asKnownTo(1, (cluster) =>
      handOver({
        ...{ chain: chains.ao, campaign: campaignToken, cluster, deployment: before },
        connection: chains.ao.connect({ urls: { world: ["http://view/1"] } }, before),
        successor: groupKeyHex(made, "rsa")!,
      }),
    )
  const calls = await ordered()
  await handIn(calls.propose)
  expect((await obeyed()).present).toBe(before.vault)
  await expect(promoteNext(folderOf(1), chains)).rejects.toMatchObject({ code: "not-yet" })
  await paid(before)

  token.nowMs += calls.delayS * 1_000
  await handIn(calls.execute)
  expect((await obeyed()).present).toBe(next.vault)
  await expect(promoteNext(folderOf(1), chains)).rejects.toMatchObject({
    ...{ code: "not-yet", detail: { campaign: "taox" } },
  })
  await paid(before)

  const theirs = await ordered({
    codec: chains.ao.tokenAt!(campaign.process).codec,
    standing: () => obeyed(points),
  })
  expect(theirs.to).toBe(campaign.process)
  await handIn(theirs.propose, points)
  points.nowMs += theirs.delayS * 1_000
  await handIn(theirs.execute, points)
  expect((await obeyed(points)).present).toBe(next.vault)
  after = { ...before, ...next, former: [{ owner: before.owner, vault: before.vault }] }
})

// Cases 121 and 132: of the key that the token obeys by now, which is the next one.
test("the campaign's token goes on after its guardian's pause when a threshold of operators has approved it", async () => {
  await points.send({ Action: "Pause", Reason: "a drill" }, { from: GUARDIAN })
  const own = { chain: "ao", vault: campaign.process, of: "campaign", number: 0 } as const
  const order: VaultOrder = { ...own, kind: "resume", pauses: 1 }
  const { orders, desk } = chains.ao.tokenAt!(campaign.process)
  const known = withOtherOwner(
    { deployment: before, policy },
    groupKeyHex((await readNextManifest(folderOf(1)))!, "rsa")!,
  ).deployment
  const place = desk({ urls: {} }, known)
  const signed = () =>
    asKnownTo(1, (cluster) =>
      orderMessage({ chain: chains.ao, orders, place, deployment: known, cluster, order }),
    )
  await approveOrder(folderOf(1), order)
  // The same number of the ledger's own token is another order.
  const { of: _, ...ledgers } = { ...order, vault: TOKEN }
  await approveOrder(folderOf(2), ledgers)
  await expect(signed()).rejects.toMatchObject({ code: "signer-refused" })
  expect((await points.stops()).Paused).toBe("claim,credit")

  await approveOrder(folderOf(3), order)
  await handIn(`0x${Buffer.from((await signed()).raw).toString("hex")}`, points)

  expect((await points.stops()).Paused).toBe("none")
  await expect(signed()).rejects.toMatchObject({ code: "stale-version" })
})

test("what one signer has put in use alone moves nothing, and the old key pays", async () => {
  await stopAll()
  expect(await promoteNext(folderOf(1), chains)).toEqual(["rsa"])
  await startAll()
  expect(parseBridge(await read(folderOf(1), FILES.bridge)).deployment).toEqual(after)
  const sweep = (await connect(after).sweep!(noPlans))!

  await expect(landed([], sweep, after)).rejects.toMatchObject({ code: "signer-refused" })

  // Whether or not whoever asks has followed.
  for (const known of [before, after]) expect((await paid(known)).vault).toBeUndefined()
})

test("with a threshold the old vault pays until it is swept into the new one, which pays then", async () => {
  await stopAll()
  for (const index of [2, 3]) expect(await promoteNext(folderOf(index), chains)).toEqual(["rsa"])
  const [kept] = await readdir(join(folderOf(3), "former"))
  expect(await readdir(join(folderOf(3), "former", kept!))).toEqual(
    expect.arrayContaining([FILES.identity, FILES.manifest, "share-rsa.json"]),
  )
  const seen = await examine({
    ...{ folder: folderOf(2), chains, passphrase: await passphraseOf(2) },
  })
  expect(seen.find(({ about }) => about.startsWith("share of the former rsa key"))).toMatchObject({
    ...{ verdict: "ok", said: expect.stringContaining("it opens") },
  })
  await startAll()
  expect((await paid(after)).vault).toBeUndefined()

  const sweep = (await connect(after).sweep!(noPlans))!
  await landed([], sweep, after)

  expect(node.balance(before.vault)).toBe(0n)
  expect((await paid(after)).vault).toBe(after.vault)
})

test("what still comes to the old address is counted by every signer, and swept by the same shares", async () => {
  node.faucet(before.vault, 2n * AR)
  node.mine(1)

  const sweep = (await connect(after).sweep!(noPlans))!
  expect(sweep.vault).toBeUndefined()
  await landed([], sweep, after)

  expect(node.balance(before.vault)).toBe(0n)
})

test("a mint is signed by the next key alone, also of terms from before", async () => {
  const deposit = payoutOf({
    ...world.add([
      {
        id: transferId({ chain: "arweave", transaction: anId("deposit"), index: 0 }),
        ...{ asset: "AR", source: "arweave", target: "ao", amount: AR, fee: null, problem: null },
        ...{ sender: anId("sender"), recipient: anId("me"), refundTo: anId("sender"), forward: {} },
      },
    ])[0]!,
    ...{ block: aBlock(400), refund: false, fee: 1_000n },
  })
  const terms = { attempt: "0", "attested:arweave": "1", owner: after.owner }

  const { messages, keys } = aoCodec.build([deposit], terms, after)

  expect(keys).toBeUndefined()
  expect(aoCodec.build([deposit], { attempt: "0", "attested:arweave": "1" }, after).keys).toEqual([
    Buffer.from(before.owner, "base64url").toString("hex"),
  ])
  expect(messages).toHaveLength(1)
})

// A vault on Ethereum passes to the group's next key: real shares, a real vault, and a ceremony in between.

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Interface, type InterfaceAbi } from "ethers"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { bridgeJson } from "../../chains/bridge.ts"
import type { Chain, Connection, Deployment, HandoverCalls, Terms } from "../../chains/chain.ts"
import { DEVNET } from "../../chains/evm/finality.ts"
import { toHex } from "../../chains/evm/hex.ts"
import { ethereum as realEthereum } from "../../chains/evm/index.ts"
import { connectEvm } from "../../chains/evm/rpc.ts"
import { transferId } from "../../core/ids.ts"
import { payoutOf } from "../../core/payout.ts"
import type { Policy } from "../../core/policy.ts"
import type { Sighting } from "../../core/transfer.ts"
import { vaultArtifact } from "../../devnet/evm/contracts.ts"
import { type EvmDevnet, startEvm } from "../../devnet/evm/index.ts"
import { deployVault, type VaultDevnet } from "../../devnet/evm/vault.ts"
import { runCeremony } from "../../mpc/ceremony/run.ts"
import { type ClusterClient, connectCluster } from "../../mpc/client.ts"
import { FILES, settingsJson } from "../../mpc/config.ts"
import { examine } from "../../mpc/doctor.ts"
import { groupKeyBytes, type Manifest, parseManifest } from "../../mpc/manifest.ts"
import { promoteNext } from "../../mpc/promote.ts"
import { schemeOf } from "../../mpc/schemes/index.ts"
import { hexOf } from "../../mpc/schemes/scheme.ts"
import type { Running } from "../../mpc/signer.ts"
import { nextFolder, readSuccessors } from "../../mpc/successor.ts"
import { run as handover } from "../../services/cli/handover.ts"
import { run as signer } from "../../services/cli/signer.ts"
import { handOver } from "../../services/payout/handover.ts"
import { aBlock, anId } from "../builders.ts"
import { account } from "../chains/evm/builders.ts"
import { checksummed, NATIVE, word } from "../chains/evm/world.ts"
import { Town } from "./ceremony/hall.ts"
import { aDealtCluster, clientConfig, type DealtFolder, remove, startHere } from "./signers.ts"
import { policy as arPolicy, chainsOf, World } from "./world.ts"

const DAY_S = 86_400
const ALL = [1, 2, 3]
const world = new World()
const limits = { asset: "ETH", minimum: 1n, cap: 10n ** 20n, refundFee: 1n, dust: 1n } as const
const policy: Policy = {
  ...arPolicy,
  fees: [
    ...arPolicy.fees,
    ...(["ethereum", "ao-eth"] as const).map((source) => ({
      ...({ asset: "ETH", source, heightMin: 0, flat: 0n, basisPoints: 0n } as const),
    })),
  ],
  limits: [
    ...arPolicy.limits,
    ...(["ethereum", "ao-eth"] as const).map((source) => ({ ...limits, source })),
  ],
  depths: { ...arPolicy.depths, ethereum: 1 },
  payoutDepths: { ...arPolicy.payoutDepths, ethereum: 1 },
}
const ethereum: Chain = {
  ...(realEthereum as Chain),
  connect: (endpoints, deployment) =>
    connectEvm("ethereum", DEVNET, endpoints, deployment, { freshMs: 0 }) as Connection,
}
const chains = { ...chainsOf(world), ethereum }
const abi = new Interface(vaultArtifact().abi as InterfaceAbi)

let town: Town
let chain: EvmDevnet
let vault: VaultDevnet
let dealt: DealtFolder
let deployment: Deployment
let connection: Connection
let signers: Running[] = []
let client: ClusterClient
let before: Manifest
let next: Manifest

const folderOf = (index: number) => dealt.cluster.signers[index - 1]!.folder
const manifestOf = async (folder: string) =>
  parseManifest(JSON.parse(await readFile(join(folder, FILES.manifest), "utf8")))
const keyIn = (manifest: Manifest) => schemeOf("evm").decode(groupKeyBytes(manifest, "evm"))

beforeAll(async () => {
  town = await Town.open()
  chain = await startEvm({ chainId: 31_337 })
  dealt = await aDealtCluster({ t: 2, n: 3, schemes: ["evm"], rsa: false })
  before = dealt.cluster.manifest
  const key = toHex(keyIn(before).publicKey)
  vault = await deployVault(chain, { key })
  const side = { chainId: 31_337, vault: vault.address, key, heightMin: vault.height }
  deployment = {
    ...dealt.deployment,
    tokens: { ...dealt.deployment.tokens, ETH: anId("token of ETH") },
    vaults: { ethereum: { ...side, contracts: { ETH: NATIVE } } },
  }
  for (const { folder, index } of dealt.cluster.signers) {
    const view = { urls: { world: [`http://view/${index}`] } }
    const bridge = JSON.stringify(bridgeJson({ deployment, policy }))
    await writeFile(join(folder, FILES.bridge), bridge)
    await writeFile(
      join(folder, FILES.settings),
      settingsJson({
        ...{ network: "devnet", listen: "127.0.0.1:0" },
        endpoints: { arweave: view, ao: view, ethereum: { urls: { rpc: [chain.url] } } },
        caps: [{ asset: "ETH", signature: 10n ** 20n, day: 10n ** 20n }],
      }),
    )
  }
  connection = ethereum.connect({ urls: { rpc: [chain.url] } }, deployment)
  const to = { recipient: word(account(4)), refundTo: account(9) }
  await vault.depositNative(account(1), 10n ** 18n, to)
  await chain.mine(2)
  await startAll()
  await coordinate(before, null)
})

afterAll(async () => {
  client.close()
  await stopAll()
  await connection.close()
  await chain.stop()
  await town.close()
  await remove(dealt)
})

async function startAll(): Promise<void> {
  signers = await Promise.all(ALL.map((index) => startHere(dealt, index, chains)))
}

async function stopAll(): Promise<void> {
  await Promise.all(signers.splice(0).map((one) => one.close()))
}

/** A coordinator with these keys, before and after. */
async function coordinate(manifest: Manifest, known: Manifest | null): Promise<void> {
  client?.close()
  const addresses = Object.fromEntries(signers.map(({ index, address }) => [index, address]))
  client = connectCluster({ ...(await clientConfig(dealt, addresses)), manifest, next: known })
}

/** The members make a key in folders that lie inside their own. */
async function makeNext(): Promise<Manifest> {
  const guests = dealt.cluster.signers.map(({ index, folder }) => ({
    ...{ name: `signer ${index}`, folder: nextFolder(folder) },
  }))
  const hash = await town.invite(guests, { schemes: ["evm"], threshold: 2 })
  await Promise.all(
    dealt.cluster.signers.map(async ({ folder, passphraseFile }) => {
      const passphrase = Buffer.from((await readFile(passphraseFile, "utf8")).trim())
      await runCeremony({ folder: nextFolder(folder), hash, attempt: 1, passphrase })
    }),
  )
  return manifestOf(nextFolder(folderOf(1)))
}

function burn(number: number): Sighting {
  const transaction = anId(`burn ${number}`)
  const [sighting] = world.add([
    {
      id: transferId({ chain: "ao-eth", transaction, index: number }),
      ...{ asset: "ETH", source: "ao-eth", target: "ethereum", amount: 1_000n + BigInt(number) },
      ...{ sender: anId("sender"), recipient: checksummed(account(number)) },
      ...{ refundTo: anId("sender"), forward: {}, fee: 0n, problem: null },
    },
  ])
  return sighting!
}

/** What an honest coordinator has signed for a burn, under the terms of now or of then. */
async function sealed(number: number, then?: Terms) {
  const payout = payoutOf({ ...burn(number), block: aBlock(400), refund: false, fee: 0n })
  const terms = then ?? (await connection.terms([payout], 0, {}))
  const { messages, key } = ethereum.codec.build([payout], terms, deployment)
  const { signatures } = await client.sign({
    ...{ chain: "ethereum", scheme: "evm", messages, key, terms },
    transfers: [{ id: payout.transfer, refund: false }],
  })
  const { raw } = ethereum.codec.seal([payout], terms, deployment, signatures)
  return { payout, terms, data: toHex(raw) }
}

async function paid(number: number): Promise<void> {
  const { payout, terms, data } = await sealed(number)
  await send(data)
  expect(await connection.fate([payout], terms)).toBe("landed")
}

async function send(data: string): Promise<void> {
  await chain.send({ to: vault.address, data })
  await chain.mine(2)
}

const order = () =>
  handOver({
    ...{ chain: ethereum, connection, deployment, cluster: client },
    successor: hexOf(keyIn(next)),
  })

/** The same by the command, from a folder of services. */
async function byCommand(): Promise<HandoverCalls> {
  const folder = await mkTemp("services")
  const endpoints = { urls: { rpc: [chain.url] } }
  const watch = { heightMin: 0, pollMs: 1_000 }
  const three = <Value>(value: Value) => ({ arweave: value, ao: value, ethereum: value })
  const services = {
    ...{ database: "postgres://localhost/none", redis: null, operators: [] },
    ...{ endpoints: three(endpoints), watch: three(watch), listen: "127.0.0.1:0" },
    signers: Object.fromEntries(signers.map(({ index, address }) => [index, address])),
  }
  await writeFile(join(folder, "services.json"), JSON.stringify(services))
  await copyFile(join(folderOf(1), FILES.bridge), join(folder, FILES.bridge))
  for (const file of [FILES.manifest, FILES.certificate, FILES.identity])
    await copyFile(join(dealt.cluster.coordinator.folder, file), join(folder, file))
  const out = join(folder, "handover.json")
  const known = join(nextFolder(folderOf(1)), FILES.manifest)
  const said = await told(handover, ["ethereum", "--next", known, "--folder", folder, "--out", out])
  expect(said).toMatchObject({ ok: true, successor: hexOf(keyIn(next)) })
  return JSON.parse(await readFile(out, "utf8")) as HandoverCalls
}

/** What a command says to a program. */
async function told(run: typeof handover, words: readonly string[]): Promise<unknown> {
  const lines: string[] = []
  const terminal = { out: (text: string) => lines.push(text), note: () => {}, isTty: false }
  expect(await run([...words, "--json"], terminal)).toBe(0)
  return JSON.parse(lines.join("\n"))
}

const refusal = { code: "signer-refused", detail: { refusals: [{ transfer: null }] } }

describe("a vault", () => {
  let calls: HandoverCalls
  let late: Awaited<ReturnType<typeof sealed>>

  test("is handed over to no key that signers do not know from their own folders", async () => {
    for (const index of ALL)
      expect(await told(signer, ["next", "--folder", folderOf(index)])).toMatchObject({
        ...{ isNew: true, keys: {} },
      })
    next = await makeNext()
    expect(await told(signer, ["next", "--folder", folderOf(1)])).toMatchObject({
      ...{ isNew: false, keys: { evm: hexOf(keyIn(next)) } },
    })
    const seen = await examine({ folder: folderOf(1), passphrase: null, chains })
    expect(seen.find(({ about }) => about === "share of the next evm key")).toMatchObject({
      said: expect.stringContaining("not opened"),
    })
    // The coordinator knows it already; the signers have not been started again.
    await coordinate(before, next)

    await expect(order()).rejects.toMatchObject(refusal)

    await paid(1)
  })

  // Case 118: until the very last step the present key pays.
  test("passes on by an order that both keys sign, and obeys the present key until its delay is over", async () => {
    await stopAll()
    await startAll()
    await coordinate(before, next)
    await paid(2)

    calls = await byCommand()
    await paid(3)
    await send(calls.propose)
    await paid(4)
    await expect(send(calls.execute)).rejects.toMatchObject({ code: "bad-request" })
    await expect(promoteNext(folderOf(1), chains)).rejects.toMatchObject({ code: "not-yet" })
    await paid(5)

    late = await sealed(6)
    await chain.rpc("evm_increaseTime", calls.delayS + 1)
    await send(calls.execute)
    const groupKey = await chain.rpc<string>(
      "eth_call",
      { to: vault.address, data: abi.encodeFunctionData("groupKey") },
      "latest",
    )
    expect(groupKey).toBe(`0x${hexOf(keyIn(next))}`)
  })

  test("pays what its former key approved no more, and the next key pays it in the same slot", async () => {
    await expect(send(late.data)).rejects.toMatchObject({ code: "bad-request" })
    expect(await connection.fate([late.payout], late.terms)).toBe("dead")
    await expect(sealed(6, late.terms)).rejects.toMatchObject(refusal)

    const again = await sealed(6)
    expect(again.terms.key).toBe(hexOf(keyIn(next)))
    await send(again.data)

    expect(await connection.fate([late.payout], again.terms)).toBe("landed")
    await expect(send(again.data)).rejects.toMatchObject({ code: "bad-request" })
  })

  test("is served by signers that put the next key in use, each when it likes", async () => {
    const [first, ...others] = ALL
    await promoteNext(folderOf(first!), chains)
    await stopAll()
    await startAll()
    // A coordinator that has not followed yet, one member that has, and two that have not.
    await coordinate(before, next)
    for (const number of [7, 8, 9]) await paid(number)

    await stopAll()
    for (const index of others)
      expect(await told(signer, ["promote", "--folder", folderOf(index)])).toMatchObject({
        promoted: ["evm"],
      })
    await startAll()
    const manifests = await Promise.all(ALL.map((index) => manifestOf(folderOf(index))))
    expect(manifests[1]).toEqual(manifests[0])
    await coordinate(manifests[0]!, null)
    await paid(10)
    expect(client.keys.evm!.publicKey).toEqual(keyIn(next).publicKey)
    await expect(promoteNext(folderOf(1), chains)).rejects.toMatchObject({ code: "not-found" })
  })

  test("that has passed on is handed back by no old order", async () => {
    await chain.rpc("evm_increaseTime", 15 * DAY_S)
    await expect(send(calls.propose)).rejects.toMatchObject({ code: "bad-request" })
    await expect(send(calls.execute)).rejects.toMatchObject({ code: "bad-request" })
  })
})

describe("a next key is refused", () => {
  test.each([
    [
      "without its transcript",
      "bad-transcript",
      "there is none",
      async (folder: string) => {
        await rm(join(folder, "transcript-evm.json"))
      },
    ],
    [
      "of another committee",
      "bad-key",
      "another committee",
      async (folder: string) => {
        const members = [...next.members].reverse().map((one, at) => ({ ...one, index: at + 1 }))
        await writeFile(join(folder, FILES.manifest), JSON.stringify({ ...next, members }))
      },
    ],
    [
      "of another network",
      "bad-key",
      "another network",
      async (folder: string) => {
        const other = { ...next, network: "testnet" }
        await writeFile(join(folder, FILES.manifest), JSON.stringify(other))
      },
    ],
    [
      "that is in use",
      "bad-key",
      "in use already",
      async (folder: string) => {
        await copyFile(join(folderOf(1), FILES.manifest), join(folder, FILES.manifest))
      },
    ],
  ])("%s", async (_, code, reason, spoil) => {
    const folder = await mkTemp("candidate")
    await mkdir(nextFolder(folder), { recursive: true })
    await writeFile(join(nextFolder(folder), FILES.manifest), JSON.stringify(next))
    await copyFile(
      join(folderOf(2), "transcript-evm.json"),
      join(nextFolder(folder), "transcript-evm.json"),
    )
    expect(Object.keys(await readSuccessors(folder, before))).toEqual(["evm"])

    await spoil(nextFolder(folder))

    const present = reason.includes("in use") ? await manifestOf(folderOf(1)) : before
    await expect(readSuccessors(folder, present)).rejects.toMatchObject({
      code,
      detail: { reason: expect.stringContaining(reason) },
    })
  })
})

let folders = 0
async function mkTemp(name: string): Promise<string> {
  folders += 1
  const folder = join(town.folder, `${name}-${folders}`)
  await mkdir(folder)
  return folder
}

// A vault on Ethereum passes to the group's next key: real shares, a real vault, and a ceremony in between.

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Interface, type InterfaceAbi } from "ethers"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Terms } from "../../chains/chain.ts"
import { toHex } from "../../chains/evm/hex.ts"
import type { VaultCalls } from "../../chains/vault.ts"
import { transferId } from "../../core/ids.ts"
import { payoutOf } from "../../core/payout.ts"
import type { Sighting } from "../../core/transfer.ts"
import { vaultArtifact } from "../../devnet/evm/contracts.ts"
import { runCeremony } from "../../mpc/ceremony/run.ts"
import { FILES } from "../../mpc/config.ts"
import { examine } from "../../mpc/doctor.ts"
import type { Manifest } from "../../mpc/manifest.ts"
import { promoteNext } from "../../mpc/promote.ts"
import { hexOf } from "../../mpc/schemes/scheme.ts"
import { nextFolder, readSuccessors } from "../../mpc/successor.ts"
import { vaultPlan } from "../../services/cli/evm-plan.ts"
import { run as handover } from "../../services/cli/handover.ts"
import { run as signer } from "../../services/cli/signer.ts"
import { handOver } from "../../services/payout/handover.ts"
import { aBlock, anId } from "../builders.ts"
import { account } from "../chains/evm/builders.ts"
import { checksummed } from "../chains/evm/world.ts"
import { Town } from "./ceremony/hall.ts"
import { ALL, ethereum, keyIn, told, VaultTown } from "./vault-town.ts"

const DAY_S = 86_400
const abi = new Interface(vaultArtifact().abi as InterfaceAbi)

let hall: Town
let town: VaultTown
let before: Manifest
let next: Manifest

beforeAll(async () => {
  hall = await Town.open()
  town = await VaultTown.open()
  before = town.dealt.cluster.manifest
})

afterAll(async () => {
  await town.close()
  await hall.close()
})

/** The members make a key in folders that lie inside their own. */
async function makeNext(): Promise<Manifest> {
  const guests = town.dealt.cluster.signers.map(({ index, folder }) => ({
    ...{ name: `signer ${index}`, folder: nextFolder(folder) },
  }))
  const hash = await hall.invite(guests, { schemes: ["evm"], threshold: 2 })
  await Promise.all(
    town.dealt.cluster.signers.map(async ({ folder, passphraseFile }) => {
      const passphrase = Buffer.from((await readFile(passphraseFile, "utf8")).trim())
      await runCeremony({ folder: nextFolder(folder), hash, attempt: 1, passphrase })
    }),
  )
  return town.manifestOf(nextFolder(town.folderOf(1)))
}

function burn(number: number): Sighting {
  const transaction = anId(`burn ${number}`)
  const [sighting] = town.world.add([
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
  const terms = then ?? (await town.connection.terms([payout], 0, {}))
  const { messages, keys } = ethereum.codec.build([payout], terms, town.deployment)
  const { signatures } = await town.client.sign({
    ...{ chain: "ethereum", scheme: "evm", messages, keys, terms },
    transfers: [{ id: payout.transfer, refund: false }],
  })
  const { raw } = ethereum.codec.seal([payout], terms, town.deployment, signatures)
  return { payout, terms, data: toHex(raw) }
}

async function paid(number: number): Promise<void> {
  const { payout, terms, data } = await sealed(number)
  await town.send(data)
  expect(await town.connection.fate([payout], terms)).toBe("landed")
}

/** What `causeway evm deploy` makes of a manifest in a folder. */
const planned = (folder: string) =>
  vaultPlan({
    ...{ chain: "ethereum", manifest: join(folder, FILES.manifest), list: ["ETH=native:5/86400"] },
    ...{ guardian: checksummed(account(1)), council: checksummed(account(2)) },
  })

const order = () =>
  handOver({
    ...{ chain: ethereum, connection: town.connection },
    ...{ deployment: town.deployment, cluster: town.client },
    successor: hexOf(keyIn(next)),
  })

/** The same by the command, from a folder of services. */
async function byCommand(): Promise<VaultCalls> {
  const folder = await town.services()
  const out = join(folder, "handover.json")
  const known = join(nextFolder(town.folderOf(1)), FILES.manifest)
  const said = await told(handover, ["ethereum", "--next", known, "--folder", folder, "--out", out])
  expect(said).toMatchObject({ ok: true, successor: hexOf(keyIn(next)) })
  return JSON.parse(await readFile(out, "utf8")) as VaultCalls
}

const refusal = { code: "signer-refused", detail: { refusals: [{ transfer: null }] } }

describe("a vault", () => {
  let calls: VaultCalls
  let late: Awaited<ReturnType<typeof sealed>>

  test("is handed over to no key that signers do not know from their own folders", async () => {
    for (const index of ALL)
      expect(await told(signer, ["next", "--folder", town.folderOf(index)])).toMatchObject({
        ...{ isNew: true, keys: {} },
      })
    next = await makeNext()
    expect(await told(signer, ["next", "--folder", town.folderOf(1)])).toMatchObject({
      ...{ isNew: false, keys: { evm: hexOf(keyIn(next)) } },
    })
    const seen = await examine({ folder: town.folderOf(1), passphrase: null, chains: town.chains })
    expect(seen.find(({ about }) => about === "share of the next evm key")).toMatchObject({
      said: expect.stringContaining("not opened"),
    })
    // The coordinator knows it already; the signers have not been started again.
    await town.coordinate(before, next)

    await expect(order()).rejects.toMatchObject(refusal)

    await paid(1)
  })

  // Case 118: until the very last step the present key pays.
  test("passes on by an order that both keys sign, and obeys the present key until its delay is over", async () => {
    await town.stopAll()
    await town.startAll()
    await town.coordinate(before, next)
    await paid(2)

    calls = await byCommand()
    await paid(3)
    await town.send(calls.propose)
    await paid(4)
    await expect(town.send(calls.execute)).rejects.toMatchObject({ code: "bad-request" })
    await expect(promoteNext(town.folderOf(1), town.chains)).rejects.toMatchObject({
      code: "not-yet",
    })
    await paid(5)

    late = await sealed(6)
    await town.chain.rpc("evm_increaseTime", calls.delayS + 1)
    await town.send(calls.execute)
    const groupKey = await town.chain.rpc<string>(
      "eth_call",
      { to: town.vault.address, data: abi.encodeFunctionData("groupKey") },
      "latest",
    )
    expect(groupKey).toBe(`0x${hexOf(keyIn(next))}`)
  })

  test("pays what its former key approved no more, and the next key pays it in the same slot", async () => {
    await expect(town.send(late.data)).rejects.toMatchObject({ code: "bad-request" })
    expect(await town.connection.fate([late.payout], late.terms)).toBe("dead")
    await expect(sealed(6, late.terms)).rejects.toMatchObject(refusal)

    const again = await sealed(6)
    expect(again.terms.key).toBe(hexOf(keyIn(next)))
    await town.send(again.data)

    expect(await town.connection.fate([late.payout], again.terms)).toBe("landed")
    await expect(town.send(again.data)).rejects.toMatchObject({ code: "bad-request" })
  })

  test("is served by signers that put the next key in use, each when it likes", async () => {
    const [first, ...others] = ALL
    await promoteNext(town.folderOf(first!), town.chains)
    await town.stopAll()
    await town.startAll()
    // A coordinator that has not followed yet, one member that has, and two that have not.
    await town.coordinate(before, next)
    for (const number of [7, 8, 9]) await paid(number)

    await town.stopAll()
    for (const index of others)
      expect(await told(signer, ["promote", "--folder", town.folderOf(index)])).toMatchObject({
        promoted: ["evm"],
      })
    await town.startAll()
    const manifests = await Promise.all(ALL.map((index) => town.manifestOf(town.folderOf(index))))
    expect(manifests[1]).toEqual(manifests[0])
    await town.coordinate(manifests[0]!, null)
    await paid(10)
    expect(town.client.keys.evm!.publicKey).toEqual(keyIn(next).publicKey)
    await expect(promoteNext(town.folderOf(1), town.chains)).rejects.toMatchObject({
      code: "not-found",
    })
  })

  test("that has passed on is handed back by no old order", async () => {
    await town.chain.rpc("evm_increaseTime", 15 * DAY_S)
    await expect(town.send(calls.propose)).rejects.toMatchObject({ code: "bad-request" })
    await expect(town.send(calls.execute)).rejects.toMatchObject({ code: "bad-request" })
  })
})

// A vault asks its first key for no proof of possession, so whoever deploys it does.
test("a vault is deployed under no key without the transcript of its ceremony", async () => {
  const folder = await town.newFolder("deploying")
  // As anywhere but on a local network, whose keys need none.
  await writeFile(join(folder, FILES.manifest), JSON.stringify({ ...next, devnet: false }))
  await expect(planned(folder)).rejects.toMatchObject({ code: "bad-transcript" })

  await copyFile(join(town.folderOf(2), "transcript-evm.json"), join(folder, "transcript-evm.json"))

  expect(await planned(folder)).toMatchObject({ key: `0x${hexOf(keyIn(next))}` })
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
        await copyFile(join(town.folderOf(1), FILES.manifest), join(folder, FILES.manifest))
      },
    ],
  ])("%s", async (_, code, reason, spoil) => {
    const folder = await town.newFolder("candidate")
    await mkdir(nextFolder(folder), { recursive: true })
    await writeFile(join(nextFolder(folder), FILES.manifest), JSON.stringify(next))
    await copyFile(
      join(town.folderOf(2), "transcript-evm.json"),
      join(nextFolder(folder), "transcript-evm.json"),
    )
    expect(Object.keys(await readSuccessors(folder, before))).toEqual(["evm"])

    await spoil(nextFolder(folder))

    const present = reason.includes("in use") ? await town.manifestOf(town.folderOf(1)) : before
    await expect(readSuccessors(folder, present)).rejects.toMatchObject({
      code,
      detail: { reason: expect.stringContaining(reason) },
    })
  })
})

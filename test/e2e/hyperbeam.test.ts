// The AR loop on HyperBEAM, by real signers and services, while the nodes forget, break off and repeat themselves.

import { randomUUID } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeAll, expect, test, vi } from "vitest"
import type { Divergence } from "../../chains/divergence.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { originOf, transferId } from "../../core/ids.ts"
import { command } from "../../devnet/command.ts"
import { FILES } from "../../mpc/config.ts"
import { examine } from "../../mpc/doctor.ts"
import { parseManifest } from "../../mpc/manifest.ts"
import { PROTOCOL_VERSION, readSignReply, requestJson } from "../../mpc/protocol.ts"
import { openLink } from "../../mpc/transport.ts"
import { AR, DEEP, PATIENT, type Scene, startScene } from "./scene.ts"

/** A node that is not ours takes no orders: what goes wrong there goes wrong by itself. */
const IS_OURS = process.env.HYPERBEAM_URL === undefined
const BURN_FEE = (3n * AR) / 10n

let scene: Scene
beforeAll(async () => {
  scene = await startScene({ ao: "hyperbeam" })
  return () => scene.close()
})

const suffer = async (misfortunes: object) => {
  if (IS_OURS) await scene.ao("suffer", misfortunes)
}
const at = (path: string) => {
  const { ao, token } = scene.network.places
  return `${ao.nodeUrl}/${token}~process@1.0/${path}`
}

interface Told {
  readonly "ao-result"?: string
  readonly body?: { readonly outbox?: unknown }
  readonly outbox?: unknown
}

/** Every `Deposit-Id` and `Burn-Id` that the token has stated, slot by slot, by the node's own word. */
async function stated() {
  const newest = Number(await (await fetch(at("slot/current"))).text())
  const codec = "require-codec=application/json&accept-bundle=true"
  const all: Record<string, string>[] = []
  for (let slot = 1; slot <= newest; slot++) {
    const told = (await (await fetch(at(`compute=${slot}/results?${codec}`))).json()) as Told
    const { outbox } = told["ao-result"] === "body" ? told.body! : told
    if (Array.isArray(outbox)) all.push(...(outbox as Record<string, string>[]))
  }
  const idsOf = (action: string, name: string) =>
    all.filter((one) => one.action === action).map((one) => one[name])
  return {
    minted: idsOf("Credit-Notice", "deposit-id").filter((id) => id !== undefined),
    burned: idsOf("Burn-Notice", "burn-id"),
  }
}

test("AR goes into AO once and comes back once, whatever the nodes do", async () => {
  const [alice, bob] = [await scene.wallet("alice"), await scene.wallet("bob")]
  await scene.network.faucet(alice.address, 10n * AR)
  await suffer({ crash: 1, pretend: 1, garble: 1, repush: 2 })

  const deposit = await alice.deposit(5n * AR)
  await scene.network.mine(DEEP)
  await scene.reaches(deposit.transfer, "paid")
  expect(await alice.wrappedBalance()).toBe(5n * AR)

  // What was minted is handed in and pushed once more, by whoever likes.
  const payout = `${scene.network.apiUrl}/transfers/${deposit.transfer}/payout`
  const { raw } = (await (await fetch(payout)).json()) as { raw: string }
  const headers = { "content-type": "application/ans104", "codec-device": "ans104@1.0" }
  const body = Buffer.from(raw, "base64url")
  for (let n = 0; n < 2; n++)
    await fetch(at("push"), { method: "POST", headers, body }).catch(() => {})
  await fetch(at("push?slot=1")).catch(() => {})
  expect(await alice.wrappedBalance()).toBe(5n * AR)

  await suffer({ crash: 2, garble: 1, pretend: 1, repush: 3 })
  await alice.send(AR, bob.address)
  const before = await alice.balance()
  const burn = await alice.burn(2n * AR, alice.address)
  await scene.released(burn.transfer)

  expect((await alice.balance()) - before).toBe(2n * AR - BURN_FEE)
  expect([await alice.wrappedBalance(), await bob.wrappedBalance()]).toEqual([2n * AR, AR])
  const { minted, burned } = await stated()
  expect(minted).toEqual([deposit.transfer])
  // To the burner and to the bridge.
  expect(burned).toEqual([burn.transfer, burn.transfer])
  expect((await scene.ledgers.releases()).get(burn.transfer)).toHaveLength(1)
  expect((await scene.api.ledger()).AR).toMatchObject({
    ...{ balanced: true, supply: `${3n * AR}`, pending: "0" },
    custody: `${await scene.network.arweaveBalance(scene.network.places.vault)}`,
  })
})

const folderOf = (signer: number) => join(scene.folder, "signers", `signer-${signer}`)

/** What one signer alone answers when it is asked to release a burn. */
async function askedOf(signer: number, burn: string) {
  const { servicesFolder } = scene.network
  const read = (file: string) => readFile(join(servicesFolder, file), "utf8")
  const identity = { certificate: await read(FILES.certificate), key: await read(FILES.identity) }
  const { members } = parseManifest(JSON.parse(await read(FILES.manifest)))
  const { signers } = JSON.parse(await read("services.json")) as { signers: Record<string, string> }
  const member = members.find(({ index }) => index === signer)!
  const link = openLink(identity, { ...member, role: "signer" }, signers[signer]!)
  const request = requestJson({
    ...{ version: PROTOCOL_VERSION, session: randomUUID(), scheme: "rsa", chain: "arweave" },
    ...{ transfers: [{ id: transferId(originOf(burn)), refund: false }], terms: {} },
  })
  try {
    return readSignReply((await link.ask("POST", "/sign", request, { timeoutMs: 20_000 })).body)
  } finally {
    link.close()
  }
}

// Case 41
test("a signer of whose two nodes one lies about an outbox refuses, and says what each of them said", async ({
  skip,
}) => {
  skip(!IS_OURS, "a node that is not ours tells no lies on command")
  const alice = await scene.wallet("alice")
  const liar = scene.network.providers[1]!.ao
  await command(liar, "faults", { lie: true })

  const burn = await alice.burn(AR, alice.address)
  const reply = await askedOf(1, burn.transfer)

  const detail = expect.stringContaining(`${liar} says `)
  expect(reply).toMatchObject({
    refused: [{ transfer: burn.transfer, code: "rpc-disagrees", detail }],
  })
  const kept = await vi.waitFor(async () => {
    const [file] = await readdir(join(folderOf(1), "incidents"))
    return JSON.parse(await readFile(join(folderOf(1), "incidents", file!), "utf8")) as Divergence
  }, PATIENT)
  const texts = new Map(kept.answers.map(({ from, text }) => [from, text]))
  expect([kept.chain, texts.size, texts.has(liar)]).toEqual(["ao", 2, true])
  expect(new Set(texts.values()).size).toBe(2)

  await command(liar, "faults", { lagSlots: 3 })
  const findings = await examine({ folder: folderOf(1), passphrase: null, chains: CHAIN_OF })
  const words = /: local units 1, at \d+, (\d+) behind, agrees$/
  const lags = findings
    .filter(({ about, said }) => about === "chain ao" && words.test(said))
    .map(({ said }) => Number(words.exec(said)![1]))
  // Slots go on coming while it looks.
  expect(lags).toEqual([expect.toSatisfy((lag: number) => lag >= 2), expect.any(Number)])
  await command(liar, "faults", {})
})

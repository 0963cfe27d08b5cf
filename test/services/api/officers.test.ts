// Who is heard about held money: a party's wallet, two officers, and attestors that signers can check.

import { generateKeyPairSync } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Wallet } from "ethers"
import { beforeAll, describe, expect, test } from "vitest"
import { bridgeName } from "../../../chains/deployment.ts"
import { deedOf } from "../../../chains/screening.ts"
import { seals, signWith } from "../../../chains/seals.ts"
import { signedHeaders } from "../../../chains/signed-request.ts"
import { attestationIn, weigh } from "../../../core/compliance/attestation.ts"
import { payoutOf } from "../../../core/payout.ts"
import { askerKeyOf, attestorsOf } from "../../../mpc/attestors.ts"
import { newIdentity } from "../../../mpc/certificate.ts"
import type { SignerConfig } from "../../../mpc/config.ts"
import { appealText } from "../../../services/api/sessions.ts"
import { vouchersFor } from "../../../services/compliance/vouching.ts"
import { tellCase } from "../../../services/store/cases.ts"
import { aBlock } from "../../builders.ts"
import {
  anOffice,
  arrived,
  NOW,
  type Office,
  OWN_LISTS,
  somebody,
  workOf,
} from "../compliance/office.ts"
import { IRANIAN, places, post, screening, served, signedIn } from "./people.ts"

let office: Office
let url: string
beforeAll(async () => {
  office = await anOffice({ screening, prepare: places })
  await office.decree({}, "us-default", "own-lists")
  url = await served(office)
})

describe("an appeal", () => {
  async function frozen() {
    const wallet = Wallet.createRandom()
    await office.list(OWN_LISTS.block, wallet.address)
    const transfer = await arrived(office.sql, { recipient: wallet.address })
    await workOf(office)
    return { wallet, transfer: transfer.id }
  }
  const appealOf = async (
    transfer: string,
    wallet: { address: string; signMessage(text: string): Promise<string> },
  ) => {
    const about = { transfer, account: wallet.address, statement: "it is mine", document: null }
    const signature = await wallet.signMessage(appealText(office.bridge.deployment, about))
    return post(`${url}/appeals`, { ...about, proof: { kind: "evm", signature } })
  }

  test("by a party's wallet is heard, and who reads the transfer sees that it was", async () => {
    const { wallet, transfer } = await frozen()

    expect(await appealOf(transfer, wallet)).toMatchObject({
      body: { state: "frozen", appeals: 1 },
    })
  })

  test("by a stranger is refused, and so is a statement that nobody signed", async () => {
    const { wallet, transfer } = await frozen()
    const stranger = Wallet.createRandom()
    const forged = {
      address: wallet.address,
      signMessage: (text: string) => stranger.signMessage(text),
    }

    expect(await appealOf(transfer, stranger)).toMatchObject({
      body: { error: { code: "illegal-move" } },
    })
    expect(await appealOf(transfer, forged)).toMatchObject({
      body: { error: { code: "bad-signature" } },
    })
  })
})

describe("an officer's request", () => {
  const asked = (path: string, name: string, signer = name, atMs = NOW, body?: object) => {
    const one = office.officers.find((officer) => officer.name === signer)!
    const request = { method: body ? "POST" : "GET", url: path, body }
    const headers = signedHeaders(
      bridgeName(office.bridge.deployment),
      { name, sign: one.sign },
      request,
      atMs,
    )
    const type = body && { "content-type": "application/json" }
    return fetch(`${url}${path}`, {
      ...{ method: request.method, headers: { ...headers, ...type } },
      ...(body && { body: JSON.stringify(body) }),
    })
  }

  test.each([
    ["/compliance/cases", "open to an officer", 200, "ada", "ada", NOW],
    ["/compliance/lists", "open to an officer", 200, "ben", "ben", NOW],
    ["/compliance/policies", "open to an officer", 200, "ben", "ben", NOW],
    ["/compliance/cases", "closed to who signs in another's name", 400, "ada", "ben", NOW],
    ["/compliance/cases", "closed to who is no officer", 400, "eve", "ada", NOW],
    [
      "/compliance/cases",
      "closed to what was signed two minutes ago",
      400,
      "ada",
      "ada",
      NOW - 120_000,
    ],
  ])("%s is %s", async (path, _, status, name, signer, atMs) => {
    expect((await asked(path, name, signer, atMs)).status).toBe(status)
  })

  test("does not hold for another path, or for another body", async () => {
    const ada = office.officers[0]!
    const headers = signedHeaders(
      bridgeName(office.bridge.deployment),
      ada,
      { method: "GET", url: "/compliance/lists", body: undefined },
      NOW,
    )

    const other = await fetch(`${url}/compliance/cases`, { headers: { ...headers } })

    expect(other.status).toBe(400)
  })

  test("about a case counts for the version that was seen, and is kept with its signature", async () => {
    const sender = somebody()
    await office.list(OWN_LISTS.hold, sender)
    const { id } = await arrived(office.sql, { sender })
    await workOf(office)
    const path = `/compliance/cases/${encodeURIComponent(id)}`
    const body = { version: 1, resolution: "release", authority: "known to us" }

    const first = await asked(`${path}/proposals`, "ada", "ada", NOW, body)
    const late = await asked(`${path}/proposals`, "ben", "ben", NOW, body)

    expect(await first.json()).toMatchObject({ state: "open", version: 2, proposals: 1 })
    expect(late.status).toBe(409)
    const rows = await office.sql<{ signed: { name: string; signature: string } | null }[]>`
      select signed from case_events where transfer = ${id} order by version`
    expect(rows.map(({ signed }) => signed?.name ?? null)).toEqual([null, "ada"])
    await expect(
      tellCase(office.sql, id, { kind: "Lapsed", atMs: NOW }, { version: 1 }),
    ).rejects.toThrow("stale-version")
  })
})

// The words of two attestors, each with sessions, lists and a key of its own, weighed as a signer weighs them.
test("two attestors vouch for who has signed in with them, and one that knows better objects", async () => {
  const asker = generateKeyPairSync("ed25519")
  const askerKey = String(asker.publicKey.export({ format: "jwk" }).x)
  const identity = newIdentity("Signer One", { now: new Date(NOW) })
  const keys: Record<string, string> = {}
  const offices = await Promise.all(
    ["anna", "arno"].map(async (name) => {
      const pair = generateKeyPairSync("ed25519")
      keys[name] = String(pair.publicKey.export({ format: "jwk" }).x)
      const askers = { coordinator: askerKey, "Signer One": askerKeyOf(identity) }
      const attestor = { name, key: "attestor.json", askers }
      const prepare = async (folder: string) => {
        await places(folder)
        const jwk = pair.privateKey.export({ format: "jwk" })
        await writeFile(join(folder, "attestor.json"), JSON.stringify(jwk))
      }
      const { officers } = office
      return anOffice({ screening: { ...screening, attestor }, prepare, officers })
    }),
  )
  const attestors = { needed: 2, keys }
  const names = ["us-default", "own-lists", "strict"] as const
  const own = await anOffice({ officers: office.officers })
  for (const one of [own, ...offices]) await one.decree({ attestors }, ...names)
  const urls = await Promise.all(offices.map(served))
  const wallet = Wallet.createRandom()
  const transfer = await arrived(own.sql, { recipient: wallet.address })
  const payout = payoutOf({ ...transfer, block: aBlock() })
  const words = async () => {
    const sign = signWith(asker.privateKey)
    const coordinator = { name: "coordinator", sign, bridge: bridgeName(own.bridge.deployment) }
    const vouching = { desk: own.desk, attestors: urls, asker: coordinator }
    return vouchersFor(vouching, [payout], [transfer])
  }
  const weighed = async () => {
    const { policy, listsHash } = own.desk.shelf.at(NOW)!
    const deed = deedOf(payout, transfer, policy)
    return weigh(await words(), deed, new Set([listsHash]), attestors, NOW, seals.verify)
  }

  expect((await weighed()).vetoes).toEqual(["anna", "arno"])
  for (const at of urls) await signedIn(own, at, wallet)
  expect(await weighed()).toMatchObject({ action: "allow", vouched: ["anna", "arno"] })

  await signedIn(own, urls[1]!, wallet, IRANIAN, { untilMs: NOW + 172_800_000 })
  expect(await weighed()).toMatchObject({ action: "hold", vetoes: ["arno"] })
  expect((await words()).map((one) => attestationIn(JSON.parse(JSON.stringify(one))))).toHaveLength(
    2,
  )
  // A signer hears the same from each of them by itself.
  const { policy } = own.desk.shelf.at(NOW)!
  const settings = { attestors: { anna: urls[0]!, arno: `${urls[1]}/nowhere` } }
  const member = { index: 1, name: "Signer One", certificate: identity.certificate }
  const config = {
    ...{ identity, member, settings },
    bridge: own.bridge,
  } as unknown as SignerConfig
  const asking = attestorsOf(config, () => NOW)
  const deeds = [deedOf(payout, transfer, policy)]
  expect(await asking.ask("anna", deeds)).toMatchObject([
    { attestor: "anna", attestation: { deposit: payout.transfer, decision: "allow" } },
  ])
  expect(await asking.ask("arno", deeds)).toEqual([])
  expect(await asking.ask("nobody", deeds)).toEqual([])

  const stranger = await post(`${urls[0]}/attestations`, { deeds: [] })
  expect(stranger.status).toBe(400)
})

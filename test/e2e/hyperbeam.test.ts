// The AR loop on HyperBEAM, by real signers and services, while the nodes forget, break off and repeat themselves.

import { beforeAll, expect, test } from "vitest"
import { AR, DEEP, type Scene, startScene } from "./scene.ts"

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

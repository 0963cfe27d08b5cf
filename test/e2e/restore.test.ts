// The books are lost and come back from a backup of before: what was paid meanwhile is not paid again.

import { rmSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, expect, test, vi } from "vitest"
import type { Wallet } from "../../sdk/wallet.ts"
import { bringBack, putAside } from "../../services/cli/books.ts"
import type { Terminal } from "../../services/cli/commands.ts"
import { run as drill } from "../../services/cli/drill.ts"
import { openDatabase } from "../../services/store/database.ts"
import { recoveries } from "../../services/store/recoveries.ts"
import { testDatabase } from "../database.ts"
import { AR, DEEP, PATIENT, type Scene, startScene } from "./scene.ts"

let scene: Scene
let alice: Wallet
let file: string
beforeAll(async () => {
  scene = await startScene()
  file = join(scene.folder, "yesterday.backup")
  alice = await scene.wallet("alice")
  await scene.network.faucet(alice.address, 100n * AR)
  return async () => {
    rmSync(file, { force: true })
    await scene.close()
  }
})

/** What a command told, as JSON. */
function listening(): { readonly terminal: Terminal; told(): Record<string, unknown> } {
  const lines: string[] = []
  return {
    terminal: { out: (text) => lines.push(text), note: () => {}, isTty: false },
    told: () => JSON.parse(lines.join("\n")) as Record<string, unknown>,
  }
}

test("books of before the day catch up by themselves, and everything is paid once", async () => {
  const { network } = scene
  const folder = network.servicesFolder
  const old = await alice.deposit(10n * AR)
  await network.mine(DEEP)
  await scene.reaches(old.transfer, "paid")
  const asked = await alice.burn(AR, alice.address)
  await scene.released(asked.transfer)
  await putAside(["--folder", folder, "--out", file], listening().terminal)
  // Minted, released, and signed but not mined: none of the three is in the backup.
  const minted = await alice.deposit(5n * AR)
  await network.mine(DEEP)
  await scene.reaches(minted.transfer, "paid")
  const released = await alice.burn(2n * AR, alice.address)
  await scene.released(released.transfer)
  const open = await alice.burn(3n * AR, alice.address)
  const { transaction } = await scene.reaches(open.transfer, "sent")
  await scene.isKnown(transaction!)
  await network.killServices()

  const { url } = await testDatabase()
  vi.stubEnv("DATABASE_URL", url)
  await bringBack(["--from", file, "--folder", folder], listening().terminal)
  await network.startServices()

  const deposits = [old.transfer, minted.transfer]
  const burns = [asked.transfer, released.transfer, open.transfer]
  const books = openDatabase(url, { connections: 1 })
  await vi.waitFor(async () => {
    await network.mine(1)
    expect((await recoveries(books)).filter(({ isOver }) => !isOver)).toEqual([])
  }, PATIENT)
  await books.end()
  await scene.allPaid([...deposits, ...burns])
  const [mints, releases] = await Promise.all([scene.ledgers.mints(), scene.ledgers.releases()])
  expect(deposits.map((id) => mints.get(id)?.length)).toEqual([1, 1])
  expect(burns.map((id) => releases.get(id)?.length)).toEqual([1, 1, 1])
  await scene.booksBalance()
  expect((await scene.api.health()).ok).toBe(true)
})

test("the drill brings a backup back beside the running bridge, and finds every balance", async () => {
  const { network } = scene
  const deposit = await alice.deposit(AR)
  await network.mine(DEEP)
  await scene.reaches(deposit.transfer, "paid")
  const heard = listening()

  const code = await drill(["--folder", network.servicesFolder, "--json"], heard.terminal)

  expect(heard.told()).toMatchObject({ ok: true, differences: [] })
  expect(code).toBe(0)
})

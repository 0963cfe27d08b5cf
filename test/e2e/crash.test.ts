// Services that are killed, doubled, or stopped with everything else: each transfer is paid exactly once.

import { readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { pathToFileURL } from "node:url"
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest"
import { startChild } from "../../devnet/child.ts"
import { bundle } from "../../mpc/bundle.ts"
import type { Wallet } from "../../sdk/wallet.ts"
import { ROLES } from "../../services/main.ts"
import { openDatabase } from "../../services/store/database.ts"
import { Random } from "../simulation/random.ts"
import { type Deaths, live } from "./mortal.ts"
import { AR, DEEP, PAID, PATIENT, type Scene, startScene } from "./scene.ts"
import { noTightDisk, tightDisk } from "./tight.ts"

const WORK = ROLES.filter((role) => role !== "api").join(",")
const SEED = Number(process.env.SEED ?? 7)

let scene: Scene
let alice: Wallet
beforeAll(async () => {
  scene = await startScene()
  alice = await scene.wallet("alice")
  await scene.network.faucet(alice.address, 1_000n * AR)
  return () => scene.close()
})

async function paidOnce(deposits: readonly string[], burns: readonly string[]): Promise<void> {
  const [mints, releases] = await Promise.all([scene.ledgers.mints(), scene.ledgers.releases()])
  expect(deposits.filter((id) => mints.get(id)?.length !== 1)).toEqual([])
  expect(burns.filter((id) => releases.get(id)?.length !== 1)).toEqual([])
  await scene.booksBalance()
}

/** Her deposit, when she can burn what came of it. */
async function aliceHas(amount: bigint): Promise<string> {
  const { transfer } = await alice.deposit(amount)
  await scene.network.mine(DEEP)
  await scene.reaches(transfer, "paid")
  return transfer
}

// Case 102.
describe("services that die on both sides of every commit", () => {
  test("pay a deposit once, and its burn once", async () => {
    const { network } = scene
    await network.killServices()
    const sql = openDatabase(network.databaseUrl, { connections: 6 })
    const deaths: Deaths = new Set()
    const lived = async (transfer: string) => {
      for (let lives = 0; lives < 400; lives++) {
        if (!(await live(network.servicesFolder, sql, transfer, deaths))) continue
        if ((await stateOf(transfer)) === "paid") return
        await tick()
        await network.mine(PAID)
      }
      throw new Error(`never paid: ${transfer}`)
    }
    const stateOf = async (transfer: string) => {
      const [row] = await sql<{ state: string }[]>`
        select state from transfers join sightings using (number) where id = ${transfer}`
      return row?.state
    }
    /** Slots come with messages; anybody's will do. */
    const tick = () =>
      alice.wrappedBalance().then(() => alice.send(1n, alice.address).catch(() => {}))

    const deposit = await alice.deposit(3n * AR)
    await network.mine(DEEP)
    await lived(deposit.transfer)
    const burn = await alice.burn(2n * AR, alice.address)
    await lived(burn.transfer)
    await sql.end()
    await network.startServices()

    await paidOnce([deposit.transfer], [burn.transfer])
    for (const part of ["watch arweave", "watch ao", "dispatch", "screen arweave", "screen ao"])
      expect([...deaths].filter((one) => one.startsWith(part)).length, part).toBeGreaterThan(1)
    for (const chain of ["ao", "arweave"])
      for (const [kind, state] of Object.entries({
        plan: "ready",
        sign: "signing",
        broadcast: "sent",
      }))
        for (const side of ["before", "after"])
          expect(deaths).toContain(`${kind} ${chain} 1 | ${state} | ${side}`)
  })
})

describe("services as they are started", () => {
  // Cases 32 and 102.
  test(`and killed again and again (seed ${SEED}) pay everything exactly once`, async () => {
    const { network } = scene
    const random = new Random(SEED)
    const deposits: string[] = []
    const burns: string[] = []
    // On a slow machine little is minted between two deaths: then there are more of them.
    for (let round = 0; round < 6 || burns.length < 2; round++) {
      for (let n = 0; n < 3; n++) deposits.push((await scene.deposit(AR)).id)
      deposits.push((await alice.deposit(3n * AR)).transfer)
      await network.mine(random.between(3, 12))
      // Another moment of the work each time, and a later one when nothing was reached so far.
      await delay(random.between(0, 900) + 150 * round)
      await network.killServices()
      if ((await alice.wrappedBalance()) >= 2n * AR)
        burns.push((await alice.burn(AR, alice.address)).transfer)
      await network.startServices()
    }

    await scene.allPaid([...deposits, ...burns])

    await paidOnce(deposits, burns)
  })

  // Case 103.
  test("twice at once pay everything exactly once", async () => {
    const { network, folder } = scene
    const second = await startChild({
      name: "second services",
      script: new URL("../../services/process.ts", import.meta.url),
      // One machine has one API at an address; everything else may run any number of times.
      args: ["--folder", network.servicesFolder, "--only", WORK],
      logFile: join(folder, "logs", "second.log"),
    })
    const deposits: string[] = []
    const burns: string[] = []
    for (let n = 0; n < 12; n++) {
      deposits.push((await scene.deposit(AR)).id)
      await network.mine(2)
      if (n % 4 === 0) burns.push((await alice.burn(AR, alice.address)).transfer)
    }

    await scene.allPaid([...deposits, ...burns])

    await paidOnce(deposits, burns)
    await second.stop()
  })
})

// Cases 32 and 144.
test("services that were off for a day catch up by themselves, and pay once what came meanwhile", async () => {
  const { network } = scene
  const before = await alice.deposit(3n * AR)
  await network.mine(DEEP)
  await scene.reaches(before.transfer, "paid")
  await network.killServices()
  const burn = await alice.burn(2n * AR, alice.address)
  const deposits: string[] = []
  // A block in two minutes: a day has 720 of them.
  for (let hour = 0; hour < 24; hour++) {
    if (hour % 6 === 0) deposits.push((await scene.deposit(AR)).id)
    await network.mine(30)
  }

  await network.startServices()

  await scene.allPaid([...deposits, burn.transfer])
  await paidOnce([before.transfer, ...deposits], [burn.transfer])
})

// Case 144. The clock of the services alone: the database and the signers have their own.
test("services whose clock jumps a day ahead, and is then an hour late, live on, give nothing up and pay once", async () => {
  const { network, folder } = scene
  const clock = join(folder, "clock")
  const HOUR_MS = 3_600_000
  const aheadOf = (ms: number) => Math.round((ms - Date.now()) / HOUR_MS) + 0
  await writeFile(clock, "0")
  const deposits = [await aliceHas(9n * AR)]
  const burns: string[] = []
  await network.killServices()
  const program = await bundle(new URL("clock.ts", import.meta.url))
  await network.startServices({
    ...{ flags: [`--import=${pathToFileURL(program)}`], environment: { CLOCK: clock } },
  })
  const pid = network.pids.services!
  const log = join(folder, "logs", "services.log")
  const { size } = await stat(log)

  for (const aheadMs of [24 * HOUR_MS, -HOUR_MS]) {
    // In the middle of their work.
    deposits.push((await scene.finalDeposit(AR)).id)
    burns.push((await alice.burn(AR, alice.address)).transfer)
    await writeFile(clock, `${aheadMs}`)
    await expect
      .poll(() => readFile(`${clock}.now`, "utf8").then((ms) => aheadOf(Number(ms))), PATIENT)
      .toBe(aheadMs / HOUR_MS)
    deposits.push((await scene.finalDeposit(AR)).id)
    await scene.allPaid([...deposits, ...burns])
  }

  await paidOnce(deposits, burns)
  const lines = (await readFile(log, "utf8")).slice(size).split("\n")
  const said = lines.flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []))
  expect(said.filter(({ msg }) => /free again|given up|alarm/.test(msg))).toEqual([])
  for (const id of [...deposits, ...burns])
    expect((await scene.api.transfer(id))?.history?.map(({ event }) => event)).not.toContain("Died")
  expect((await scene.api.health()).pauses).toEqual([])
  expect(network.pids.services).toBe(pid)
  expect(() => process.kill(pid, 0)).not.toThrow()
  await network.killServices()
  await network.startServices()
})

describe("services whose database has no room left", () => {
  const reason = noTightDisk()
  if (reason) {
    test.skip(`skipped: ${reason}`, () => {})
    return
  }

  // Case 144.
  test("say so, pay nothing twice, and go on by themselves when there is room", async () => {
    const { network, folder } = scene
    const deposits = [await aliceHas(9n * AR)]
    const burns: string[] = []
    await network.killServices()
    const disk = await tightDisk(network.databaseUrl)
    // However it ends: the server is everybody's, and must not lose what lies there.
    onTestFinished(async () => {
      await network.killServices()
      await disk.close()
      await network.startServices()
    })
    await network.startServices()
    const pid = network.pids.services!
    const log = join(folder, "logs", "services.log")

    for (let times = 0; times < 2; times++) {
      for (let n = 0; n < 3; n++) deposits.push((await scene.finalDeposit(AR)).id)
      burns.push((await alice.burn(AR, alice.address)).transfer)
      await disk.fill()
      const { size } = await stat(log)
      await vi.waitFor(async () => {
        deposits.push((await scene.finalDeposit(AR)).id)
        const said = (await readFile(log, "utf8")).slice(size)
        expect(said).toContain("53100")
      }, PATIENT)
      await disk.makeRoom()
      await scene.allPaid([...deposits, ...burns])
    }

    await paidOnce(deposits, burns)
    expect(network.pids.services).toBe(pid)
    expect(() => process.kill(pid, 0)).not.toThrow()
    expect((await scene.api.health()).pauses).toEqual([])
  })
})

test("a network that is stopped and started goes on where it was, and leaves no process behind", async () => {
  const { network } = scene
  const { id } = await scene.deposit(AR)
  await network.mine(DEEP / 2)
  await scene.reaches(id, "seen")
  const pids = Object.values(network.pids)
  const { places, apiUrl } = network

  await scene.restart()

  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH")
  expect(scene.network).toMatchObject({ places, apiUrl })
  await scene.network.mine(DEEP / 2)
  await scene.reaches(id, "paid")
  await paidOnce([id], [])
  await vi.waitFor(async () => expect((await scene.api.health()).ok).toBe(true), PATIENT)
})

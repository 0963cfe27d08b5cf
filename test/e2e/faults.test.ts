// One bad signer, endpoint or block stops itself and not the money; what cannot be helped is said.

import { execFileSync } from "node:child_process"
import { readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeAll, describe, expect, test } from "vitest"
import { CHAINS } from "../../core/assets.ts"
import { command } from "../../devnet/command.ts"
import { liftHalt } from "../../mpc/incidents.ts"
import { answers, proofs, prove } from "../../services/cli/signer-proofs.ts"
import { openDatabase } from "../../services/store/database.ts"
import { AR, DEEP, type Deposited, FIVE, PATIENT, type Scene, startScene } from "./scene.ts"

let scene: Scene
beforeAll(async () => {
  scene = await startScene({ group: FIVE })
  const alice = await scene.wallet("alice")
  await scene.network.faucet(alice.address, 20n * AR)
  return () => scene.close()
})

async function paidOnce({ id, sender, amount }: Deposited): Promise<void> {
  await scene.reaches(id, "paid")
  const recipient = sender
  expect((await scene.ledgers.mints()).get(id)).toEqual([{ recipient, amount }])
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const servicesLog = () => readFile(join(scene.folder, "logs", "services.log"), "utf8")

async function faultsOf(signer: number, arweave: object, ao: object): Promise<void> {
  const at = scene.network.providers[signer]!
  await Promise.all([command(at.arweave, "faults", arweave), command(at.ao, "faults", ao)])
}

describe("of five signers", () => {
  const dead = new Set<number>()
  const kill = async (index: number) => {
    dead.add(index)
    await scene.network.killSigner(index)
  }
  const revive = async (index: number) => {
    await scene.network.startSigner(index)
    dead.delete(index)
  }
  /** What its endpoints said stops a signer, until its operator has looked. */
  const liftHalts = async () => {
    for (const chain of CHAINS) await liftHalt(join(scene.folder, "signers", "signer-1"), chain)
  }
  afterEach(async () => {
    await faultsOf(1, {}, {})
    await liftHalts()
    for (const index of dead) await revive(index)
  })

  test.each<[string, (deposit: string) => readonly [arweave: object, ao: object]]>([
    ["lies", (deposit) => [{ lie: { [deposit]: { quantity: "9" } } }, { lie: true }]],
    ["lags", () => [{ lagBlocks: 12 }, { lagSlots: 4 }]],
    ["fails", () => [{ fail: { status: 503 } }, { fail: { status: 503 } }]],
    ["hangs", () => [{ hang: true }, { hang: true }]],
  ])("one whose own endpoint %s is done without, both ways", async (_, faultsFor) => {
    const alice = await scene.wallet("alice")
    const before = await alice.wrappedBalance()
    const deposit = await alice.deposit(2n * AR)
    await faultsOf(1, ...faultsFor(deposit.transaction))
    // With one more dead, all three others are needed.
    await kill(2)

    await scene.network.mine(DEEP)
    await scene.reaches(deposit.transfer, "paid")
    expect(await alice.wrappedBalance()).toBe(before + 2n * AR)

    const burn = await alice.burn(AR, alice.address)
    await scene.released(burn.transfer)
    const paid = { recipient: alice.address, amount: AR - burn.fee }
    expect((await scene.ledgers.releases()).get(burn.transfer)).toEqual([paid])
  })

  // The key of such a deposit is found from the signature, so changed fields are simply another key's.
  test("one that is lied to about a secp256k1 deposit is done without, and right when its operator has looked", async () => {
    const deposit = await scene.deposit(AR)
    await faultsOf(1, { lie: { [deposit.transaction]: { quantity: `${100n * AR}` } } }, {})
    await kill(2)
    await scene.network.mine(DEEP)
    await paidOnce(deposit)

    await faultsOf(1, {}, {})
    await liftHalts()
    await kill(1)
    await revive(1)
    await kill(3)
    await revive(2)
    await kill(4)

    await paidOnce(await scene.finalDeposit(AR))
  })

  // Case 144. A limit on the size of its files stands for a disk that has no room: writes fail in the middle.
  test("one whose disk is full signs nothing more, and signs again when there is room and it is started anew", async () => {
    await paidOnce(await scene.finalDeposit(AR))
    const journal = join(scene.folder, "signers", "signer-1", "journal", "journal.log")
    const { size } = await stat(journal)
    const pid = scene.network.pids["signer-1"]!
    execFileSync("prlimit", ["--pid", `${pid}`, `--fsize=${size + 40}:`])
    dead.add(1)
    // With two more dead nobody can do without it.
    await Promise.all([2, 4].map(kill))
    const waits = await scene.finalDeposit(AR)
    await expect.poll(() => isAlive(pid), PATIENT).toBe(false)
    expect((await stat(journal)).size).toBeLessThanOrEqual(size + 40)
    expect((await scene.ledgers.mints()).has(waits.id)).toBe(false)

    await kill(1)
    await revive(1)

    await paidOnce(waits)
  })

  // Case 115.
  test("three are enough; with two it waits and says for what; the third brings it on", async () => {
    await Promise.all([2, 4].map(kill))
    await paidOnce(await scene.finalDeposit(AR))

    await kill(5)
    const waits = await scene.finalDeposit(AR)
    await expect
      .poll(async () => (await scene.api.transfer(waits.id))?.waiting?.failure, PATIENT)
      .toBe("quorum-missing")
    expect(await scene.api.transfer(waits.id)).toMatchObject({
      state: "signing",
      waiting: { for: "the signers" },
    })
    expect((await scene.ledgers.mints()).has(waits.id)).toBe(false)

    await revive(5)
    await paidOnce(waits)
  })
})

// R-13 and R-17. By the commands, at the members' own endpoints.
test("every member proves that its key answers, and copies away what it was told", async () => {
  const said: string[] = []
  const terminal = { out: (text: string) => said.push(text), note: () => {}, isTty: false }
  const folders = [1, 2, 3, 4, 5].map((n) => join(scene.folder, "signers", `signer-${n}`))
  const files = folders.map((folder) => join(folder, "proof.json"))
  const month = new Date().toISOString().slice(0, 7)
  for (const [at, folder] of folders.entries())
    expect(await prove(["--folder", folder, "--out", files[at]!], terminal)).toBe(0)
  const asked = ["--folder", folders[0]!, "--month", month]

  expect(await proofs([...asked, ...files], terminal)).toBe(0)
  expect(await proofs([...asked, ...files.slice(1)], terminal)).toBe(1)
  expect(said.at(-1)).toMatch(/missing {2}1 .*: no proof$/)

  const to = join(scene.folder, "copied")
  const copy = ["copy", "--folder", folders[0]!, "--to", to, "--json"]
  expect(await answers(copy, terminal)).toBe(0)
  expect(JSON.parse(said.at(-1)!).lines).toBeGreaterThan(0)
})

test("the bridge's own endpoint may fail for a while: what was deposited is paid after", async () => {
  await scene.arweave("faults", { fail: { status: 503, path: "/block" } })
  const deposit = await scene.finalDeposit(AR)
  await expect.poll(servicesLog, PATIENT).toContain("the chain could not be read")
  expect(await scene.api.transfer(deposit.id)).toBeNull()

  await scene.arweave("faults", {})

  await paidOnce(deposit)
})

// Case 144. The books' connections and the queue's alike, in the middle of whatever they do.
test("services whose connections to the database are cut again and again live on, and pay once", async () => {
  const { databaseUrl, pids } = scene.network
  const pid = pids.services!
  const killer = openDatabase(databaseUrl, { connections: 1 })
  let cuts = 0
  const cut = async () => {
    const rows = await killer`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`
    cuts += rows.length
  }
  for (let n = 0; n < 4; n++) {
    const deposit = await scene.finalDeposit(AR)
    let left = 5
    await expect
      .poll(
        async () => {
          if (left-- > 0) await cut()
          return (await scene.api.transfer(deposit.id).catch(() => null))?.state
        },
        { ...PATIENT, interval: 100 },
      )
      .toBe("paid")
    await paidOnce(deposit)
  }
  await killer.end()

  expect(cuts).toBeGreaterThan(20)
  expect(scene.network.pids.services).toBe(pid)
  expect(isAlive(pid)).toBe(true)
})

describe("a deposit that leaves its block", () => {
  // Case 26.
  test("before it is final is dropped with nothing signed, and paid when it is mined again", async () => {
    const deposit = await scene.deposit(AR)
    const { id, transaction } = deposit
    await scene.network.mine(4)
    await scene.reaches(id, "seen")

    await scene.arweave("fork", { depth: 4, pending: [transaction] })
    await scene.reaches(id, "dropped")
    await scene.arweave("mine", { n: 2 * DEEP, omit: [transaction] })
    const marker = await scene.finalDepositWithout(transaction)
    await scene.reaches(marker.id, "paid")
    const dropped = await scene.api.transfer(id)
    expect(dropped).toMatchObject({ state: "dropped", transaction: null })
    expect(dropped?.history?.map(({ event }) => event)).not.toContain("Planned")

    await scene.network.mine(DEEP)
    await paidOnce(deposit)
  })

  // Case 82.
  test("for good is never credited", async () => {
    const { id, transaction, sender } = await scene.deposit(AR)
    await scene.network.mine(DEEP - 1)
    await scene.reaches(id, "seen")

    await scene.arweave("fork", { depth: DEEP - 1, drop: [transaction] })
    await scene.reaches(id, "dropped")

    const marker = await scene.finalDeposit(AR)
    await paidOnce(marker)
    expect(await scene.ledgers.wrapped(sender)).toBe(0n)
    expect((await scene.api.transfer(id))?.state).toBe("dropped")
  })

  // Case 27.
  test("after its mint pauses the chain and raises an alarm; nothing more is minted", async () => {
    const lost = await scene.finalDeposit(AR)
    await paidOnce(lost)

    await scene.arweave("fork", { depth: DEEP + 2, drop: [lost.transaction] })

    await expect.poll(async () => (await scene.api.health()).ok, PATIENT).toBe(false)
    expect(await scene.api.health()).toMatchObject({
      pauses: [
        { chain: "arweave", direction: "in", reason: "source-vanished" },
        { chain: "arweave", direction: "out", reason: "source-vanished" },
      ],
    })
    expect((await scene.api.transfer(lost.id))?.state).toBe("paid")
    await expect
      .poll(servicesLog, PATIENT)
      .toMatch(new RegExp(`"transfer":"${lost.id}","reason":"source-vanished","msg":"alarm"`))

    const next = await scene.finalDeposit(AR)
    const waiting = await scene.reaches(next.id, "confirmed")
    expect(waiting.waiting).toMatchObject({
      for: "the end of a pause",
      rule: "source-vanished",
    })
    expect((await scene.ledgers.mints()).has(next.id)).toBe(false)
    const { AR: books } = await scene.api.ledger()
    const vault = await scene.network.arweaveBalance(scene.network.places.vault)
    // The books show what is missing: they still count the deposit that is gone.
    expect(BigInt(books!.custody) - vault).toBe(AR)
    expect(books!.unbacked).toBe(`${AR}`)
  })
})

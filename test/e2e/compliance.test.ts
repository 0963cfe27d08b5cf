// Who may be paid, on the whole local network: each decision from the deposit to where the money ends, and a signer that disagrees.

import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeAll, describe, expect, test, vi } from "vitest"
import { ListShelf } from "../../chains/list-shelf.ts"
import { keyOf } from "../../chains/party.ts"
import { type ListEntry, listOf } from "../../core/compliance/lists.ts"
import { OFAC_LIST, OWN_LISTS } from "../../core/compliance/presets.ts"
import { secp256k1Wallet } from "../../devnet/arweave/wallet.ts"
import * as auditCommand from "../../services/cli/audit.ts"
import * as caseCommand from "../../services/cli/case.ts"
import type { Terminal } from "../../services/cli/commands.ts"
import { askSigned, officerKey } from "../../services/cli/officer-key.ts"
import * as policyCommand from "../../services/cli/policy.ts"
import type { CaseReport } from "../../services/compliance/case-report.ts"
import { AR, DEEP, type Deposited, FIVE, PATIENT, type Scene, startScene } from "./scene.ts"

const REFUND_FEE = AR / 100n

let scene: Scene
beforeAll(async () => {
  scene = await startScene({ group: FIVE })
  return () => scene.close()
})

const services = () => scene.network.servicesFolder
const signer = (index: number) => join(scene.folder, "signers", `signer-${index}`)
const everybody = () => [services(), ...[1, 2, 3, 4, 5].map(signer)]

/** Changes a list of these operators. */
async function change(
  list: string,
  to: (entries: readonly ListEntry[]) => readonly ListEntry[],
  folders: readonly string[] = everybody(),
): Promise<void> {
  for (const folder of folders) {
    const shelf = await ListShelf.open(join(folder, "lists"))
    const entries = to(shelf.held.get(list)?.entries ?? [])
    await shelf.put(listOf(list, "2026-11-01", entries), Date.now(), { isShrinkMeant: true })
  }
}

const listed = (list: string, address: string, folders?: readonly string[]) =>
  change(list, (all) => [...all, { key: keyOf(address), labels: [], raw: [address] }], folders)

const delisted = (list: string, address: string, folders?: readonly string[]) =>
  change(list, (all) => all.filter(({ key }) => key !== keyOf(address)), folders)

const officer = (name: "ada" | "ben") => join(scene.folder, "officers", `${name}.json`)

/** What a command writes to standard output. */
async function causeway(
  command: { run(words: readonly string[], terminal: Terminal): Promise<number> },
  ...words: readonly string[]
): Promise<string> {
  const lines: string[] = []
  const terminal = { out: (text: string) => lines.push(text), note: () => {}, isTty: false }
  expect([await command.run(words, terminal as Terminal), lines]).toEqual([0, lines])
  return lines.join("\n")
}

const caseOf = (...words: readonly string[]) =>
  causeway(caseCommand, ...words, "--api", scene.network.apiUrl)

const report = async (id: string) =>
  JSON.parse(await caseOf("show", id, "--key", officer("ada"), "--json")) as CaseReport

/** Waits until the case is in that state, and returns it then. */
const caseReaches = (id: string, state: string) =>
  vi.waitFor(async () => {
    const found = await report(id)
    expect(found.case.state).toBe(state)
    return found
  }, PATIENT)

/** Two officers, one after the other; whoever hears that the case has moved on meanwhile looks at it again. */
async function resolve(id: string, resolution: string, authority: string): Promise<void> {
  for (const name of ["ada", "ben"] as const) {
    const say = () => caseOf(resolution, id, "--authority", authority, "--key", officer(name))
    await say().catch((error: unknown) => {
      if (!String(error).includes("stale-version")) throw error
      return say()
    })
  }
}

/** A deposit that is mined, while its sender comes to be on a list before it counts. */
async function depositOf(list: string, folders?: readonly string[]): Promise<Deposited> {
  const deposit = await scene.deposit(AR)
  await listed(list, deposit.sender, folders)
  await scene.network.mine(DEEP)
  return deposit
}

/** Somebody listed sends a little to somebody who did not ask for it. */
async function dust(victim: string): Promise<void> {
  const { arweaveUrl } = scene.network.places
  const duster = secp256k1Wallet(randomBytes(32))
  await listed(OFAC_LIST, duster.address)
  await scene.network.faucet(duster.address, AR)
  const anchor = await (await fetch(`${arweaveUrl}/tx_anchor`)).text()
  const reward = BigInt(await (await fetch(`${arweaveUrl}/price/0/${victim}`)).text())
  const tx = await duster.sign({ target: victim, quantity: AR / 1_000n, reward, anchor, tags: [] })
  await fetch(`${arweaveUrl}/tx`, { method: "POST", body: JSON.stringify(tx) })
  await scene.network.mine(1)
}

describe("a deposit", () => {
  // Case 133.
  test("of somebody listed is frozen: not minted, not given back, and a case names the list", async () => {
    const { id, sender } = await depositOf(OFAC_LIST)
    const next = await scene.finalDeposit(AR)

    await scene.reaches(next.id, "paid")

    expect(await scene.reaches(id, "held")).toMatchObject({ reason: "screening-block" })
    expect(await scene.ledgers.wrapped(sender)).toBe(0n)
    expect(await scene.network.arweaveBalance(sender)).toBe(0n)
    const found = await caseReaches(id, "frozen")
    expect(found.case.reportDue).not.toBeNull()
    const finding = { rule: "sdn", about: expect.stringContaining(OFAC_LIST) }
    expect(found.findings).toContainEqual(expect.objectContaining(finding))
    const [decision] = found.decisions
    expect(decision?.lists).toHaveProperty([OFAC_LIST], expect.stringMatching(/^[0-9a-f]{64}$/))
    const out = join(scene.folder, "case.pdf")
    await caseOf("pdf", id, "--key", officer("ada"), "--out", out)
    expect((await readFile(out)).subarray(0, 5).toString()).toBe("%PDF-")
  })

  // Case 138.
  test("of somebody who is delisted is paid when two officers let it go, and not before", async () => {
    const { id, sender } = await depositOf(OFAC_LIST)
    await scene.reaches(id, "held")
    await caseReaches(id, "frozen")
    const early = resolve(id, "release", "a friend")
    await expect(early).rejects.toThrow("illegal-move")

    await delisted(OFAC_LIST, sender)
    await caseReaches(id, "open")
    await caseOf("release", id, "--authority", "delisted", "--key", officer("ada"))
    expect((await scene.api.transfer(id))?.state).toBe("held")
    await caseOf("release", id, "--authority", "delisted", "--key", officer("ben"))

    await scene.reaches(id, "paid")
    expect(await scene.ledgers.wrapped(sender)).toBe(AR)
    expect((await report(id)).case.resolved).toMatchObject({
      by: "ada, ben",
      authority: "delisted",
    })
  })

  test("that is to be returned goes back less the fee, by itself", async () => {
    const { id, sender, amount } = await depositOf(OWN_LISTS.reject)

    const { transaction } = await scene.released(id)

    expect(await scene.api.transfer(id)).toMatchObject({ refund: true, transaction })
    expect(await scene.network.arweaveBalance(sender)).toBe(amount - REFUND_FEE)
    expect(await scene.ledgers.wrapped(sender)).toBe(0n)
  })

  test("that one signer alone objects to is held for people, before anybody has signed", async () => {
    const { id, sender } = await depositOf(OFAC_LIST, [signer(4)])

    expect(await scene.reaches(id, "held", "paid")).toMatchObject({
      state: "held",
      reason: "screening-hold",
    })
    expect(await scene.ledgers.wrapped(sender)).toBe(0n)
    await caseReaches(id, "open")
    const objection = { rule: "signer.objects", about: "signer 4 block" }
    expect((await report(id)).findings).toContainEqual(expect.objectContaining(objection))

    await delisted(OFAC_LIST, sender, [signer(4)])
    await resolve(id, "release", "signer 4 had a wrong list")
    await scene.reaches(id, "paid")
    expect(await scene.ledgers.wrapped(sender)).toBe(AR)
  })

  test("that is to be looked at waits, and goes back when two officers say so", async () => {
    const { id, sender, amount } = await depositOf(OWN_LISTS.hold)
    expect(await scene.reaches(id, "held")).toMatchObject({ reason: "screening-hold" })
    await caseReaches(id, "open")

    await resolve(id, "return", "it could not say where it came from")

    expect((await scene.released(id)).refund).toBe(true)
    expect(await scene.network.arweaveBalance(sender)).toBe(amount - REFUND_FEE)
  })

  test("of somebody who never signed in is minted, and its reward is pending", async () => {
    const { id } = await scene.finalDeposit(AR)

    await scene.reaches(id, "paid")

    const { screening } = (await scene.api.transfer(id))!
    expect(screening).toEqual({ reward: "pending", case: null })
  })

  test("is not locked by dust: who was sent something by a listed address is paid", async () => {
    const victim = await scene.wallet("alice")
    await scene.network.faucet(victim.address, 10n * AR)
    await dust(victim.address)

    const { transfer } = await victim.deposit(AR)
    await scene.network.mine(DEEP)

    await scene.reaches(transfer, "paid")
    expect(await victim.wrappedBalance()).toBe(AR)
  })
})

describe("officers", () => {
  test("try a policy on the past, sign it, put it in force, and take it back the same way", async () => {
    const [now, file] = [everybody(), join(scene.folder, "draft.json")]
    const folders = now.flatMap((folder) => ["--folder", folder])
    const presets = "aox-like,known-reward,minimal,own-lists"
    const draft = (names: string) =>
      causeway(policyCommand, "draft", "--presets", names, "--folder", services(), "--out", file)
    const activate = async () => {
      await expect(causeway(policyCommand, "activate", file, ...folders)).rejects.toThrow("signed")
      for (const name of ["ada", "ben"] as const)
        await causeway(policyCommand, "sign", file, "--key", officer(name))
      await causeway(policyCommand, "activate", file, ...folders)
    }
    await draft(`${presets},strict`)

    const diff = await causeway(policyCommand, "diff", file, "--folder", services())
    expect(diff).toContain("rule strict-no-session")
    const tried = await causeway(
      policyCommand,
      ...["dry-run", file, "--key", officer("ada"), "--api", scene.network.apiUrl, "--json"],
    )
    expect(JSON.parse(tried).run.counts["bridge allow hold"]).toBeGreaterThan(0)

    await activate()
    const strange = await scene.finalDeposit(AR)
    await scene.reaches(strange.id, "held")
    await caseReaches(strange.id, "open")
    const found = await report(strange.id)
    expect(Date.parse(found.case.lapses!) - Date.parse(found.case.opened)).toBe(86_400_000)

    await draft(presets)
    await activate()
    const { id } = await scene.finalDeposit(AR)
    await scene.reaches(id, "paid")
    await resolve(strange.id, "release", "the policy of today")
    await scene.reaches(strange.id, "paid")
  })

  test("find a transfer by its address in any spelling, and nobody else may ask", async () => {
    const { id, sender } = await depositOf(OWN_LISTS.hold)
    await caseReaches(id, "open")
    const url = `/compliance/search?address=${sender}`

    const stranger = await fetch(`${scene.network.apiUrl}${url}`)
    const ada = await officerKey(officer("ada"))
    const asked = { method: "GET", url } as const
    const found = await (await askSigned(scene.network.apiUrl, ada, asked)).json()

    expect(stranger.status).toBe(400)
    expect(found).toMatchObject({
      lists: [OWN_LISTS.hold],
      transfers: [{ id, case: "open" }],
    })
  })
})

test("the log of all of it is whole, and a checkpoint that was kept vouches for it", async () => {
  const { key } = (await (await fetch(`${scene.network.apiUrl}/audit`)).json()) as { key: string }
  const kept = join(scene.folder, "checkpoints.jsonl")
  const keep = (own: string) =>
    causeway(auditCommand, "checkpoint", "--api", scene.network.apiUrl, "--key", own, "--out", kept)
  await expect(keep(key.replace(/./, (first) => (first === "A" ? "B" : "A")))).rejects.toThrow(
    "bad-signature",
  )
  await keep(key)
  await scene.network.killServices()

  const words = ["verify", "--folder", services(), "--checkpoints", kept, "--json"]
  const said = JSON.parse(await causeway(auditCommand, ...words))

  expect(said).toMatchObject({ ok: true, faults: [] })
  expect(said.sealed).toBeGreaterThan(10)
  await scene.network.startServices()
})

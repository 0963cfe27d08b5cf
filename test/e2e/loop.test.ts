// The whole loop through every real part: what arrives, what goes back, what waits, and that the books balance.

import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { beforeAll, describe, expect, test, vi } from "vitest"
import { openBridge } from "../../sdk/bridge.ts"
import { burnAr } from "../../sdk/examples/burn.ts"
import { depositAr } from "../../sdk/examples/deposit-ar.ts"
import { TokenRefusal } from "../../sdk/wallet.ts"
import { run as operate } from "../../services/cli/operator.ts"
import { run as signer } from "../../services/cli/signer.ts"
import { run as tokens } from "../../services/cli/token.ts"
import { anId } from "../builders.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { foldersOf, told } from "./operators.ts"
import { AR, DEEP, FIVE, PATIENT, type Scene, startScene } from "./scene.ts"
import { windowWallet } from "./window-wallets.ts"

/** The terms of the local network (`devnet/terms.ts`), written out: a test that read them could not be wrong. */
const BURN_FEE = (3n * AR) / 10n
const REFUND_FEE = AR / 100n

let scene: Scene
beforeAll(async () => {
  scene = await startScene({ group: FIVE })
  return () => scene.close()
})

test("a deposit is minted, moves on AO, is burned and comes back, to the last winston", async () => {
  const alice = await scene.wallet("alice")
  const bob = await scene.wallet("bob")
  await scene.network.faucet(alice.address, 10n * AR)

  const deposit = await alice.deposit(3n * AR)
  await scene.network.mine(DEEP)
  const minted = await scene.reaches(deposit.transfer, "paid")
  expect(minted).toMatchObject({ arrives: `${3n * AR}`, recipient: alice.address, refund: false })
  expect(await alice.wrappedBalance()).toBe(3n * AR)

  await alice.send(AR, bob.address)
  expect(await bob.wrappedBalance()).toBe(AR)

  const before = await alice.balance()
  const burn = await alice.burn(2n * AR, alice.address)
  const released = await scene.released(burn.transfer)
  expect(burn.fee).toBe(BURN_FEE)
  expect(released).toMatchObject({ arrives: `${2n * AR - BURN_FEE}`, source: "ao" })
  expect((await alice.balance()) - before).toBe(2n * AR - BURN_FEE)
  expect(await alice.wrappedBalance()).toBe(0n)
  const mints = await scene.ledgers.mints()
  const releases = await scene.ledgers.releases()
  expect(mints.get(deposit.transfer)).toHaveLength(1)
  expect(releases.get(burn.transfer)).toHaveLength(1)
  await scene.booksBalance()
})

test("the client's examples do the same with a wallet of a window, and with a key", async () => {
  const key = TEST_WALLETS.carol
  const carol = await scene.wallet("carol")
  await scene.network.faucet(carol.address, 10n * AR)
  // Terms are of a block that was read.
  await vi.waitFor(async () => {
    expect((await scene.api.health()).heights).toMatchObject({ arweave: expect.any(Number) })
  }, PATIENT)
  const said: string[] = []
  const say = (text: string) => {
    said.push(text)
    if (text.startsWith("sent ")) void scene.network.mine(DEEP)
  }

  const paidBy = await depositAr(scene.network.apiUrl, windowWallet(key), carol.address, say)
  expect(said[0]).toBe(`${2n * AR} winston will arrive, after 10 confirmations`)
  expect(said.at(-1)).toMatch(/^paid /)
  expect(paidBy).not.toBe("")
  expect(await carol.wrappedBalance()).toBe(2n * AR)

  const bridge = openBridge(scene.network.apiUrl)
  const wish = { asset: "AR", amount: AR, recipient: carol.address, wallet: { key } } as const
  await expect(bridge.burn({ ...wish, feeMax: BURN_FEE - 1n })).rejects.toMatchObject({
    code: "fee-too-high",
  })
  expect(await carol.wrappedBalance()).toBe(2n * AR)

  const burning = burnAr(scene.network.apiUrl, { key }, carol.address, 2n * AR)
  const id = await vi.waitFor(async () => {
    const { transfers } = await scene.api.transfers({ address: carol.address, count: 1 })
    expect(transfers[0]?.source).toBe("ao")
    return transfers[0]!.id
  }, PATIENT)
  await scene.released(id)
  expect(await burning).toBe(2n * AR - BURN_FEE)
  expect(await carol.wrappedBalance()).toBe(0n)
})

describe("a deposit", () => {
  // Case 13.
  test("without a recipient goes to its sender", async () => {
    const { id, sender } = await scene.finalDeposit(AR)

    await scene.reaches(id, "paid")

    expect(await scene.ledgers.wrapped(sender)).toBe(AR)
  })

  test.each(["Recipient", "Forward-Wallet"])(
    "to another goes where its tag %s says",
    async (name) => {
      const account = anId(`named by ${name}`)
      const { id, sender } = await scene.finalDeposit(AR, [[name, account]])

      await scene.reaches(id, "paid")

      expect(await scene.ledgers.wrapped(account)).toBe(AR)
      expect(await scene.ledgers.wrapped(sender)).toBe(0n)
    },
  )

  test("brings its X- tags along in the Credit-Notice", async () => {
    const account = anId("a pool")
    const { id } = await scene.finalDeposit(AR, [
      ["Recipient", account],
      ["X-Action", "Swap"],
      ["X-Pool", "wAR/qAR"],
      ["Not-Forwarded", "this"],
    ])

    const { transaction } = await scene.reaches(id, "paid")

    const { ao, token } = scene.network.places
    const response = await fetch(`${ao.cuUrl}/result/${transaction}?process-id=${token}`)
    const { Messages } = (await response.json()) as { Messages: Sent[] }
    const notice = Messages.find(({ Target }) => Target === account)
    const tags = Object.fromEntries(notice?.Tags.map(({ name, value }) => [name, value]) ?? [])
    expect(tags).toMatchObject({
      ...{ Action: "Credit-Notice", Quantity: `${AR}`, "Deposit-Id": id },
      ...{ "X-Action": "Swap", "X-Pool": "wAR/qAR" },
    })
    expect(tags).not.toHaveProperty("Not-Forwarded")
  })

  // Cases 1, 15 and 16.
  test("that cannot be carried goes back less the fee, says why, and holds up nobody", async () => {
    const bad = {
      "below-minimum": await scene.deposit(AR / 20n),
      "ambiguous-recipient": await scene.deposit(AR, [
        ["Recipient", anId("one")],
        ["Recipient", anId("another")],
      ]),
      "bad-recipient": await scene.deposit(AR, [["Recipient", "nobody at all"]]),
    }
    const good = await scene.finalDeposit(AR)

    await scene.reaches(good.id, "paid")
    for (const [reason, { id, sender, amount }] of Object.entries(bad)) {
      const sent = await scene.reaches(id, "sent")
      expect(sent).toMatchObject({ refund: true, reason, arrives: `${amount - REFUND_FEE}` })
      await scene.isKnown(sent.transaction!)
      expect(await scene.network.arweaveBalance(sender)).toBe(0n)
    }
    await scene.network.mine(19)
    for (const [reason, { id, sender, amount, transaction }] of Object.entries(bad)) {
      expect(await scene.reaches(id, "paid")).toMatchObject({ refund: true, reason })
      expect(await scene.network.arweaveBalance(sender)).toBe(amount - REFUND_FEE)
      const aox = await json(`${scene.network.apiUrl}/tx/${transaction}`)
      expect(aox).toMatchObject({ status: "failed", errMsg: "refunded" })
    }
    const mints = await scene.ledgers.mints()
    for (const { id } of Object.values(bad)) expect(mints.has(id)).toBe(false)
    await scene.booksBalance()
  })

  // Case 5.
  test("of less than its refund would cost is kept on record as owed", async () => {
    const { id } = await scene.finalDeposit(AR / 1_000n)

    const held = await scene.reaches(id, "held")

    expect(held).toMatchObject({
      reason: "not-enough-to-pay-fees",
      waiting: { rule: "not-enough-to-pay-fees", for: "a decision by two operators" },
    })
    const { AR: books } = await scene.api.ledger()
    expect(BigInt(books!.pending)).toBeGreaterThanOrEqual(AR / 1_000n)
  })

  test("over the cap is held, and paid when two operators have ordered it", async () => {
    const amount = 2_000n * AR + 1n
    const { id, sender } = await scene.finalDeposit(amount)
    const next = await scene.finalDeposit(AR)
    await scene.reaches(next.id, "paid")
    expect(await scene.api.transfer(id)).toMatchObject({ state: "held", reason: "over-cap" })
    expect(await scene.ledgers.wrapped(sender)).toBe(0n)

    await approve(id, "one")
    expect(await scene.api.transfer(id)).toMatchObject({ state: "held", reason: "over-cap" })
    await approve(id, "two")

    await scene.reaches(id, "paid")
    expect(await scene.ledgers.wrapped(sender)).toBe(amount)
    expect(await scene.network.arweaveBalance(sender)).toBe(0n)
  })
})

// Cases 21 and 22.
test.each([
  ["to nobody on Arweave", "0x52908400098527886E0F7030069857D2E4169EE7", "bad-recipient"],
  ["to the vault itself", "", "bad-recipient"],
])("a burn %s is refused before anything is burned", async (_, recipient, code) => {
  const holder = await scene.wallet("bob")
  const before = await holder.wrappedBalance()

  const burn = holder.burn(AR, recipient || scene.network.places.vault)

  const refusal = await burn.catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(TokenRefusal)
  expect(refusal).toMatchObject({ code })
  expect(await holder.wrappedBalance()).toBe(before)
})

describe("a mint", () => {
  // Case 88.
  test("that the messenger swallows is sent again as the same item, and minted once", async () => {
    await scene.ao("suffer", { swallow: 1 })
    const { id } = await scene.finalDeposit(AR)

    const sent = await scene.reaches(id, "sent")
    const paid = await scene.reaches(id, "paid")

    expect(paid.transaction).toBe(sent.transaction)
    expect((await scene.ledgers.mints()).get(id)).toHaveLength(1)
  })

  // Case 90.
  test("whose item gets two slots is credited once", async () => {
    await scene.ao("suffer", { twice: 1 })
    const { id, sender } = await scene.finalDeposit(AR)

    await scene.reaches(id, "paid")
    await scene.ao("idle", {})

    expect(await scene.ledgers.wrapped(sender)).toBe(AR)
    expect((await scene.ledgers.mints()).get(id)).toHaveLength(1)
    await expect.poll(async () => (await scene.api.health()).ok, PATIENT).toBe(true)
  })
})

// Cases 121, 127 and 132: one key stops, and only a threshold of operators has it go on.
test("a token that its guardian paused mints nothing until the group has it go on, and then once", async () => {
  const [wallet, file] = [join(scene.folder, "dave.json"), join(scene.folder, "order.json")]
  await writeFile(wallet, JSON.stringify(TEST_WALLETS.dave), { mode: 0o600 })
  const services = ["--folder", scene.network.servicesFolder]
  const ordered = () => told<{ done: boolean }>(tokens, ["order", file, ...services])
  const approved = (own: string) => told(signer, ["approve", file, "--folder", own])
  const paused = ["pause", "ao", "vault", "drained", "--wallet", wallet, ...services]
  for (const [name, mode, code] of [
    ["bob", 0o600, "bad-request"],
    ["dave", 0o644, "bad-config"],
  ] as const) {
    const other = join(scene.folder, `not-${name}.json`)
    await writeFile(other, JSON.stringify(TEST_WALLETS[name]), { mode })
    const words = paused.map((word) => (word === wallet ? other : word))
    await expect(told(tokens, words)).rejects.toMatchObject({ code })
  }
  expect(await told(tokens, paused)).toMatchObject({ ok: true, paused: "mint,burn" })
  const { id, sender } = await scene.finalDeposit(AR)
  const timeline = `${scene.network.apiUrl}/transfers/${encodeURIComponent(id)}/timeline`
  await expect
    .poll(async () => JSON.stringify(await json(timeline)), PATIENT)
    .toContain("mint-paused")
  const [one, two, three] = foldersOf(scene) as [string, string, string]
  await told(signer, ["order", "ao", "--resume", "--folder", one, "--out", file])
  for (const own of [one, two]) await approved(own)

  await expect(ordered()).rejects.toMatchObject({ code: "signer-refused" })
  expect(await scene.ledgers.wrapped(sender)).toBe(0n)
  await approved(three)
  expect(await ordered()).toMatchObject({ done: true })

  await scene.reaches(id, "paid")
  expect(await scene.ledgers.wrapped(sender)).toBe(AR)
  expect((await scene.ledgers.mints()).get(id)).toHaveLength(1)
  await expect(ordered()).rejects.toMatchObject({ code: "stale-version" })
  await scene.booksBalance()
})

/** As an operator types it. */
async function approve(id: string, operator: string): Promise<void> {
  const key = join(scene.folder, "operators", `${operator}.json`)
  const silent = { out: () => {}, note: () => {} }
  await operate(["approve", id, "--key", key, "--api", scene.network.apiUrl], silent as never)
}

interface Sent {
  readonly Target: string
  readonly Tags: readonly { readonly name: string; readonly value: string }[]
}

async function json(url: string): Promise<unknown> {
  return await (await fetch(url)).json()
}

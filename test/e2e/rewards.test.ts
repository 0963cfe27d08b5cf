// From a deposit to points on AO: sign-in, an epoch closed by the services, a root signed by signers whose own operators
// made it again, credits, and claims by the command and by the page.

import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Wallet } from "ethers"
import type { Browser, BrowserContextOptions } from "playwright-core"
import { beforeAll, describe, expect, test, vi } from "vitest"
import { keyOf } from "../../chains/party.ts"
import { signInOf } from "../../chains/sign-in.ts"
import { type Campaign, epochAt } from "../../core/rewards/campaign.ts"
import { localCampaign } from "../../devnet/campaign.ts"
import { claimFrom, pointsOf } from "../../sdk/claim.ts"
import { rewardsApi } from "../../sdk/rewards.ts"
import { signInWish } from "../../sdk/sign-in.ts"
import { buildPage } from "../../services/cli/build-web.ts"
import { approveClosed, quorumBeside } from "../../services/cli/local-approvals.ts"
import * as rewardsCommand from "../../services/cli/rewards.ts"
import * as signerCommand from "../../services/cli/signer.ts"
import { openDatabase, type Sql } from "../../services/store/database.ts"
import { rewardOrders } from "../../services/store/reward-orders.ts"
import { keepSession } from "../../services/store/sessions.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { listed, OWN_LISTS } from "../services/compliance/office.ts"
import { CHROMIUM, injectWallets, seriousFaults, startBrowser, watchPage } from "./browser.ts"
import { picture } from "./picture.ts"
import { AR, type Deposited, FIVE, PATIENT, type Scene, startScene } from "./scene.ts"

const nowS = () => Math.floor(Date.now() / 1000)

/** Its first epoch ends soon after the network is up; a slow machine is in the second, and waits a minute more. */
const campaign: Campaign = {
  ...localCampaign(nowS() - 60 + 25),
  ...{ epochS: 60, epochs: 30, challengeS: 0 },
}
/** Longer than an epoch. */
const PATIENT_EPOCH = { ...PATIENT, timeout: 90_000 }
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true }
/** What runs over the edge of a page. */
const WIDE = `[...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 100))`
const DESK: BrowserContextOptions = { viewport: { width: 1_000, height: 800 } }

let scene: Scene
let sql: Sql
let browser: Browser | null = null
/** An account that an Ethereum key owns. */
const evm = Wallet.createRandom()
let [small, large, alices]: Deposited[] = []

beforeAll(async () => {
  const starting = CHROMIUM === null ? null : buildPage().then(startBrowser)
  scene = await startScene({ campaign, group: FIVE })
  browser = await starting
  sql = openDatabase(scene.network.databaseUrl, { connections: 1 })
  return async () => {
    await browser?.close()
    await sql.end()
    await scene.close()
  }
})

/** What a command writes to standard output. */
async function causeway(
  command: { run(words: readonly string[], terminal: never): Promise<number> },
  ...words: readonly string[]
): Promise<string> {
  const lines: string[] = []
  const terminal = { out: (text: string) => lines.push(text), note: () => {}, isTty: false }
  expect([await command.run(words, terminal as never), lines]).toEqual([0, lines])
  return lines.join("\n")
}

const rewards = (...words: readonly string[]) =>
  causeway(rewardsCommand, ...words, "--folder", scene.folder, "--json")

/** A session as if the wallet had signed it: nobody here is anywhere by any file of places. */
async function signedIn(account: string): Promise<void> {
  const { deployment } = scene.network
  const text = signInWish({ deployment, account, terms: "1", statements: ["not-us-person"] })
  await keepSession(sql, {
    ...{ party: keyOf(account), signIn: signInOf(text)!, text, networks: [], files: {} },
    ...{ places: [], tag: null, raw: null },
    proof: { kind: "evm", signature: "0x" },
  })
}

/** A browser of its own, with alice's wallet and the Ethereum one. */
async function open(options: BrowserContextOptions, hash: string, base = scene.network.apiUrl) {
  const context = await browser!.newContext({ locale: "en-GB", ...options })
  context.setDefaultTimeout(30_000)
  await injectWallets(context, {
    arweave: TEST_WALLETS.alice,
    evm: { chain: null, wallet: evm },
  })
  const page = await context.newPage()
  const seen = watchPage(page, base)
  await page.goto(`${base}/${hash}`)
  return { page, ...seen }
}

test("what was bridged gives points at once, with a reason each, and waits for a sign-in", async () => {
  const alice = await scene.wallet("alice")
  await scene.network.faucet(alice.address, 20n * AR)
  await scene.network.mine(1)
  const sent = await alice.deposit(3n * AR)
  alices = { ...sent, id: sent.transfer, sender: alice.address, amount: 3n * AR }
  small = await scene.deposit(AR)
  large = await scene.deposit(5n * AR)
  const byEthereum = await scene.deposit(2n * AR, [["Recipient", evm.address]])
  await scene.network.mine(10)
  for (const { id } of [small, large, alices, byEthereum]) await scene.reaches(id, "paid")

  const points = await vi.waitFor(async () => {
    const found = await rewardsApi(scene.network.apiUrl).points(alice.address)
    expect(found.total).toBe(`${40n * AR}`)
    return found
  }, PATIENT)

  expect(points).toMatchObject({ standing: "hold", earned: "0", claim: null })
  expect(points.lines).toEqual([
    { reason: "first-bridge", times: "1", amount: `${10n * AR}` },
    { reason: "bridge", times: "3", amount: `${30n * AR}` },
  ])
  for (const account of [small.sender, large.sender, evm.address]) await signedIn(account)
})

test.skipIf(CHROMIUM === null)(
  "a page says early that an account must sign in, and its wallet does",
  async () => {
    const { page, errors, strangers } = await open(DESK, "#/rewards")

    await page.getByRole("button", { name: "Connect Arweave" }).click()
    await page.getByText("Not known yet").waitFor()
    await page.getByText("Bridge a whole AR").first().waitFor()
    await page.getByLabel("I am not a person").check()
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByText("Signed in until").waitFor()

    expect([...errors, ...strangers]).toEqual([])
    await page.context().close()
  },
)

test("the services close an epoch, signers make it again, and small amounts come by themselves", async () => {
  if (CHROMIUM === null) await signedIn(alices!.sender)
  const api = rewardsApi(scene.network.apiUrl)
  await vi.waitFor(async () => {
    for (const account of [small!.sender, large!.sender, alices!.sender, evm.address])
      expect((await api.points(account)).standing).toBe("allow")
  }, PATIENT)
  const last = epochAt(campaign, nowS())
  await vi.waitFor(async () => {
    expect((await api.epochs()).find(({ epoch }) => epoch === last)?.state).toBe("active")
  }, PATIENT_EPOCH)

  // Each operator makes the epochs again on their own machine; three of five do.
  const file = join(scene.folder, "events.jsonl")
  for (const { epoch, hash } of await api.epochs()) {
    await rewards("export-events", "--epoch", `${epoch}`, "--out", file)
    const folder = join(scene.folder, "signers", "signer-5")
    const words = ["rewards", "approve", file, "--artifact", hash, "--folder", folder, "--json"]
    await causeway(signerCommand, ...words)
  }
  // The others as `npm start` has it done, of which two are enough.
  const folders = quorumBeside(scene.network.servicesFolder).slice(1)
  const { apiUrl } = scene.network
  expect(await approveClosed({ apiUrl, folders })).toBeGreaterThan(1)
  expect(await approveClosed({ apiUrl, folders })).toBe(0)
  // The credit is of the epoch in which the accounts had signed in, which may be one before.
  await vi.waitFor(async () => {
    const orders = (await rewardOrders(sql, "taox")).filter(({ epoch }) => epoch <= last)
    expect(orders.map(({ outcome }) => outcome)).toEqual(orders.map(() => "done"))
    expect(orders.find(({ epoch, number }) => epoch === last && number === 0)).toBeDefined()
    expect(orders.filter(({ number }) => number > 0)).toHaveLength(1)
  }, PATIENT)

  const again = JSON.parse(await rewards("recompute", "--epoch", `${last}`))
  expect(again).toMatchObject({ ok: true, differences: [] })
  // First bridge and one whole AR.
  expect(await onAo().balance(small!.sender)).toBe(20n * AR)
  expect(await onAo().balance(large!.sender)).toBe(0n)
}, 200_000)

const onAo = () => {
  const { places } = scene.network
  const ao = { ...places.ao, gatewayUrl: places.arweaveUrl }
  return pointsOf(TEST_WALLETS.carol, ao, places.campaign!.process)
}

test("the command claims for any account with any wallet, all of it once", async () => {
  const wallet = join(scene.folder, "carol.json")
  await writeFile(wallet, JSON.stringify(TEST_WALLETS.carol))
  const claim = () => rewards("claim", large!.sender, "--wallet", wallet)

  expect(JSON.parse(await claim())).toMatchObject({
    ...{ ok: true, account: large!.sender, quantity: `${60n * AR}` },
  })
  expect(await onAo().balance(large!.sender)).toBe(60n * AR)
  await expect(claim()).rejects.toThrow("all of this")
  const { epoch } = (await rewardsApi(scene.network.apiUrl).points(large!.sender)).claim!
  const artifact = JSON.parse(await rewardsApi(scene.network.apiUrl).artifact(epoch))
  const own = claimFrom(artifact, large!.sender)!
  await expect(onAo().claim({ ...own, amount: `${61n * AR}` })).rejects.toThrow("stand in the tree")

  // Its word about its own accounts is a sign-in, and counts when the other says the same.
  expect(JSON.parse(await rewards("report", large!.sender, "--wallet", wallet)).ok).toBe(true)
  expect(JSON.parse(await rewards("clusters"))).toEqual({ clusters: [] })

  // What moves the money has not noticed.
  await scene.booksBalance()
})

test("who is barred after the close cannot claim with a proof of their own, straight at the token", async () => {
  await listed(scene.network.servicesFolder, OWN_LISTS.block, small!.sender)
  const api = rewardsApi(scene.network.apiUrl)
  await vi.waitFor(async () => {
    expect((await api.points(small!.sender)).held).not.toBeNull()
  }, PATIENT)

  // That of the newest root that the token knows: signers approved none since.
  const paying = (await rewardOrders(sql, "taox")).findLast(({ outcome }) => outcome === "done")!
  const own = claimFrom(JSON.parse(await api.artifact(paying.epoch)), small!.sender)!
  await expect(onAo().claim(own)).rejects.toThrow("claims are held, and not lost")
  expect(await onAo().balance(small!.sender)).toBe(20n * AR)
})

describe.skipIf(CHROMIUM === null)("the page", () => {
  test("claims for a click, shows what was paid, and makes an epoch again by itself", async () => {
    const { page, errors, strangers } = await open(DESK, "#/rewards")

    await page.getByRole("button", { name: "Connect Arweave" }).click()
    await page.getByText("Yes. What this account earns is its own.").waitFor()
    await picture(page, "rewards")
    await page.getByRole("button", { name: "Claim 40" }).click()
    await page.getByText("40 points were paid.").waitFor()
    await page.getByText("All that counts so far has been paid").waitFor()
    await page.getByRole("button", { name: "Recompute here" }).click()
    await page.getByText("the same hash").waitFor()

    expect(await onAo().balance(alices!.sender)).toBe(40n * AR)
    expect(await seriousFaults(page)).toEqual([])
    await page.getByLabel("Look at an account on AO").fill(small!.sender)
    await page.getByText("holds this account’s claims up to epoch").waitFor()
    expect([...errors, ...strangers]).toEqual([])
    await page.context().close()
  })

  test("is the same for an account that an Ethereum key owns, on a phone, at night, in Indonesian", async () => {
    const night = { ...PHONE, colorScheme: "dark", locale: "id-ID" } as const
    const { page, errors } = await open(night, "#/rewards")

    await page.getByRole("button", { name: "Hubungkan Test wallet" }).click()
    await page.getByText("Ya. Yang diperoleh akun ini adalah miliknya.").waitFor()
    await picture(page, "rewards-phone")
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0)
    expect(await seriousFaults(page, ["color-contrast", "target-size"])).toEqual([])
    await page.getByRole("button", { name: "Klaim 30" }).click()
    await page.getByText("30 poin telah dibayar.").waitFor()

    expect(await onAo().balance(evm.address)).toBe(30n * AR)
    expect(errors).toEqual([])
    await page.context().close()
  })

  const consoleOf = async (name: string) => {
    const { page } = await open(DESK, "", scene.network.consoleUrl)
    const file = join(scene.folder, "operators", `${name}.json`)
    await page.getByLabel("Choose your key file").setInputFiles(file)
    return page
  }

  test("shows an account whom it is held to be one person with, and two operators hear its word", async () => {
    const alice = await scene.wallet("alice")
    const { transfer } = await alice.deposit(AR, { recipient: Wallet.createRandom().address })
    await scene.network.mine(10)
    await scene.reaches(transfer, "paid")
    const api = rewardsApi(scene.network.apiUrl)
    // The next look finds it; the page asks twice a minute.
    const found = async () => expect(await api.clusters(alices!.sender)).toHaveLength(1)
    await vi.waitFor(found, PATIENT)
    const { page, errors } = await open(DESK, "#/rewards")

    await page.getByRole("button", { name: "Connect Arweave" }).click()
    await page.getByText("Their deposits were paid by one sender").waitFor()
    await page.getByText("I have other accounts").click()
    expect(await seriousFaults(page)).toEqual([])
    await page.getByRole("button", { name: "Say that this is wrong" }).click()
    await page.getByText("says that this is wrong").waitFor()
    await picture(page, "rewards-accounts")
    const one = await consoleOf("one")
    await one.getByText("1 with an appeal").waitFor()
    await one.getByText("Say what an account was").click()
    await picture(one, "console-clusters")
    expect(await seriousFaults(one)).toEqual([])
    for (const each of [page, one]) {
      await each.setViewportSize({ width: 360, height: 740 })
      expect(await each.evaluate(WIDE)).toEqual([])
    }
    await picture(one, "console-phone")
    await one.getByRole("button", { name: "Order it, with the cluster" }).click()
    await one.getByText("Given by one; 2 are needed.").waitFor()
    const two = await consoleOf("two")
    await two.getByText("1 with an appeal").waitFor()
    await two.getByRole("button", { name: "Order it too" }).click()
    await two.getByText("heard: joined to nobody").waitFor()

    const [told] = await api.clusters(alices!.sender)
    expect(told).toMatchObject({ appeals: [alices!.sender], heard: [alices!.sender] })
    expect(errors).toEqual([])
    for (const each of [page, one, two]) await each.context().close()
  })

  test("has a console where one key freezes a campaign, and two go on", async () => {
    const one = await consoleOf("one")

    await one.getByText("Stop or end it").click()
    await one.locator(".campaign").getByLabel("Reason").fill("odd-weights")
    await one.getByRole("button", { name: "Freeze now" }).click()
    await one.getByText("one: odd-weights").waitFor()
    const { page } = await open(PHONE, "#/rewards")
    await page.getByText("Frozen by an operator").waitFor()
    await one.getByRole("button", { name: "Recompute here" }).first().click()
    await one.getByText("the same hash").waitFor()
    await one.getByText("Campaigns").scrollIntoViewIfNeeded()
    await picture(one, "console-campaigns")
    await one.getByRole("button", { name: "Order that it goes on" }).click()
    await one.getByText("Given by one; 2 are needed.").waitFor()
    const two = await consoleOf("two")
    expect(await seriousFaults(two)).toEqual([])
    await two.getByRole("button", { name: "Order it too" }).click()
    await two.getByText("Running since").waitFor()
    await page.getByText("Frozen by an operator").waitFor({ state: "detached" })
  })
})

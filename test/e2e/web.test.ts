// The page as people meet it: a real browser, wallets in it, and the whole bridge behind it.

import { generateKeyPairSync, randomBytes } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Wallet } from "ethers"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterEach, beforeAll, describe, expect, test } from "vitest"
import { bitcoinWallet } from "../../devnet/bitcoin/wallet.ts"
import { buildPage } from "../../services/cli/build-web.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { CHROMIUM, injectWallets, seriousFaults, startBrowser, watchPage } from "./browser.ts"
import { picture } from "./picture.ts"
import { AR, DEEP, preparedFolder, type Scene, startScene } from "./scene.ts"

if (CHROMIUM === null)
  process.stderr.write("the page is not tested: no Chromium (apt-get install chromium)\n")

const PHONE: BrowserContextOptions = {
  ...{ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
}
const DESK: BrowserContextOptions = { viewport: { width: 1_000, height: 800 } }

let scene: Scene
let browser: Browser
describe.skipIf(CHROMIUM === null)("the page", () => {
  beforeAll(async () => {
    await buildPage()
    const folder = await preparedFolder(["evm", "taproot"])
    const parts = await Promise.all([
      startScene({ assets: ["AR", "ETH", "BTC"], folder }),
      startBrowser(),
    ])
    ;[scene, browser] = parts
    await scene.network.faucet(scene.address("alice"), 100n * AR)
    await scene.network.mine(1)
    return async () => {
      await browser.close()
      await scene.close()
    }
  })

  // A page that is left open goes on asking.
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
  })

  /** A browser of its own, with alice's wallet and one for Ethereum that has an ether. */
  const open = async (options: BrowserContextOptions = DESK, hash = "") => {
    const context = await browser.newContext({ locale: "en-GB", ...options })
    context.setDefaultTimeout(30_000)
    const chain = scene.network.evm.ethereum!
    const wallet = Wallet.createRandom()
    const { address } = wallet
    await chain.faucet(address, 10n ** 18n)
    await injectWallets(context, { arweave: TEST_WALLETS.alice, evm: { chain, wallet } })
    const page = await context.newPage()
    const seen = watchPage(page, scene.network.apiUrl)
    await page.goto(`${scene.network.apiUrl}/${hash}`)
    return { page, address, ...seen }
  }

  const arrived = (page: Page, sum: string) =>
    page.getByRole("heading", { name: `${sum} has arrived` }).waitFor()

  test("AR goes to AO, and is followed over a reload and on another device", async () => {
    const { page, errors, strangers } = await open()

    await page.getByRole("button", { name: "Connect Arweave" }).click()
    await page.getByLabel("Amount").fill("3")
    await page.getByText("You have 100 AR").waitFor()
    await page.getByText("Holds until").waitFor()
    await picture(page, "bridge")
    await page.getByRole("button", { name: "Send 3 AR" }).click()
    await page.getByText("Not seen yet").waitFor()
    await scene.network.mine(4)
    await page.getByText("4 of 10 confirmations").waitFor()
    await page.reload()
    await page.getByText("4 of 10 confirmations").waitFor()
    const transaction = decodeURIComponent(page.url()).split(":").at(-2)!
    const other = await open({ ...PHONE, colorScheme: "dark" }, `#/tx/${transaction}`)
    await other.page.getByText("4 of 10 confirmations").waitFor()
    await picture(other.page, "progress")
    await scene.network.mine(DEEP)
    await Promise.all([arrived(page, "3 AR"), arrived(other.page, "3 AR")])

    expect(await (await scene.wallet("alice")).wrappedBalance()).toBe(3n * AR)
    expect([...errors, ...other.errors]).toEqual([])
    expect([...strangers, ...other.strangers]).toEqual([])
  })

  test("wAR goes back home, to an address that is checked before anything burns", async () => {
    const { page, errors, strangers } = await open(DESK, "#/burn")
    const home = scene.address("bob")

    await page.getByRole("button", { name: "Connect Arweave" }).click()
    await page.getByLabel("Amount").fill("2")
    await page.getByLabel("Address on Arweave").fill(home.slice(1))
    await page.getByText("This is no address on Arweave").waitFor()
    expect(await page.getByRole("button", { name: "Burn 2 wAR" }).isDisabled()).toBe(true)
    await page.getByLabel("Address on Arweave").fill(home)
    await page.getByRole("button", { name: "Burn 2 wAR" }).click()
    await page.getByRole("heading", { name: "2 wAR on the way" }).waitFor()
    const before = await scene.network.arweaveBalance(home)
    await scene.released(decodeURIComponent(page.url().split("/").at(-1)!))
    await arrived(page, "2 wAR")

    expect((await scene.network.arweaveBalance(home)) - before).toBe((17n * AR) / 10n)
    expect([...errors, ...strangers]).toEqual([])
  })

  test("ETH goes to AO from a wallet that has announced itself, and back by the same one, on a phone at night", async () => {
    const { page, address, errors, strangers } = await open({ ...PHONE, colorScheme: "dark" })

    await page.getByRole("radio", { name: "ETH" }).check()
    await page.getByRole("button", { name: "Connect Test wallet" }).click()
    await page.getByLabel("Amount").fill("0.3")
    await page.getByRole("button", { name: "Send 0.3 ETH" }).click()
    await arrived(page, "0.3 ETH")

    const { transfers } = await scene.api.transfers({ address })
    expect(transfers).toMatchObject([{ asset: "ETH", amount: `${3n * 10n ** 17n}`, state: "paid" }])

    // The account on AO is its address: the wallet signs the burn as it signs any message.
    await page.goto(`${scene.network.apiUrl}/#/burn`)
    await page.getByRole("radio", { name: "wETH" }).check()
    await page.getByText("Your account on AO is your address on Ethereum").waitFor()
    await page.getByText("You have 0.").waitFor()
    await page.getByLabel("Amount").fill("0.2")
    await page.getByRole("button", { name: "Burn 0.2 wETH" }).click()
    await arrived(page, "0.2 wETH")
    const burns = (await scene.api.transfers({ address })).transfers
    expect(burns).toContainEqual(
      expect.objectContaining({ source: "ao-eth", state: "paid", recipient: address }),
    )
    expect([...errors, ...strangers]).toEqual([])
  })

  test("BTC goes to AO by an address of one's own, and the payment is found", async () => {
    const { page, errors, strangers } = await open()
    const { bitcoin } = scene.network

    await page.getByRole("radio", { name: "BTC" }).check()
    await page.getByLabel("Recipient on AO").fill(scene.address("alice"))
    await page.getByLabel("Amount").fill("0.05")
    await page.getByLabel("Refund address").fill("bcrt1nobody")
    await page.getByText("This is no address on Bitcoin").waitFor()
    await page.getByLabel("Refund address").fill(bitcoinWallet(randomBytes(32)).address)
    await page.getByRole("button", { name: "Show my deposit address" }).click()
    const link = await page.getByRole("link", { name: "Open in a wallet" }).getAttribute("href")
    const [, paid] = /^bitcoin:(bcrt1p[a-z0-9]+)\?amount=0\.05$/.exec(link ?? "") ?? []
    await page.getByRole("img", { name: "QR code" }).waitFor()
    await picture(page, "bitcoin")
    await bitcoin!.faucet(paid!, 5_000_000n)
    await bitcoin!.mine(1)
    await page.getByRole("heading", { name: "0.05 BTC on the way" }).waitFor()
    await bitcoin!.mine(5)
    await arrived(page, "0.05 BTC")

    expect([...errors, ...strangers]).toEqual([])
  })

  test("what would come back or wait for people is said before anything is sent", async () => {
    const { page } = await open()
    const send = page.locator("button.main")

    await page.getByRole("button", { name: "Connect Arweave" }).click()
    for (const [amount, says] of [
      ["0.05", "At least 0.1"],
      ["5000", "At most 2"],
      ["0.1234567890123", "at most 12 decimals"],
      ["50", null],
      ["1000", "More than you have"],
    ] as const) {
      await page.getByLabel("Amount").fill(amount)
      if (says) await page.getByText(says).waitFor()
      expect(await send.isDisabled()).toBe(says !== null)
    }
  })

  test("a page tells its theme and language from the reader, and remembers what they choose", async () => {
    const { page } = await open({ ...DESK, colorScheme: "dark", locale: "id-ID" })
    const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor")

    await page.getByRole("heading", { name: "Bawa ke AO" }).waitFor()
    const dark = await ground()
    await page.getByLabel("Warna").selectOption("light")
    const light = await ground()
    await page.getByLabel("Bahasa").selectOption("en")
    await page.reload()
    await page.getByRole("heading", { name: "Bring it to AO" }).waitFor()

    expect(light).not.toBe(dark)
    expect(await ground()).toBe(light)
    expect(await page.locator("html").getAttribute("lang")).toBe("en")
  })

  test("a form is filled in and sent without a mouse", async () => {
    const { page } = await open()
    await page.getByRole("radio", { name: "ETH" }).waitFor()

    await page.keyboard.press("Tab")
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowRight")
    expect(await page.getByRole("radio", { name: "ETH" }).isChecked()).toBe(true)
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.getByText("From Arweave").waitFor()
    await page.getByLabel("Amount").focus()
    await page.keyboard.type("1")
    await page.keyboard.press("Enter")

    await page.getByText("Not seen yet").waitFor()
  })

  test("a pause takes one key, and its end takes two", async () => {
    const one = await openConsole(join(scene.folder, "operators", "one.json"))
    await one.getByText("one (operator)").waitFor()
    await one.getByText("Stop something").click()
    await one.getByLabel("Reason").fill("maintenance")
    await one.getByRole("button", { name: "Stop Arweave now" }).click()
    await one.getByText("given by nobody").waitFor()
    await one.evaluate("scrollTo(0, 0)")
    await picture(one, "console")
    const { page } = await open()
    await page.getByText("Stopped on Arweave").waitFor()

    await one.getByRole("button", { name: "Order that it goes on" }).click()
    await one.getByText("given by one; 2 are needed").waitFor()
    const two = await openConsole(join(scene.folder, "operators", "two.json"))
    await two.getByText("given by one; 2 are needed").waitFor()
    expect(await seriousFaults(two)).toEqual([])
    await two.getByRole("button", { name: "Order that it goes on" }).click()
    await two.getByText("Everything is open").waitFor()
  })

  test("an officer sees cases and stops nothing, and a stranger's key opens nothing", async () => {
    const officer = await openConsole(join(scene.folder, "officers", "ada.json"))
    await officer.getByText("No case is open").waitFor()
    expect(await officer.getByText("Stop something").count()).toBe(0)

    const stranger = join(scene.folder, "stranger.json")
    const key = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })
    await writeFile(stranger, JSON.stringify({ name: "one", key }))
    await (await openConsole(stranger)).getByText("does not know this key").waitFor()
  })

  const openConsole = async (keyFile: string) => {
    const page = await (await browser.newContext({ ...DESK, locale: "en-GB" })).newPage()
    page.setDefaultTimeout(30_000)
    await page.goto(scene.network.consoleUrl)
    await page.getByLabel("Choose your key file").setInputFiles(keyFile)
    return page
  }

  test.each([
    ["light", DESK, null],
    // What depends on colours and on room.
    ["dark", PHONE, ["color-contrast", "scrollable-region-focusable", "target-size"]],
  ] as const)(
    "no page has a serious fault of access or runs over its edge: %s",
    async (colorScheme, size, rules) => {
      const { transfers } = await scene.api.transfers({})
      const { page } = await open({ ...size, colorScheme })
      const one = transfers.slice(0, 1).map(({ id }) => `transfers/${encodeURIComponent(id)}`)
      const hashes = [
        ...["bridge", "burn", "history", "explorer", "rewards", "reserves", "status", "tx/nothing"],
      ]

      for (const hash of [...hashes, ...one]) {
        await page.goto(`${scene.network.apiUrl}/#/${hash}`)
        await page.getByRole("heading", { level: 1 }).waitFor()
        await page.getByText("One moment…").waitFor({ state: "detached" })
        expect(await seriousFaults(page, rules), hash).toEqual([])
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), hash).toBe(
          0,
        )
        const isShown = colorScheme === "light" && ["reserves", "status"].includes(hash)
        if (isShown) await picture(page, hash)
      }
    },
  )
})

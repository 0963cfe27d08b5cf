// The page as people meet it: a real browser, wallets in it, and the whole bridge behind it.

import type { Browser } from "playwright-core"
import { beforeAll, describe, expect, test } from "vitest"
import { buildPage } from "../../services/cli/build-web.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { CHROMIUM, injectWallets, startBrowser, watchPage } from "./browser.ts"
import { AR, DEEP, preparedFolder, type Scene, startScene } from "./scene.ts"

if (CHROMIUM === null)
  process.stderr.write("the page is not tested: no Chromium (apt-get install chromium)\n")

let scene: Scene
let browser: Browser
describe.skipIf(CHROMIUM === null)("the page", () => {
  beforeAll(async () => {
    await buildPage()
    const [one, other] = await Promise.all([
      startScene({
        assets: ["AR", "ETH", "BTC"],
        folder: await preparedFolder(["evm", "taproot"]),
      }),
      startBrowser(),
    ])
    scene = one
    browser = other
    await scene.network.faucet(scene.address("alice"), 100n * AR)
    await scene.network.mine(1)
    return async () => {
      await browser.close()
      await scene.close()
    }
  })

  const open = async (options: Parameters<Browser["newContext"]>[0] = {}) => {
    const context = await browser.newContext({ locale: "en-GB", ...options })
    context.setDefaultTimeout(20_000)
    await injectWallets(context, { arweave: TEST_WALLETS.alice, evm: null })
    const page = await context.newPage()
    const seen = watchPage(page, scene.network.apiUrl)
    await page.goto(scene.network.apiUrl)
    return { context, page, ...seen }
  }

  test("AR is deposited, followed over a reload, and arrives", async () => {
    const { page, errors, strangers } = await open()

    await page.getByRole("button", { name: "Connect Arweave" }).click()
    await page.getByLabel("Amount").fill("3")
    await page.getByRole("button", { name: "Send 3 AR" }).click()
    await page.getByText("Not seen yet").waitFor()
    await scene.network.mine(4)
    await page.getByText("4 of 10 confirmations").waitFor()
    await page.reload()
    await page.getByText("4 of 10 confirmations").waitFor()
    await scene.network.mine(DEEP)
    await page.getByRole("heading", { name: "3 AR has arrived" }).waitFor()

    expect(await (await scene.wallet("alice")).wrappedBalance()).toBe(3n * AR)
    expect(errors).toEqual([])
    expect(strangers).toEqual([])
  })
})

// A real browser with wallets in it: what people's wallets put into a page, signed by throw-away keys outside of it.

import { constants, createHash, createPrivateKey, sign } from "node:crypto"
import { existsSync } from "node:fs"
import { ArweaveSigner, createData } from "@dha-team/arbundles"
import Arweave from "arweave"
import axe from "axe-core"
import type { HDNodeWallet } from "ethers"
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core"
import type { EvmDevnet } from "../../devnet/evm/index.ts"
import type { TEST_WALLETS } from "../fixtures/wallets.ts"

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]

/** Null where none is installed: then there is nothing to test with. */
export const CHROMIUM = PLACES.find((path) => existsSync(path)) ?? null

export function startBrowser(): Promise<Browser> {
  // Its sandbox refuses to be run by root, as containers often do.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : []
  return chromium.launch({ executablePath: CHROMIUM ?? "", args })
}

export interface WalletKeys {
  readonly arweave: (typeof TEST_WALLETS)[keyof typeof TEST_WALLETS]
  /** Without a chain its owner has an account on AO by it, and nothing else. */
  readonly evm: { readonly chain: EvmDevnet | null; readonly wallet: HDNodeWallet } | null
}

/** What is wanted of the wallets is asked of this process, as an extension asks its own. */
export async function injectWallets(
  context: BrowserContext,
  { arweave: key, evm }: WalletKeys,
): Promise<void> {
  const client = Arweave.init({})
  const address = await client.wallets.jwkToAddress(key as never)
  await context.exposeFunction("testArweaveSign", async (json: object) => {
    const transaction = client.transactions.fromRaw(json)
    await client.transactions.sign(transaction, key as never)
    const { id, owner, reward, tags, signature } = transaction
    return { id, owner, reward, tags, signature }
  })
  await context.exposeFunction("testArweaveItem", async ({ data, ...rest }: Item) => {
    const signer = new ArweaveSigner(key as never)
    const item = createData(data, signer, { ...rest, tags: [...rest.tags] })
    await item.sign(signer)
    return [...item.getRaw()]
  })
  await context.exposeFunction("testEvm", async (method: string, params: readonly unknown[]) => {
    if (evm === null) throw new Error("no chain")
    if (method === "eth_requestAccounts") return [evm.wallet.address]
    if (method === "personal_sign")
      return evm.wallet.signMessage(Buffer.from(String(params[0]).slice(2), "hex"))
    if (method === "wallet_switchEthereumChain") return null
    if (evm.chain === null) throw new Error("no chain")
    return evm.chain.rpc(method, ...params)
  })
  const pem = createPrivateKey({ key: key as never, format: "jwk" })
  await context.exposeFunction("testArweaveText", (bytes: readonly number[]) => {
    const hash = createHash("sha256").update(Uint8Array.from(bytes)).digest()
    const padding = constants.RSA_PKCS1_PSS_PADDING
    return [...sign("sha256", hash, { key: pem, padding, saltLength: 32 })]
  })
  await context.addInitScript(wallets, { address, owner: key.n, hasEvm: evm !== null })
}

interface Item {
  readonly data: string
  readonly target: string
  readonly anchor: string
  readonly tags: readonly { readonly name: string; readonly value: string }[]
}

interface Injected {
  readonly address: string
  readonly owner: string
  readonly hasEvm: boolean
}

/** Runs in the page, before anything of ours. */
function wallets({ address, owner, hasEvm }: Injected): void {
  type Outside = Record<string, (...args: unknown[]) => Promise<unknown>>
  const outside = globalThis as unknown as Outside
  const KEPT = "test-permissions"
  const scope = globalThis as unknown as {
    localStorage: { getItem(name: string): string | null; setItem(name: string, to: string): void }
    addEventListener(name: string, hear: () => void): void
    dispatchEvent(event: Event): void
    CustomEvent: new (name: string, init: object) => Event
    arweaveWallet: unknown
  }
  scope.arweaveWallet = {
    connect: async (permissions: readonly string[]) =>
      scope.localStorage.setItem(KEPT, JSON.stringify(permissions)),
    disconnect: async () => scope.localStorage.setItem(KEPT, "[]"),
    getActiveAddress: async () => address,
    getActivePublicKey: async () => owner,
    signMessage: async (bytes: Uint8Array) =>
      Uint8Array.from((await outside.testArweaveText!([...bytes])) as number[]),
    getPermissions: async () => JSON.parse(scope.localStorage.getItem(KEPT) ?? "[]"),
    sign: (transaction: { toJSON(): object }) => outside.testArweaveSign!(transaction.toJSON()),
    signDataItem: async (item: object) =>
      Uint8Array.from((await outside.testArweaveItem!(item)) as number[]),
  }
  if (!hasEvm) return
  const provider = {
    request: ({ method, params = [] }: { method: string; params?: unknown[] }) =>
      outside.testEvm!(method, params),
  }
  const info = { uuid: "test", name: "Test wallet", icon: "data:,", rdns: "dev.test" }
  const announce = () =>
    scope.dispatchEvent(
      new scope.CustomEvent("eip6963:announceProvider", { detail: { info, provider } }),
    )
  scope.addEventListener("eip6963:requestProvider", announce)
}

/** What went wrong in a page, and whom it spoke to beside the bridge: both should stay empty. */
export function watchPage(page: Page, origin: string) {
  const errors: string[] = []
  const strangers: string[] = []
  page.on("pageerror", (error) => errors.push(String(error)))
  page.on("console", (message) => {
    // A browser calls it an error when something is not there yet, or when `/health` says that all is not well.
    const isExpected = /status of (404|503)/.test(message.text())
    if (message.type() === "error" && !isExpected) errors.push(message.text())
  })
  page.on("request", (request) => {
    if (!request.url().startsWith(origin)) strangers.push(request.url())
  })
  return { errors, strangers }
}

/** What axe finds, by all its rules or by some, that keeps somebody out, in words; its script comes by the debugger, past the page's own policy. */
export async function seriousFaults(
  page: Page,
  rules: readonly string[] | null = null,
): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe.source)
  const options = rules === null ? "" : JSON.stringify({ runOnly: rules })
  const { violations } = (await page.evaluate(`axe.run(${options})`)) as axe.AxeResults
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
    )
}

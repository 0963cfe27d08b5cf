// A group of three with a real vault on a local Ethereum, real shares and real links, for tests of what they do with the vault.

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect } from "vitest"
import { bridgeJson } from "../../chains/bridge.ts"
import type { Chain, Connection, Deployment } from "../../chains/chain.ts"
import { DEVNET } from "../../chains/evm/finality.ts"
import { toHex } from "../../chains/evm/hex.ts"
import { ethereum as realEthereum } from "../../chains/evm/index.ts"
import { connectEvm } from "../../chains/evm/rpc.ts"
import type { Policy } from "../../core/policy.ts"
import { tokenArtifact } from "../../devnet/evm/contracts.ts"
import { type EvmDevnet, startEvm } from "../../devnet/evm/index.ts"
import { deployVault, type VaultDevnet } from "../../devnet/evm/vault.ts"
import { type ClusterClient, connectCluster } from "../../mpc/client.ts"
import { FILES, settingsJson } from "../../mpc/config.ts"
import { groupKeyBytes, type Manifest, parseManifest } from "../../mpc/manifest.ts"
import { schemeOf } from "../../mpc/schemes/index.ts"
import type { Running } from "../../mpc/signer.ts"
import type { Terminal } from "../../services/cli/commands.ts"
import { anId } from "../builders.ts"
import { account } from "../chains/evm/builders.ts"
import { NATIVE, word } from "../chains/evm/world.ts"
import { aDealtCluster, clientConfig, type DealtFolder, remove, startHere } from "./signers.ts"
import { policy as arPolicy, chainsOf, World } from "./world.ts"

export const ALL = [1, 2, 3]
export const GUARDIAN = account(77)
const limits = { minimum: 1n, cap: 10n ** 20n, refundFee: 1n, dust: 1n } as const
const WAYS = [
  { asset: "ETH", source: "ethereum" },
  { asset: "ETH", source: "ao-eth" },
  { asset: "USDC", source: "ethereum" },
  { asset: "USDC", source: "ao-usdc" },
] as const
const policy: Policy = {
  ...arPolicy,
  fees: [
    ...arPolicy.fees,
    ...WAYS.map((way) => ({ ...way, heightMin: 0, flat: 0n, basisPoints: 0n })),
  ],
  limits: [...arPolicy.limits, ...WAYS.map((way) => ({ ...limits, ...way }))],
  depths: { ...arPolicy.depths, ethereum: 1 },
  payoutDepths: { ...arPolicy.payoutDepths, ethereum: 1 },
}

export const ethereum: Chain = {
  ...(realEthereum as Chain),
  connect: (endpoints, deployment) =>
    connectEvm("ethereum", DEVNET, endpoints, deployment, { freshMs: 0 }) as Connection,
}

/** The key of the group that approves what vaults pay. */
export const keyIn = (manifest: Manifest) => schemeOf("evm").decode(groupKeyBytes(manifest, "evm"))

export class VaultTown {
  readonly world = new World()
  readonly chains = { ...chainsOf(this.world), ethereum }
  readonly chain: EvmDevnet
  readonly vault: VaultDevnet
  readonly dealt: DealtFolder
  readonly deployment: Deployment
  readonly connection: Connection
  /** A token that the bridge file names and the vault does not take yet. */
  readonly usdc: string
  signers: Running[] = []
  client!: ClusterClient
  #folders = 0

  private constructor(
    chain: EvmDevnet,
    vault: VaultDevnet,
    dealt: DealtFolder,
    deployment: Deployment,
  ) {
    this.usdc = deployment.vaults!.ethereum!.contracts.USDC!
    this.chain = chain
    this.vault = vault
    this.dealt = dealt
    this.deployment = deployment
    this.connection = ethereum.connect({ urls: { rpc: [chain.url] } }, deployment)
  }

  /** With one deposit in the vault, signers that run, and a coordinator. */
  static async open(): Promise<VaultTown> {
    const chain = await startEvm({ chainId: 31_337 })
    const dealt = await aDealtCluster({ t: 2, n: 3, schemes: ["evm"], rsa: false })
    const key = toHex(keyIn(dealt.cluster.manifest).publicKey)
    const vault = await deployVault(chain, { key, guardian: GUARDIAN })
    const usdc = await chain.deploy(tokenArtifact("Token"), ["USD Coin", "USDC", 6])
    const side = { chainId: 31_337, vault: vault.address, key, heightMin: vault.height }
    const deployment = {
      ...dealt.deployment,
      tokens: {
        ...dealt.deployment.tokens,
        ...{ ETH: anId("token of ETH"), USDC: anId("token of USDC") },
      },
      vaults: { ethereum: { ...side, contracts: { ETH: NATIVE, USDC: usdc } } },
    }
    const town = new VaultTown(chain, vault, dealt, deployment)
    for (const { folder, index } of dealt.cluster.signers) await town.#furnish(folder, index)
    await town.deposit()
    await town.startAll()
    await town.coordinate(dealt.cluster.manifest, null)
    return town
  }

  async close(): Promise<void> {
    this.client.close()
    await this.stopAll()
    await this.connection.close()
    await this.chain.stop()
    await remove(this.dealt)
  }

  folderOf(index: number): string {
    return this.dealt.cluster.signers[index - 1]!.folder
  }

  async manifestOf(folder: string): Promise<Manifest> {
    return parseManifest(JSON.parse(await readFile(join(folder, FILES.manifest), "utf8")))
  }

  /** An empty folder that goes with the town. */
  async newFolder(name: string): Promise<string> {
    this.#folders += 1
    const folder = join(this.dealt.folder, `${name}-${this.#folders}`)
    await mkdir(folder)
    return folder
  }

  async deposit(): Promise<void> {
    const to = { recipient: word(account(4)), refundTo: account(9) }
    await this.vault.depositNative(account(1), 10n ** 18n, to)
    await this.chain.mine(2)
  }

  /** A transaction to the vault, two blocks deep. Throws `bad-request` when it is reverted. */
  async send(data: string, from?: string): Promise<void> {
    await this.chain.send({ to: this.vault.address, data, ...(from && { from }) })
    await this.chain.mine(2)
  }

  async startAll(): Promise<void> {
    this.signers = await Promise.all(ALL.map((index) => startHere(this.dealt, index, this.chains)))
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.signers.splice(0).map((one) => one.close()))
  }

  /** A coordinator with these keys, before and after. */
  async coordinate(manifest: Manifest, next: Manifest | null): Promise<void> {
    this.client?.close()
    this.client = connectCluster({
      ...(await clientConfig(this.dealt, this.#addresses())),
      ...{ manifest, next },
    })
  }

  /** A folder of services, for commands that are run from one. */
  async services(): Promise<string> {
    const folder = await this.newFolder("services")
    const endpoints = { urls: { rpc: [this.chain.url] } }
    const watch = { heightMin: 0, pollMs: 1_000 }
    const three = <Value>(value: Value) => ({ arweave: value, ao: value, ethereum: value })
    const settings = {
      ...{ database: "postgres://localhost/none", redis: null, operators: [] },
      ...{ endpoints: three(endpoints), watch: three(watch), listen: "127.0.0.1:0" },
      signers: this.#addresses(),
    }
    await writeFile(join(folder, "services.json"), JSON.stringify(settings))
    await copyFile(join(this.folderOf(1), FILES.bridge), join(folder, FILES.bridge))
    for (const file of [FILES.manifest, FILES.certificate, FILES.identity])
      await copyFile(join(this.dealt.cluster.coordinator.folder, file), join(folder, file))
    return folder
  }

  #addresses(): Readonly<Record<number, string>> {
    return Object.fromEntries(this.signers.map(({ index, address }) => [index, address]))
  }

  async #furnish(folder: string, index: number): Promise<void> {
    const view = { urls: { world: [`http://view/${index}`] } }
    const bridge = JSON.stringify(bridgeJson({ deployment: this.deployment, policy }))
    await writeFile(join(folder, FILES.bridge), bridge)
    await writeFile(
      join(folder, FILES.settings),
      settingsJson({
        ...{ network: "devnet", listen: "127.0.0.1:0" },
        endpoints: { arweave: view, ao: view, ethereum: { urls: { rpc: [this.chain.url] } } },
        caps: [{ asset: "ETH", signature: 10n ** 20n, day: 10n ** 20n }],
      }),
    )
  }
}

/** What a command says to a program. */
export async function told(
  run: (words: readonly string[], terminal: Terminal) => Promise<number>,
  words: readonly string[],
): Promise<unknown> {
  const lines: string[] = []
  const terminal = { out: (text: string) => lines.push(text), note: () => {}, isTty: false }
  expect(await run([...words, "--json"], terminal)).toBe(0)
  return JSON.parse(lines.join("\n"))
}

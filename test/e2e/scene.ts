// A whole local network for a test file, and what people without a stake in the bridge see of it.

import { randomBytes } from "node:crypto"
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, vi } from "vitest"
import type { State } from "../../core/transfer.ts"
import { rsaWallet, secp256k1Wallet } from "../../devnet/arweave/wallet.ts"
import { command } from "../../devnet/command.ts"
import { type Network, type NetworkOptions, startNetwork } from "../../devnet/network.ts"
import { type DevnetCeremony, dealDevnetCluster } from "../../mpc/ceremony/devnet.ts"
import { type BridgeApi, bridgeApi, type TransferStatus } from "../../sdk/client.ts"
import { type Wallet, walletOf } from "../../sdk/wallet.ts"
import { testDatabase } from "../database.ts"
import { ORDINARY_PRIMES } from "../fixtures/rsa-primes.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { Ledgers } from "./ledgers.ts"

export const AR = 10n ** 12n

/** Far more than anything takes, and less than a test may: what was waited for is told, not only that time ran out. */
export const PATIENT = { timeout: 150_000, interval: 100 }

/** How many sign, of whom; each of them is a process that reads along. */
interface Group {
  readonly t: number
  readonly n: number
}

/** Where it matters that some may be gone or of another mind. */
export const FIVE: Group = { t: 3, n: 5 }
/** And where it does not. */
const THREE: Group = { t: 2, n: 3 }

/** Blocks until a deposit counts, and until a release does. */
export const DEEP = 10
export const PAID = 19

/** The folder of a network whose RSA key need not be made first. */
export async function preparedFolder(
  schemes: DevnetCeremony["schemes"] & object = [],
  group = THREE,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-e2e-"))
  await dealDevnetCluster({
    ...{ folder: join(folder, "signers"), ...group, primes: ORDINARY_PRIMES, schemes },
  })
  await mkdir(join(folder, "ao"))
  await writeFile(join(folder, "ao", "messenger.json"), JSON.stringify(TEST_WALLETS.carol))
  return folder
}

/** A network that carries AR alone and whose blocks come on command, on the database of the test run; `close` it when the file is done. */
export async function startScene({
  group,
  ...options
}: Partial<NetworkOptions> & { readonly group?: Group } = {}): Promise<Scene> {
  vi.stubEnv("DATABASE_URL", (await testDatabase()).url)
  const folder = options.folder ?? (await preparedFolder([], group))
  const deployer = TEST_WALLETS.dave
  const network = await startNetwork({
    ...{ folder, blockTimeMs: null, deployer, assets: ["AR"] },
    ...options,
  })
  return new Scene(network, folder)
}

export interface Deposited {
  readonly id: string
  readonly transaction: string
  /** The address that paid. */
  readonly sender: string
  readonly amount: bigint
}

export class Scene {
  network: Network
  readonly folder: string

  constructor(network: Network, folder: string) {
    this.network = network
    this.folder = folder
  }

  get ledgers(): Ledgers {
    return new Ledgers(this.network)
  }

  /** Stops everything, and starts it again from its folder. */
  async restart(): Promise<void> {
    await this.network.stop()
    this.network = await startNetwork({
      ...{ folder: this.folder, blockTimeMs: null, assets: this.network.assets },
    })
  }

  /** Stops everything; `KEEP_LOGS=<folder>` keeps what the parts said. */
  async close(): Promise<void> {
    await this.network.stop()
    vi.unstubAllEnvs()
    const { KEEP_LOGS } = process.env
    if (KEEP_LOGS) await cp(join(this.folder, "logs"), KEEP_LOGS, { recursive: true })
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  get api(): BridgeApi {
    return bridgeApi(this.network.apiUrl)
  }

  /** The wallet of a person, by the official clients. */
  wallet(name: keyof typeof TEST_WALLETS): Promise<Wallet> {
    return walletOf(TEST_WALLETS[name], this.network.places)
  }

  address(name: keyof typeof TEST_WALLETS): string {
    return rsaWallet(TEST_WALLETS[name]).address
  }

  /** A payment to the vault from a new wallet that has nothing else; it waits in the mempool. */
  async deposit(
    amount: bigint,
    tags: readonly (readonly [name: string, value: string])[] = [],
  ): Promise<Deposited> {
    const { arweaveUrl, vault } = this.network.places
    const wallet = secp256k1Wallet(randomBytes(32))
    const anchor = await (await fetch(`${arweaveUrl}/tx_anchor`)).text()
    const reward = BigInt(await (await fetch(`${arweaveUrl}/price/0/${vault}`)).text())
    await this.network.faucet(wallet.address, amount + reward)
    const tx = await wallet.sign({
      ...{ target: vault, quantity: amount, reward, anchor },
      tags: tags.map(([name, value]) => ({ name, value })),
    })
    const response = await fetch(`${arweaveUrl}/tx`, { method: "POST", body: JSON.stringify(tx) })
    expect(response.status).toBe(200)
    return { id: `arweave:${tx.id}:0`, transaction: tx.id, sender: wallet.address, amount }
  }

  /** As `deposit`, mined and deep enough to count. */
  async finalDeposit(...parts: Parameters<Scene["deposit"]>): Promise<Deposited> {
    const deposit = await this.deposit(...parts)
    await this.network.mine(DEEP)
    return deposit
  }

  /** As `finalDeposit`, while another transaction goes on waiting in the mempool. */
  async finalDepositWithout(transaction: string): Promise<Deposited> {
    const deposit = await this.deposit(AR)
    await this.arweave("mine", { n: DEEP, omit: [transaction] })
    return deposit
  }

  /** Waits until the transfer is in one of these states, and returns it as the API tells it then. */
  async reaches(id: string, ...states: readonly State[]): Promise<TransferStatus> {
    return vi.waitFor(async () => {
      const transfer = await this.api.transfer(id)
      const told = `${id}, ${transfer?.reason ?? "no reason told"}`
      expect(transfer?.state ?? "unknown", told).toBeOneOf([...states])
      return transfer!
    }, PATIENT)
  }

  /** Waits until a payout on Arweave has reached the node, and mines it deep enough. */
  async released(id: string): Promise<TransferStatus> {
    const { transaction } = await this.reaches(id, "sent")
    await this.isKnown(transaction!)
    await this.network.mine(PAID)
    return this.reaches(id, "paid")
  }

  /** Waits until all are paid; mines when there is nothing but blocks that they wait for. */
  async allPaid(ids: readonly string[]): Promise<void> {
    // Each question costs the services that are waited for: who was paid is asked about once more, at the end.
    let waiting = ids
    await vi.waitFor(async () => {
      const all = await Promise.all(waiting.map((id) => this.api.transfer(id)))
      const open = all.flatMap((told, at) =>
        told?.state === "paid" ? [] : [{ id: waiting[at]!, told }],
      )
      const waits = await Promise.all(open.map(({ told }) => this.#waitsForBlocks(told)))
      if (open.length > 0 && waits.every((is) => is)) await this.network.mine(PAID)
      waiting = open.map(({ id }) => id)
      expect(open.map(({ id, told }) => `${id} ${told?.state}`)).toEqual([])
    }, PATIENT)
    for (const id of ids) await this.reaches(id, "paid")
  }

  async #waitsForBlocks(transfer: TransferStatus | null): Promise<boolean> {
    if (transfer === null) return true
    const { state, source, target, refund, transaction } = transfer
    if (state === "seen") return source === "arweave"
    if (state !== "sent" || (refund ? source : target) !== "arweave") return false
    return (await fetch(`${this.network.places.arweaveUrl}/tx/${transaction}`)).status !== 404
  }

  /** Waits until the Arweave node has a transaction, mined or not. */
  async isKnown(transaction: string): Promise<void> {
    const url = `${this.network.places.arweaveUrl}/tx/${transaction}`
    await vi.waitFor(async () => expect((await fetch(url)).status).toBeOneOf([200, 202]), PATIENT)
  }

  /** Tells the local Arweave node, or the units of AO, what to do or suffer. */
  arweave<Answer>(name: string, body: object): Promise<Answer> {
    return command<Answer>(this.network.places.arweaveUrl, name, body)
  }

  ao<Answer>(name: string, body: object): Promise<Answer> {
    return command<Answer>(this.network.aoUrl, name, body)
  }

  /** The books, the vault and the token say the same, to the last winston, when nothing is under way. */
  async booksBalance(): Promise<void> {
    const { AR: books } = await this.api.ledger()
    const vault = await this.network.arweaveBalance(this.network.places.vault)
    const supply = await this.ledgers.supply()
    expect(books).toMatchObject({ balanced: true, custody: `${vault}`, supply: `${supply}` })
  }
}

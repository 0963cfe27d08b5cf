// The whole bridge on one machine, as a person and an onlooker see it: wallets, chains, and patience.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { afterAll, beforeAll } from "vitest"
import { fromUnits } from "../../core/amount.ts"
import { type Network, type NetworkOptions, startNetwork } from "../../devnet/network.ts"
import { type BridgeApi, bridgeApi, type TransferStatus } from "../../sdk/client.ts"
import { type Wallet, walletOf } from "../../sdk/wallet.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"

export const ar = (text: string) => fromUnits(text, 12)

export interface Bridged {
  network: Network
  readonly folder: string
  readonly api: BridgeApi
  readonly alice: Wallet
  readonly bob: Wallet
  /** Stops it and starts it again from its folder. */
  restart(): Promise<void>
}

/** One network for the tests of a file; alice has 10,000 AR, and blocks come on command. */
export function aBridge(options: Partial<NetworkOptions> = {}): Bridged {
  const state: { network?: Network; folder?: string; alice?: Wallet; bob?: Wallet } = {}
  const start = async () => {
    state.folder ??= await mkdtemp(join(tmpdir(), "causeway-e2e-"))
    const network = await startNetwork({ folder: state.folder, blockTimeMs: null, ...options })
    state.network = network
    state.alice = await walletOf(TEST_WALLETS.alice, network.places)
    state.bob = await walletOf(TEST_WALLETS.bob, network.places)
  }
  beforeAll(async () => {
    await start()
    await state.network!.faucet(state.alice!.address, ar("10000"))
    await state.network!.mine(1)
  })
  afterAll(async () => {
    await state.network?.stop()
    if (state.folder) await rm(state.folder, { recursive: true, force: true })
  })
  return {
    get network() {
      return state.network!
    },
    get folder() {
      return state.folder!
    },
    get api() {
      return bridgeApi(state.network!.apiUrl)
    },
    get alice() {
      return state.alice!
    },
    get bob() {
      return state.bob!
    },
    async restart() {
      await state.network!.stop()
      await start()
    },
  }
}

const PATIENCE_MS = 90_000

/** What `look` finds, asked again until it finds something. */
async function until<Found>(
  what: string,
  look: () => Promise<Found | null | undefined | false>,
): Promise<Found> {
  const giveUpAt = Date.now() + PATIENCE_MS
  for (;;) {
    const found = await look().catch(() => null)
    if (found) return found
    if (Date.now() > giveUpAt) throw new Error(`waited in vain until ${what}`)
    await delay(60)
  }
}

/** Mines until all these transfers are in one of `states`, and returns them. */
export async function reach(
  bridge: Bridged,
  ids: readonly string[],
  states: readonly TransferStatus["state"][] = ["paid"],
): Promise<TransferStatus[]> {
  return until(`${ids.length} transfers are ${states.join(" or ")}`, async () => {
    await bridge.network.mine(1)
    const found = await Promise.all(ids.map((id) => bridge.api.transfer(id)))
    const arrived = found.filter((one) => one !== null && states.includes(one.state))
    return arrived.length === ids.length ? (arrived as TransferStatus[]) : null
  })
}

/** What the chains themselves hold, beside the books: nothing may differ. */
export async function holdings({ network, api }: Bridged) {
  const { places } = network
  const response = await fetch(
    `${places.ao.cuUrl}/dry-run?process-id=${places.token}`,
    post({ Tags: [{ name: "Action", value: "Total-Supply" }], Owner: "x", Target: places.token }),
  )
  const { Messages } = (await response.json()) as { Messages: { Data: string }[] }
  const ledger = (await api.ledger()).AR!
  return {
    vault: await network.arweaveBalance(places.vault),
    custody: BigInt(ledger.custody),
    circulating: BigInt(Messages[0]!.Data),
    supply: BigInt(ledger.supply),
    pending: BigInt(ledger.pending),
    balanced: ledger.balanced,
  }
}

function post(body: object) {
  return {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }
}

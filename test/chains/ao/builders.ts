// Local AO units with a fresh token of the bridge on them, and short ways to mint, burn and wait.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { connect as connectClient, createDataItemSigner } from "@permaweb/aoconnect"
import { afterAll, beforeAll, onTestFinished } from "vitest"
import { aoAddress } from "../../../chains/address.ts"
import { aoCodec } from "../../../chains/ao/codec.ts"
import { addressOf } from "../../../chains/ao/item.ts"
import { type AoOptions, connectLedger } from "../../../chains/ao/rpc.ts"
import { fromBase64url } from "../../../chains/bytes.ts"
import type { Deployment, Sealed, Terms } from "../../../chains/chain.ts"
import type { TransferId } from "../../../core/ids.ts"
import type { Payout } from "../../../core/payout.ts"
import { type AoDevnet, type AoView, startAo } from "../../../devnet/ao/index.ts"
import { deployToken } from "../../../devnet/token.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"
import { aPayout, groupSignature, idNumber, deployment as keys, tagsOf } from "../builders.ts"

export const AR = 10n ** 12n
export const ALICE = aoAddress(addressOf(fromBase64url(TEST_WALLETS.alice.n)!))!
export const HOME = idNumber(70)
export const LOCKS = { AR: 1_000n * AR }

let units: AoDevnet
let shared: ReturnType<typeof deployed> | null = null
let deposits = 0

/** One set of units for a test file. */
export function useUnits(): void {
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-ao-"))
  beforeAll(async () => {
    // A fresh key would take seconds.
    writeFileSync(path.join(folder, "messenger.json"), JSON.stringify(TEST_WALLETS.dave))
    units = await startAo({ folder })
  })
  afterAll(async () => {
    await units.stop()
    rmSync(folder, { recursive: true, force: true })
  })
}

/**
 * The token of this test file, as other tests have left it: `at` is its newest slot, and every `aMint` is
 * of another deposit. Deploying one costs more than all that a test does with it.
 */
export async function aToken() {
  units.setFaults({})
  units.suffer({})
  shared ??= deployed()
  const world = await shared
  // A connection that has seen nothing yet.
  const connection = world.connect()
  return { ...world, connection, at: (await connection.tip()).height }
}

async function deployed() {
  const token = await deployToken(units, {
    deployer: TEST_WALLETS.carol,
    bridge: keys.vault,
    guardian: ALICE,
  })
  const deployment: Deployment = { ...keys, tokens: { AR: token } }
  const connect = (
    views: readonly AoView[] = [units],
    options: Partial<AoOptions> = {},
    more: Partial<Deployment> = {},
  ) => {
    const urls = {
      mu: views.map(({ muUrl }) => muUrl),
      su: views.map(({ suUrl }) => suUrl),
      cu: views.map(({ cuUrl }) => cuUrl),
    }
    const settings = { freshMs: 0, timeoutMs: 60_000, ...options }
    const connection = connectLedger(aoCodec, { urls }, { ...deployment, ...more }, settings)
    onTestFinished(() => connection.close())
    return connection
  }
  const own = connectLedger(
    aoCodec,
    { urls: { mu: [units.muUrl], su: [units.suUrl], cu: [units.cuUrl] } },
    deployment,
    { freshMs: 0 },
  )
  const seal = (payouts: readonly Payout[], terms: Terms): Sealed => {
    const { messages } = aoCodec.build(payouts, terms, deployment)
    return aoCodec.seal(payouts, terms, deployment, messages.map(groupSignature))
  }
  const client = connectClient({
    ...{ MODE: "legacy", MU_URL: units.muUrl, CU_URL: units.cuUrl },
    ...{ GRAPHQL_URL: units.graphqlUrl, GATEWAY_URL: units.url },
  })
  const signer = createDataItemSigner(TEST_WALLETS.alice)
  /** Alice says something to the token; the id of her message. */
  const say = async (tags: Record<string, string>): Promise<string> =>
    (await client.message({ process: token, signer, tags: tagsOf(tags) })) as string
  return {
    ...{ units, token, deployment, connect, seal },
    /** Facts of a slot. */
    async facts(slot: number, reader = own) {
      const block = await reader.block(slot)
      return block === null ? null : aoCodec.facts(block, deployment)
    },
    async mint(payouts: readonly Payout[], attempt = 0): Promise<Sealed> {
      const sealed = seal(payouts, await own.terms(payouts, attempt, LOCKS))
      await own.submit(sealed)
      return sealed
    },
    say,
    burn: (quantity: bigint, tags: Record<string, string> = {}) =>
      say({ Action: "Burn", Quantity: `${quantity}`, Recipient: HOME, ...tags }),
  }
}

/** A mint to Alice for some new deposit. */
export function aMint(changes: Partial<Payout> = {}): Payout {
  deposits += 1
  const transfer: TransferId = `arweave:${idNumber(deposits)}:0`
  return aPayout("ao", { transfer, recipient: ALICE, amount: 10n * AR, ...changes })
}

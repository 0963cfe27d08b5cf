// A deposit of a token that the vault takes and the bridge file does not name yet: kept, told, and carried afterwards.

import { Interface, type InterfaceAbi } from "ethers"
import { pino } from "pino"
import { beforeEach, expect, test } from "vitest"
import type { Block, Connection, Deployment } from "../../../chains/chain.ts"
import type { ProvenLog } from "../../../chains/evm/reader.ts"
import { CHAIN_OF } from "../../../chains/index.ts"
import type { AssetName } from "../../../core/assets.ts"
import { transferId } from "../../../core/ids.ts"
import { vaultArtifact } from "../../../devnet/evm/contracts.ts"
import type { Sql } from "../../../services/store/database.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { unlistedDeposits } from "../../../services/store/unlisted.ts"
import { pass, type Watcher } from "../../../services/watchers/follow.ts"
import { aBlock, aPolicy } from "../../builders.ts"
import * as bridge from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"

const abi = new Interface(vaultArtifact().abi as InterfaceAbi)
const [VAULT, TOKEN, SENDER] = ["11", "22", "33"].map((two) => `0x${two.repeat(20)}`) as [
  string,
  string,
  string,
]
const TRANSACTION = `0x${"ab".repeat(32)}`
const ID = transferId({ chain: "ethereum", transaction: TRANSACTION, index: 7 })
const TIP = 6

const DEPOSIT = {
  ...abi.encodeEventLog("Deposited", [
    ...[7n, TOKEN, SENDER, 5_000_000n],
    ...[`0x${"00".repeat(12)}${"44".repeat(20)}`, SENDER, `0x${"00".repeat(32)}`],
  ]),
  ...{ address: VAULT, index: 0, transactionIndex: 0, transaction: TRANSACTION },
} as unknown as ProvenLog

let sql: Sql
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

/** Of a chain with the deposit in block 2. */
function watching(contracts: Partial<Record<AssetName, string>>, last = TIP): Watcher {
  const side = { chainId: 1, vault: VAULT, key: `0x${"01".repeat(32)}`, heightMin: 0, contracts }
  const deployment: Deployment = { ...bridge.deployment, vaults: { ethereum: side } }
  const block = async (height: number): Promise<Block | null> =>
    height > last
      ? null
      : {
          ...{ ...aBlock(height), chain: "ethereum", parent: aBlock(height - 1).id },
          ...{ timestampMs: 0, items: height === 2 ? [DEPOSIT] : [] },
        }
  const connection = { chain: "ethereum", block, tip: async () => aBlock(last) }
  const policy = { ...aPolicy(), depths: { ethereum: 1 }, payoutDepths: { ethereum: 1 } }
  const fees = [{ asset: "USDC", source: "ethereum", heightMin: 0, basisPoints: 0n, flat: 0n }]
  return {
    ...{ sql, deployment, chain: CHAIN_OF.ethereum!, log: pino({ level: "silent" }) },
    ...{ connection: connection as unknown as Connection, heightMin: 1, pollMs: 1 },
    policy: { ...policy, fees: fees as typeof policy.fees },
  }
}

async function watch(watcher: Watcher): Promise<void> {
  while (await pass(watcher, await watcher.connection.tip()));
}

test("is kept with whom it goes back to, and is no transfer", async () => {
  await watch(watching({}))
  await watch(watching({}))

  expect(await findTransfer(sql, ID)).toBeNull()
  const kept = await unlistedDeposits(sql)
  expect(kept.map(({ id, token, amount, height }) => ({ id, token, amount, height }))).toEqual([
    { id: ID, token: TOKEN, amount: 5_000_000n, height: 2 },
  ])
  expect(kept[0]!.refundTo.toLowerCase()).toBe(SENDER)
})

test("counts once, like any other, as soon as the bridge file names its token", async () => {
  await watch(watching({}))

  await watch(watching({ USDC: TOKEN }))
  await watch(watching({ USDC: TOKEN }))

  expect(await findTransfer(sql, ID)).toMatchObject({
    ...{ state: "confirmed", asset: "USDC", amount: 5_000_000n, version: 2 },
    block: { height: 2 },
  })
  expect(await unlistedDeposits(sql)).toEqual([])
  expect((await sql`select amount from balances where account = 'custody'`)[0]!.amount).toBe(
    5_000_000n,
  )
})

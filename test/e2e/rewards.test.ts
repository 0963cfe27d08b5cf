// From a deposit to points on AO: an epoch's root signed by signers whose own operators approved it, credits, and a claim.

import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { beforeAll, expect, test, vi } from "vitest"
import { parseBridge } from "../../chains/bridge.ts"
import type { Artifact } from "../../core/rewards/artifact.ts"
import { boundsOf, type Campaign, epochAt } from "../../core/rewards/campaign.ts"
import { inOrder, OFFICE, type RewardEvent } from "../../core/rewards/event.ts"
import { linesOf } from "../../core/rewards/events-file.ts"
import { localCampaign } from "../../devnet/campaign.ts"
import { readEvents, remade } from "../../mpc/approving.ts"
import { claimFrom, pointsOf } from "../../sdk/claim.ts"
import { run } from "../../services/cli/signer.ts"
import { planEpoch } from "../../services/payout/rewards.ts"
import { openDatabase, type Sql } from "../../services/store/database.ts"
import { ledgerEvents } from "../../services/store/reward-events.ts"
import { rewardOrders } from "../../services/store/reward-orders.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { AR, type Deposited, PATIENT, type Scene, startScene } from "./scene.ts"

const nowS = () => Math.floor(Date.now() / 1000)

/** Its first epoch ends soon after the network is up; a slow machine is in the second, and waits a minute more. */
const campaign: Campaign = {
  ...localCampaign(nowS() - 60 + 16),
  ...{ epochS: 60, epochs: 10, challengeS: 0 },
}

let scene: Scene
beforeAll(async () => {
  scene = await startScene({ campaign })
  return () => scene.close()
})

/** What the watchers recorded, and the word of compliance that these accounts may have rewards. */
async function eventsOf(sql: Sql, deposits: readonly Deposited[]): Promise<RewardEvent[]> {
  const office = deposits.map(
    ({ sender }, n): RewardEvent => ({
      ...{ kind: "standing", account: sender, action: "allow", epoch: null },
      ...{ evidence: "0".repeat(64), atS: campaign.startS, chain: OFFICE, block: n, index: 0 },
    }),
  )
  const chain = await vi.waitFor(async () => {
    const found = await ledgerEvents(sql, ["AR"])
    expect(found.map(({ kind }) => kind)).toEqual(deposits.map(() => "mint"))
    return found
  }, PATIENT)
  return [...office, ...chain].sort(inOrder)
}

test("what was bridged gives points: small ones come, others are claimed, all of it once", async () => {
  const { places, databaseUrl } = scene.network
  const [small, large] = [await scene.deposit(AR), await scene.deposit(5n * AR)]
  await scene.network.mine(10)
  for (const { id } of [small, large]) await scene.reaches(id, "paid")
  const sql = openDatabase(databaseUrl, { connections: 1 })
  const events = await eventsOf(sql, [small, large])
  const last = epochAt(campaign, events.at(-1)!.atS)
  await delay(Math.max(0, 1000 * boundsOf(campaign, last)[1] - Date.now()))

  // Each operator makes the epochs again on their own machine; three of five do.
  const file = join(scene.folder, "events.jsonl")
  const said: string[] = []
  const terminal = { out: (text: string) => said.push(text), note: () => {}, isTty: false }
  const bridge = JSON.parse(await readFile(join(scene.folder, "bridge.json"), "utf8"))
  const facts = parseBridge(bridge).campaign!
  let previous: Artifact | null = null
  for (let epoch = 1; epoch <= last; epoch++) {
    const known = events.filter(({ atS }) => atS < boundsOf(campaign, epoch)[1])
    const input = { campaign, epoch, events: known, ranges: [], previous }
    await writeFile(file, [...linesOf(input)].map((line) => `${line}\n`).join(""))
    const { artifact, hash } = remade(await readEvents(file))
    for (const index of [1, 3, 5]) {
      const folder = join(scene.folder, "signers", `signer-${index}`)
      await run(
        ["rewards", "approve", file, "--artifact", hash, "--folder", folder, "--json"],
        terminal,
      )
    }
    await planEpoch(sql, facts, { epoch: artifact, artifact: hash, previous, challengeS: 0 })
    previous = artifact
  }
  await vi.waitFor(async () => {
    const orders = await rewardOrders(sql, "taox")
    expect(orders.map(({ number, outcome }) => [number, outcome])).toEqual([
      [0, "done"],
      [1, "done"],
    ])
  }, PATIENT)
  await sql.end()

  const ao = { ...places.ao, gatewayUrl: places.arweaveUrl }
  const points = pointsOf(TEST_WALLETS.carol, ao, places.campaign!.process)
  // First bridge and one whole AR; then five of them.
  expect(await points.balance(small.sender)).toBe(20n * AR)
  expect(await points.balance(large.sender)).toBe(0n)
  const claim = claimFrom(previous!, large.sender)!
  expect(await points.claim(claim)).toMatchObject({ quantity: 60n * AR, number: 2 })
  expect(await points.balance(large.sender)).toBe(60n * AR)
  await expect(points.claim(claim)).rejects.toThrow("all of this")
  await expect(points.claim({ ...claim, amount: `${61n * AR}` })).rejects.toThrow(
    "stand in the tree",
  )

  // What moves the money has not noticed.
  await scene.booksBalance()
}, 120_000)

// Rewards as people see them: campaigns, an account's points with their reasons and its claim, closed epochs to check.

import { createReadStream } from "node:fs"
import { stat } from "node:fs/promises"
import { createGunzip } from "node:zlib"
import { aoAddress } from "../../chains/address.ts"
import { keyOf } from "../../chains/party.ts"
import { seals } from "../../chains/seals.ts"
import { assert } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { type Artifact, treeOfRows } from "../../core/rewards/artifact.ts"
import { boundsOf, type Campaign } from "../../core/rewards/campaign.ts"
import { artifactIn } from "../../core/rewards/events-file.ts"
import { isEvidence } from "../../core/rewards/evidence.ts"
import { proofOf, type Tree } from "../../core/rewards/merkle.ts"
import { appealWord } from "../../core/rewards/own-word.ts"
import type {
  AccountPoints,
  CampaignView,
  ClusterView,
  RewardEpochView,
} from "../../sdk/schemas/rewards.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import { standingAtOnce } from "../compliance/account-reward.ts"
import type { Sql } from "../store/database.ts"
import { appealsBy, clustersIn, type FoundCluster, heardIn } from "../store/reward-clusters.ts"
import {
  artifactOfEpoch,
  epochsOf,
  leaders,
  pointsOf,
  type StoredEpoch,
  standingNow,
} from "../store/reward-epochs.ts"
import { eventsPath, sha256 } from "../store/reward-files.ts"
import { heldNow } from "../store/reward-holds.ts"
import { newestRoot } from "../store/reward-orders.ts"
import { addFacts, campaigns, controlOf } from "../store/rewards.ts"
import type { Api } from "./context.ts"
import { takeRewardOrder } from "./reward-orders.ts"
import { type Server, serve } from "./serving.ts"

const LEADERS = 10
/** Told at once. */
const CLUSTERS = 500

export function rewardRoutes(server: Server, api: Api): void {
  const { sql, rewardsFolder = null } = api
  const book = new Claims()

  serve(server, ROUTES.campaigns, async () => {
    const all = await campaigns(sql)
    const terms = api.screening?.settings.terms ?? null
    return { campaigns: await Promise.all(all.map((one) => viewOf(sql, one))), terms }
  })

  serve(server, ROUTES.rewards, async ({ params, query }) => {
    const account = aoAddress(params.address)
    if (account === null) throw new BridgeError("bad-address", { address: params.address })
    const { campaign } = await demandCampaign(sql, query.campaign)
    const [points, epochs] = [
      await pointsOf(sql, campaign.id, account),
      await epochsOf(sql, campaign.id),
    ]
    // Where the token is ours, signers may not have approved yet what counts: the root before it still pays.
    const root = api.campaign?.id === campaign.id ? await newestRoot(sql, campaign.id) : null
    const newest = epochs.findLast(
      ({ state, epoch }) => state === "active" && (root === null || epoch <= root),
    )
    const known = points?.body as Partial<AccountPoints> | undefined
    // Asked again here: who may not have rewards now is handed no proof, whatever an epoch has given before.
    const standing = await (api.screening
      ? standingAtOnce(api.screening, campaign.id, account)
      : standingNow(sql, campaign.id, account))
    const claim = newest && standing === "allow" ? await book.claimOf(sql, newest, account) : null
    const told = await heldNow(sql, campaign.id, account, new Date())
    // A later epoch's claim is not what was held: its root ends the hold, or has.
    const held = told && (claim === null || claim.epoch <= told.epoch) ? told : null
    return {
      ...{ ...NOTHING, tasks: (campaign.tasks?.list ?? []).map(untouched) },
      ...known,
      ...{ campaign: campaign.id, account, standing },
      ...{ total: `${points?.total ?? 0n}`, rank: points?.rank ?? null },
      claim,
      held: held && { epoch: held.epoch, until: held.until.toISOString() },
      at: points?.at.toISOString() ?? null,
    }
  })

  serve(server, ROUTES.rewardEpochs, async ({ query }) => {
    const { campaign } = await demandCampaign(sql, query.campaign)
    return { epochs: (await epochsOf(sql, campaign.id)).map(epochView) }
  })

  serve(server, ROUTES.rewardEpoch, async ({ params, query, reply }) => {
    const { campaign } = await demandCampaign(sql, query.campaign)
    const text = await artifactOfEpoch(sql, campaign.id, params.epoch)
    if (text === null) throw new BridgeError("not-found", { epoch: params.epoch })
    // The very bytes that are hashed.
    return reply.type("application/json").send(text)
  })

  serve(server, ROUTES.rewardEvents, async ({ params, query, reply }) => {
    const { campaign } = await demandCampaign(sql, query.campaign)
    const found = (await epochsOf(sql, campaign.id)).find(({ epoch }) => epoch === params.epoch)
    const path = found && rewardsFolder !== null ? eventsPath(rewardsFolder, found) : null
    if (path === null || !(await stat(path).catch(() => null)))
      throw new BridgeError("not-found", { events: params.epoch })
    const file = createReadStream(path)
    const text = file.pipe(createGunzip())
    file.on("error", (error) => text.destroy(error))
    return reply.type("application/x-ndjson").send(text)
  })

  serve(server, ROUTES.rewardClusters, async ({ query }) => {
    const { campaign } = await demandCampaign(sql, query.campaign)
    const found = await clustersIn(sql, campaign.id, query.account ?? null, CLUSTERS)
    const appeals = await appealsBy(
      sql,
      found.map(({ evidence }) => appealWord(evidence)),
    )
    const heard = await heardIn(sql, campaign.id)
    return { clusters: found.map((one) => clusterView(one, appeals, heard)) }
  })

  serve(server, ROUTES.rewardEvidence, async ({ body }) => {
    const { campaign } = await demandCampaign(sql, body.campaign)
    const { task, account, issuer, note, signature } = body
    const evidence = { task, account, issuer, note, signature }
    if (aoAddress(account) !== account) throw new BridgeError("bad-address", { address: account })
    if (!isEvidence(campaign, evidence, seals.verify))
      throw new BridgeError("bad-signature", { issuer })
    const fact = { kind: "external", ...evidence } as const
    const key = `external ${task} ${account}`
    await addFacts(sql, campaign.id, Math.floor(Date.now() / 1_000), [{ key, fact }])
    return { taken: true }
  })

  serve(server, ROUTES.rewardOrders, async ({ body }) => takeRewardOrder(api, body))
}

/** Trees of the newest epochs: an artifact is read once, not for everybody who asks. */
class Claims {
  readonly #read = new Map<string, Promise<{ rows: Rows; tree: Tree | null; artifact: Artifact }>>()

  async claimOf(sql: Sql, stored: StoredEpoch, account: string): Promise<AccountPoints["claim"]> {
    const { rows, tree, artifact } = await this.#of(sql, stored)
    const row = rows.get(account)
    if (!row || row.index === null || !tree || artifact.root === null) return null
    const proof = proofOf(tree, row.index).map((part) => Buffer.from(part).toString("hex"))
    const { index, given: amount } = row
    return { epoch: artifact.epoch, index, amount, proof, root: artifact.root }
  }

  #of(sql: Sql, { campaign, epoch, hash }: StoredEpoch) {
    const known = this.#read.get(hash)
    if (known) return known
    if (this.#read.size >= KEPT) this.#read.clear()
    const read = (async () => {
      const artifact = artifactIn((await artifactOfEpoch(sql, campaign, epoch)) ?? "null")
      assert(artifact !== null, "an epoch that counts has its artifact")
      const rows: Rows = new Map(artifact.rows.map((row) => [row.account, row]))
      return { artifact, rows, tree: treeOfRows(campaign, epoch, artifact.rows, sha256) }
    })()
    this.#read.set(hash, read)
    read.catch(() => this.#read.delete(hash))
    return read
  }
}

type Rows = ReadonlyMap<string, Artifact["rows"][number]>

/** Artifacts in memory at once. */
const KEPT = 4

async function demandCampaign(sql: Sql, id: string | undefined) {
  const all = await campaigns(sql)
  const found = id === undefined ? all[0] : all.find(({ campaign }) => campaign.id === id)
  if (!found) throw new BridgeError("not-found", { campaign: id ?? "any" })
  return found
}

/** Whoever has nothing yet learns all the same that they must sign in. */
const NOTHING: Omit<
  AccountPoints,
  "campaign" | "account" | "total" | "rank" | "claim" | "held" | "at"
> = {
  ...{ standing: "hold", weight: 10_000, earned: "0", waiting: "0", returned: "0" },
  ...{ frozen: "0", lines: [], tasks: [] },
}

const untouched = ({ id }: { readonly id: string }) => ({ id, done: "0", given: "0" })

async function viewOf(
  sql: Sql,
  { campaign, rules }: { readonly campaign: Campaign; readonly rules: string },
): Promise<CampaignView> {
  const [control, epochs, first] = [
    await controlOf(sql, campaign.id),
    await epochsOf(sql, campaign.id),
    await leaders(sql, campaign.id, LEADERS),
  ]
  return {
    ...{ id: campaign.id, rules, asOf: campaign.asOf, authority: campaign.authority },
    state: control?.state ?? "running",
    starts: timeOf(campaign.startS),
    ends: timeOf(boundsOf(campaign, campaign.epochs)[1]),
    epochSeconds: campaign.epochS,
    epochs: epochs.map(epochView),
    allocation: `${campaign.allocation}`,
    accrues: campaign.accrual !== null,
    tasks: (campaign.tasks?.list ?? []).map((task) => ({
      ...{ id: task.id, title: task.title, kind: task.predicate.kind },
      ...{ asset: task.predicate.asset, min: `${task.predicate.min}`, points: `${task.points}` },
      ...{ repeat: task.repeat, cap: `${task.cap}`, needs: [...task.needs] },
      ...{ from: timeOf(task.window[0]), until: timeOf(task.window[1]) },
    })),
    accounts: first.accounts,
    leaders: first.rows.map(({ account, total, rank }) => ({ account, total: `${total}`, rank })),
  }
}

function epochView(stored: StoredEpoch): RewardEpochView {
  const { epoch, state, hash, root, events, closedAt, activeAt } = stored
  assert(state !== "void", "only epochs that stand are shown")
  const [closed, active] = [closedAt.toISOString(), activeAt.toISOString()]
  return { epoch, state, hash, root, events, closedAt: closed, activeAt: active }
}

/** Where people signed in from is shown to nobody, not even as a tag: only that it was one place. */
function clusterView(
  { foundAt, edges, ...cluster }: FoundCluster,
  appeals: ReadonlyMap<string, readonly string[]>,
  heard: ReadonlySet<string>,
): ClusterView {
  const shown = edges.map(({ accounts, reason, by }) => {
    return { accounts: [...accounts], reason, by: reason === "session" ? null : by }
  })
  const accounts = [...cluster.accounts]
  const against = appeals.get(appealWord(cluster.evidence)) ?? []
  const said = {
    appeals: accounts.filter((account) => against.includes(keyOf(account))),
    heard: accounts.filter((account) => heard.has(account)),
  }
  return { ...cluster, accounts, edges: shown, ...said, foundAt: foundAt.toISOString() }
}

function timeOf(atS: number): string {
  return new Date(1_000 * atS).toISOString()
}

// A client of the rewards' part of the bridge's HTTP API, for browsers and Node alike.

import { ApiError } from "./client.ts"
import type {
  AccountPoints,
  CampaignView,
  ClusterView,
  RewardEpochView,
  RewardOrderAnswer,
} from "./schemas/rewards.ts"

export type {
  AccountPoints,
  CampaignView,
  ClusterView,
  RewardEpochView,
} from "./schemas/rewards.ts"

/** Without a campaign's id the newest one is meant. Amounts are base units of its token, as text. */
export interface RewardsApi {
  campaigns(): Promise<readonly CampaignView[]>
  /** Points with a line for each reason, rank, tasks, standing, and the claim of the newest epoch that counts. */
  points(address: string, campaign?: string): Promise<AccountPoints>
  epochs(campaign?: string): Promise<readonly RewardEpochView[]>
  /** The very text that an epoch's hash is of. */
  artifact(epoch: number, campaign?: string): Promise<string>
  /** The file from which an epoch can be made again, as it comes. */
  events(epoch: number, campaign?: string): Promise<ReadableStream<Uint8Array>>
  /** Clusters of accounts that are held to be one person's, the newest first; of one account when it is named. */
  clusters(account?: string, campaign?: string): Promise<readonly ClusterView[]>
  /** An issuer's word of an external task. */
  vouch(evidence: {
    readonly campaign: string
    readonly task: string
    readonly account: string
    readonly issuer: string
    readonly note: string
    readonly signature: string
  }): Promise<void>
  order(order: {
    readonly order: string
    readonly operator: string
    readonly signature: string
  }): Promise<RewardOrderAnswer>
}

/** `url` is the API's, without a slash at its end. Every call throws `ApiError` for a refusal. */
export function rewardsApi(url: string): RewardsApi {
  const ask = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await fetch(`${url}${path}`, init)
    if (response.ok) return response
    const body = (await response.json().catch(() => ({}))) as {
      error?: { code: string; message: string }
    }
    const { code = "unknown", message = `status ${response.status}` } = body.error ?? {}
    throw new ApiError(code, message, response.status)
  }
  const read = async <Answer>(path: string, init?: RequestInit) =>
    (await (await ask(path, init)).json()) as Answer
  const post = (body: object): RequestInit => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  const of = (campaign?: string) => (campaign === undefined ? "" : `?campaign=${campaign}`)
  return {
    campaigns: async () =>
      (await read<{ campaigns: readonly CampaignView[] }>("/campaigns")).campaigns,
    points: (address, campaign) => read(`/rewards/${encodeURIComponent(address)}${of(campaign)}`),
    epochs: async (campaign) =>
      (await read<{ epochs: readonly RewardEpochView[] }>(`/rewards/epochs${of(campaign)}`)).epochs,
    artifact: async (epoch, campaign) =>
      (await ask(`/rewards/epochs/${epoch}${of(campaign)}`)).text(),
    clusters: async (account, campaign) => {
      const about = new URLSearchParams({
        ...(account !== undefined && { account }),
        ...(campaign !== undefined && { campaign }),
      })
      return (await read<{ clusters: readonly ClusterView[] }>(`/rewards/clusters?${about}`))
        .clusters
    },
    async events(epoch, campaign) {
      const { body } = await ask(`/rewards/epochs/${epoch}/events${of(campaign)}`)
      if (!body) throw new ApiError("unknown", "an empty answer", 200)
      return body
    },
    async vouch(evidence) {
      await ask("/rewards/evidence", post(evidence))
    },
    order: (order) => read("/rewards/orders", post(order)),
  }
}

// What the operators' console is told beyond what everybody may know: one answer, for those whose key is on a list.

import type { ChainName, NetworkName } from "../../core/assets.ts"
import type { TransferBrief } from "./transfers.ts"

export type Role = "operator" | "pauser" | "officer"

export interface ConsoleView {
  /** As signed requests name it. */
  readonly bridge: string
  readonly who: { readonly name: string; readonly roles: readonly Role[] }
  /** Transfers that people should look at, the oldest first. */
  readonly stuck: readonly Stuck[]
  /** Pauses, and which operators have ordered that each ends. */
  readonly resumes: readonly {
    readonly order: string
    readonly given: readonly string[]
    readonly needed: number
  }[]
  /** Whole coins that were left when it was last looked at; null where this process does not pay. */
  readonly gas: Readonly<Partial<Record<NetworkName, number | null>>>
  readonly endpoints: readonly Endpoint[]
  /** Every campaign that was published, the newest first. */
  readonly campaigns: readonly CampaignControl[]
  /** Null for a bridge without a compliance policy. */
  readonly policy: {
    readonly id: string
    readonly inForce: number | null
    readonly versions: readonly {
      readonly version: number
      readonly effective: string
    }[]
  } | null
}

/** What operators have ordered of a campaign, and what they can. Amounts are base units as text. */
export interface CampaignControl {
  readonly id: string
  readonly state: "running" | "frozen" | "killed"
  /** Who ordered that, with the reason, and since when; null when nobody has ordered anything. */
  readonly by: string | null
  readonly since: string | null
  readonly allocation: string
  /** By the newest closed epoch. */
  readonly given: string
  readonly accounts: number
  /** The newest ones first. */
  readonly epochs: readonly {
    readonly epoch: number
    readonly state: "pending" | "active"
    readonly hash: string
    readonly activeAt: string
  }[]
  /** Orders that some operators have given, and too few. */
  readonly orders: readonly {
    readonly order: string
    readonly given: readonly string[]
    readonly needed: number
  }[]
}

export interface Stuck {
  readonly transfer: TransferBrief
  readonly why: "held" | "late" | "failing"
  /** What to run, with the names of key files as they may be called. */
  readonly command: string
}

/** One place where a chain is read. Only hosts are told: a path may be a secret. */
export interface Endpoint {
  readonly chain: ChainName
  readonly hosts: readonly string[]
  /** As all of them together say it; null when they do not answer or do not agree. */
  readonly height: number | null
  readonly problem: string | null
  /** Times that they disagreed in the last 24 hours, and the last one; null when they did not. */
  readonly disagreed: { readonly count: number; readonly last: string } | null
  /** Each by itself, where the chain's reader asks them so. */
  readonly each: readonly {
    readonly host: string
    readonly version: string | null
    readonly height: number | null
    readonly agrees: boolean | null
    readonly problem: string | null
  }[]
}

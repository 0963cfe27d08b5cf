// A campaign's token as its tests drive it: a tree of claims, its root, and the messages about them.

import { deepEqual } from "node:assert/strict"
import { createHash } from "node:crypto"
import {
  type Claim,
  leafOf,
  proofOf,
  rootOf,
  type Tree,
  treeOf,
} from "../../core/rewards/merkle.ts"
import type { AoResult } from "../../devnet/evaluator.ts"
import { type TaoxConfig, taoxBundle, taoxHyperBundle } from "../../lua/taox.ts"
import {
  ALICE,
  BOB,
  BRIDGE,
  GUARDIAN,
  idOf,
  outcomes,
  POOL,
  type Sent,
  Token,
  tagsOf,
} from "./token.ts"

export const CAMPAIGN = "taox"
/** When the scheduler's clock starts in a test, milliseconds. */
export const NOW = 1_700_000_000_000
export const HOUR = 3_600_000

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest()
export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

export function aCampaign(fields: Partial<TaoxConfig> = {}): TaoxConfig {
  return {
    ...{ name: "Causeway test points", ticker: "TAOX", denomination: 12, bridge: BRIDGE },
    ...{ guardian: GUARDIAN, campaign: CAMPAIGN, allocation: 1_000_000n, delayMs: 0 },
    ...fields,
  }
}

/** An epoch's claims in the order of their accounts, with their tree. */
export interface Epoch {
  readonly epoch: number
  readonly claims: readonly Claim[]
  readonly tree: Tree
  readonly root: string
  readonly total: bigint
}

export function anEpoch(
  epoch: number,
  amounts: Readonly<Record<string, bigint>>,
  campaign = CAMPAIGN,
): Epoch {
  const claims = Object.keys(amounts)
    .sort()
    .map((account, index) => ({ campaign, epoch, index, account, amount: amounts[account]! }))
  const tree = treeOf(
    claims.map((claim) => leafOf(claim, sha256)),
    sha256,
  )!
  const total = claims.reduce((sum, { amount }) => sum + amount, 0n)
  return { epoch, claims, tree, root: hex(rootOf(tree)), total }
}

export const three = (epoch = 1) => anEpoch(epoch, { [ALICE]: 1000n, [BOB]: 500n, [POOL]: 7n })

export interface RootFields {
  readonly root: string
  readonly total: string
  readonly opensAt: string
  readonly closesAt: string
  readonly artifact: string
}

/** The one text of a claim; `fields` replace what is true of it. */
export function claimData(
  { epoch, claims, tree }: Epoch,
  account: string,
  fields: Record<string, unknown> = {},
) {
  const claim = claims.find((one) => one.account === account)!
  return JSON.stringify({
    ...{ epoch: `${epoch}`, index: `${claim.index}`, account, amount: `${claim.amount}` },
    proof: proofOf(tree, claim.index).map(hex),
    ...fields,
  })
}

export function creditData({ epoch, claims }: Epoch, accounts: readonly string[]): string {
  const rows = accounts.map((account) => {
    const { index, amount } = claims.find((one) => one.account === account)!
    return { index: `${index}`, account, amount: `${amount}` }
  })
  return JSON.stringify({ epoch: `${epoch}`, rows })
}

export class Taox {
  readonly token: Token

  private constructor(token: Token) {
    this.token = token
  }

  static async deployed(config = aCampaign(), face = process.env.FACE ?? "aos"): Promise<Taox> {
    if (face === "hyper") return Taox.scripted(config)
    return new Taox(await Token.evaluated(taoxBundle(config)))
  }

  /** On `lua@5.3a`; `patch` changes the script first, as a fault would. */
  static async scripted(config = aCampaign(), patch = (script: string) => script): Promise<Taox> {
    return new Taox(await Token.scripted(patch(taoxHyperBundle(config))))
  }

  root(epoch: Epoch, fields: Partial<RootFields> = {}, more: Sent = {}): Promise<AoResult> {
    const { root, total, opensAt, closesAt, artifact } = {
      ...{ root: epoch.root, total: `${epoch.total}`, artifact: hex(sha256(Buffer.from("a"))) },
      ...{ opensAt: `${NOW}`, closesAt: `${NOW + 1000 * HOUR}` },
      ...fields,
    }
    const tags = {
      ...{ Action: "Root", Epoch: `${epoch.epoch}`, Root: root, Total: total },
      ...{ "Opens-At": opensAt, "Closes-At": closesAt, Artifact: artifact },
    }
    return this.token.send(tags, { from: BRIDGE, ...more })
  }

  claim(epoch: Epoch, account: string, more: Sent & { fields?: Record<string, unknown> } = {}) {
    const data = claimData(epoch, account, more.fields)
    return this.token.send({ Action: "Claim" }, { from: idOf("anybody"), data, ...more })
  }

  credit(epoch: Epoch, accounts: readonly string[], more: Sent = {}): Promise<AoResult> {
    const data = creditData(epoch, accounts)
    return this.token.send({ Action: "Credit" }, { from: BRIDGE, data, ...more })
  }

  pause(scope: string, more: Sent = {}): Promise<AoResult> {
    const tags = { Action: "Pause", Reason: "a wrong root", Scope: scope }
    return this.token.send(tags, { from: GUARDIAN, ...more })
  }

  /** For an hour, unless it is said. */
  hold(epoch: number, accounts: readonly string[], more: Sent & { untilMs?: number } = {}) {
    const { untilMs = (more.at ?? this.token.nowMs) + HOUR, ...sent } = more
    const tags = { Action: "Hold", Epoch: `${epoch}`, Until: `${untilMs}`, Reason: "barred now" }
    return this.token.send(tags, { from: GUARDIAN, data: JSON.stringify(accounts), ...sent })
  }

  async had(account: string): Promise<string> {
    return (await this.token.ask({ Action: "Had", Recipient: account })).Data!
  }

  async payments(): Promise<Payment[]> {
    return JSON.parse((await this.token.ask({ Action: "Payments" })).Data!)
  }

  /** Everything that a message may change, to compare before and after a refusal. */
  async state() {
    const { Reference: _, ...info } = await this.token.info()
    const roots = JSON.parse((await this.token.ask({ Action: "Roots" })).Data!)
    const had = await Promise.all(
      [ALICE, BOB].map((Recipient) => this.token.ask({ Action: "Had", Recipient })),
    )
    const held = had.map((one) => tagsOf(one)["Held-Until"])
    const [balances, payments] = [await this.token.balances(), await this.payments()]
    return { info, balances, payments, roots, held }
  }
}

/** The outcomes of a claim that pays. */
export const paid = ["Credit-Notice", "Claim-Notice"]

/** A token on aos with the root of an epoch. */
export async function open(epoch = three(), config = aCampaign()) {
  const taox = await Taox.deployed(config)
  deepEqual(outcomes(await taox.root(epoch)), ["Root-Notice"])
  return taox
}

/** Refused with this code, and nothing is otherwise than before. */
export async function refuses(taox: Taox, code: string, act: () => ReturnType<Taox["claim"]>) {
  const before = await taox.state()
  const result = await act()
  deepEqual(outcomes(result), [code])
  deepEqual(await taox.state(), before)
  return result
}

export interface Payment {
  readonly number: number
  readonly account: string
  readonly quantity: string
  readonly epoch: number
  readonly index: string
  readonly kind: "claim" | "credit"
}

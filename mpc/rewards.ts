// What a signer's operator has approved of a campaign, and the orders to its token that follow from it.
//
// It signs what `causeway signer rewards approve` has made again, row by row, from events that the operator brought and
// that the signer's own endpoints showed (`epoch-events.ts`), and what lies approved in this folder. Else it refuses.

import { mkdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { type Order, orderMessage } from "../chains/ao/campaign.ts"
import { BridgeError } from "../core/errors.ts"
import { CREDIT_ROWS, type CreditRow, type RootFacts } from "../core/rewards/payable.ts"
import type { Witnessed } from "./epoch-events.ts"
import type { RewardsRequest } from "./protocol.ts"
import { replaceFile } from "./replace-file.ts"
import type { Desk } from "./signing.ts"

/** What a campaign's epoch comes to, by this operator's own reckoning. */
export interface ApprovedEpoch {
  readonly campaign: string
  readonly epoch: number
  /** Hash of the campaign's file that it was reckoned by. */
  readonly rules: string
  /** Hash of the epoch's artifact. */
  readonly artifact: string
  /** Null when there is nothing to claim. */
  readonly root: RootFacts | null
  readonly credits: readonly (readonly CreditRow[])[]
  /** How much of its ledgers this operator's own endpoints showed as the file has it; null when nobody looked. */
  readonly witnessed: Witnessed | null
}

const amount = z
  .string()
  .regex(/^[1-9][0-9]{0,37}$/)
  .transform(BigInt)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const whole = z.number().int().nonnegative()

const shape = z.strictObject({
  ...{ campaign: z.string(), epoch: whole, rules: hash, artifact: hash },
  root: z
    .strictObject({
      ...{ epoch: whole, root: hash, total: amount, opensAtMs: whole, closesAtMs: whole },
      artifact: hash,
    })
    .nullable(),
  credits: z.array(
    z
      .array(z.strictObject({ index: whole, account: z.string(), amount }))
      .min(1)
      .max(CREDIT_ROWS),
  ),
  witnessed: z.strictObject({ slots: whole, events: whole }).nullable().default(null),
})

/** The file of an approved epoch in a signer's folder. */
export function approvedFile(folder: string, epoch: number): string {
  return join(folder, "rewards", `epoch-${epoch}.json`)
}

/** Null when its operator has approved none. Throws `bad-config`. */
export async function readApproved(folder: string, epoch: number): Promise<ApprovedEpoch | null> {
  const file = approvedFile(folder, epoch)
  const text = await readFile(file, "utf8").catch(() => null)
  if (text === null) return null
  const result = shape.safeParse(jsonIn(text))
  if (!result.success)
    throw new BridgeError("bad-config", { file, problems: z.prettifyError(result.error) })
  return result.data
}

export async function writeApproved(folder: string, approved: ApprovedEpoch): Promise<void> {
  await mkdir(join(folder, "rewards"), { recursive: true, mode: 0o700 })
  const text = (_: string, value: unknown) => (typeof value === "bigint" ? `${value}` : value)
  await replaceFile(approvedFile(folder, approved.epoch), JSON.stringify(approved, text))
}

/** An order to a campaign's token, as the operator approved it. */
interface ApprovedOrder {
  readonly campaign: string
  /** Hash of the artifact that it follows from. */
  readonly artifact: string
  /** What the group signs. */
  readonly message: Uint8Array
}

/** The order that is asked for. Throws the reason not to sign it. */
export async function approvedOrder(
  { campaign, folder, view, now }: Desk,
  { rewards: epoch, part, scheme }: RewardsRequest,
): Promise<ApprovedOrder> {
  const refuse = (reason: string, detail: object = {}) =>
    new BridgeError("signer-refused", { reason, epoch, ...detail })
  if (!campaign || scheme !== "rsa") throw new BridgeError("not-supported", { rewards: scheme })
  const approved = await readApproved(folder, epoch)
  if (!approved) throw refuse("this signer's operator has not approved the epoch")
  const { root } = approved
  if (approved.campaign !== campaign.id || approved.epoch !== epoch)
    throw refuse("what is approved is of another campaign or epoch")
  if (root === null) throw refuse("nothing is to be claimed")
  if (approved.rules !== campaign.rules) throw refuse("what is approved is of other rules")
  if (approved.witnessed === null)
    throw refuse("nobody looked for its events at this signer's own endpoints: approve it again")
  if (root.total > campaign.allocation) throw refuse("more than the campaign ever gives")
  const nowMs = now()
  if (nowMs < root.opensAtMs)
    throw new BridgeError("not-yet", { reason: "may still be challenged", until: root.opensAtMs })
  if (nowMs >= root.closesAtMs) throw refuse("its time to be claimed is over")
  const order = orderOf(root, approved.credits, part)
  if (!order) throw refuse("the epoch has no such credit", { part })
  const message = orderMessage(order, campaign.process, view.deployment)
  return { campaign: campaign.id, artifact: root.artifact, message }
}

function orderOf(
  root: RootFacts,
  credits: ApprovedEpoch["credits"],
  part: RewardsRequest["part"],
): Order | null {
  if (part === "root") return { kind: "root", facts: root }
  const rows = credits[part]
  return rows ? { kind: "credit", epoch: root.epoch, rows } : null
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

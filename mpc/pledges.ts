// What this signer has helped to pay, in which slot and how much of late: its memory between two signatures.

import { createHash } from "node:crypto"
import type { Terms } from "../chains/chain.ts"
import type { ChainName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import type { Governor, Prices } from "../core/governor.ts"
import type { TransferId } from "../core/ids.ts"
import type { Payout } from "../core/payout.ts"
import { ClaimIndex, Claims } from "./claims.ts"
import type { Cap } from "./config.ts"
import { type Entry, type Journal, openJournal } from "./journal.ts"
import { fileIn, type JournalFile } from "./journal-file.ts"
import { overCap, Spending, type Spent, spentBy, tooEarly } from "./limits.ts"
import { type MovedBefore, movedIn } from "./moved.ts"
import { type Refusal, refusalOf } from "./protocol.ts"

/** One payout transaction, as it was derived; what its chain is asked about when somebody says that it is dead. */
export interface Plan {
  readonly chain: ChainName
  readonly payouts: readonly Payout[]
  readonly terms: Terms
  /** The slot that each transfer takes by it. */
  readonly slots: ReadonlyMap<TransferId, string>
  /** Where each comes from, for limits; not part of what a journal remembers of a plan. */
  readonly origins?: ReadonlyMap<TransferId, Origin> | undefined
}

/** Who sent a transfer, and when its block says that it was made; null where that is not known. */
export interface Origin {
  readonly sender: string
  readonly atMs: number | null
}

/** What the bridge limits beside the signer's own caps. */
export interface Governed {
  readonly governor?: Governor | undefined
  readonly prices?: Prices | undefined
  /** Names what the signer's endpoints have answered up to now. */
  readonly heard?: string | undefined
}

const DAY_MS = 86_400_000

export class Pledges {
  readonly #journal: Journal
  readonly #claims: Claims
  readonly #memory: Memory

  constructor(journal: Journal, memory: Memory) {
    this.#journal = journal
    this.#memory = memory
    this.#claims = new Claims(memory.index, journal)
  }

  /**
   * Reads the journal in `folder`; throws `journal-damaged`. `keepsParties`: who sent and who got what, for the
   * delay of what is large; it takes memory for each transfer of a day. `openFile` gives the file of a folder.
   */
  static async open(
    folder: string,
    keepsParties = false,
    openFile: (folder: string) => Promise<JournalFile> = fileIn,
  ): Promise<Pledges> {
    const memory = new Memory(keepsParties)
    const replay = (entry: Entry) => memory.replay(entry)
    return new Pledges(await openJournal(folder, replay, openFile), memory)
  }

  get records(): number {
    return this.#journal.entries
  }

  /**
   * The transfers of a plan that are pledged to another slot, each with the plan that holds it. They are
   * refused until that plan's chain says that it is dead, and it is released.
   */
  rivals(plan: Plan): readonly { readonly transfer: TransferId; readonly plan: Plan | null }[] {
    return plan.payouts.flatMap((payout) => {
      const refused = this.#memory.index.refusal(claimOf(plan, payout))
      if (refused?.reason !== "other-slot") return []
      return { transfer: payout.transfer, plan: this.#memory.planOf(payout.transfer) }
    })
  }

  isPromised = (transfer: TransferId): boolean => this.#memory.isPlanned(transfer)

  /** What the same people moved in the last 24 hours; null of a transfer that was promised before. */
  moved: MovedBefore = (transfer, who, nowMs) => {
    if (this.isPromised(transfer)) return null
    return movedIn(this.#memory.spentSince(nowMs - DAY_MS), who)
  }

  /** Frees a transfer from a plan that is proven dead. What follows it in the journal rests on it. */
  release(transfer: TransferId, plan: Plan): void {
    const evidence = `${plan.chain} says dead: ${JSON.stringify(plan.terms)}`
    // An append that fails makes every later one fail, and those are waited for.
    this.#claims.release(transfer, plan.slots.get(transfer)!, evidence).catch(() => {})
  }

  /**
   * Pledges the whole plan or nothing of it: resolves to no refusals when it is on the disk, and only
   * then may a signature leave. To pledge again what is pledged is free. Rejects with `journal-unwritable`.
   */
  async pledge(
    plan: Plan,
    caps: readonly Cap[],
    nowMs: number,
    { governor, prices, heard }: Governed = {},
  ): Promise<readonly Refusal[]> {
    // From here to the first await nothing else runs, so two requests at once cannot both pass.
    const claims = plan.payouts.map((payout) => claimOf(plan, payout))
    const taken = claims.flatMap((claim) => this.#memory.index.refusal(claim) ?? [])
    if (taken.length > 0) {
      return taken.map(({ transfer, reason, held }) =>
        refusalOf(transfer as TransferId, new BridgeError("slot-taken", { reason, held })),
      )
    }
    const fresh = plan.payouts.filter(
      ({ transfer }) => !this.#memory.index.holds(transfer, plan.slots.get(transfer)!),
    )
    const spent = this.#memory.spentSince(nowMs - DAY_MS)
    const over = overCap(caps, plan.payouts, new Set(fresh), spent)
    if (over.length > 0) return over
    const late = governor ? tooEarly(governor, { plan, fresh, spent, nowMs, prices }) : []
    if (late.length > 0) return late
    // In front of its claims in the file, so that a claim on the disk always has its plan there.
    const append = (entry: Entry) => this.#journal.append(heard ? { ...entry, heard } : entry)
    const written = this.#memory.learn(plan, fresh, nowMs, append)
    const [refused] = await Promise.all([this.#claims.claim(claims), written])
    if (refused.length > 0) throw new BridgeError("assertion", { claim: "a checked claim is free" })
    return []
  }

  /**
   * Promises that for this purpose nothing but this was ever signed, nor will be. Resolves when that is on the disk;
   * throws `slot-taken` when it was promised of something else.
   */
  async pledgeOnly(purpose: string, digest: string): Promise<void> {
    const held = this.#memory.only.get(purpose)
    if (held && held.digest !== digest) throw new BridgeError("slot-taken", { purpose })
    if (held) return held.onDisk
    const onDisk = this.#journal.append({ kind: "only", purpose, digest })
    this.#memory.only.set(purpose, { digest, onDisk })
    return onDisk
  }

  /** Notes that the nonces of a session are about to be spent; resolves when that is on the disk. */
  consume(session: string): Promise<void> {
    return this.#journal.append({ kind: "session", session })
  }

  /** Writes down what asks for no promise, and is to be found again; resolves when it is on the disk. */
  note(entry: Entry): Promise<void> {
    return this.#journal.append(entry)
  }

  close(): Promise<void> {
    return this.#journal.close()
  }
}

/** Hash of all that a payout gives, to whom and where; the same whatever its transaction costs. */
export function contentOf({ transfer, chain, asset, recipient, amount, forward }: Payout): string {
  const tags = Object.entries(forward).sort(([a], [b]) => (a < b ? -1 : 1))
  const fields = [transfer, chain, asset, recipient, String(amount), tags]
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex")
}

/** What the journal's entries add up to. */
class Memory {
  readonly index = new ClaimIndex()
  /** What alone is signed for a purpose. */
  readonly only = new Map<string, { readonly digest: string; readonly onDisk: Promise<void> }>()
  /** The last plan of each transfer. Kept as text: a plan is seldom asked for, and there are many. */
  readonly #plans = new Map<string, { readonly text: string; readonly onDisk: Promise<void> }>()
  readonly spending: Spending

  constructor(keepsParties: boolean) {
    this.spending = new Spending(keepsParties)
  }

  replay(entry: Entry): void {
    this.index.replay(entry)
    if (entry.kind === "only") this.#keep(entry as unknown as OnlyEntry)
    if (entry.kind !== "plan") return
    const { plan, atMs, spent } = entry as unknown as PlanEntry
    const { chain } = this.#hold(plan, DONE)
    this.spending.add(spent, chain, atMs)
  }

  isPlanned(transfer: TransferId): boolean {
    return this.#plans.has(transfer)
  }

  planOf(transfer: TransferId): Plan | null {
    const held = this.#plans.get(transfer)
    return held ? planFrom(held.text) : null
  }

  /** Remembers a plan and what is new in it; the same plan again is not written twice. */
  learn(
    plan: Plan,
    fresh: readonly Payout[],
    atMs: number,
    append: (entry: Entry) => Promise<void>,
  ): Promise<void> {
    const text = planText(plan)
    const known = this.#plans.get(plan.payouts[0]!.transfer)
    if (fresh.length === 0 && known?.text === text) return known.onDisk
    const spent = spentBy(plan, fresh)
    const onDisk = append({ kind: "plan", plan: text, atMs, spent } satisfies PlanEntry)
    this.#hold(text, onDisk, plan)
    this.spending.add(spent, plan.chain, atMs)
    return onDisk
  }

  spentSince(sinceMs: number): Spending {
    return this.spending.since(sinceMs)
  }

  /** What came first counts: whatever stands behind it was never confirmed. */
  #keep({ purpose, digest }: OnlyEntry): void {
    if (!this.only.has(purpose)) this.only.set(purpose, { digest, onDisk: DONE })
  }

  #hold(text: string, onDisk: Promise<void>, plan = planFrom(text)): Plan {
    const held = { text, onDisk }
    for (const { transfer } of plan.payouts) this.#plans.set(transfer, held)
    return plan
  }
}

type OnlyEntry = { readonly kind: "only"; readonly purpose: string; readonly digest: string }

type PlanEntry = {
  readonly kind: "plan"
  readonly plan: string
  readonly atMs: number
  readonly spent: readonly Spent[]
}

function claimOf(plan: Plan, payout: Payout) {
  const { transfer } = payout
  return { transfer, slot: plan.slots.get(transfer)!, payout: contentOf(payout) }
}

function planText({ chain, payouts, terms, slots }: Plan): string {
  return JSON.stringify({ chain, terms, slots: [...slots], payouts }, (_, value: unknown) =>
    typeof value === "bigint" ? { $n: String(value) } : value,
  )
}

function planFrom(text: string): Plan {
  const { slots, ...plan } = JSON.parse(text, (_, value) =>
    typeof value?.$n === "string" ? BigInt(value.$n) : value,
  )
  return { ...plan, slots: new Map(slots) }
}

const DONE = Promise.resolve()

// The connection to Arweave: blocks and deposits by our own checks, terms of a release, and what became of it.

import { sha256 } from "@noble/hashes/sha2.js"
import { assert } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import { isId, textOf, toBase64url, utf8 } from "../bytes.ts"
import type {
  Block,
  Connection,
  Deployment,
  Endpoints,
  Fate,
  Funder,
  Located,
  OtherPlans,
  Owner,
  Sealed,
  Terms,
} from "../chain.ts"
import { type HttpOptions, openHttp, type Reply } from "../http.ts"
import { arweaveCodec } from "./codec.ts"
import { type Gateway, gateway } from "./gateway.ts"
import { type ArweaveNode, arweaveNode, type Header } from "./node.ts"
import { ANCHOR_LIFE, anchorAt, claim, demandSound, isExpired, rewardFor } from "./planning.ts"
import { payerOf, payerTerm, sweepIn, termsIn } from "./terms.ts"
import type { Transaction } from "./transaction.ts"
import { Weave } from "./weave.ts"

export interface ArweaveOptions extends HttpOptions {
  /** How old a look at the tip may be for it to be used again, milliseconds. */
  readonly freshMs: number
  /** The most that one release may cost, winston. */
  readonly rewardMax: bigint
}

/**
 * `urls.node`: one or more nodes, compared with each other. `urls.graphql`: optionally one gateway that
 * makes catching up faster; what it leaves out is missed, so a node alone is the safe choice. `urls.history`:
 * one that is asked who first paid somebody, and nothing else. Throws `bad-config`.
 */
export function connectArweave(
  { urls, heard }: Endpoints,
  deployment: Deployment,
  options: Partial<ArweaveOptions> = {},
): Connection<Transaction> {
  const all = { ...DEFAULTS, ...options }
  const nodes = urls.node ?? []
  if (nodes.length === 0)
    throw new BridgeError("bad-config", { missing: "a URL of an Arweave node" })
  const http = openHttp({ ...all, heard })
  const [graphql] = urls.graphql ?? []
  const [history = graphql] = urls.history ?? []
  const weave = new Weave({
    nodes: nodes.map((url) => arweaveNode(url, http, all.timeoutMs)),
    gateway: graphql === undefined ? null : gateway(graphql, http),
    deployment,
    freshMs: all.freshMs,
  })
  const past = history === undefined ? null : gateway(history, http)
  return new ArweaveConnection(weave, past, deployment, all, () => http.close())
}

const DEFAULTS: ArweaveOptions = {
  timeoutMs: 10_000,
  ...{ atOnce: 16, pipelining: 4 },
  freshMs: 100,
  rewardMax: 100_000_000_000n,
}

/** A sweep moves at least so many times what it costs: strangers who pay an old vault must not make us pay. */
const SWEEP_TIMES_MIN = 100n

class ArweaveConnection implements Connection<Transaction> {
  readonly chain = "arweave"
  readonly close: () => Promise<void>
  readonly #weave: Weave
  readonly #history: Gateway | null
  readonly #deployment: Deployment
  readonly #rewardMax: bigint
  /** Former vaults that are about to be swept: they are to pay nothing meanwhile. */
  readonly #leaving = new Set<string>()

  constructor(
    weave: Weave,
    history: Gateway | null,
    deployment: Deployment,
    { rewardMax }: ArweaveOptions,
    close: () => void,
  ) {
    this.#weave = weave
    this.#history = history
    this.#deployment = deployment
    this.#rewardMax = rewardMax
    this.close = async () => close()
  }

  tip() {
    return this.#weave.tip()
  }

  block(height: number): Promise<Block<Transaction> | null> {
    return this.#weave.block(height)
  }

  async locate(id: TransferId): Promise<Located | null> {
    return (await this.locateAll([id]))[0] ?? null
  }

  async locateAll(ids: readonly TransferId[]): Promise<readonly (Located | null)[]> {
    const transactions = ids.map((id) => {
      const { chain, transaction, index } = originOf(id)
      return chain === "arweave" && index === 0 && isId(transaction) ? transaction : null
    })
    const wanted = [...new Set(transactions.filter((id) => id !== null))]
    const homes = await this.#weave.place(wanted)
    const located = await Promise.all(
      wanted.map((id, at) => (homes[at] ? this.#depositIn(homes[at], id) : null)),
    )
    const found = new Map(wanted.map((id, at) => [id, located[at] ?? null]))
    return transactions.map((id) => (id === null ? null : (found.get(id) ?? null)))
  }

  /** By the gateway's word that it was the first; that it was made is checked at the nodes. */
  async funder(account: string): Promise<Funder | null> {
    const id = await this.#history?.firstPaid(account)
    if (id === undefined || id === null) return null
    const [home] = await this.#weave.place([id])
    const made = home ? await this.#weave.anybodys(id) : null
    if (!home || made?.target !== account || made.quantity === 0n) return null
    const { height, timestampMs: atMs } = home
    return { account: made.sender, transaction: id, height, atMs }
  }

  async terms([payout]: readonly Payout[], attempt: number): Promise<Terms> {
    assert(payout !== undefined, "terms are for a payout")
    const { reward, ...anchored } = await this.#offer(payout.recipient, attempt)
    const payer = await this.#payerFor(payout.amount + reward)
    return {
      ...{ ...anchored, reward: reward.toString() },
      ...payerTerm(payer, this.#deployment),
    }
  }

  /** Terms that bring all of a former vault to the present one, when that is worth its price and nothing else is under way. */
  async sweep({ open }: OtherPlans): Promise<Terms | null> {
    const { vault: to, former = [] } = this.#deployment
    this.#leaving.clear()
    if (former.length === 0) return null
    const { reward, ...anchored } = await this.#offer(to, 0)
    let chosen: Terms | null = null
    for (const key of former) {
      const [least] = await this.#balances(key.vault)
      const amount = least! - reward
      if (amount < SWEEP_TIMES_MIN * reward) continue
      this.#leaving.add(key.vault)
      // What is signed already could not be paid any more.
      const isBusy = open.some((terms) => payerOf(terms, this.#deployment).vault === key.vault)
      if (isBusy || chosen !== null) continue
      const sums = { amount: amount.toString(), reward: reward.toString() }
      chosen = { ...anchored, ...sums, to, ...payerTerm(key, this.#deployment) }
    }
    return chosen
  }

  async vet(payouts: readonly Payout[], terms: Terms): Promise<void> {
    const [payout] = payouts
    const { anchor, anchorHeight, reward } = termsIn(terms, payout === undefined)
    claim(payouts.length <= 1, "a release pays one transfer", {})
    const tip = await this.#weave.freshTip()
    const header = await this.#weave.header(anchorHeight)
    const price = await this.#price(payout?.recipient ?? this.#deployment.vault)
    const dearest = await this.#price(NOBODY)
    const isCanonical = header?.id === anchor
    const seen = { tip: tip.height, isCanonical, price, dearest, rewardMax: this.#rewardMax }
    demandSound({ reward, anchorHeight }, seen)
    const { vault } = payerOf(terms, this.#deployment)
    const balances = await this.#balances(vault)
    const needed = (payout?.amount ?? sweepIn(terms, this.#deployment).amount) + reward
    claim(balances[0]! >= needed, "the vault can pay it", { needed })
    if (payout === undefined) this.#vetSweep(terms, reward, balances.at(-1)!)
  }

  /** To this signer's own present key alone, and of so much at once that nobody has it done for the fees. */
  #vetSweep(terms: Terms, reward: bigint, balance: bigint): void {
    const { to, amount } = sweepIn(terms, this.#deployment)
    claim(to === this.#deployment.vault, "a sweep goes to the present vault", { to })
    claim(2n * (amount + reward) >= balance, "a sweep moves what lies there", { amount, balance })
    claim(amount >= SWEEP_TIMES_MIN * reward, "it is worth its price", { amount, reward })
  }

  async submit({ id, raw }: Sealed): Promise<void> {
    const json = JSON.parse(textOf(raw) ?? "null") as { last_tx: string }
    const outcomes = await this.#weave.nodes.outcomes((node) => post(node, id, json))
    const verdicts = outcomes.map((outcome) => ("value" in outcome ? outcome.value : outcome.error))
    // One node that takes it is enough: nodes pass transactions on.
    if (verdicts.includes("taken")) return
    const refusal = verdicts.find((verdict) => isCode(verdict, "payout-refused"))
    throw refusal ?? verdicts[0]
  }

  async fate(payouts: readonly Payout[], terms: Terms): Promise<Fate> {
    const [payout] = payouts
    const { anchorHeight } = termsIn(terms, payout === undefined)
    const sweep = payout ? undefined : arweaveCodec.build([], terms, this.#deployment).slot
    const tip = await this.#weave.freshTip()
    const heights = Array.from({ length: ANCHOR_LIFE }, (_, n) => anchorHeight + 1 + n)
    const mined = heights.filter((height) => height <= tip.height)
    // Absence must be proven by the blocks themselves, never by a gateway.
    const blocks = await Promise.all(mined.map((height) => this.#weave.block(height, true)))
    const isPaid = blocks.some(
      (block) => block !== null && this.#pays(block, payout?.transfer, sweep),
    )
    if (isPaid) return "landed"
    const isWhole = blocks.every((block) => block !== null)
    return isWhole && isExpired(tip.height, anchorHeight) ? "dead" : "open"
  }

  async #depositIn(home: Header, id: string): Promise<Located | null> {
    const transaction = await this.#weave.transaction(id)
    if (transaction === null) return null
    const { height, id: hash, parent, timestampMs } = home
    const block: Block<Transaction> = {
      ...{ chain: "arweave", height, id: hash, parent, timestampMs },
      items: [transaction],
    }
    const [sighting] = arweaveCodec.facts(block, this.#deployment).sightings
    const tip = await this.#weave.freshTip()
    return sighting ? { sighting, block: { height, id: hash }, tip, atMs: timestampMs } : null
  }

  #pays(block: Block<Transaction>, transfer?: TransferId, sweep?: string): boolean {
    const { settlements } = arweaveCodec.facts(block, this.#deployment)
    return settlements.some(({ transfers, slot }) =>
      transfer === undefined ? slot === sweep : transfers.includes(transfer),
    )
  }

  /** What a transaction says that is mined now. Throws `not-yet` when it is too dear. */
  async #offer(target: string, attempt: number) {
    const tip = await this.#weave.freshTip()
    const anchor = await this.#weave.header(anchorAt(tip.height))
    if (anchor === null) throw new BridgeError("not-yet", { why: "no block to anchor to" })
    const reward = rewardFor(await this.#price(target), attempt)
    if (reward > this.#rewardMax)
      throw new BridgeError("not-yet", { reward, rewardMax: this.#rewardMax })
    return { anchor: anchor.id, anchorHeight: anchor.height.toString(), reward }
  }

  /**
   * The present key, unless only a former one's vault can pay. Throws `not-yet` when that is on its way to the
   * present one: what both are signed for, one of them could not pay.
   */
  async #payerFor(needed: bigint): Promise<Owner> {
    const { owner, vault, former = [] } = this.#deployment
    const present = { owner, vault }
    if (former.length === 0) return present
    const able: Owner[] = []
    for (const key of [present, ...former])
      if ((await this.#balances(key.vault))[0]! >= needed) able.push(key)
    const payer = able.find((key) => !this.#leaving.has(key.vault))
    if (!payer && able.length > 0)
      throw new BridgeError("not-yet", { why: "the vault's money is on its way to the next one" })
    return payer ?? present
  }

  /** By each node, the least first. */
  async #balances(vault: string): Promise<readonly bigint[]> {
    const said = await this.#weave.atTip(`balance ${vault}`, (node) => node.balance(vault))
    return [...said].sort((a, b) => (a < b ? -1 : 1))
  }

  /** What the network asks for, the dearest answer; it includes the fee for an address that is new. */
  async #price(target: string): Promise<bigint> {
    const prices = await this.#weave.atTip(`price ${target}`, (node) => node.price(target))
    return [...prices].sort((a, b) => (a > b ? -1 : 1))[0]!
  }
}

/** An address that no key belongs to and nobody pays: the network asks the fee for a new wallet. */
const NOBODY = toBase64url(sha256(utf8("causeway: an account that does not exist")))

/** `taken` when the node has it, or had it; throws `payout-refused` or `rpc-unavailable`. */
async function post(node: ArweaveNode, id: string, json: { last_tx: string }): Promise<"taken"> {
  const reply = await node.post(json)
  if (reply.status === 200 || reply.status === 208 || /already/i.test(reply.body)) return "taken"
  const unavailable = (reply: Reply) =>
    new BridgeError("rpc-unavailable", { url: node.url, status: reply.status, said: reply.body })
  if (reply.status !== 400) throw unavailable(reply)
  // An old anchor is also the answer to what was mined long ago, and to one that the node has yet to see.
  if (/anchor/i.test(reply.body)) {
    if ((await node.heightOf(id)) !== null) return "taken"
    const height = await node.heightOfBlock(json.last_tx)
    const { tip } = await node.info()
    if (height === null || tip.height - height < ANCHOR_LIFE) throw unavailable(reply)
  }
  const why = (await node.objection(id)) ?? reply.body
  throw new BridgeError("payout-refused", { transaction: id, why })
}

function isCode(error: unknown, code: BridgeError["code"]): boolean {
  return error instanceof BridgeError && error.code === code
}

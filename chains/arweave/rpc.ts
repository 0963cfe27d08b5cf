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
  Located,
  Sealed,
  Terms,
} from "../chain.ts"
import { type HttpOptions, openHttp, type Reply } from "../http.ts"
import { arweaveCodec, termsIn } from "./codec.ts"
import { gateway } from "./gateway.ts"
import { type ArweaveNode, arweaveNode, type Header } from "./node.ts"
import type { Transaction } from "./transaction.ts"
import { REORG_MAX, Weave } from "./weave.ts"

export interface ArweaveOptions extends HttpOptions {
  /** How old a look at the tip may be for it to be used again, milliseconds. */
  readonly freshMs: number
  /** The most that one release may cost, winston. */
  readonly rewardMax: bigint
}

/**
 * `urls.node`: one or more nodes, compared with each other. `urls.graphql`: optionally one gateway that
 * makes catching up faster; what it leaves out is missed, so a node alone is the safe choice. Throws
 * `bad-config`.
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
  const weave = new Weave({
    nodes: nodes.map((url) => arweaveNode(url, http, all.timeoutMs)),
    gateway: graphql === undefined ? null : gateway(graphql, http),
    deployment,
    freshMs: all.freshMs,
  })
  return new ArweaveConnection(weave, deployment, all, () => http.close())
}

const DEFAULTS: ArweaveOptions = {
  timeoutMs: 10_000,
  ...{ atOnce: 16, pipelining: 4 },
  freshMs: 100,
  rewardMax: 100_000_000_000n,
}

/** Blocks after its anchor in which a transaction may be mined (`MAX_TX_ANCHOR_DEPTH`). */
export const ANCHOR_LIFE = 50
/** The block that a node suggests as anchor counts this deep, the tip being 1. */
const ANCHOR_DEPTH = 6
/** A signer signs on no older anchor: half of its life should be left to get mined in. */
const ANCHOR_AGE_MAX = 25

class ArweaveConnection implements Connection<Transaction> {
  readonly chain = "arweave"
  readonly close: () => Promise<void>
  readonly #weave: Weave
  readonly #deployment: Deployment
  readonly #rewardMax: bigint

  constructor(
    weave: Weave,
    deployment: Deployment,
    { rewardMax }: ArweaveOptions,
    close: () => void,
  ) {
    this.#weave = weave
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

  async terms([payout]: readonly Payout[], attempt: number): Promise<Terms> {
    assert(payout !== undefined, "terms are for a payout")
    const tip = await this.#weave.freshTip()
    const anchor = await this.#weave.header(Math.max(0, tip.height - ANCHOR_DEPTH + 1))
    if (anchor === null) throw new BridgeError("not-yet", { why: "no block to anchor to" })
    const price = await this.#price(payout.recipient)
    const reward = withMargin(price, attempt)
    if (reward > this.#rewardMax)
      throw new BridgeError("not-yet", { reward, rewardMax: this.#rewardMax })
    return {
      anchor: anchor.id,
      anchorHeight: anchor.height.toString(),
      reward: reward.toString(),
    }
  }

  async vet(payouts: readonly Payout[], terms: Terms): Promise<void> {
    const [payout] = payouts
    const { anchor, anchorHeight, reward } = termsIn(terms)
    claim(payouts.length === 1 && payout !== undefined, "a release pays one transfer", {})
    const tip = await this.#weave.freshTip()
    const header = await this.#weave.header(anchorHeight)
    claim(header?.id === anchor, "the anchor is a block of the canonical chain", { anchorHeight })
    claim(tip.height - anchorHeight <= ANCHOR_AGE_MAX, "the anchor is recent", {
      anchorHeight,
      tip: tip.height,
    })
    const price = await this.#price(payout.recipient)
    claim(reward >= price, "the reward is what the network asks for", { reward, price })
    // A recipient that was new to the network when the payout was planned may be known by now: what was
    // quoted with the fee for a new wallet is still modest.
    const most = REWARD_TIMES_MAX * (await this.#price(NOBODY))
    claim(reward <= most && reward <= this.#rewardMax, "the reward is modest", { reward, most })
    const { vault } = this.#deployment
    const balances = await this.#weave.atTip(`balance ${vault}`, (node) => node.balance(vault))
    const needed = payout.amount + reward
    claim(
      balances.every((balance) => balance >= needed),
      "the vault can pay it",
      { needed },
    )
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

  async fate([payout]: readonly Payout[], terms: Terms): Promise<Fate> {
    assert(payout !== undefined, "a fate is of a payout")
    const { anchorHeight } = termsIn(terms)
    const tip = await this.#weave.freshTip()
    const heights = Array.from({ length: ANCHOR_LIFE }, (_, n) => anchorHeight + 1 + n)
    const mined = heights.filter((height) => height <= tip.height)
    // Absence must be proven by the blocks themselves, never by a gateway.
    const blocks = await Promise.all(mined.map((height) => this.#weave.block(height, true)))
    const isPaid = blocks.some((block) => block !== null && this.#pays(block, payout.transfer))
    if (isPaid) return "landed"
    const isWhole = blocks.every((block) => block !== null)
    return isWhole && tip.height > anchorHeight + ANCHOR_LIFE + REORG_MAX ? "dead" : "open"
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

  #pays(block: Block<Transaction>, transfer: TransferId): boolean {
    const { settlements } = arweaveCodec.facts(block, this.#deployment)
    return settlements.some(({ transfers }) => transfers.includes(transfer))
  }

  /** What the network asks for, the dearest answer; it includes the fee for an address that is new. */
  async #price(target: string): Promise<bigint> {
    const prices = await this.#weave.atTip(`price ${target}`, (node) => node.price(target))
    return [...prices].sort((a, b) => (a > b ? -1 : 1))[0]!
  }
}

/** Fees move between signing and mining: a tenth more than the price, and more after each death. */
function withMargin(price: bigint, attempt: number): bigint {
  const percent = 100n + 10n * BigInt(Math.min(attempt + 1, 10))
  return (price * percent + 99n) / 100n
}

/** An address that no key belongs to and nobody pays: the network asks the fee for a new wallet. */
const NOBODY = toBase64url(sha256(utf8("causeway: an account that does not exist")))

/** A signer sees the price a little later than the coordinator, and pays at most this many times it. */
const REWARD_TIMES_MAX = 3n

function claim(holds: boolean, reason: string, detail: Record<string, unknown>): asserts holds {
  if (!holds) throw new BridgeError("signer-refused", { reason: `not so: ${reason}`, ...detail })
}

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

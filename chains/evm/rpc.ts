// The connection to an EVM chain: the final chain and deposits by our own checks, and what became of releases.

import { ASSET_NAMES, type AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type { BlockRef } from "../../core/transfer.ts"
import { evmAddress } from "../address.ts"
import type {
  Block,
  Codec,
  Connection,
  Deployment,
  Endpoints,
  Fate,
  Funder,
  Located,
  Reread,
  Sealed,
  Terms,
  Unattributed,
} from "../chain.ts"
import { type HttpOptions, openHttp } from "../http.ts"
import type { NewcomersDesk, VaultOrder } from "../vault.ts"
import { numberIn, selectorOf, word } from "./abi.ts"
import { logsAhead } from "./ahead.ts"
import { ClaimedTransfers } from "./claims.ts"
import {
  checkTerms,
  type EvmName,
  type EvmSide,
  evmCodec,
  keyIn,
  releaseOf,
  sideIn,
  sideOf,
} from "./codec.ts"
import { depositCounter } from "./events.ts"
import type { FinalityRule } from "./finality.ts"
import { isPaidFrom, sealedFor, sideAt, sidesOf } from "./former.ts"
import { frozenOf } from "./freeze.ts"
import { funderOf } from "./funder.ts"
import { GROUP_KEY, OPERATION_COUNT } from "./handover.ts"
import { Heads } from "./heads.ts"
import { demandOrder, newcomersOf } from "./newcomers.ts"
import { evmNode } from "./node.ts"
import { type Incident, Panel } from "./panel.ts"
import { type PlainTransfer, plainTransfersOf } from "./plain.ts"
import { approvalTerms, demandUnpaid, fateIn } from "./planning.ts"
import { type ProvenBlock, type ProvenLog, Reader } from "./reader.ts"
import type { Release } from "./release.ts"
import { sparing } from "./sparing.ts"
import { type Totals, totalsOf } from "./totals.ts"
import { hasPaid, letsOut } from "./vault-state.ts"
import { type GasOptions, GasWallet } from "./wallet.ts"

export interface EvmOptions extends HttpOptions {
  /** How old a look at the final head may be for it to be used again, milliseconds. */
  readonly freshMs: number
  /** So many providers must say the same; more than half by default. */
  readonly quorum: number | null
  /** The same incident comes at most once a minute. */
  readonly report: (incident: Incident) => void
  /** The gas wallet that hands releases in; only the coordinator has one. */
  readonly gas: GasOptions | null
}

export interface EvmConnection extends Connection<ProvenLog> {
  /** What the vault holds of a token contract (the zero address: of the chain's coin), at the final head. */
  held(token: string): Promise<bigint>
  deposited(): Promise<ReadonlyMap<AssetName, bigint>>
  unattributed(): Promise<readonly Unattributed[]>
  learn(notes: readonly string[]): Promise<void>
  claim(note: string, transaction: string): Promise<Reread | null>
  /**
   * Looks after what the gas wallet has sent: again what was dropped, for more what is stuck. Call it every
   * few seconds; `submit` does it as well, but does not look whether a token has frozen the vault.
   */
  turn(): Promise<void>
}

/** `urls.rpc`: one or more providers. Throws `bad-config`. */
export function connectEvm(
  name: EvmName,
  rule: FinalityRule,
  { urls, heard }: Endpoints,
  deployment: Deployment,
  options: Partial<EvmOptions> = {},
): EvmConnection {
  const all = { ...DEFAULTS, ...options }
  const list = urls.rpc ?? []
  if (list.length === 0)
    throw new BridgeError("bad-config", { missing: `a URL of a provider for ${name}` })
  const side = sideOf(deployment, name)
  const http = openHttp({ ...all, heard })
  const panel = new Panel({
    nodes: list.map((url) => evmNode(url, side.chainId, http)),
    quorum: all.quorum ?? Math.floor(list.length / 2) + 1,
    report: sparing(all.report),
  })
  const heads = new Heads({ panel, rule, freshMs: all.freshMs })
  return new Connected(name, { side, deployment, panel, heads, gas: all.gas }, () => http.close())
}

const DEFAULTS: EvmOptions = {
  ...{ timeoutMs: 10_000, atOnce: 16, pipelining: 1 },
  ...{ freshMs: 500, quorum: null, report: () => {}, gas: null },
}

interface Parts {
  readonly side: EvmSide
  readonly deployment: Deployment
  readonly panel: Panel
  readonly heads: Heads
  readonly gas: GasOptions | null
}

class Connected implements EvmConnection {
  readonly chain: EvmName
  readonly close: () => Promise<void>
  readonly newcomers: NewcomersDesk
  readonly #codec: Codec<ProvenLog>
  readonly #parts: Parts
  /** The present vault, and those before it. */
  readonly #sides: readonly EvmSide[]
  /** One a vault, in the same order. */
  readonly #readers: readonly Reader[]
  #totals: readonly ((head: BlockRef) => Promise<Totals>)[]
  #plain: readonly ((head: BlockRef) => Promise<readonly PlainTransfer[]>)[]
  readonly #claims: ClaimedTransfers
  #wallet: Promise<GasWallet> | null = null
  #frozenAtMs = -AGAIN_MS

  constructor(name: EvmName, parts: Parts, close: () => void) {
    const { panel, heads, side } = parts
    this.chain = name
    this.close = async () => close()
    this.#codec = evmCodec(name)
    this.#parts = parts
    this.newcomers = newcomersOf(parts)
    this.#sides = sidesOf(side)
    this.#readers = this.#sides.map(({ vault: contract }) => {
      return new Reader({ panel, heads, contract, counter: depositCounter })
    })
    const [sides, readers] = [this.#sides, this.#readers]
    this.#claims = new ClaimedTransfers({ panel, heads, sides, readers })
    ;[this.#totals, this.#plain] = this.#sums()
  }

  #sums() {
    const { panel, side } = this.#parts
    const tokens = tokensOf(side)
    const totals = this.#sides.map((one, at) => totalsOf(this.#readers[at]!, one.heightMin))
    const plain = this.#sides.map(({ vault, heightMin }, at) =>
      plainTransfersOf({ panel, reader: this.#readers[at]!, vault, heightMin, tokens }),
    )
    return [totals, plain] as const
  }

  forget(): void {
    this.#parts.heads.forget()
    for (const reader of this.#readers) reader.forget()
    this.#claims.forget()
    ;[this.#totals, this.#plain] = this.#sums()
  }

  /** The final head: what is not final yet is not told. */
  async tip(): Promise<BlockRef> {
    const { height, id } = await this.#parts.heads.final()
    return { height, id }
  }

  async block(height: number): Promise<Block<ProvenLog> | null> {
    const block = await this.#together((reader) => reader.block(height))
    return block && this.#blockOf(block)
  }

  async ahead(): Promise<readonly ProvenLog[]> {
    const { panel, heads } = this.#parts
    const { height } = await heads.fresh()
    const all = await Promise.all(this.#sides.map(({ vault }) => logsAhead(panel, vault, height)))
    return all.flat()
  }

  /** One block as the readers of all vaults have it; null when one of them is not there yet. */
  async #together(
    read: (reader: Reader) => Promise<ProvenBlock | null>,
  ): Promise<ProvenBlock | null> {
    const [block, ...others] = await Promise.all(this.#readers.map(read))
    if (!block || others.length === 0) return block ?? null
    const logs = [...block.logs]
    for (const other of others) {
      if (other === null) return null
      if (other.id !== block.id)
        throw new BridgeError("rpc-unavailable", { height: block.height, why: "it just changed" })
      logs.push(...other.logs)
    }
    return { ...block, logs: logs.sort((a, b) => a.index - b.index) }
  }

  async locate(id: TransferId): Promise<Located | null> {
    const { chain, transaction } = originOf(id)
    if (chain !== this.chain || !/^0x[0-9a-f]{64}$/.test(transaction)) return null
    await this.#claims.proveId(id)
    for (const height of await this.#readers[0]!.heightsOf(transaction)) {
      const block = await this.#together((reader) => reader.single(height))
      if (block === null) continue
      const { sightings } = this.#codec.facts(this.#blockOf(block), this.#parts.deployment)
      const sighting = sightings.find((one) => one.id === id)
      const { height: at, id: tip } = await this.#parts.heads.fresh()
      if (sighting)
        return {
          ...{ sighting, block: { height, id: block.id }, tip: { height: at, id: tip } },
          atMs: block.timestampMs,
        }
    }
    return null
  }

  locateAll(ids: readonly TransferId[]): Promise<readonly (Located | null)[]> {
    return Promise.all(ids.map((id) => this.locate(id)))
  }

  async terms(_payouts: readonly Payout[], attempt: number): Promise<Terms> {
    const { side } = this.#parts
    const isFirst = this.#sides.length === 1
    return approvalTerms(attempt, await this.#obeyed(), isFirst ? null : side.vault)
  }

  async vet(payouts: readonly Payout[], terms: Terms): Promise<void> {
    checkTerms(terms)
    const refused = (reason: string, detail: object) =>
      new BridgeError("signer-refused", { reason: `not so: ${reason}`, ...detail })
    const { vault } = sideIn(terms, this.#parts.side)
    if (vault !== this.#parts.side.vault) throw refused("it is the present vault's", { vault })
    const releases = payouts.map((payout) => releaseOf(payout, this.#parts.side))
    const [used, obeyed] = await Promise.all([this.#used(payouts), this.#obeyed()])
    if (keyIn(terms, this.#parts.side) !== obeyed)
      throw refused("the vault obeys the key of these terms", { obeyed })
    const transfers = payouts.map(({ transfer }) => transfer)
    demandUnpaid(transfers, used)
    for (const token of new Set(releases.map((release) => release.token))) {
      const needed = sum(releases.filter((release) => release.token === token))
      const held = await this.held(token)
      if (held < needed) throw refused("the vault can pay it", { token, held, needed })
    }
  }

  async submit(sealed: Sealed): Promise<void> {
    const wallet = await this.#gasWallet()
    if (!wallet)
      throw new BridgeError("not-supported", { chain: this.chain, missing: "a gas wallet" })
    const { side } = this.#parts
    const keys = [side.key.slice(2), ...(this.#sides.length > 1 ? [await this.#obeyed()] : [])]
    await wallet.hand(sealed, sealedFor(sealed.raw, side, ...keys).vault)
  }

  async turn(): Promise<void> {
    await (await this.#gasWallet())?.turn()
    if (performance.now() - this.#frozenAtMs >= AGAIN_MS) await this.#lookForFreeze()
  }

  async fate(payouts: readonly Payout[], terms: Terms): Promise<Fate> {
    const { side } = this.#parts
    const [used, obeyed] = await Promise.all([this.#used(payouts), this.#obeyed()])
    const { vault } = sideIn(terms, side)
    const tokens = payouts.map(({ asset }) => side.contracts[asset]!)
    const isOpen = vault === side.vault || (await letsOut(this.#parts, vault, tokens))
    return fateIn(used, isOpen && keyIn(terms, side) === obeyed)
  }

  async handover(vault = this.#parts.side.vault) {
    const number = await this.#read(OPERATION_COUNT, `the next operation of ${vault}`, vault)
    return { present: await this.#obeyed(vault), terms: { number: `${number}` } }
  }

  async vetOrder(order: VaultOrder): Promise<void> {
    await demandOrder(this.#parts, order, () => this.#obeyed(order.vault))
  }

  async held(token: string): Promise<bigint> {
    const { panel, heads, side } = this.#parts
    const { id } = await heads.fresh()
    const input = selectorOf("balanceOf(address)") + word(side.vault)
    const said = await panel.collect((node) =>
      /^0x0+$/.test(token)
        ? node.balance(side.vault, id)
        : node.read(token, input, id).then(amountIn),
    )
    return panel.shared(said, String, `the vault's balance of ${token}`)
  }

  async deposited(): Promise<ReadonlyMap<AssetName, bigint>> {
    const { heads, side } = this.#parts
    const head = await heads.fresh()
    const totals = await Promise.all(this.#totals.map((count) => count(head)))
    const assets = ASSET_NAMES.filter((asset) => side.contracts[asset] !== undefined)
    const inAll = (token: string) => totals.reduce((all, one) => all + (one.get(token) ?? 0n), 0n)
    return new Map(assets.map((asset) => [asset, inAll(side.contracts[asset]!)]))
  }

  async unattributed(): Promise<readonly Unattributed[]> {
    const { heads, side } = this.#parts
    const head = await heads.fresh()
    const transfers = (await Promise.all(this.#plain.map((list) => list(head)))).flat()
    // What a vault of ours has sent to the next is the bridge's own.
    const strangers = transfers
      .filter(({ from }) => sideAt(side, from) === null)
      .sort((a, b) => a.height - b.height || a.index - b.index)
    return strangers.map(({ token, from, ...one }) => {
      const asset = ASSET_NAMES.find((name) => side.contracts[name] === token)!
      return { chain: this.chain, asset, ...one, sender: evmAddress(from) ?? from }
    })
  }

  /** The key that a vault obeys at the final head, hexadecimal without 0x. */
  async #obeyed(vault = this.#parts.side.vault): Promise<string> {
    return word(await this.#read(GROUP_KEY, `whom ${vault} obeys`, vault))
  }

  /** A number of a vault's own, at the final head, as a quorum of providers tells it. */
  async #read(call: string, what: string, vault: string): Promise<bigint> {
    const { panel, heads } = this.#parts
    const { id } = await heads.fresh()
    const said = await panel.collect((node) => node.read(vault, call, id).then(amountIn))
    return panel.shared(said, String, what)
  }

  async learn(notes: readonly string[]): Promise<void> {
    for (const note of notes) this.#claims.learn(note)
  }

  async claim(note: string, transaction: string): Promise<Reread | null> {
    const height = await this.#claims.prove(note, transaction)
    return height === null ? null : { from: height, to: height }
  }

  async funder(account: string): Promise<Funder | null> {
    const { panel, heads } = this.#parts
    return funderOf(panel, account, (await heads.fresh()).height)
  }

  async #lookForFreeze(): Promise<void> {
    const { panel, side } = this.#parts
    for (const token of await frozenOf(panel, side.vault, tokensOf(side)))
      panel.report({ kind: "frozen", url: null, words: `${token} would not let the vault pay` })
    this.#frozenAtMs = performance.now()
  }

  /** By whichever vault. */
  async #used(payouts: readonly Payout[]): Promise<readonly boolean[]> {
    return Promise.all(
      payouts.map(async (payout) => {
        const asked = this.#sides.filter((side) => isPaidFrom(payout, side))
        const answers = asked.map((side) =>
          hasPaid(this.#parts, side.vault, releaseOf(payout, side)),
        )
        return (await Promise.all(answers)).includes(true)
      }),
    )
  }

  /** One for all: two would use a nonce twice. Opened when it is needed first. */
  async #gasWallet(): Promise<GasWallet | null> {
    const { gas, panel, side } = this.#parts
    if (gas === null) return null
    this.#wallet ??= GasWallet.open({ ...gas, panel, chainId: side.chainId })
    return this.#wallet
  }

  #blockOf({ logs, ...block }: ProvenBlock): Block<ProvenLog> {
    return { chain: this.chain, ...block, items: [...logs, ...this.#claims.in(block)] }
  }
}

/** Between two looks whether a token has frozen the vault. */
const AGAIN_MS = 60_000

/** Contracts, without the chain's own coin. */
function tokensOf({ contracts }: EvmSide): readonly string[] {
  return Object.values(contracts).filter((token) => !/^0x0+$/.test(token))
}

function amountIn(answer: string): bigint {
  if (!/^0x[0-9a-f]{64}$/.test(answer))
    throw new BridgeError("rpc-unavailable", { why: "a contract answers no number" })
  return numberIn(answer.slice(2))
}

function sum(releases: readonly Release[]): bigint {
  return releases.reduce((total, { amount }) => total + amount, 0n)
}

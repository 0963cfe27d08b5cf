// The providers of one chain together: what a quorum of them shares, who is asked next, and what was wrong with one.

import { BridgeError } from "../../core/errors.ts"
import { Quorum, statement } from "../quorum.ts"
import type { Header } from "./header.ts"
import type { EvmNode } from "./node.ts"

/** Something about a provider that people should know, though the others were enough. */
export interface Incident {
  readonly kind:
    | "unavailable"
    | "lags"
    | "disagrees"
    | "omits"
    | "invents"
    | "stalled"
    | "wallet"
    | "frozen"
  /** Of the provider; null when it is about all of them. */
  readonly url: string | null
  readonly words: string
}

export interface PanelOptions {
  readonly nodes: readonly EvmNode[]
  /** So many must say the same. */
  readonly quorum: number
  readonly report: (incident: Incident) => void
}

/** How long a provider that failed is left alone while the others are enough: one that hangs costs its time limit. */
const REST_MS = 30_000

export class Panel {
  readonly quorum: number
  readonly nodes: readonly EvmNode[]
  readonly report: (incident: Incident) => void
  readonly #all: Quorum<EvmNode>
  readonly #failedAt = new Map<string, number>()
  #turn = 0

  /** Throws `bad-config` when fewer providers than the quorum are named, or a minority would be enough. */
  constructor({ nodes, quorum, report }: PanelOptions) {
    if (quorum > nodes.length || quorum * 2 <= nodes.length)
      throw new BridgeError("bad-config", { quorum, providers: nodes.length })
    this.nodes = nodes
    this.quorum = quorum
    this.report = report
    this.#all = new Quorum(nodes, REST_MS)
  }

  /**
   * What each says that answers, at least a quorum. Throws `rpc-unavailable`, and `bad-config` as soon as
   * one is on another chain.
   */
  async collect<T>(ask: (node: EvmNode) => Promise<T>): Promise<readonly Said<T>[]> {
    const outcomes = await this.#all.outcomes(ask)
    const said = outcomes.flatMap((outcome) => ("value" in outcome ? [outcome] : []))
    const failed = outcomes.flatMap((outcome) => ("error" in outcome ? [outcome] : []))
    for (const { from, error } of failed) this.#failed(from, error)
    if (said.length >= this.quorum) return said
    throw new BridgeError(
      "rpc-unavailable",
      { answered: said.length, needed: this.quorum, of: this.nodes.length },
      { cause: failed[0]?.error },
    )
  }

  /** The canonical headers at these heights, each the same at a quorum of providers. */
  async headers(heights: readonly number[]): Promise<readonly Header[]> {
    if (heights.length === 0) return []
    const said = await this.collect((node) => node.headers(heights))
    return heights.map((height, at) =>
      this.shared(
        said.map(({ from, value }) => ({ from, value: value[at] ?? null })),
        ({ id }) => id,
        `the block at ${height}`,
      ),
    )
  }

  /**
   * The value that a quorum states; null is no statement. Throws `rpc-disagrees` when others state
   * something else and none has a quorum, `rpc-unavailable` when too few state anything.
   */
  shared<T>(said: readonly Said<T | null>[], textOf: (value: T) => string, what: string): T {
    const votes = new Map<string, { readonly value: T; readonly by: string[] }>()
    for (const { from, value } of said) {
      if (value === null) continue
      const text = textOf(value)
      const vote = votes.get(text)
      if (vote) vote.by.push(from)
      else votes.set(text, { value, by: [from] })
    }
    const winner = [...votes.values()].find(({ by }) => by.length >= this.quorum)
    if (!winner && votes.size > 1)
      throw new BridgeError("rpc-disagrees", {
        about: what,
        answers: [...votes].map(([text, { by }]) => `${by.join(" and ")}: ${text}`).join("; "),
        said: [...votes].map(([text, { by }]) => statement(by.join(" and "), text)),
      })
    if (!winner)
      throw new BridgeError("rpc-unavailable", { about: what, stated: votes.size, why: "too few" })
    for (const { by } of votes.values())
      if (by !== winner.by)
        for (const url of by) this.report({ kind: "disagrees", url, words: `about ${what}` })
    return winner.value
  }

  /**
   * The first good answer, for what can be checked by itself: `ask` throws for an answer that is none.
   * Providers take turns; one that failed lately comes last. Throws what the last one threw.
   */
  async first<T>(ask: (node: EvmNode) => Promise<T>): Promise<T> {
    let last: unknown = null
    for (const node of this.#order()) {
      try {
        return await ask(node)
      } catch (error) {
        this.#failed(node.url, error)
        last = error
      }
    }
    throw last
  }

  #order(): readonly EvmNode[] {
    this.#turn += 1
    const start = this.#turn % this.nodes.length
    const turns = [...this.nodes.slice(start), ...this.nodes.slice(0, start)]
    const nowMs = performance.now()
    const rests = ({ url }: EvmNode) => (this.#failedAt.get(url) ?? -REST_MS) + REST_MS > nowMs
    return [...turns.filter((node) => !rests(node)), ...turns.filter(rests)]
  }

  /** Passes on what is not one provider's failing. */
  #failed(url: string, error: unknown): void {
    if (!(error instanceof BridgeError) || !PROVIDERS_FAULT.has(error.code)) throw error
    this.#failedAt.set(url, performance.now())
    const kind = error.code === "rpc-disagrees" ? "disagrees" : "unavailable"
    this.report({ kind, url, words: error.message })
  }
}

export interface Said<T> {
  readonly from: string
  readonly value: T
}

const PROVIDERS_FAULT: ReadonlySet<string> = new Set(["rpc-unavailable", "rpc-disagrees"])

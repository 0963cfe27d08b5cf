// Where a contract wrote logs, by the word of all providers: the union of what they list, in ranges that each can bear.

import { BridgeError } from "../../core/errors.ts"
import { isRefusal } from "./jsonrpc.ts"
import type { EvmNode, Hint } from "./node.ts"
import type { Panel, Said } from "./panel.ts"

/** What every provider listed; one honest provider is enough for a log to be in the union. */
export interface Hints {
  readonly said: readonly Said<readonly Hint[]>[]
  /** Heights of blocks in which somebody lists a log, ascending. */
  readonly heights: readonly number[]
}

const SPAN_START = 2_000
const SPAN_MAX = 10_000

/** Ranges of blocks that a provider takes in one question: smaller after a refusal, slowly larger again. */
export class Spans {
  readonly #spans = new Map<string, number>()

  of(url: string): number {
    return this.#spans.get(url) ?? SPAN_START
  }

  took(url: string, blocks: number): void {
    const span = this.of(url)
    if (blocks >= span) this.#spans.set(url, Math.min(SPAN_MAX, Math.ceil(span * 1.25)))
  }

  refused(url: string, blocks: number): void {
    this.#spans.set(url, Math.max(1, Math.min(this.of(url), blocks) >> 1))
  }
}

/** Asks all providers; throws `rpc-unavailable` when fewer than a quorum answer for the whole range. */
export async function hintsIn(
  panel: Panel,
  spans: Spans,
  contract: string,
  from: number,
  to: number,
): Promise<Hints> {
  const said = await panel.collect((node) => listOf(node, spans, contract, from, to))
  const heights = new Set(said.flatMap(({ value }) => value.map(({ height }) => height)))
  return { said, heights: [...heights].sort((a, b) => a - b) }
}

async function listOf(
  node: EvmNode,
  spans: Spans,
  contract: string,
  from: number,
  to: number,
): Promise<readonly Hint[]> {
  const found: Hint[] = []
  for (let at = from; at <= to; ) {
    const end = Math.min(to, at + spans.of(node.url) - 1)
    const blocks = end - at + 1
    try {
      found.push(...(await node.logs(contract, at, end)))
      spans.took(node.url, blocks)
      at = end + 1
    } catch (error) {
      if (blocks === 1 || !mayBearLess(error)) throw error
      spans.refused(node.url, blocks)
    }
  }
  return found
}

/** Whether a smaller question could be answered: it was refused, took too long, or its answer was too large. */
export function mayBearLess(error: unknown): boolean {
  if (isRefusal(error)) return true
  const why = error instanceof BridgeError ? String(error.detail.why) : ""
  return / ms$|too large/.test(why)
}

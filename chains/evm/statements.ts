// Which transaction wrote a log, as providers tell it: what a quorum names, and who left something out or made it up.

import type { BlockRef } from "../../core/transfer.ts"
import type { Hints } from "./hints.ts"
import type { Panel } from "./panel.ts"
import type { ProvenBlock } from "./reader.ts"
import type { Log } from "./receipt.ts"

/** What each provider said of each log. */
export class Statements {
  readonly #byUrl: readonly (readonly [url: string, logs: ReadonlyMap<string, string>])[]

  constructor(said: Hints["said"]) {
    this.#byUrl = said.map(({ from, value }) => [
      from,
      new Map(value.map((hint) => [keyOf(hint.height, hint.block, hint.index), hint.transaction])),
    ])
  }

  /** The transaction of a log when so many name the same one. */
  named({ height, id }: BlockRef, { index }: Log, quorum: number): string | null {
    const names = this.#byUrl.flatMap(([, logs]) => logs.get(keyOf(height, id, index)) ?? [])
    return names.find((name) => names.filter((other) => other === name).length >= quorum) ?? null
  }

  /** Reports who left out a log, or made one up. */
  compare(blocks: readonly ProvenBlock[], panel: Panel): void {
    const proven = new Set(
      blocks.flatMap(({ height, id, logs }) => logs.map(({ index }) => keyOf(height, id, index))),
    )
    for (const [url, logs] of this.#byUrl) {
      const omitted = [...proven].filter((key) => !logs.has(key))
      const invented = [...logs.keys()].filter((key) => !proven.has(key))
      if (omitted.length > 0) panel.report({ kind: "omits", url, words: listed(omitted) })
      if (invented.length > 0) panel.report({ kind: "invents", url, words: listed(invented) })
    }
  }
}

function listed(keys: readonly string[]): string {
  const more = keys.length > 3 ? ` and ${keys.length - 3} more` : ""
  return keys.slice(0, 3).join(", ") + more
}

function keyOf(height: number, block: string, index: number): string {
  return `log ${index} of block ${height} ${block}`
}

// Addresses that are one depositor's own, as this signer was told of them and has proven: kept, as its count rests on them.

import { join } from "node:path"
import type { Connection } from "../chains/chain.ts"
import type { ChainName } from "../core/assets.ts"
import type { ToldNotes } from "./asides.ts"
import { type Journal, openJournal } from "./journal.ts"

type Connections = Readonly<Partial<Record<ChainName, Connection>>>

export class Notes {
  readonly #journal: Journal
  readonly #connections: Connections
  readonly #known: Set<string>
  #working: Promise<unknown> = Promise.resolve()

  constructor(journal: Journal, connections: Connections, known: Set<string>) {
    this.#journal = journal
    this.#connections = connections
    this.#known = known
  }

  /** Reads the journal in `folder`, and lets the connections watch what is in it; throws `journal-damaged`. */
  static async open(folder: string, connections: Connections): Promise<Notes> {
    const known = new Map<string, { readonly chain: ChainName; readonly note: string }>()
    const journal = await openJournal(join(folder, "notes"), (entry) => {
      const { chain, note, transaction } = entry as unknown as Kept
      known.set(nameOf({ chain, note, transaction }), { chain, note })
    })
    for (const name of Object.keys(connections) as ChainName[]) {
      const own = [...known.values()].filter(({ chain }) => chain === name)
      await connections[name]?.learn?.([...new Set(own.map(({ note }) => note))])
    }
    return new Notes(journal, connections, new Set(known.keys()))
  }

  /**
   * How many of the first notes are known now. One counts when this signer's own nodes show that the
   * transaction pays the address that the note gives with the group's key; at any other it ends.
   * Throws what the connection throws, and `journal-unwritable`.
   */
  take(told: ToldNotes): Promise<number> {
    const turn = this.#working.then(() => this.#take(told))
    this.#working = turn.catch(() => {})
    return turn
  }

  close(): Promise<void> {
    return this.#journal.close()
  }

  async #take({ chain, notes }: ToldNotes): Promise<number> {
    let count = 0
    const written: Promise<void>[] = []
    for (const one of notes) {
      const name = nameOf({ chain, ...one })
      if (!this.#known.has(name)) {
        if (!(await this.#connections[chain]?.claim?.(one.note, one.transaction))) break
        this.#known.add(name)
        written.push(this.#journal.append({ kind: "note", chain, ...one }))
      }
      count += 1
    }
    await Promise.all(written)
    return count
  }
}

interface Kept {
  readonly chain: ChainName
  readonly note: string
  readonly transaction: string
}

function nameOf({ chain, note, transaction }: Kept): string {
  return `${chain} ${note} ${transaction}`
}

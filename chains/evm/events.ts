// What the vault's logs say: deposits, releases, money that it moved elsewhere. Pure.

import { numberIn, selectorOf, topicOf, wordsOf } from "./abi.ts"
import type { Counter } from "./counter.ts"
import type { ProvenLog } from "./reader.ts"
import { KINDS, type Release } from "./release.ts"

export interface Deposited {
  /** 1, 2, 3, … without a gap. */
  readonly number: bigint
  /** Lower case; the zero address is the chain's own coin. */
  readonly token: string
  readonly from: string
  /** Base units that arrived. */
  readonly amount: bigint
  /** 32 bytes, hex, as the depositor wrote them. */
  readonly recipient: string
  readonly refundTo: string
  /** 32 bytes, hex; zero for none. */
  readonly quoteId: string
}

export interface Migrated {
  readonly token: string
  readonly successor: string
  readonly amount: bigint
}

export type VaultEvent =
  | { readonly name: "deposited"; readonly value: Deposited }
  | { readonly name: "released"; readonly value: Release }
  | { readonly name: "migrated"; readonly value: Migrated }

/** What a log of the vault says; null for what moves no money. */
export function eventIn({ topics, data }: Pick<ProvenLog, "topics" | "data">): VaultEvent | null {
  const words = [...topics.slice(1).map((topic) => topic.slice(2)), ...(wordsOf(data) ?? [])]
  const reader = READERS.get(topics[0] ?? "")
  return reader && words.length === reader.fields ? reader.read(words) : null
}

/** Deposits are numbered, and the vault tells how many there are. */
export const depositCounter: Counter = {
  numberOf(log) {
    const event = eventIn(log)
    return event?.name === "deposited" ? event.value.number : null
  },
  input: selectorOf("depositCount()"),
  countIn: (answer) => numberIn(answer.slice(2)),
}

type Words = readonly string[]

interface Reader {
  readonly fields: number
  read(words: Words): VaultEvent
}

/** In the order of the topics, then of the data. */
const READERS: ReadonlyMap<string, Reader> = new Map([
  [
    topicOf("Deposited(uint64,address,address,uint256,bytes32,address,bytes32)"),
    {
      fields: 7,
      read: (words: Words) => ({
        name: "deposited",
        value: {
          ...{ number: numberIn(words[0]!), token: account(words[1]!), from: account(words[2]!) },
          ...{ amount: numberIn(words[3]!), recipient: `0x${words[4]}` },
          ...{ refundTo: account(words[5]!), quoteId: `0x${words[6]}` },
        },
      }),
    },
  ],
  [
    topicOf("Released(uint8,address,uint256,address,uint256,bytes32)"),
    {
      fields: 6,
      read: (words: Words) => ({
        name: "released",
        value: {
          ...{ kind: KINDS[Number(numberIn(words[0]!))]!, token: account(words[1]!) },
          ...{ number: numberIn(words[2]!), to: account(words[3]!) },
          ...{ amount: numberIn(words[4]!), id: `0x${words[5]}` },
        },
      }),
    },
  ],
  [
    topicOf("Migrated(address,address,uint256)"),
    {
      fields: 3,
      read: (words: Words) => ({
        name: "migrated",
        value: {
          ...{ token: account(words[0]!), successor: account(words[1]!) },
          amount: numberIn(words[2]!),
        },
      }),
    },
  ],
])

function account(word: string): string {
  return `0x${word.slice(24)}`
}

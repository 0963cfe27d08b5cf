// What is said to a process on AO, before anybody has signed it.

export interface Tag {
  readonly name: string
  readonly value: string
}

export interface Saying {
  readonly process: string
  readonly tags: readonly Tag[]
  readonly data?: string
}

/** What every message to AO says of itself. */
export const AO_TAGS: readonly Tag[] = [
  { name: "Data-Protocol", value: "ao" },
  { name: "Variant", value: "ao.TN.1" },
  { name: "Type", value: "Message" },
  { name: "SDK", value: "causeway" },
]

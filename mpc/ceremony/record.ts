// A session as it is published: every public message in one order, each linked to those before it, and signed by all.

import { hashOf } from "./canonical.ts"
import type { Envelope, Step } from "./envelope.ts"
import { membersOf, type Place, type Statement, sessionOf } from "./statement.ts"

export interface Entry {
  /** Hash of the link before (the session, for the first) and of this message. */
  readonly link: string
  readonly message: Envelope
}

export interface SessionRecord {
  readonly statement: Statement
  readonly entries: readonly Entry[]
  /** The last link: what all participants sign. */
  readonly head: string
  /** One message of each participant, in order: with it, a member says that its share is on its disk. */
  readonly seals: readonly Envelope[]
}

/** The file: all sessions of one key, from its making to its last renewal. */
export interface Transcript {
  readonly format: 1
  readonly sessions: readonly SessionRecord[]
}

/** What is published, in this order, and whose. */
export function publishedBy(statement: Statement): readonly (readonly [Step, readonly Place[]])[] {
  const all = statement.participants.map((_, at) => at + 1)
  const members = membersOf(statement)
  const commits = statement.scheme === "rsa" ? [] : members
  return [
    ["announce", all],
    ["announce-echo", all],
    ["package", all],
    ["commit", commits],
    ["commit-echo", commits.length > 0 ? all : []],
    ["sign", members],
  ]
}

/** Links messages, which are in the order of `publishedBy`. */
export function linked(
  statement: Statement,
  messages: readonly Envelope[],
): Pick<SessionRecord, "entries" | "head"> {
  let link = sessionOf(statement)
  const entries = messages.map((message): Entry => {
    link = hashOf("link", [link, message])
    return { link, message }
  })
  return { entries, head: link }
}

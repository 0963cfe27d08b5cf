// `POST /votes`: what each signer would do, asked before any of them signs, so that one that has found something is heard.
//
// An honest coordinator asks, and holds for people what one objects to; each signer asks as well (`objections.ts`), and
// signs nothing that another objects to, whoever coordinates.

import { hash } from "node:crypto"
import { z } from "zod"
import { Recent } from "../chains/recent.ts"
import { ACTS, type Act } from "../core/compliance/attestation.ts"
import { ACTIONS } from "../core/compliance/decision.ts"
import { type Facts, ROLES } from "../core/compliance/facts.ts"
import type { Vote } from "../core/compliance/votes.ts"
import { BridgeError } from "../core/errors.ts"
import { PARTIES_MAX } from "./schemes/group.ts"
import type { Index } from "./schemes/scheme.ts"
import type { Link } from "./transport.ts"

/** One question: facts that any chain shows, and what is to be done. */
export interface BallotRow {
  readonly act: Act
  /** Where people are is not for signers to see. */
  readonly facts: Omit<Facts, "session">
}

const ROWS_MAX = 100
/** A signer looks into its own lists; whoever takes longer is not well. */
const ANSWER_MS = 1_500
const DISTRUST_MS = 30_000

const text = z.string().max(500)
const cents = z.number().int().nonnegative().nullable()
const facts = z.strictObject({
  direction: z.enum(["in", "out"]),
  asset: text,
  chains: z.array(text).max(4),
  usdCents: cents,
  recentUsdCents: cents,
  parties: z
    .array(z.strictObject({ role: z.enum(ROLES), key: text, kin: z.array(text).max(64) }))
    .max(10_000),
  answers: z
    .array(
      z.strictObject({
        source: text,
        said: z.enum(["listed", "clear", "none"]),
        about: z.enum(ROLES),
      }),
    )
    .max(64),
})
const ballot = z.strictObject({
  version: z.number().int().positive(),
  rows: z.array(z.strictObject({ act: z.enum(ACTS), facts })).max(ROWS_MAX),
})
const reply = z.object({
  index: z.number().int().positive().max(PARTIES_MAX),
  policy: text,
  lists: text,
  actions: z.array(z.enum(ACTIONS).nullable()).max(ROWS_MAX),
})

/** Throws `bad-request`. Every other member asks about a plan in the same words, and is read once. */
export function readBallot(body: unknown): readonly BallotRow[] {
  const words = hash("sha256", JSON.stringify(body) ?? "")
  const known = READ.get(words)
  if (known !== undefined) return known
  const read = ballot.safeParse(body)
  if (!read.success)
    throw new BridgeError("bad-request", { problems: z.prettifyError(read.error).slice(0, 500) })
  READ.set(words, read.data.rows)
  return read.data.rows
}

const READ = new Recent<string, readonly BallotRow[]>(8)

interface Voter {
  readonly index: Index
  readonly link: Link
}

/** The votes on each row. `distrusted`: until when (`performance.now`) a signer that failed is not asked. */
export async function votesOf(
  voters: readonly Voter[],
  rows: readonly BallotRow[],
  version: number,
  distrusted: Map<Index, number>,
): Promise<readonly (readonly Vote[])[]> {
  const votes = rows.map((): Vote[] => [])
  const startMs = performance.now()
  const asked = voters.filter(({ index }) => (distrusted.get(index) ?? 0) <= startMs)
  for (let first = 0; first < rows.length; first += ROWS_MAX) {
    const part = rows.slice(first, first + ROWS_MAX)
    await Promise.all(
      asked.map(async ({ index, link }) => {
        try {
          const said = await ballotOf(link, { version, rows: part })
          if (said === null || said.index !== index || said.actions.length !== part.length) return
          const { policy, lists, actions } = said
          for (const [at, action] of actions.entries())
            if (action)
              votes[first + at]!.push({ signer: `signer ${index}`, action, policy, lists })
        } catch {
          distrusted.set(index, performance.now() + DISTRUST_MS)
        }
      }),
    )
  }
  return votes
}

/** Null from a signer of an older version, or of a bridge without a policy. */
async function ballotOf(link: Link, body: object) {
  const answer = await link.ask("POST", "/votes", body, { timeoutMs: ANSWER_MS })
  if (answer.status === 404) return null
  if (answer.status !== 200) throw new BridgeError("signer-unreachable", { status: answer.status })
  return reply.parse(answer.body)
}

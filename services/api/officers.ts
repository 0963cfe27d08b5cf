// What compliance officers see and order: cases, lists, policies, what a draft would change; each request signed by one.

import type { FastifyInstance, FastifyRequest } from "fastify"
import { z } from "zod"
import type { Deployment } from "../../chains/chain.ts"
import { keyOf } from "../../chains/party.ts"
import { changesBetween, dryRun } from "../../core/compliance/changes.ts"
import { documentIn } from "../../core/compliance/document.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId, transferId } from "../../core/ids.ts"
import { casePdf } from "../compliance/case-pdf.ts"
import { caseReport } from "../compliance/case-report.ts"
import type { Compliance } from "../compliance/compliance.ts"
import { demandSigned } from "../compliance/signed-request.ts"
import { casesIn, casesOf, findCase, type StoredCase } from "../store/cases.ts"
import { decisionsOf, pastDecisions, transfersOfParties } from "../store/decisions.ts"
import { transfersOfTransaction } from "../store/transfers.ts"
import { bridgeName } from "./sessions.ts"

const STATES = ["open", "returning", "frozen", "released", "returned"] as const
const PAST_MAX = 100_000

const proposal = z.strictObject({
  version: z.number().int().positive(),
  resolution: z.enum(["release", "return", "freeze", "unfreeze"]),
  authority: z.string().min(1).max(500),
})
const evidence = z.strictObject({
  version: z.number().int().positive(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  about: z.string().min(1).max(500),
})
const trial = z.strictObject({
  document: z.unknown(),
  last: z.number().int().positive().max(PAST_MAX).default(10_000),
})

/** Under `/compliance`; nobody but an officer of the policy in force gets an answer. */
export function officerRoutes(
  server: FastifyInstance,
  deployment: Deployment,
  { desk, casework }: Compliance,
): void {
  const { sql, shelf } = desk
  const officer = (request: FastifyRequest) => {
    // Before the first policy is in force nobody's signature counts.
    const keys = shelf.at(desk.now())?.book.document.officers.keys ?? {}
    return demandSigned(bridgeName(deployment), request, keys, desk.now())
  }
  const caseOf = async (id: string): Promise<StoredCase> => {
    const found = await findCase(sql, idIn(id))
    if (!found) throw new BridgeError("not-found", { case: id })
    return found
  }
  const reportOf = async (id: string) => {
    const rules = shelf.versions.flatMap(({ document }) => document.rules)
    const authorities = new Map(rules.map((rule) => [rule.id, rule.authority]))
    const report = await caseReport(sql, await caseOf(id), authorities)
    if (!report) throw new BridgeError("not-found", { transfer: id })
    return report
  }
  type Named = { Params: { id: string } }

  server.get<{ Querystring: { state?: string } }>("/compliance/cases", async (request) => {
    officer(request)
    const { state } = request.query
    const known = STATES.find((one) => one === state)
    if (state !== undefined && !known)
      throw new BridgeError("bad-request", { known: STATES.join() })
    return { cases: await casesIn(sql, known ? [known] : STATES) }
  })

  server.get<Named>("/compliance/cases/:id", async (request) => {
    officer(request)
    return reportOf(request.params.id)
  })

  server.get<Named>("/compliance/cases/:id/report.pdf", async (request, reply) => {
    officer(request)
    const pdf = await casePdf(await reportOf(request.params.id), desk.now())
    return reply.type("application/pdf").send(pdf)
  })

  server.post<Named>("/compliance/cases/:id/proposals", async (request) => {
    const { name, ...seal } = officer(request)
    const { version, resolution, authority } = parsed(proposal, request.body)
    const id = idIn(request.params.id)
    const event = { kind: "Proposed", atMs: desk.now(), by: name, resolution, authority } as const
    const signed = { body: request.body as object, url: request.url, name, ...seal }
    const after = await casework.tell(id, event, { signed, version })
    await casework.settle(id)
    return { state: after.state, version: after.version, proposals: after.proposals.length }
  })

  server.post<Named>("/compliance/cases/:id/evidence", async (request) => {
    const { name, ...seal } = officer(request)
    const { version, digest, about } = parsed(evidence, request.body)
    const found = { digest, by: name, about }
    const event = { kind: "EvidenceAdded", atMs: desk.now(), evidence: found } as const
    const signed = { body: request.body as object, url: request.url, name, ...seal }
    const after = await casework.tell(idIn(request.params.id), event, { signed, version })
    return { state: after.state, version: after.version }
  })

  server.get<Named>("/compliance/decisions/:id", async (request) => {
    officer(request)
    return { decisions: plain(await decisionsOf(sql, idIn(request.params.id))) }
  })

  server.get("/compliance/lists", async (request) => {
    officer(request)
    await shelf.refresh()
    const lists = [...shelf.lists.held.values()].map(({ entries, ...list }) => {
      return { ...list, count: entries.length }
    })
    return { lists, problems: Object.fromEntries(shelf.lists.problems) }
  })

  server.get("/compliance/policies", async (request) => {
    officer(request)
    await shelf.refresh()
    const inForce = shelf.at(desk.now())?.policy ?? null
    return { versions: shelf.versions, inForce, problem: shelf.problem }
  })

  /** What a draft says otherwise than the policy in force, and would have made of what was decided. */
  server.post("/compliance/dry-runs", async (request) => {
    officer(request)
    const { document, last } = parsed(trial, request.body)
    const draft = documentIn(document)
    await shelf.refresh()
    const now = shelf.at(desk.now())
    const past = await pastDecisions(sql, last)
    return {
      changes: now ? changesBetween(now.book.document, draft) : [],
      run: dryRun(draft, shelf.lists.lists, past),
    }
  })

  /** Everything about an address in any spelling, or about a transaction. */
  server.get<{ Querystring: { address?: string; transaction?: string } }>(
    "/compliance/search",
    async (request) => {
      officer(request)
      const { address, transaction } = request.query
      const key = address === undefined ? null : keyOf(address.slice(0, 200))
      const found = await transfersAbout(key, transaction)
      const cases = await casesOf(sql, found)
      return {
        key,
        lists: key === null ? [] : (shelf.lists.lists.exact.get(key) ?? []),
        transfers: found.map((id) => ({ id, case: cases.get(id)?.state ?? null })),
      }
    },
  )

  async function transfersAbout(key: string | null, transaction: string | undefined) {
    if (key !== null) return (await transfersOfParties(sql, [key])).map(({ transfer }) => transfer)
    if (transaction === undefined || !/^[A-Za-z0-9_-]{1,128}$/.test(transaction))
      throw new BridgeError("bad-request", { missing: "address or transaction" })
    return (await transfersOfTransaction(sql, transaction)).map(({ id }) => id)
  }
}

function idIn(text: string): TransferId {
  return transferId(originOf(text))
}

function parsed<Shape extends z.ZodType>(shape: Shape, body: unknown): z.output<Shape> {
  const read = shape.safeParse(body)
  if (read.success) return read.data
  throw new BridgeError("bad-request", { problems: z.prettifyError(read.error) })
}

function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner)),
  )
}

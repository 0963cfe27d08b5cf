// What compliance officers see and order: cases, lists, policies, what a draft would change; each request signed by one.

import type { FastifyRequest } from "fastify"
import type { Deployment } from "../../chains/chain.ts"
import { bridgeName } from "../../chains/deployment.ts"
import { keyOf } from "../../chains/party.ts"
import { demandSigned } from "../../chains/signed-request.ts"
import { changesBetween, dryRun } from "../../core/compliance/changes.ts"
import { documentIn } from "../../core/compliance/document.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId, transferId } from "../../core/ids.ts"
import { CASE_STATES } from "../../sdk/schemas/officers.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import { casePdf } from "../compliance/case-pdf.ts"
import { caseReport } from "../compliance/case-report.ts"
import type { Compliance } from "../compliance/compliance.ts"
import { casesIn, casesOf, findCase, type StoredCase } from "../store/cases.ts"
import { decisionsOf, pastDecisions, transfersOfParties } from "../store/decisions.ts"
import { transfersOfTransaction } from "../store/transfers.ts"
import { plain, type Server, serve } from "./serving.ts"

/** Under `/compliance`; nobody but an officer of the policy in force gets an answer. */
export function officerRoutes(
  server: Server,
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
  const signed = { guard: officer }

  serve(
    server,
    ROUTES.cases,
    async ({ query: { state } }) =>
      told({ cases: await casesIn(sql, state ? [state] : CASE_STATES) }),
    signed,
  )

  serve(server, ROUTES.case, async ({ params }) => told(await reportOf(params.id)), signed)

  serve(
    server,
    ROUTES.casePdf,
    async ({ params, reply }) => {
      const pdf = await casePdf(await reportOf(params.id), desk.now())
      return reply.type("application/pdf").send(pdf)
    },
    signed,
  )

  serve(
    server,
    ROUTES.proposals,
    async ({ params, body, by: { name, ...seal }, request }) => {
      const { version, resolution, authority } = body
      const id = idIn(params.id)
      const event = { kind: "Proposed", atMs: desk.now(), by: name, resolution, authority } as const
      const proof = { body: request.body as object, url: request.url, name, ...seal }
      const after = await casework.tell(id, event, { signed: proof, version })
      await casework.settle(id)
      return { state: after.state, version: after.version, proposals: after.proposals.length }
    },
    signed,
  )

  serve(
    server,
    ROUTES.evidence,
    async ({ params, body, by: { name, ...seal }, request }) => {
      const { version, digest, about } = body
      const found = { digest, by: name, about }
      const event = { kind: "EvidenceAdded", atMs: desk.now(), evidence: found } as const
      const proof = { body: request.body as object, url: request.url, name, ...seal }
      const after = await casework.tell(idIn(params.id), event, { signed: proof, version })
      return { state: after.state, version: after.version }
    },
    signed,
  )

  serve(
    server,
    ROUTES.decisions,
    async ({ params }) => told({ decisions: await decisionsOf(sql, idIn(params.id)) }),
    signed,
  )

  serve(
    server,
    ROUTES.lists,
    async () => {
      await shelf.refresh()
      const lists = [...shelf.lists.held.values()].map(({ entries, ...list }) => {
        return { ...list, count: entries.length }
      })
      return told({ lists, problems: Object.fromEntries(shelf.lists.problems) })
    },
    signed,
  )

  serve(
    server,
    ROUTES.policies,
    async () => {
      await shelf.refresh()
      const inForce = shelf.at(desk.now())?.policy ?? null
      return told({ versions: shelf.versions, inForce, problem: shelf.problem })
    },
    signed,
  )

  serve(
    server,
    ROUTES.dryRuns,
    async ({ body: { document, last } }) => {
      const draft = documentIn(document)
      await shelf.refresh()
      const now = shelf.at(desk.now())
      const past = await pastDecisions(sql, last)
      return told({
        changes: now ? changesBetween(now.book.document, draft) : [],
        run: dryRun(draft, shelf.lists.lists, past),
      })
    },
    signed,
  )

  serve(
    server,
    ROUTES.search,
    async ({ query: { address, transaction } }) => {
      const key = address === undefined ? null : keyOf(address.slice(0, 200))
      const found = await transfersAbout(key, transaction)
      const cases = await casesOf(sql, found)
      return told({
        key,
        lists: key === null ? [] : (shelf.lists.lists.exact.get(key) ?? []),
        transfers: found.map((id) => ({ id, case: cases.get(id)?.state ?? null })),
      })
    },
    signed,
  )

  async function transfersAbout(key: string | null, transaction: string | undefined) {
    if (key !== null) return (await transfersOfParties(sql, [key])).map(({ transfer }) => transfer)
    if (transaction === undefined)
      throw new BridgeError("bad-request", { missing: "address or transaction" })
    return (await transfersOfTransaction(sql, transaction)).map(({ id }) => id)
  }
}

function idIn(text: string): TransferId {
  return transferId(originOf(text))
}

/** Officers get what is on record as it is; bigints are text in JSON. */
function told(value: unknown): never {
  return plain(value) as never
}

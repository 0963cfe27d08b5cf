// Every route keeps its word: what it answers is what its schema says, and the document says the same to everybody.

import { beforeAll, describe, expect, test } from "vitest"
import { bridgeName } from "../../../chains/deployment.ts"
import { signedHeaders } from "../../../chains/signed-request.ts"
import type { Contract } from "../../../sdk/schemas/contract.ts"
import { openApi } from "../../../sdk/schemas/document.ts"
import { ROUTES, type RouteName } from "../../../sdk/schemas/routes.ts"
import { anOffice, arrived, NOW, type Office, somebody } from "../compliance/office.ts"
import { served } from "./people.ts"

let office: Office
let url: string
let known: { readonly id: string; readonly transaction: string; readonly sender: string }

beforeAll(async () => {
  office = await anOffice()
  url = await served(office)
  const { id, sender } = await arrived(office.sql)
  known = { id, sender, transaction: id.split(":")[1]! }
})

/** Something that each route can be asked; a status where it cannot answer here, because there is nothing yet. */
const EXAMPLES: Readonly<
  Record<RouteName, () => { path: string; body?: object; status?: number; code?: string }>
> = {
  health: () => ({ path: "/health", status: 503 }),
  ledger: () => ({ path: "/ledger" }),
  transfers: () => ({ path: `/transfers?address=${known.sender}&state=seen&count=100` }),
  transfer: () => ({ path: `/transfers/${known.id}` }),
  payout: () => ({ path: `/transfers/${known.id}/payout`, status: 404, code: "not-found" }),
  approval: () => ({ path: `/transfers/${known.id}/approval`, status: 404, code: "not-found" }),
  timeline: () => ({ path: `/transfers/${known.id}/timeline` }),
  events: () => ({ path: `/transfers/${known.id.slice(0, -1)}9/events`, status: 404 }),
  reserves: () => ({ path: "/reserves" }),
  reserveHistory: () => ({ path: "/reserves/AR/history" }),
  controls: () => ({ path: "/controls" }),
  signers: () => ({ path: "/signers" }),
  sessions: () => ({ path: "/sessions?count=5" }),
  unattributed: () => ({ path: "/unattributed" }),
  paidAddresses: () => ({ path: "/addresses?after=0" }),
  addresses: () => ({ path: "/addresses", body: {}, status: 400, code: "bad-request" }),
  claims: () => ({ path: "/claims", body: {}, status: 400, code: "bad-request" }),
  orders: () => ({ path: "/orders", body: {}, status: 400, code: "bad-request" }),
  signIn: () => ({ path: "/sessions", body: {}, status: 400, code: "bad-request" }),
  screenings: () => ({
    path: "/screenings",
    body: { asset: "AR", sender: somebody(), recipient: somebody() },
  }),
  appeals: () => ({ path: "/appeals", body: {}, status: 400, code: "bad-request" }),
  audit: () => ({ path: "/audit" }),
  attestations: () => ({ path: "/attestations", body: { deeds: [] }, status: 404 }),
  cases: () => ({ path: "/compliance/cases?state=open" }),
  case: () => ({ path: `/compliance/cases/${known.id}`, status: 404, code: "not-found" }),
  casePdf: () => ({ path: `/compliance/cases/${known.id}/report.pdf`, status: 404 }),
  proposals: () => ({ path: "/compliance/cases/x/proposals", body: {}, status: 400 }),
  evidence: () => ({ path: "/compliance/cases/x/evidence", body: {}, status: 400 }),
  decisions: () => ({ path: `/compliance/decisions/${known.id}` }),
  lists: () => ({ path: "/compliance/lists" }),
  policies: () => ({ path: "/compliance/policies" }),
  dryRuns: () => ({
    path: "/compliance/dry-runs",
    body: { document: office.desk.shelf.versions.at(-1)!.document },
  }),
  search: () => ({ path: `/compliance/search?address=${known.sender}` }),
  campaigns: () => ({ path: "/campaigns" }),
  rewards: () => ({ path: `/rewards/${known.sender}`, status: 404, code: "not-found" }),
  rewardEpochs: () => ({ path: "/rewards/epochs", status: 404, code: "not-found" }),
  rewardEpoch: () => ({ path: "/rewards/epochs/1", status: 404, code: "not-found" }),
  rewardEvents: () => ({ path: "/rewards/epochs/1/events", status: 404 }),
  rewardClusters: () => ({ path: "/rewards/clusters?campaign=none", status: 404 }),
  rewardEvidence: () => ({ path: "/rewards/evidence", body: {}, status: 400 }),
  rewardOrders: () => ({ path: "/rewards/orders", body: {}, status: 400 }),
  info: () => ({ path: "/info" }),
  tx: () => ({ path: `/tx/${known.transaction}` }),
  txs: () => ({ path: `/txs?address=${known.sender}` }),
  announcement: () => ({
    path: "/cacheUnPackagedTx?timestamp=1",
    body: {
      ...{ txType: "mint", chainType: "arweave", tokenId: "A".repeat(43), txId: somebody() },
      ...{ wrappedTokenId: office.bridge.deployment.tokens.AR, amount: 1_000_000_000_000 },
      ...{ sender: somebody(), recipient: somebody() },
    },
  }),
  // No block was read here: `quotes.test.ts` has more.
  quote: () => ({
    ...{ path: "/quotes", status: 503, code: "not-yet" },
    body: { asset: "AR", amount: "1000000000000", recipient: somebody() },
  }),
  quoteStatus: () => ({ path: `/quotes/${"ab".repeat(32)}`, status: 404, code: "not-found" }),
  // `webhooks.test.ts` has more, with somebody who listens.
  makeWebhook: () => ({
    ...{ path: "/webhooks", status: 400, code: "bad-request" },
    body: { url: "https://127.0.0.1/", addresses: [known.sender] },
  }),
  webhooks: () => ({ path: "/webhooks", status: 401, code: "bad-key" }),
  dropWebhook: () => ({ path: "/webhooks/wh_1", status: 401, code: "bad-key" }),
  webhookMessages: () => ({ path: "/webhooks/wh_1/messages", status: 401, code: "bad-key" }),
  replay: () => ({ path: "/webhooks/wh_1/messages/msg_1/replay", status: 401, code: "bad-key" }),
  // `relay.test.ts` and `site.test.ts` serve these.
  facts: () => ({ path: "/bridge.json", status: 404 }),
  arweaveTerms: () => ({ path: "/relay/arweave/terms", status: 404 }),
  arweaveBalance: () => ({ path: "/relay/arweave/balances/x", status: 404 }),
  arweavePayment: () => ({ path: "/relay/arweave/transactions", body: {}, status: 404 }),
  wrappedBalance: () => ({ path: "/relay/ao/AR/balances/x", status: 404 }),
  passBurn: () => ({ path: "/relay/ao/AR/burns", body: {}, status: 404 }),
  burnOutcome: () => ({ path: "/relay/ao/AR/burns/x", status: 404 }),
  pointsHad: () => ({ path: "/relay/points/taox/accounts/x", status: 404 }),
  passClaim: () => ({ path: "/relay/points/taox/claims", body: {}, status: 404 }),
  claimOutcome: () => ({ path: "/relay/points/taox/claims/x", status: 404 }),
  document: () => ({ path: "/openapi.json" }),
  reference: () => ({ path: "/reference" }),
  referenceStyle: () => ({ path: "/reference.css" }),
}

async function ask({ method, demands }: Contract, path: string, body?: object) {
  const { name, sign } = office.officers[0]!
  const signed =
    demands === "signature"
      ? signedHeaders(
          bridgeName(office.bridge.deployment),
          { name, sign },
          { method, url: path, body },
          NOW,
        )
      : {}
  return fetch(`${url}${path}`, {
    method,
    headers: { ...signed, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  })
}

test.each(Object.entries(ROUTES) as [RouteName, Contract][])(
  "%s answers as its schema says",
  async (name, route) => {
    const { path, body, status = 200, code } = EXAMPLES[name]()

    const response = await ask(route, path, body)

    expect(response.status).toBe(status)
    if (route.media && status === 200) {
      expect(response.headers.get("content-type")).toContain(route.media)
      return
    }
    const told = (await response.json()) as { error: { code: string } }
    if (status === 200 || route.also?.includes(status))
      expect(route.answer.parse(told)).toEqual(told)
    else expect(told.error.code).toBe(code ?? told.error.code)
  },
)

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
}

describe("the document", () => {
  const document = openApi("0.1.0")

  test("in docs/ is the one that is served: `vitest -u` writes it anew", async () => {
    const text = `${JSON.stringify(document, null, 1)}\n`
    await expect(text).toMatchFileSnapshot("../../../docs/openapi.json")
    expect(await (await fetch(`${url}/openapi.json`)).json()).toEqual(JSON.parse(text))
  })

  test("points to nothing that it lacks", () => {
    const text = JSON.stringify(document)
    const wanted = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!)
    expect(wanted.length).toBeGreaterThan(20)
    expect(wanted.filter((name) => !document.components?.schemas?.[name])).toEqual([])
  })

  test("names every part of a path, and nothing that is not in it", () => {
    for (const [path, methods] of Object.entries(document.paths!))
      for (const { parameters = [] } of Object.values(methods as Record<string, Operation>)) {
        const named = parameters.filter((one) => one.in === "path").map(({ name }) => name)
        expect(named).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
      }
  })

  test("is shown to people without a script, and without asking anybody else", async () => {
    const page = await (await fetch(`${url}/reference`)).text()
    for (const { path } of Object.values(ROUTES)) expect(page).toContain(`<code>${path}</code>`)
    expect(page).not.toMatch(/<script|style=|src=|href="(https?:)?\/\//)
  })
})

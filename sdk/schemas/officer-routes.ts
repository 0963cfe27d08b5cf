// What only officers and coordinators may ask: each request carries a signature.

import { z } from "zod"
import { contract } from "./contract.ts"
import * as officers from "./officers.ts"

export const OFFICER_ROUTES = {
  attestations: contract({
    ...{ method: "POST", path: "/attestations", tag: "Officers", answer: officers.attestations },
    summary: "An attestor's word about deeds, for coordinators that it knows",
    body: officers.attestationWish,
    demands: "signature",
  }),
  cases: contract({
    ...{ method: "GET", path: "/compliance/cases", tag: "Officers", answer: officers.cases },
    summary: "Cases of held money, oldest first",
    query: officers.casesQuery,
    demands: "signature",
  }),
  case: contract({
    ...{
      method: "GET",
      path: "/compliance/cases/{id}",
      tag: "Officers",
      answer: officers.caseReport,
    },
    summary: "One case as a document",
    params: officers.casePath,
    demands: "signature",
    refuses: [404],
  }),
  casePdf: contract({
    ...{ method: "GET", path: "/compliance/cases/{id}/report.pdf", tag: "Officers" },
    ...{ answer: z.unknown(), media: "application/pdf" },
    summary: "The same on paper",
    params: officers.casePath,
    demands: "signature",
    refuses: [404],
  }),
  proposals: contract({
    ...{ method: "POST", path: "/compliance/cases/{id}/proposals", tag: "Officers" },
    answer: officers.proposed,
    summary: "An officer proposes how a case ends",
    params: officers.casePath,
    body: officers.proposalWish,
    demands: "signature",
    refuses: [404, 409],
  }),
  evidence: contract({
    ...{ method: "POST", path: "/compliance/cases/{id}/evidence", tag: "Officers" },
    answer: officers.evidenceTaken,
    summary: "An officer adds evidence",
    params: officers.casePath,
    body: officers.evidenceWish,
    demands: "signature",
    refuses: [404, 409],
  }),
  decisions: contract({
    ...{ method: "GET", path: "/compliance/decisions/{id}", tag: "Officers" },
    answer: officers.decisions,
    summary: "How a transfer was judged, each time",
    params: officers.casePath,
    demands: "signature",
  }),
  lists: contract({
    ...{ method: "GET", path: "/compliance/lists", tag: "Officers", answer: officers.lists },
    summary: "The lists that are judged by",
    demands: "signature",
  }),
  policies: contract({
    ...{ method: "GET", path: "/compliance/policies", tag: "Officers", answer: officers.policies },
    summary: "Every version of the policy",
    demands: "signature",
  }),
  dryRuns: contract({
    ...{ method: "POST", path: "/compliance/dry-runs", tag: "Officers", answer: officers.trial },
    summary: "What a draft says otherwise, and would have made of what was decided",
    body: officers.trialWish,
    demands: "signature",
  }),
  search: contract({
    ...{ method: "GET", path: "/compliance/search", tag: "Officers", answer: officers.searched },
    summary: "Everything about an address in any spelling, or about a transaction",
    query: officers.searchQuery,
    demands: "signature",
  }),
}

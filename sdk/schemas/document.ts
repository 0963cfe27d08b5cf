// The API's OpenAPI 3.1 document, made from the table of routes. Pure: the same table gives the same document.

import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi"
import type { Contract } from "./contract.ts"
import { ROUTES } from "./routes.ts"
import { refusal } from "./words.ts"

const REFUSALS: Readonly<Record<number, string>> = {
  400: "What was asked makes no sense, or is not allowed",
  401: "No key, or a wrong one",
  404: "It is not there",
  409: "It has moved on meanwhile",
  429: "Too often; `retry-after` says until when",
  451: "It may not be carried",
  500: "The bridge failed; it is on record",
  503: "Not now: ask again",
}

/** `version` of the software. */
export function openApi(version: string, contracts: readonly Contract[] = Object.values(ROUTES)) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const one of contracts)
    paths[one.path] = { ...paths[one.path], [one.method.toLowerCase()]: operation(one) }
  return createDocument(
    {
      openapi: "3.1.0",
      info: {
        title: "Causeway",
        version,
        description:
          "A bridge into AO. Amounts are whole base units as text; times are ISO 8601, UTC. A transfer's id is " +
          "`chain:transaction:index`. Refusals are `{ error: { code, message, detail } }`.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      tags: [...new Set(contracts.map(({ tag }) => tag))].map((name) => ({ name })),
      paths: paths as unknown as ZodOpenApiPathsObject,
      components: {
        securitySchemes: {
          signature: {
            ...{ type: "apiKey", in: "header", name: "x-causeway-signature" },
            description: "With `x-causeway-name` and `x-causeway-at`: docs/compliance.md.",
          },
          key: { type: "http", scheme: "bearer", description: "The webhook's own key." },
        },
      },
    },
    // More may be told one day: a reader takes what it knows.
    {
      override: ({ jsonSchema, io }) => {
        if (io === "output" && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties
        // Every number of ours is one that JSON has.
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      },
    },
  )
}

function operation(one: Contract) {
  const { answer, media = "application/json", demands } = one
  const success = { description: one.summary, content: { [media]: { schema: answer } } }
  const statuses = [400, ...(one.refuses ?? []), ...(one.demands === "key" ? [401] : [])]
  const refused = [...statuses, 429, 500, ...(one.also?.includes(503) ? [] : [503])]
  return {
    summary: one.summary,
    ...(one.about && { description: one.about }),
    tags: [one.tag],
    ...((one.params || one.query) && {
      requestParams: {
        ...(one.params && { path: one.params }),
        ...(one.query && { query: one.query }),
      },
    }),
    ...(one.body && {
      requestBody: { required: true, content: { "application/json": { schema: one.body } } },
    }),
    ...(demands && { security: [{ [demands]: [] }] }),
    responses: {
      [one.made ? 201 : 200]: success,
      ...Object.fromEntries((one.also ?? []).map((status) => [status, success])),
      ...Object.fromEntries(
        refused.map((status) => [
          status,
          {
            description: REFUSALS[status]!,
            content: { "application/json": { schema: refusal } },
          },
        ]),
      ),
    },
  }
}

// The little of a gateway that a client of AO asks: is it a module, where is the scheduler, what is in an item.

import { json, type Reply, refusal } from "../arweave/reply.ts"
import { type Asked, parsed } from "./asked.ts"
import type { View } from "./view.ts"

export interface Gateway {
  readonly module: { readonly id: string; readonly bytes: Uint8Array; readonly format: string }
  /** Address that announces the scheduler. */
  readonly scheduler: string
  /** Of this endpoint. */
  readonly url: () => string
}

/** `POST graphql` by id or owner, whatever fields were asked for; `GET {id}` and `raw/{id}`: the data. */
export function gateway(
  gateway: Gateway,
  view: View,
  first: string,
  { method, path, body }: Asked,
): Reply | null {
  if (method === "POST" && first === "graphql") return graphql(gateway, view, body)
  const id = first === "raw" ? path[0] : first
  if (method !== "GET" || !id) return null
  if (id === gateway.module.id) return data(Buffer.from(gateway.module.bytes))
  const slot = view.slotOf(id, null)
  return slot ? data(Buffer.from(slot.item.bytes)) : refusal(404, "Not Found")
}

function graphql(gateway: Gateway, view: View, body: Buffer): Reply {
  const { variables } = Object(parsed(body)) as { variables?: Record<string, unknown> }
  const { transactionIds, ids, owner, owners } = variables ?? {}
  const nodes = [
    ...[transactionIds, ids].flat().map((id) => nodeOf(gateway, view, id)),
    ...[owner, owners].flat().map((by) => (by === gateway.scheduler ? locationOf(gateway) : null)),
  ]
  const edges = nodes
    .filter((node) => node !== null)
    .map((node) => ({ cursor: node.id, node: { block: null, ...node } }))
  return json(200, { data: { transactions: { pageInfo: { hasNextPage: false }, edges } } })
}

function nodeOf({ module, scheduler }: Gateway, view: View, id: unknown) {
  if (id === module.id) {
    const tags = tagsOf({
      ...{ Type: "Module", "Module-Format": module.format },
      ...{ "Input-Encoding": "JSON-1", "Output-Encoding": "JSON-1" },
      ...{ "Memory-Limit": "1-gb", "Compute-Limit": "9000000000000" },
    })
    return { id: module.id, owner: { address: scheduler }, tags }
  }
  const item = typeof id === "string" ? view.slotOf(id, null)?.item : undefined
  return item ? { id: item.id, owner: { address: item.owner }, tags: item.tags } : null
}

function locationOf({ scheduler, url }: Gateway) {
  const tags = tagsOf({
    ...{ Type: "Scheduler-Location", Url: `${url()}/su`, "Time-To-Live": "3600000" },
  })
  return { id: scheduler, owner: { address: scheduler }, tags }
}

function tagsOf(values: Record<string, string>) {
  const all = { "Data-Protocol": "ao", Variant: "ao.TN.1", ...values }
  return Object.entries(all).map(([name, value]) => ({ name, value }))
}

function data(body: Buffer): Reply {
  return { status: 200, type: "application/octet-stream", body }
}

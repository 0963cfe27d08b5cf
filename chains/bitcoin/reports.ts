// Each node by itself, for people: what it is, how far it is, whether it is on the chain of the others, and what it lacks.

import { type EndpointReport, usualOf } from "../quorum.ts"
import type { BitcoinNode } from "./node.ts"

/** Asked one by one, whatever the others say. */
export async function reportsOf(nodes: readonly BitcoinNode[]): Promise<readonly EndpointReport[]> {
  const rows = await Promise.all(
    nodes.map(async (node) => ({
      node,
      tip: await node.info().then(
        ({ tip }) => tip.height,
        (error: Error) => error,
      ),
      about: await node.about().catch(() => ({ version: null, hasIndex: null })),
    })),
  )
  const heights = rows.flatMap(({ tip }) => (typeof tip === "number" ? [tip] : []))
  const common = Math.min(...heights)
  const said = await Promise.all(
    rows.map(({ node, tip }) =>
      typeof tip === "number" ? node.hash(common).catch(() => null) : null,
    ),
  )
  const usual = usualOf(said)
  return rows.map(({ node, tip, about }, at) => ({
    ...{ url: node.url, version: about.version },
    height: typeof tip === "number" ? tip : null,
    agrees: said[at] === null || said[at] === undefined ? null : said[at] === usual,
    problem: typeof tip === "number" ? null : tip.message,
    ...(about.hasIndex === false && {
      lacks: "txindex=1 that is built, so that it finds no deposit",
    }),
  }))
}

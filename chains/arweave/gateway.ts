// A gateway's GraphQL: names transactions that may concern the vault, so that catching up need not read them all, and who first
// paid somebody.

import { type Http, jsonOf, unreadable } from "../http.ts"

export interface Gateway {
  readonly url: string
  /** Ids of transactions to or from `vaults` in the blocks `from` to `to`, by height. Only a hint. */
  candidates(
    vaults: readonly string[],
    from: number,
    to: number,
  ): Promise<ReadonlyMap<number, readonly string[]>>
  /** Id of the first transaction that paid an address something; null when it lists none. Only a hint. */
  firstPaid(address: string): Promise<string | null>
}

export function gateway(url: string, http: Http): Gateway {
  const page = async (variables: object): Promise<Page> => {
    const reply = await http.query(
      url,
      JSON.stringify({ query: QUERY, variables }),
      "application/json",
    )
    const { data } = Object(jsonOf(reply, url)) as { data?: { transactions?: Page } }
    if (!Array.isArray(data?.transactions?.edges)) throw unreadable(url, "transactions")
    return data.transactions
  }
  return {
    url,
    async candidates(vaults, from, to) {
      const found = new Map<number, string[]>()
      for (const filter of [{ recipients: vaults }, { owners: vaults }]) {
        let after = ""
        for (;;) {
          const { edges, pageInfo } = await page({
            ...filter,
            block: { min: from, max: to },
            after,
          })
          for (const { node } of edges) {
            const height = node.block?.height
            if (height !== undefined) found.set(height, [...(found.get(height) ?? []), node.id])
          }
          const last = edges.at(-1)?.cursor
          // A page that does not move on would be asked for ever.
          if (!pageInfo.hasNextPage || last === undefined || last === after) break
          after = last
        }
      }
      return found
    },
    async firstPaid(address) {
      const { edges } = await page({ recipients: [address], after: "" })
      const paid = edges.find(({ node }) => node.block && node.quantity?.winston !== "0")
      return paid?.node.id ?? null
    },
  }
}

interface Page {
  readonly pageInfo: { readonly hasNextPage: boolean }
  readonly edges: readonly {
    readonly cursor: string
    readonly node: {
      readonly id: string
      readonly block: { readonly height: number } | null
      readonly quantity?: { readonly winston: string }
    }
  }[]
}

const QUERY = `
  query ($recipients: [String!], $owners: [String!], $block: BlockFilter, $after: String) {
    transactions(
      recipients: $recipients, owners: $owners, block: $block,
      first: 100, after: $after, sort: HEIGHT_ASC
    ) {
      pageInfo { hasNextPage }
      edges { cursor node { id block { height } quantity { winston } } }
    }
  }`

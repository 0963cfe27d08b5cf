// The local node's GraphQL: what watchers, wallets and aoconnect-style clients ask of a gateway.

import { deepEqual, equal, match } from "node:assert/strict"
import { test } from "vitest"
import { AR, alice, aWorld, bob, carol, type World } from "./arweave-builders.ts"

interface Page {
  readonly data: {
    readonly transactions: {
      readonly pageInfo: { readonly hasNextPage: boolean }
      readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[]
    }
  }
}

const WATCH = `
  query ($recipients: [String!], $min: Int!, $max: Int, $after: String, $first: Int = 100) {
    transactions(recipients: $recipients, block: { min: $min, max: $max }, sort: HEIGHT_ASC,
                 first: $first, after: $after) {
      pageInfo { hasNextPage }
      edges {
        cursor
        node {
          id recipient owner { address } quantity { winston } fee { winston }
          tags { name value } block { height id timestamp }
        }
      }
    }
  }`

test("a watcher sees what was paid to an address, plain text where the node has base64url", async () => {
  const { node, get, query, send } = await aWorld()
  const tags = [{ name: "Recipient", value: "ünïcode" }]
  const paid = await send(alice, { target: bob.address, quantity: 3n * AR, tags })
  await send(bob, { target: alice.address, quantity: AR })
  node.mine()

  const { json } = await query(WATCH, { recipients: [bob.address], min: 0 })

  const block = JSON.parse((await get("/block/current")).text)
  deepEqual((json as Page).data.transactions.pageInfo, { hasNextPage: false })
  deepEqual(
    (json as Page).data.transactions.edges.map(({ node }) => node),
    [
      {
        id: paid.id,
        recipient: bob.address,
        owner: { address: alice.address },
        quantity: { winston: "3000000000000" },
        fee: { winston: paid.reward },
        tags,
        block: { height: 1, id: block.indep_hash, timestamp: block.timestamp },
      },
    ],
  )
})

test("pages follow each other without gap or repeat, in both orders", async () => {
  const world = await aWorld()
  const sent = await sevenInThreeBlocks(world)

  for (const sort of ["HEIGHT_ASC", "HEIGHT_DESC"]) {
    const seen: string[] = []
    let after: string | null = ""
    while (after !== null) {
      const text = `query($a: String) { transactions(first: 2, sort: ${sort}, after: $a)
        { pageInfo { hasNextPage } edges { cursor node { id } } } }`
      const { pageInfo, edges }: Page["data"]["transactions"] = (
        (await world.query(text, { a: after })).json as Page
      ).data.transactions
      seen.push(...edges.map(({ node }) => node.id))
      after = pageInfo.hasNextPage ? edges.at(-1)!.cursor : null
    }
    deepEqual(seen, sort === "HEIGHT_ASC" ? sent : [...sent].reverse())
  }
})

test("every filter narrows, and they narrow together", async () => {
  const world = await aWorld()
  const sent = await sevenInThreeBlocks(world)
  const ids = async (args: string) => {
    const { json } = await world.query(
      `{ transactions(${args}, first: 100, sort: HEIGHT_ASC) { edges { node { id } } } }`,
    )
    return (json as Page).data.transactions.edges.map(({ node }) => sent.indexOf(node.id))
  }

  deepEqual(await ids(`block: { min: 2 }`), [3, 4, 5, 6])
  deepEqual(await ids(`block: { max: 1 }`), [0, 1, 2])
  deepEqual(await ids(`block: { min: 2, max: 2 }`), [3, 4, 5])
  deepEqual(await ids(`ids: ["${sent[1]}", "${sent[5]}"]`), [1, 5])
  deepEqual(await ids(`owners: ["${bob.address}"]`), [])
  deepEqual(await ids(`owners: ["${alice.address}"], block: { min: 3 }`), [6])
  deepEqual(await ids(`recipients: ["${carol.address}"]`), [])
  deepEqual(await ids(`tags: [{ name: "Number", values: ["1", "2"] }]`), [1, 2])
  deepEqual(await ids(`tags: { name: "Number", values: "6" }`), [6])
  deepEqual(await ids(`tags: [{ name: "Number", values: ["0", "1"], op: NEQ }]`), [2, 3, 4, 5, 6])
})

test("what waits has no block, comes as the newest, and is not asked for by height", async () => {
  const { node, query, send } = await aWorld()
  const mined = await send(alice, { target: bob.address, quantity: 1n })
  node.mine()
  const waits = await send(alice, { target: bob.address, quantity: 2n })
  const list = async (args: string) => {
    const { json } = await query(
      `{ transactions${args} { edges { node { id block { height } } } } }`,
    )
    return (json as Page).data.transactions.edges.map(({ node }) => node)
  }
  const [known, pending] = [
    { id: mined.id, block: { height: 1 } },
    { id: waits.id, block: null },
  ]

  deepEqual(await list(""), [pending, known])
  deepEqual(await list("(sort: HEIGHT_ASC)"), [known, pending])
  deepEqual(await list("(block: { min: 0 })"), [known])
})

test("one transaction is found by its id, under the names the query gives", async () => {
  const { node, query, send } = await aWorld()
  const tags = [{ name: "Content-Type", value: "text/plain" }]
  const tx = await send(alice, {
    target: bob.address,
    quantity: AR / 2n,
    reward: AR,
    tags,
    data: "x",
  })
  node.mine()

  const { json } = await query(`query Named {
    tx: transaction(id: "${tx.id}") {
      anchor, paid: quantity { ar }, data { size type }, bundledIn { id }, __typename_not: id
    }
    none: transaction(id: "${"A".repeat(43)}") { id }
  }`)

  deepEqual(json, {
    data: {
      tx: {
        anchor: tx.last_tx,
        paid: { ar: "0.500000000000" },
        data: { size: "1", type: "text/plain" },
        bundledIn: null,
        __typename_not: tx.id,
      },
      none: null,
    },
  })
})

test("a query that is not supported is refused in words", async () => {
  const { query } = await aWorld()
  const refusals: [string, RegExp][] = [
    ["{", /Syntax Error/],
    ["mutation { x }", /Syntax Error/],
    ["{ transactions { ...F } } fragment F on T { id }", /Syntax Error/],
    [`{ transactions(first: """1""") { edges { node { id } } } }`, /Syntax Error/],
    ["{ transactions(first: $n) { edges { node { id } } } }", /Variable "\$n" is not defined/],
    ["{ transactions { edges } }", /"edges" must have a selection/],
    ["{ transactions { edges { cursor { x } } } }", /"cursor" must have no selection/],
    ["{ transactions { edges { node { colour } } } }", /Cannot query field "colour"/],
    ["{ blocks { id } }", /Cannot query field "blocks"/],
    ["{ transactions(bundledIn: []) { edges { node { id } } } }", /Unknown argument "bundledIn"/],
    ["{ transactions(first: -1) { edges { node { id } } } }", /whole number/],
    ["{ transactions(sort: UP) { edges { node { id } } } }", /SortOrder/],
    [`{ transactions(after: "x") { edges { node { id } } } }`, /Invalid cursor/],
    ["{ transactions(owners: [1]) { edges { node { id } } } }", /list of text/],
    ["{ transactions(tags: [{ name: 1 }]) { edges { node { id } } } }", /tag filter/],
  ]

  for (const [text, words] of refusals) {
    const { status, json } = await query(text)
    equal(status, 400, text)
    match((json as { errors: [{ message: string }] }).errors[0].message, words)
  }
})

/** Ids in the order of the chain. */
async function sevenInThreeBlocks({ node, send }: World): Promise<string[]> {
  const sent: string[] = []
  for (let i = 0; i < 7; i++) {
    const tags = [{ name: "Number", value: `${i}` }]
    sent.push((await send(alice, { target: bob.address, quantity: 1n, tags })).id)
    if (i % 3 === 2 || i === 6) node.mine()
  }
  return sent
}

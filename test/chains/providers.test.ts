// On a live network a chain is read by two providers at least.

import { deepEqual } from "node:assert/strict"
import { expect, test } from "vitest"
import { lonely, providersIn } from "../../chains/providers.ts"

const arweave = (...node: string[]) => ({ arweave: { urls: { node } } })

//
test.each<[rule: string, node: string[], problems: number]>([
  ["one endpoint", ["https://a.example/"], 1],
  ["two doors of one owner", ["https://a.example.org/", "https://b.example.org/"], 1],
  ["the same host on two ports", ["http://127.0.0.1:1984/", "http://127.0.0.1:1985/"], 1],
  ["two owners", ["https://a.example/", "https://b.test/"], 0],
  ["one of its own and one of another's", ["http://10.0.0.7:1984/", "https://b.test/"], 0],
])("%s: %j", (_, node, problems) => {
  expect(lonely({ network: "mainnet" }, arweave(...node))).toHaveLength(problems)
  for (const network of ["testnet", "devnet"] as const)
    expect(lonely({ network }, arweave(...node))).toEqual([])
})

test("what is only sent through, and a gateway that only hints, may be one", () => {
  const urls = {
    ...{ mu: ["https://mu.example"], su: ["https://su.example", "https://su.test"] },
    cu: ["https://cu.example"],
  }

  deepEqual(lonely({ network: "mainnet" }, { ao: { urls } }), [
    "endpoints of ao: cu: one provider, and a live network takes two",
  ])
  deepEqual([...providersIn(urls.su)], ["su.example", "su.test"])
})

// When a block counts: by the word of a quorum, deep enough, and never sooner because finality stands still.

import { deepEqual, equal, rejects } from "node:assert/strict"
import fc from "fast-check"
import { describe, test } from "vitest"
import { BSC, ETHEREUM, finalHeight, isStalled, laggards } from "../../../chains/evm/finality.ts"
import type { Header } from "../../../chains/evm/header.ts"
import type { Heads } from "../../../chains/evm/node.ts"
import { aChain, account, aProvider, aReading } from "./builders.ts"

const head = (finalized: number, latest: number): Heads => ({
  finalized: { height: finalized } as Header,
  latest,
})

describe("on Ethereum", () => {
  test("the final head is the highest that a quorum has passed", () => {
    const heads = [head(100, 170), head(64, 160), head(132, 171)]

    deepEqual(
      [1, 2, 3].map((quorum) => finalHeight(heads, quorum, ETHEREUM)),
      [132, 100, 64],
    )
    equal(finalHeight(heads.slice(1), 3, ETHEREUM), null)
  })

  // Case 38.
  test("finality that is lost is told, and waited for", () => {
    const heads = [head(100, 261), head(100, 261), head(100, 180)]

    equal(isStalled(heads, 2, ETHEREUM), true)
    equal(isStalled(heads, 3, ETHEREUM), false)
    equal(finalHeight(heads, 2, ETHEREUM), 100)
  })
})

describe("on BSC", () => {
  // Case 37: depth is asked for as well, and never takes the place of finality.
  test("a block counts when it is final and 120 blocks deep", () => {
    equal(finalHeight([head(1_000, 1_002)], 1, BSC), 882)
    equal(finalHeight([head(1_000, 1_120)], 1, BSC), 1_000)
    equal(finalHeight([head(1_000, 5_000)], 1, BSC), 1_000)
    equal(finalHeight([head(50, 52)], 1, BSC), null)
  })

  // Case 37.
  test("finality that stands still for a minute is told", () => {
    equal(isStalled([head(1_000, 1_133)], 1, BSC), false)
    equal(isStalled([head(1_000, 1_134)], 1, BSC), true)
  })
})

// Case 43.
test("a provider whose newest block is old is told apart", () => {
  deepEqual(laggards([head(0, 100), head(0, 70), head(0, 95)], ETHEREUM), [1])
})

test("less than a quorum of liars moves the final head neither up nor down beyond the honest", () => {
  const height = fc.integer({ min: 0, max: 1_000 })

  fc.assert(
    fc.property(
      fc.array(height, { minLength: 3, maxLength: 3 }),
      height,
      height,
      (honest, a, b) => {
        const heads = [...honest, a, b].map((finalized) => head(finalized, 2_000))
        const found = finalHeight(heads, 3, ETHEREUM)!

        equal(found >= Math.min(...honest) && found <= Math.max(...honest), true)
      },
    ),
  )
})

test("a stall is reported while the reader waits at the last final block", async () => {
  const chain = await aChain()
  await chain.mine(20)
  const still = await chain.rpc("eth_getBlockByNumber", "0x3", false)
  const provider = await aProvider(chain, ({ method, params, result }) =>
    method === "eth_getBlockByNumber" && params[0] === "finalized" ? still : result,
  )
  const { heads, incidents } = aReading([provider.url], account(1), { rule: { lagMax: 16 } })

  equal((await heads.final()).height, 3)
  deepEqual(
    incidents.map(({ kind }) => kind),
    ["stalled"],
  )
})

test("a chain that has not come far enough has no final head yet", async () => {
  const chain = await aChain()
  const { heads } = aReading([chain.url], account(1), { rule: { depthMin: 120 } })

  await rejects(heads.final(), { code: "not-yet" })
})

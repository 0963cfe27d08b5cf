// The bridge's window in a signer's own journal: by asset and chain, exact over a restart, and a plan is all or nothing.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import type { ChainName } from "../../core/assets.ts"
import type { Window } from "../../core/governor.ts"
import { type Plan, Pledges } from "../../mpc/pledges.ts"
import { anId } from "../builders.ts"
import { aPayout } from "../chains/builders.ts"

const DAY_MS = 86_400_000
const caps = [{ asset: "AR", signature: 1_000n, day: 1_000n }] as const
const windows: readonly Window[] = [{ asset: "AR", target: "ao", day: 10n, large: 99n }]

let folder = ""
let pledges: Pledges
let count = 0
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-windows-"))
  pledges = await Pledges.open(folder)
  return async () => {
    await pledges.close()
    await rm(folder, { recursive: true })
  }
})

function aPlan(amounts: readonly bigint[], chain: ChainName = "ao"): Plan {
  const source = chain === "ao" ? "arweave" : "ao"
  const payouts = amounts.map((amount) =>
    aPayout(chain, { transfer: `${source}:${anId(`${++count}`)}:0`, amount }),
  )
  const slots = new Map(payouts.map(({ transfer }) => [transfer, `slot of ${transfer}`]))
  return { chain, payouts, terms: {}, slots }
}

const pledge = async (plan: Plan, nowMs: number) =>
  (await pledges.pledge(plan, caps, nowMs, windows)).map(({ code }) => code)

test("it fills, slides, and is the same after a restart", async () => {
  expect(await pledge(aPlan([6n]), 0)).toEqual([])
  expect(await pledge(aPlan([4n]), 5)).toEqual([])
  await pledges.close()
  pledges = await Pledges.open(folder)

  expect(await pledge(aPlan([1n]), DAY_MS - 1)).toEqual(["not-yet"])
  expect(await pledge(aPlan([6n]), DAY_MS)).toEqual([])
  expect(await pledge(aPlan([1n]), DAY_MS)).toEqual(["not-yet"])
})

test("what is paid on another chain does not count", async () => {
  expect(await pledge(aPlan([900n], "arweave"), 0)).toEqual([])

  expect(await pledge(aPlan([10n]), 1)).toEqual([])
})

test("of a plan that does not fit nothing counts, and signing again what was pledged is free", async () => {
  const plan = aPlan([10n])
  expect(await pledge(aPlan([6n, 5n]), 0)).toEqual(["not-yet"])

  expect(await pledge(plan, 1)).toEqual([])
  expect(await pledge(plan, 2)).toEqual([])
})

test("more than a whole window, which operators let pass, takes a whole one", async () => {
  expect(await pledge(aPlan([1n]), 0)).toEqual([])
  const large = aPlan([500n])

  expect(await pledge(large, 1)).toEqual(["not-yet"])
  expect(await pledge(large, DAY_MS)).toEqual([])
  expect(await pledge(aPlan([1n]), DAY_MS + 1)).toEqual(["not-yet"])
})

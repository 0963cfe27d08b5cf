// How long a campaign's token takes for a claim of a tree of 100,000 and for a credit of 100 rows, on the real aos.

import { createHash } from "node:crypto"
import { leafOf, proofOf, rootOf, treeOf } from "../core/rewards/merkle.ts"
import type { AoResult } from "../devnet/evaluator.ts"
import { aCampaign, CAMPAIGN, creditData, type Epoch, hex, Taox } from "../test/lua/taox-token.ts"
import { BRIDGE, idOf } from "../test/lua/token.ts"
import { median } from "./median.ts"

const LEAVES = 100_000
const CLAIMS = 200
const CREDITS = 10
const ROWS = 100

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest()

/**
 * `treeMs`: leaves and tree of 100,000 claims. `claimMs`: a claim with its proof, from the message to the answer;
 * `proofMs`: what of it is the proof, which is what it takes longer than a claim of a tree of one leaf. `creditMs`:
 * 100 rows, each told to its account. `on lua@5.3a`: the same script without aos.
 */
export async function taox() {
  const epochs = [great(1), small(2)] as const
  const [aos, hyper] = [await timed("aos", epochs), await timed("hyper", epochs)]
  return {
    figures: {
      leaves: LEAVES,
      treeMs: Math.round(epochs[0].ms),
      proofParts: proofOf(epochs[0].tree, 0).length,
      claimMs: two(aos.claim),
      proofMs: two(aos.claim - aos.bare),
      creditMs: two(aos.credit),
      hyperClaimMs: two(hyper.claim),
    },
    units: {
      leaves: "claims",
      treeMs: "ms",
      proofParts: "hashes",
      claimMs: "ms, median",
      proofMs: "ms, median",
      creditMs: `ms for ${ROWS} rows, median`,
      hyperClaimMs: "ms, median, state copied out",
    },
  }
}

async function timed(face: string, [first, second]: readonly [Epoch, Epoch]) {
  const taox = await Taox.deployed(aCampaign({ allocation: 10n ** 30n }), face)
  await taox.root(first)
  const claims = first.claims.filter(({ index }) => index % (LEAVES / CLAIMS) === 7)
  const claim = await medianOf(claims, ({ account }) => taox.claim(first, account))
  const credits = Array.from({ length: CREDITS }, (_, n) =>
    first.claims.slice(10 + n * ROWS, 10 + (n + 1) * ROWS).map(({ account }) => account),
  )
  const data = credits.map((accounts) => ({ data: dataOf(first, accounts), from: BRIDGE }))
  const credit = await medianOf(data, (one) => taox.token.send({ Action: "Credit" }, one))
  // Of one leaf, but for another account each time: the difference is the proof.
  await taox.root(second)
  const text = JSON.stringify({
    ...{ epoch: "2", index: "0", account: second.claims[0]!.account, amount: "1", proof: [] },
  })
  const bare = await medianOf(claims, () => taox.token.send({ Action: "Claim" }, { data: text }))
  return { claim, credit, bare }
}

async function medianOf<Item>(items: readonly Item[], act: (item: Item) => Promise<AoResult>) {
  const times: number[] = []
  for (const item of items) {
    const startMs = performance.now()
    const { Messages, Error: failure } = await act(item)
    times.push(performance.now() - startMs)
    if (failure !== undefined || Messages.length === 0) throw new Error(`nothing done: ${failure}`)
  }
  return median(times)
}

/** Of the claims alone that are named: the search in a list of all would be most of the time. */
function dataOf({ claims, ...epoch }: Epoch, accounts: readonly string[]): string {
  const named = new Set(accounts)
  return creditData(
    { ...epoch, claims: claims.filter(({ account }) => named.has(account)) },
    accounts,
  )
}

function great(epoch: number): Epoch & { readonly ms: number } {
  const accounts = Array.from({ length: LEAVES }, (_, n) => idOf(`account ${n}`)).sort()
  const startMs = performance.now()
  const claims = accounts.map((account, index) => ({
    ...{ campaign: CAMPAIGN, epoch, index, account, amount: 1_000_000_000_000n + BigInt(index) },
  }))
  const tree = treeOf(
    claims.map((claim) => leafOf(claim, sha256)),
    sha256,
  )!
  const ms = performance.now() - startMs
  const total = claims.reduce((sum, { amount }) => sum + amount, 0n)
  return { epoch, claims, tree, root: hex(rootOf(tree)), total, ms }
}

function small(epoch: number): Epoch {
  const claims = [
    { campaign: CAMPAIGN, epoch, index: 0, account: idOf("account 0"), amount: 1n },
  ] as const
  const tree = treeOf([leafOf(claims[0], sha256)], sha256)!
  return { epoch, claims, tree, root: hex(rootOf(tree)), total: 1n }
}

function two(ms: number): number {
  return Math.round(100 * ms) / 100
}

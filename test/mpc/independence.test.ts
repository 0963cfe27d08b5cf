// What members show of one another every month: whose key answers, what it was told, and whom too many of them ask.

import { afterAll, beforeAll, expect, test } from "vitest"
import type { Block } from "../../chains/chain.ts"
import { readSignerConfig, type SignerConfig } from "../../mpc/config.ts"
import { judge, makeProof, type Proof } from "../../mpc/independence.ts"
import { aDealtCluster, remove } from "./signers.ts"

const NONE = "0".repeat(64)
const november: Block = {
  ...{ chain: "arweave", height: 7, id: "block seven", parent: "block six", items: [] },
  timestampMs: Date.UTC(2026, 10, 30, 23, 59),
}
const blockAt = async (chain: string, height: number) =>
  chain === "arweave" && height === 7 ? november : null

let configs: readonly SignerConfig[]
let dealt: Awaited<ReturnType<typeof aDealtCluster>>
beforeAll(async () => {
  dealt = await aDealtCluster({ t: 2, n: 3, schemes: ["taproot"], rsa: false })
  configs = await Promise.all(dealt.cluster.signers.map(({ folder }) => readSignerConfig(folder)))
})
afterAll(() => remove(dealt))

/** Of the member at this place, with these endpoints of Arweave. */
function proofOf(at: number, nodes: readonly string[], block: Block = november): Proof {
  const config = configs[at]!
  const endpoints = { arweave: { urls: { node: nodes } } }
  return makeProof(
    { ...config, settings: { ...config.settings, endpoints } },
    "arweave",
    block,
    NONE,
  )
}
const judged = (proofs: readonly unknown[], month = "2026-11") =>
  judge(configs[0]!.manifest, proofs, month, blockAt)

//
test("each member signs with its own key by a block of the month, and who did not is named", async () => {
  const own = ["http://localhost:1984"]
  const proofs = [proofOf(0, own), proofOf(1, own)]

  const { proven, missing, shared } = await judged(proofs)

  expect(proven.map(({ index }) => index)).toEqual([1, 2])
  expect(missing).toEqual([`3 ${configs[2]!.member.name}: no proof`])
  expect(shared, "a node of one's own is nobody else's").toEqual([])
})

//
test("a proof of another month, or by a block that is not there, proves nothing", async () => {
  const forged = { ...november, id: "block of nobody" }
  const proofs = [proofOf(0, []), proofOf(1, [], forged)]

  const { proven, missing } = await judged(proofs)
  const later = await judged(proofs, "2026-12")

  expect(proven.map(({ index }) => index)).toEqual([1])
  expect(missing[0]).toMatch(/^2 .*: arweave has no block block of nobody at 7$/)
  expect(later.proven).toEqual([])
  expect(later.missing[0]).toMatch(/its block is of 2026-11/)
})

//
test("nobody signs for another: what is changed, or another member's key has signed, is refused", async () => {
  const proof = proofOf(0, ["https://node.example.org"])
  const { index, name } = configs[1]!.member
  const inAnothersName = [
    { ...proof, index, name },
    { ...proof, answers: "1".repeat(64) },
    { ...proof, providers: {} },
    { ...proof, group: NONE },
  ]

  for (const one of inAnothersName)
    await expect(judged([one])).rejects.toThrow(/no member of ours signed it/)
})

//
test("who asks the same provider shows by its digest, which names nobody, and a quorum of one provider is too many", async () => {
  const [shared, other] = ["https://a.shared.org/key-of-ann", "https://node.other.net"]
  const ann = proofOf(0, [shared, "https://ann.example"])
  const ben = proofOf(1, ["https://b.shared.org/key-of-ben", other])
  const cat = proofOf(2, [other, "http://10.0.0.3:1984"])

  const all = await judged([ann, ben, cat])
  const apart = await judged([ann, cat])

  expect(all.missing).toEqual([])
  expect(all.shared.map((words) => words.replace(/\(.*\)/, "()")).sort()).toEqual(
    [
      [configs[0]!, configs[1]!],
      [configs[1]!, configs[2]!],
    ].map((two) => {
      const who = two.map(({ member: { index, name } }) => `${index} ${name}`).join(", ")
      return `arweave: 2 ask one provider (), at most 1 may: ${who}`
    }),
  )
  expect(apart.shared).toEqual([])
  expect(JSON.stringify([ann, ben, cat])).not.toMatch(/shared|other|key-of|10\.0/)
})

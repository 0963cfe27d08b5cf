// The one-click claim: the very text that the token takes, from the epoch's artifact or not at all.

import { deepEqual, equal, throws } from "node:assert/strict"
import { test } from "vitest"
import type { Artifact } from "../../core/rewards/artifact.ts"
import { claimFrom, claimText } from "../../sdk/claim.ts"
import { claimData, three } from "../lua/taox-token.ts"
import { ALICE, BOB, idOf } from "../lua/token.ts"

/** Only what a claim is made from. */
function anArtifact(): Artifact {
  const { claims, root } = three()
  const rows = claims.map(({ account, amount, index }) => ({ account, given: `${amount}`, index }))
  return { campaign: "taox", epoch: 1, rows, root } as unknown as Artifact
}

test("a claim is the account's own row with its proof, in the token's one text", () => {
  for (const account of [ALICE, BOB])
    equal(claimText(claimFrom(anArtifact(), account)!), claimData(three(), account))
})

test("whoever has no row has no claim, and rows that do not make the root give none", () => {
  const artifact = anArtifact()
  const more = artifact.rows.map((row) => ({ ...row, given: `${BigInt(row.given) + 1n}` }))

  deepEqual(claimFrom(artifact, idOf("nobody")), null)
  throws(() => claimFrom({ ...artifact, rows: more }, ALICE), /do not make its root/)
})

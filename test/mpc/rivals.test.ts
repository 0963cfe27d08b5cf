// Before a transfer is signed in another slot, its old one is asked about alone: others of the same plan say nothing of it.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import type { Fate } from "../../chains/chain.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import { Pledges } from "../../mpc/pledges.ts"
import type { Signer } from "../../mpc/schemes/scheme.ts"
import { type Desk, sign } from "../../mpc/signing.ts"
import { aSighting } from "../builders.ts"
import { aPayout, deployment } from "../chains/builders.ts"
import { onArweave } from "./requests.ts"
import { CAP, PLAIN } from "./signers.ts"
import { AR, aoTerms, chainsOf, OPEN, policy, World } from "./world.ts"

// Case 52
test("a transfer that was paid without the others of its plan is not taken for dead with them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "causeway-rivals-"))
  const pledges = await Pledges.open(folder)
  onTestFinished(async () => {
    await pledges.close()
    await rm(folder, { recursive: true })
  })
  const world = new World()
  // Below the minimum, so that it goes back; this signer helped to pay it elsewhere before, together with another.
  const [paid, other] = world.add([0, 1].map(() => aSighting({ amount: AR / 1000n })))
  const asked: (readonly TransferId[])[] = []
  const desk = aDesk(world, pledges, async (payouts) => {
    asked.push(payouts.map(({ transfer }) => transfer))
    // A transaction used the slot, paid this one, and left the other out.
    return payouts.every(({ transfer }) => transfer === paid!.id) ? "landed" : "dead"
  })
  const payouts = [paid!, other!].map(({ id }) => aPayout("ao", { transfer: id }))
  const slots = new Map(payouts.map(({ transfer }) => [transfer, `coin:${transfer}`]))
  await pledges.pledge({ chain: "ao", payouts, terms: aoTerms(), slots }, [CAP], 0)

  const reply = await sign(desk, onArweave(paid!, 1, true))

  expect(asked).toEqual([[paid!.id]])
  expect(reply).toMatchObject({ refused: [{ transfer: paid!.id, code: "slot-taken" }] })
})

function aDesk(
  world: World,
  pledges: Pledges,
  fate: (payouts: readonly Payout[]) => Promise<Fate>,
): Desk {
  const chains = chainsOf(world)
  const sight = (name: "arweave" | "ao") => {
    const { scheme, codec, connect } = chains[name]
    const connection = connect({ urls: { world: ["http://view/1"] } }, deployment)
    return { scheme, codec, connection: { ...connection, fate } }
  }
  const signer = { partial: async () => [new Uint8Array(1)] } as unknown as Signer
  return {
    view: {
      deployment,
      policy,
      chains: { arweave: sight("arweave"), ao: sight("ao") },
      screening: null,
      operators: [],
      stops: OPEN,
      locks: async () => ({ AR: 1_000n * AR }),
    },
    ...{ pledges, caps: [CAP], signers: { rsa: signer }, index: 1, now: () => 1_800_000_000_000 },
    ...PLAIN,
  }
}

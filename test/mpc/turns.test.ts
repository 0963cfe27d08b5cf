// Many requests at one moment do not keep a signer from everything else.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { Pledges } from "../../mpc/pledges.ts"
import type { SignRequest } from "../../mpc/protocol.ts"
import type { Signer } from "../../mpc/schemes/scheme.ts"
import { type Desk, sign } from "../../mpc/signing.ts"
import { aSighting } from "../builders.ts"
import { deployment } from "../chains/builders.ts"
import { turnsOf } from "../chains/turns.ts"
import { CAP, PLAIN } from "./signers.ts"
import { AR, aoTerms, chainsOf, OPEN, policy, World } from "./world.ts"

test("the bytes of one batch are built in another turn than those of the next", async () => {
  const world = new World()
  const chains = chainsOf(world)
  const folder = await mkdtemp(join(tmpdir(), "causeway-turns-"))
  const pledges = await Pledges.open(folder)
  const built: number[] = []
  await turnsOf(async (turn) => {
    const { codec } = chains.ao
    const watched: typeof codec = {
      ...codec,
      build: (...all) => {
        built.push(turn())
        return codec.build(...all)
      },
    }
    const endpoints = { urls: { world: ["http://view/1"] } }
    const sight = (name: "arweave" | "ao") => ({
      ...{ scheme: "rsa" as const, codec: name === "ao" ? watched : chains.arweave.codec },
      connection: chains[name].connect(endpoints, deployment),
    })
    const signer = { partial: async () => new Uint8Array(512) } as unknown as Signer
    const desk: Desk = {
      ...PLAIN,
      view: {
        ...{ deployment, policy, screening: null, operators: [] },
        chains: { arweave: sight("arweave"), ao: sight("ao") },
        stops: OPEN,
        locks: async () => ({ AR: 1_000n * AR }),
      },
      ...{ pledges, caps: [CAP], signers: { rsa: signer }, index: 1, now: () => 0 },
    }
    const requests = Array.from({ length: 12 }, (_, at): SignRequest => {
      const rows = world.add(Array.from({ length: 5 }, () => aSighting()))
      const transfers = rows.map(({ id }) => ({ id, refund: false }))
      const fixed = { version: 1, scheme: "rsa", chain: "ao", terms: aoTerms() } as const
      return { ...fixed, session: `session-${at}`, transfers }
    })

    const replies = await Promise.all(requests.map((request) => sign(desk, request)))

    expect(replies.every((reply) => "partials" in reply)).toBe(true)
  })
  await pledges.close()
  await rm(folder, { recursive: true })

  expect(built).toHaveLength(12)
  expect(new Set(built).size).toBe(12)
})

// A signer's desk over a model world, with a share that signs nothing real: for rules that do not look at signatures.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Policy } from "../../core/policy.ts"
import { Pledges } from "../../mpc/pledges.ts"
import type { SignReply } from "../../mpc/protocol.ts"
import type { Signer } from "../../mpc/schemes/scheme.ts"
import type { Desk } from "../../mpc/signing.ts"
import type { Stops } from "../../mpc/verify.ts"
import { deployment } from "../chains/builders.ts"
import { CAP, PLAIN } from "./signers.ts"
import { AR, chainsOf, OPEN, policy, World } from "./world.ts"

export interface ModelDesk {
  readonly world: World
  readonly desk: Desk
  readonly folder: string
  /** Milliseconds since 1970; move it on. */
  readonly clock: { ms: number }
  /** Partials that left. */
  readonly left: { count: number }
  close(): Promise<void>
}

export async function aModelDesk(
  parts: Partial<Desk> = {},
  { stops = OPEN, policy: terms = policy }: { stops?: Stops; policy?: Policy } = {},
): Promise<ModelDesk> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-desk-"))
  const world = new World()
  const clock = { ms: 1_800_000_000_000 }
  const left = { count: 0 }
  const chains = chainsOf(world)
  const sight = (name: "arweave" | "ao") => ({
    ...{ scheme: chains[name].scheme, codec: chains[name].codec },
    connection: chains[name].connect({ urls: { world: ["http://view/1"] } }, deployment),
  })
  const share = {
    key: { scheme: "rsa" },
    partial: async () => {
      left.count += 1
      return new Uint8Array(8)
    },
  } as unknown as Signer
  const pledges = await Pledges.open(folder)
  const desk: Desk = {
    view: {
      ...{ deployment, policy: terms, screening: null, operators: [], stops },
      chains: { arweave: sight("arweave"), ao: sight("ao") },
      locks: async () => ({ AR: 1_000n * AR }),
    },
    ...{ pledges, caps: [CAP], signers: { rsa: share }, index: 1, now: () => clock.ms },
    ...PLAIN,
    ...parts,
  }
  const close = async () => {
    await pledges.close()
    await rm(folder, { recursive: true })
  }
  return { world, desk, folder, clock, left, close }
}

/** Why it was refused, transfer by transfer; null when it was signed. */
export function refusedOf(reply: SignReply) {
  return "refused" in reply ? reply.refused.map(({ transfer, code }) => [transfer, code]) : null
}

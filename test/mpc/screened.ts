// A signer's judgement in a world of its own: a folder with policy and lists, chains that say what a test says, a clock that is told.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach } from "vitest"
import { PolicyShelf } from "../../chains/policy-shelf.ts"
import type { SignedAttestation } from "../../core/compliance/attestation.ts"
import type { Sighting } from "../../core/transfer.ts"
import {
  type Officer,
  officersIn,
  rootOf,
  signedBy,
  writeCompliance,
} from "../../devnet/officers.ts"
import type { SignRequest } from "../../mpc/protocol.ts"
import { type Beyond, Screening } from "../../mpc/screening.ts"
import { derive, type View } from "../../mpc/verify.ts"
import { aSighting } from "../builders.ts"
import { deployment } from "../chains/builders.ts"
import { NOW, somebody } from "../services/compliance/office.ts"
import { AR, aoTerms, arweaveTerms, chainsOf, OPEN, policy, World } from "./world.ts"

/** Of the test that runs. */
export const at = {
  officers: [] as readonly Officer[],
  folder: "",
  world: new World(),
  view: undefined as unknown as View,
  nowMs: NOW,
}
const folders: string[] = []

export async function bareFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-screening-"))
  folders.push(folder)
  return folder
}

/** Gives each test of the file that calls this a folder, a world and a view of its own. */
export function withASigner(): void {
  beforeAll(async () => {
    at.officers = await officersIn(await bareFolder())
  })
  afterAll(() => Promise.all(folders.splice(0).map((one) => rm(one, { recursive: true }))))
  beforeEach(async () => {
    at.folder = await bareFolder()
    await writeCompliance(at.folder, at.officers)
    at.nowMs = NOW
    at.world = new World()
    at.view = await aView()
  })
}

export async function aView(folder = at.folder, beyond: Beyond = {}): Promise<View> {
  const chains = chainsOf(at.world)
  const sight = (name: "arweave" | "ao") => ({
    ...{ scheme: chains[name].scheme, codec: chains[name].codec },
    connection: chains[name].connect({ urls: { world: ["http://view/1"] } }, deployment),
  })
  return {
    ...{ deployment, policy, chains: { arweave: sight("arweave"), ao: sight("ao") } },
    screening: await Screening.open(folder, rootOf(at.officers), () => at.nowMs, beyond),
    operators: [],
    stops: OPEN,
    locks: async () => ({ AR: 1_000n * AR }),
  }
}

interface Ask {
  readonly refund?: boolean
  readonly attestations?: readonly SignedAttestation[]
}

/** What the signer says of one deposit or burn: paid, or the code of its refusal. */
export async function asked(sighting: Sighting, { refund = false, attestations }: Ask = {}) {
  const isHome = (sighting.source === "arweave") === refund
  const request: SignRequest = {
    ...{ version: 1, session: "session-1", scheme: "rsa", chain: isHome ? "arweave" : "ao" },
    transfers: [{ id: sighting.id, refund }],
    terms: isHome ? arweaveTerms() : aoTerms(),
    ...(attestations && { attestations }),
  }
  const answer = await derive(at.view, request)
  return "payouts" in answer ? "paid" : answer[0]!.code
}

export function deposit(parts: Partial<Sighting> = {}): Sighting {
  return at.world.add([aSighting({ sender: somebody(), ...parts })])[0]!
}

/** Puts the next version of the policy into the signer's folder. */
export async function decree(
  parts: object,
  pinOf: (pin: { maxAgeMs: number | null }) => object = (pin) => pin,
): Promise<void> {
  const shelf = await PolicyShelf.open(at.folder, rootOf(at.officers))
  const { name, document } = shelf.versions.at(-1)!
  const lists = Object.entries(document.lists).map(([list, pin]) => [list, pinOf(pin)])
  const next = { ...document, version: document.version + 1, prev: name, ...parts }
  await shelf.activate(signedBy({ ...next, lists: Object.fromEntries(lists) }, at.officers))
}

import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { Sighting } from "../../core/transfer.ts"
import { Pledges } from "../../mpc/pledges.ts"
import type { CommitReply, SignReply, SignRequest } from "../../mpc/protocol.ts"
import { taproot } from "../../mpc/schemes/frost.ts"
import type { Signer } from "../../mpc/schemes/scheme.ts"
import { commit, type Desk, sign } from "../../mpc/signing.ts"
import { aBurn } from "../builders.ts"
import { deployment } from "../chains/builders.ts"
import { aFrostGroup, holding } from "./schemes/frost-group.ts"
import { CAP, PLAIN } from "./signers.ts"
import { AR, arweaveTerms, chainsOf, FROST, OPEN, policy, World } from "./world.ts"

function release({ id }: Sighting, session: string): SignRequest {
  const transfers = [{ id, refund: false }]
  return {
    version: 1,
    session,
    scheme: "taproot",
    chain: "arweave",
    transfers,
    terms: arweaveTerms(1),
  }
}

const codesOf = (reply: SignReply | CommitReply) =>
  "refused" in reply ? reply.refused.map(({ transfer, code }) => [transfer, code]) : []

describe("a signature of two rounds", () => {
  const group = aFrostGroup(2, 2)
  let own: Signer
  let other: Signer
  let desk: Desk
  let world: World
  let folder: string

  beforeAll(async () => {
    own = await taproot.open(holding(group, 1))
    other = await taproot.open(holding(group, 2))
    return () => Promise.all([own.close(), other.close()])
  })

  beforeEach(async () => {
    world = new World()
    folder = await mkdtemp(join(tmpdir(), "causeway-signer-"))
    const chains = chainsOf(world, FROST)
    const sight = (name: "arweave" | "ao") => ({
      ...{ scheme: chains[name].scheme, codec: chains[name].codec },
      connection: chains[name].connect({ urls: { world: ["http://view/1"] } }, deployment),
    })
    const view = {
      ...{ deployment, policy, chains: { arweave: sight("arweave"), ao: sight("ao") } },
      screening: null,
      operators: [],
      stops: OPEN,
      locks: async () => ({ AR: 1_000n * AR }),
    }
    const pledges = await Pledges.open(folder)
    desk = {
      view,
      pledges,
      caps: [CAP],
      signers: { taproot: own },
      index: 1,
      now: () => 0,
      ...PLAIN,
    }
    return async () => {
      await pledges.close()
      await rm(folder, { recursive: true })
    }
  })

  /** The first round of a release, as the coordinator sends its result around. */
  async function committed(session: string): Promise<SignRequest> {
    const [burn] = world.add([aBurn({ fee: 1n })])
    const request = release(burn!, session)
    const reply = await commit(desk, request)
    if (!("commitments" in reply)) throw new Error("refused")
    const rows = reply.commitments.map(async (bytes, place) => [
      { from: 1, bytes },
      { from: 2, bytes: await other.commit(`${session}.${place}`) },
    ])
    return { ...request, commitments: await Promise.all(rows) }
  }

  test("has its session and its pledge in the file before a partial leaves", async () => {
    let atSigning = ""
    const watched: Signer = {
      ...own,
      partial: async (signing) => {
        atSigning = await readFile(join(folder, "journal.log"), "latin1")
        return own.partial(signing)
      },
    }
    const request = await committed("session-a")
    expect(desk.pledges.records).toBe(0)

    const reply = await sign({ ...desk, signers: { taproot: watched } }, request)

    expect(reply).toHaveProperty("partials")
    expect(atSigning).toContain('"kind":"claim"')
    expect(atSigning).toContain('"kind":"session","session":"session-a"')
  })

  // Case 111.
  test("is given once: the same session again finds its nonces gone, and the signer goes on", async () => {
    const request = await committed("session-b")
    await sign(desk, request)

    expect(codesOf(await sign(desk, request))).toEqual([[null, "nonces-gone"]])
    expect(await sign(desk, await committed("session-c"))).toHaveProperty("partials")
  })

  test("is refused for commitments that are not those of a quorum with this signer in it", async () => {
    const { commitments, ...request } = await committed("session-d")
    const wrong = commitments!.map((row) => row.slice(1))

    const reply = await sign(desk, { ...request, commitments: wrong })

    expect(codesOf(reply)).toEqual([[null, "bad-request"]])
  })

  test("promises nothing in its first round, and refuses there what it would refuse in the last", async () => {
    const [young] = world.add([aBurn({ fee: 1n })], 500)
    const request = release(young!, "session-y")

    expect(codesOf(await commit(desk, request))).toEqual([[young!.id, "not-yet"]])
    await committed("session-e")
    expect(desk.pledges.records).toBe(0)
  })

  test("rests on a journal that can be written: else the nonces stay unspent and the signer stops", async () => {
    const request = await committed("session-f")
    await desk.pledges.close()
    const untouched: Signer = { ...own, partial: () => expect.unreachable() }

    const failed = sign({ ...desk, signers: { taproot: untouched } }, request)

    await expect(failed).rejects.toMatchObject({ code: "journal-unwritable" })
  })

  test("is given by the key that its chain is signed with, and by no other", async () => {
    const request = await committed("session-g")

    expect(codesOf(await sign(desk, { ...request, scheme: "rsa" }))).toEqual([
      [null, "not-supported"],
    ])
    expect(codesOf(await sign({ ...desk, signers: { rsa: own } }, request))).toEqual([
      [null, "not-supported"],
    ])
    const onAo = { ...request, chain: "ao" } as const
    expect(codesOf(await commit(desk, onAo))).toEqual([[null, "not-supported"]])
  })
})

// Coordinators that are slow, silent or lie, and others beside them. None of them has to be trusted.

import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Identity, newIdentity } from "../../mpc/certificate.ts"
import { type ClusterClient, connectCluster, type Wanted } from "../../mpc/client.ts"
import { FILES } from "../../mpc/config.ts"
import type { Manifest } from "../../mpc/manifest.ts"
import {
  type Commitments,
  type RoundRequest,
  readCommitReply,
  readSignReply,
  requestJson,
} from "../../mpc/protocol.ts"
import { schemeOf } from "../../mpc/schemes/index.ts"
import type { GroupKey } from "../../mpc/schemes/scheme.ts"
import type { Running } from "../../mpc/signer.ts"
import { type Link, openLink } from "../../mpc/transport.ts"
import { aBurn } from "../builders.ts"
import {
  aDealtCluster,
  clientConfig,
  type DealtFolder,
  remove,
  startHere,
  wanted,
} from "./signers.ts"
import { AR, arweaveTerms, chainsOf, World } from "./world.ts"

const ALL = [1, 2, 3]
const world = new World()
const chains = chainsOf(world, { arweave: "evm", ao: "evm" })
const second = newIdentity("second coordinator", { now: new Date() })
let dealt: DealtFolder
let manifest: Manifest
let signers: Running[]
let honest: ClusterClient
/** The other coordinator's own lines to each signer, to say on them what it likes. */
let lines: ReadonlyMap<number, Link>
let key: GroupKey

beforeAll(async () => {
  dealt = await aDealtCluster({ t: 2, n: 3, schemes: ["evm"], rsa: false })
  const dealtManifest = dealt.cluster.manifest
  manifest = {
    ...dealtManifest,
    coordinators: [
      ...dealtManifest.coordinators,
      { name: "second coordinator", certificate: second.certificate },
    ],
  }
  for (const { folder } of dealt.cluster.signers)
    await writeFile(join(folder, FILES.manifest), JSON.stringify(manifest))
  signers = await Promise.all(ALL.map((index) => startHere(dealt, index, chains)))
  honest = await aClient()
  key = honest.keys.evm!
  lines = new Map(
    manifest.members.map((member, at) => [
      member.index,
      openLink(second, { ...member, role: "signer" }, signers[at]!.address),
    ]),
  )
})

afterAll(async () => {
  honest.close()
  for (const line of lines.values()) line.close()
  for (const signer of signers) await signer.close()
  await remove(dealt)
})

async function aClient(identity?: Identity): Promise<ClusterClient> {
  const addresses = Object.fromEntries(signers.map(({ index, address }) => [index, address]))
  const config = await clientConfig(dealt, addresses)
  return connectCluster({ ...config, manifest, ...(identity && { identity }) })
}

const release = (anchor = 1, [burn] = world.add([aBurn({ fee: 1n })])) =>
  wanted(dealt, chains.arweave, [burn!], arweaveTerms(anchor))

let sessions = 0
const requestFor = ({ chain, scheme, transfers, terms }: Wanted): RoundRequest => {
  sessions += 1
  return { version: 1, session: `session-${sessions}`, scheme, chain, transfers, terms }
}

async function commitments(request: RoundRequest, quorum: readonly number[]): Promise<Commitments> {
  const rows = await Promise.all(
    quorum.map(async (index) => {
      const { body } = await lines.get(index)!.ask("POST", "/commit", requestJson(request), LIMITS)
      const reply = readCommitReply(body)
      if (!("commitments" in reply)) throw new Error(JSON.stringify(reply.refused))
      return { from: index, bytes: reply.commitments[0]! }
    }),
  )
  return [rows]
}

async function signedBy(index: number, request: RoundRequest, list: Commitments) {
  const asked = requestJson({ ...request, commitments: list })
  const { body } = await lines.get(index)!.ask("POST", "/sign", asked, LIMITS)
  return readSignReply(body)
}

const LIMITS = { timeoutMs: 20_000 }

async function signs(client: ClusterClient, asked: Wanted): Promise<void> {
  const { signatures } = await client.sign(asked)
  expect(schemeOf("evm").verify(key, asked.messages[0]!, signatures[0]!)).toBe(true)
}

// Case 114.
describe("a coordinator", () => {
  test("that is silent after the first round keeps nobody from having the same message signed", async () => {
    const asked = release()
    await commitments(requestFor(asked), [1, 2])

    await signs(honest, asked)
  })

  test("that is slow and one that takes over get the same message signed, and no other slot", async () => {
    const [burn] = world.add([aBurn({ fee: 1n })])
    const asked = release(1, [burn!])
    const other = await aClient(second)

    await Promise.all([signs(honest, asked), signs(other, asked), signs(other, asked)])

    const refused = { code: "signer-refused", detail: { refusals: [{ code: "slot-taken" }] } }
    await expect(other.sign(release(2, [burn!]))).rejects.toMatchObject(refused)
    other.close()
  })

  test("that comes late with what it began gets a part of the very message, once", async () => {
    const asked = release()
    const request = requestFor(asked)
    const list = await commitments(request, [1, 2])
    await signs(honest, asked)

    const parts = [await signedBy(1, request, list), await signedBy(2, request, list)]
    const again = await signedBy(1, request, list)

    expect(parts.every((reply) => "partials" in reply)).toBe(true)
    expect(again).toMatchObject({ refused: [{ code: "nonces-gone" }] })
  })

  test("that changes the terms between the rounds has a signature of neither message", async () => {
    const [burn] = world.add([aBurn({ fee: 1n })])
    const [one, two] = [release(1, [burn!]), release(2, [burn!])]
    const request = requestFor(one)
    const list = await commitments(request, [1, 2])

    const parts = [
      await signedBy(1, request, list),
      await signedBy(2, { ...request, terms: two.terms }, list),
    ].flatMap((reply) =>
      "partials" in reply ? [{ from: reply.index, bytes: reply.partials[0]! }] : [],
    )

    expect(parts).toHaveLength(2)
    for (const { messages } of [one, two]) {
      const signing = { session: request.session, message: messages[0]!, commitments: list[0]! }
      expect((await schemeOf("evm").aggregate(key, signing, parts)).signature).toBeNull()
    }
    // Each has promised its own slot now, so that not even both of them can be brought to one.
    const [late, other] = [requestFor(one), requestFor(two)]
    for (const [index, asked] of [
      [2, late],
      [1, other],
    ] as const)
      expect(await signedBy(index, asked, list)).toMatchObject({
        refused: [{ code: "slot-taken" }],
      })
  })

  test("that tells the quorum different commitments gets parts that make no signature", async () => {
    const asked = release()
    const request = requestFor(asked)
    const [list] = await commitments(request, [1, 2])
    const foreign = (await commitments(requestFor(release()), [2]))[0]![0]!

    const first = await signedBy(1, request, [[list![0]!, { ...foreign, from: 2 }]])
    const second = await signedBy(2, request, [list!])

    const parts = [first, second].flatMap((reply) =>
      "partials" in reply ? [{ from: reply.index, bytes: reply.partials[0]! }] : [],
    )
    expect(parts).toHaveLength(2)
    const signing = { session: request.session, message: asked.messages[0]!, commitments: list! }
    const { signature, cheaters } = await schemeOf("evm").aggregate(key, signing, parts)
    expect(signature).toBeNull()
    expect(cheaters).toEqual([1])
    await signs(honest, asked)
  })

  test("that puts a commitment of its own in a signer's place is refused by that signer", async () => {
    const request = requestFor(release())
    const [list] = await commitments(request, [1, 2])
    const [, forged] = (await commitments(requestFor(release()), [1, 2]))[0]!

    const reply = await signedBy(2, request, [[list![0]!, forged!]])

    expect(reply).toMatchObject({ refused: [{ code: expect.stringMatching(/refused|request/) }] })
  })

  test("cannot have more paid than the burn was, nor to another", async () => {
    const [burn] = world.add([aBurn({ fee: 1n })])
    const asked = release(1, [burn!])
    const lied = wanted(dealt, chains.arweave, [{ ...burn!, amount: 50n * AR }], arweaveTerms(1))

    // It asks for the transfer and expects its own message: signers build theirs, and those do not match.
    await expect(honest.sign(lied)).rejects.toMatchObject({ code: "signer-refused" })

    await signs(honest, asked)
  })
})

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { type SignerCluster, startCluster } from "../../devnet/cluster.ts"
import { type Blame, type ClusterClient, connectCluster, type Wanted } from "../../mpc/client.ts"
import { schemeOf } from "../../mpc/schemes/index.ts"
import { aBurn, aSighting } from "../builders.ts"
import { aDealtCluster, clientConfig, type DealtFolder, remove, wanted } from "./signers.ts"
import { AR, aoTerms, arweaveTerms, chainsOf, FROST, World } from "./world.ts"
import { serveWorld, type WorldServer } from "./world-http.ts"

const PROGRAM = new URL("./frost-process.ts", import.meta.url)
const ALL = [1, 2, 3, 4, 5]
const world = new World()
const chains = chainsOf(world, FROST)
const logs: string[] = []
let endpoints: WorldServer
let dealt: DealtFolder
let cluster: SignerCluster

beforeAll(async () => {
  endpoints = await serveWorld(world)
  dealt = await aDealtCluster({ schemes: ["taproot", "evm"], rsa: false }, endpoints.url)
  cluster = await startCluster({
    signers: dealt.cluster.signers,
    program: PROGRAM,
    onDeath: () => {},
    onLog: (_, line) => logs.push(line),
  })
})

beforeEach(() => {
  world.faults.clear()
})

afterEach(async () => {
  for (const index of ALL) if (!(index in cluster.pids)) await cluster.start(index)
})

afterAll(async () => {
  await cluster.stop()
  await endpoints.close()
  await remove(dealt)
})

async function aClient(hedgeMs = 60_000) {
  const blamed: Blame[] = []
  const patience = { hedgeMinMs: hedgeMs, hedgeMaxMs: hedgeMs }
  const config = await clientConfig(dealt, cluster.addresses, patience)
  const client = connectCluster({ ...config, onBlame: (blame) => blamed.push(blame) })
  return { blamed, client }
}

const mint = () => wanted(dealt, chains.ao, world.add([aSighting()]), aoTerms())
const release = (anchor = 1, [burn] = world.add([aBurn({ fee: 1n })])) =>
  wanted(dealt, chains.arweave, [burn!], arweaveTerms(anchor))

/** Signs, and checks every signature under the group's key of that purpose. */
async function signed(client: ClusterClient, asked: Wanted) {
  const { signatures, signers } = await client.sign(asked)
  expect(signatures).toHaveLength(asked.messages.length)
  const { verify } = schemeOf(asked.scheme)
  for (const [place, message] of asked.messages.entries())
    expect(verify(client.keys[asked.scheme]!, message, signatures[place]!)).toBe(true)
  return signers
}

describe("five processes that hold keys of two rounds", () => {
  test("sign every message of a payout, each purpose under its own key", async () => {
    const { client, blamed } = await aClient()

    expect(await signed(client, release())).toHaveLength(3)
    expect(await signed(client, mint())).toHaveLength(3)
    client.close()

    expect(client.keys.taproot!.publicKey).not.toEqual(client.keys.evm!.publicKey)
    expect(blamed).toEqual([])
  })

  test("sign what moves deposits and pays nobody, where there is such a thing, and nowhere else", async () => {
    const { client, blamed } = await aClient()
    const sweep = wanted(dealt, chains.arweave, [], arweaveTerms(1))
    const nothing = { ...sweep, chain: "ao", scheme: "evm", terms: aoTerms() } as const

    expect(await signed(client, sweep)).toHaveLength(3)
    expect(await signed(client, sweep)).toHaveLength(3)
    expect(blamed).toEqual([])
    await expect(client.sign(nothing)).rejects.toMatchObject({ code: "signer-refused" })
    client.close()
  })

  test("sign many sessions at once, and none disturbs another", async () => {
    const { client, blamed } = await aClient()

    const all = Array.from({ length: 12 }, (_, place) => (place % 2 ? mint() : release()))
    await Promise.all(all.map((asked) => signed(client, asked)))
    client.close()

    expect(blamed).toEqual([])
  })

  test("refuse a key for a chain that it was not made for", async () => {
    const { client } = await aClient()

    const refused = await client
      .sign({ ...release(), scheme: "evm" })
      .catch((error: unknown) => error)
    client.close()

    expect(refused).toMatchObject({
      code: "signer-refused",
      detail: { refusals: [{ transfer: null, code: "not-supported" }] },
    })
  })

  test("replace one that is killed between the rounds", async () => {
    const { client, blamed } = await aClient()
    const asked = release()
    let looked = 0
    let killed = Promise.resolve()
    // The fourth look is the first of the last round: that signer dies while it waits for the answer.
    const answer = world.answer.bind(world)
    world.answer = (view, chain, question) => {
      if (question.kind === "locate") looked += 1
      if (looked === 4) {
        world.answer = answer
        killed = cluster.kill(view)
        world.faults.set(view, { fails: "rpc-unavailable" })
      }
      return answer(view, chain, question)
    }

    const signers = await signed(client, asked)
    await killed
    client.close()

    expect(signers).toHaveLength(3)
    expect(blamed.map(({ kind }) => kind)).toEqual(["unreachable"])
    expect(signers).not.toContain(blamed[0]!.signer)
  })

  test("pass by one whose endpoint lies and one that stands still", async () => {
    // On a busy machine nobody else shall pass for silent: there is none to spare.
    const { client, blamed } = await aClient(4_000)
    world.faults.set(2, { lie: { amount: 50n * AR } })
    process.kill(cluster.pids[4]!, "SIGSTOP")

    const signers = await signed(client, mint()).finally(() => {
      process.kill(cluster.pids[4]!, "SIGCONT")
      client.close()
    })

    expect(signers).toEqual([1, 3, 5])
    for (const { signer } of blamed) expect([2, 4]).toContain(signer)
  })

  // Case 115.
  test("one short of a quorum wait, say who is missing, and sign when it is back", async () => {
    const asked = release()
    for (const index of [1, 2, 3]) await cluster.kill(index)
    const { client } = await aClient()
    const short = await client.sign(asked).catch((error: unknown) => error)
    client.close()
    expect(short).toMatchObject({ code: "quorum-missing", detail: { needed: 3, have: 2 } })

    await cluster.start(2)
    const again = await aClient()
    expect(await signed(again.client, asked)).toEqual([2, 4, 5])
    again.client.close()
  })

  // Case 108.
  test("killed and started again, they keep their slot and sign it anew with other nonces", async () => {
    const [burn] = world.add([aBurn({ fee: 1n })])
    const first = release(1, [burn!])
    const before = await aClient()
    const { signatures } = await before.client.sign(first)
    before.client.close()

    await Promise.all(ALL.map((index) => cluster.kill(index)))
    await Promise.all(ALL.map((index) => cluster.start(index)))

    const { client } = await aClient()
    const again = await client.sign(first)
    const refused = await client.sign(release(2, [burn!])).catch((error: unknown) => error)
    client.close()
    // A nonce that came back would show as the same first half.
    const halves = [...signatures, ...again.signatures].map((one) =>
      Buffer.from(one.subarray(0, 32)).toString("hex"),
    )
    expect(new Set(halves).size).toBe(4)
    expect(refused).toMatchObject({
      code: "signer-refused",
      detail: { refusals: [{ transfer: burn!.id, code: "slot-taken" }] },
    })
  })
})

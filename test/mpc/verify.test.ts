import { describe, expect, test } from "vitest"
import type { Sighting } from "../../core/transfer.ts"
import type { Asked, SignRequest } from "../../mpc/protocol.ts"
import { derive, type View } from "../../mpc/verify.ts"
import { aBurn, anId, aSighting } from "../builders.ts"
import { deployment } from "../chains/builders.ts"
import { AR, aoTerms, arweaveTerms, chainsOf, type Fault, OPEN, policy, World } from "./world.ts"

function aView(world: World, fault: Fault = {}): View {
  world.faults.set(1, fault)
  const chains = chainsOf(world)
  const sight = (name: "arweave" | "ao") => ({
    scheme: chains[name].scheme,
    codec: chains[name].codec,
    connection: chains[name].connect({ urls: { world: ["http://view/1"] } }, deployment),
  })
  return {
    deployment,
    policy,
    chains: { arweave: sight("arweave"), ao: sight("ao") },
    screening: null,
    operators: [],
    stops: OPEN,
    locks: async () => ({ AR: 1_000n * AR }),
  }
}

function asking(transfers: readonly Asked[], parts: Partial<SignRequest> = {}): SignRequest {
  return {
    ...{ version: 1, session: "session-1", scheme: "rsa", chain: "ao" },
    ...{ transfers, terms: aoTerms() },
    ...parts,
  }
}

const paid = ({ id }: Sighting): Asked => ({ id, refund: false })
const refunded = ({ id }: Sighting): Asked => ({ id, refund: true })
const onArweave = { chain: "arweave", terms: arweaveTerms() } as const

async function refusalsOf(view: View, request: SignRequest) {
  const answer = await derive(view, request)
  return "payouts" in answer ? [] : answer.map(({ transfer, code }) => ({ transfer, code }))
}

describe("what a signer derives", () => {
  // Case 27.
  test("what was deposited elsewhere is not asked about, so that another chain's trouble is its own", async () => {
    const world = new World()
    const [deposit] = world.add([aSighting()])
    const asked: unknown[] = []
    const view: View = {
      ...aView(world),
      locks: async (homes) => {
        asked.push(homes)
        return { AR: 1_000n * AR }
      },
    }

    const derived = await derive(view, asking([paid(deposit!)]))

    expect(derived).toHaveProperty("payouts")
    expect(asked).toEqual([["arweave"]])
  })

  test("final deposits are paid to their recipients on AO, less the fee", async () => {
    const world = new World()
    const [first, second] = world.add([aSighting(), aSighting({ amount: 5n * AR })])

    const derived = await derive(aView(world), asking([paid(first!), paid(second!)]))

    expect(derived).toMatchObject({
      payouts: [
        { transfer: first!.id, chain: "ao", recipient: anId("recipient"), amount: AR - 1_000n },
        { transfer: second!.id, chain: "ao", amount: 5n * AR - 1_000n },
      ],
    })
  })

  test("the message is the codec's own for the same payouts, in the order asked", async () => {
    const world = new World()
    const rows = world.add([aSighting(), aSighting()]).map(paid)
    const view = aView(world)

    const once = await derive(view, asking(rows))
    const again = await derive(view, asking(rows, { session: "session-2" }))
    const turned = await derive(view, asking(rows.toReversed()))

    expect(again).toEqual(once)
    expect(turned).not.toEqual(once)
  })

  test("a burn costs what the token charged, not what our table says", async () => {
    const world = new World()
    const [burn] = world.add([aBurn({ fee: 7n })])

    const derived = await derive(aView(world), asking([paid(burn!)], onArweave))

    expect(derived).toMatchObject({ payouts: [{ chain: "arweave", amount: AR - 7n, fee: 7n }] })
  })

  test("a deposit below the minimum goes back to its sender, less the refund fee", async () => {
    const world = new World()
    const [small] = world.add([aSighting({ amount: AR / 1000n, sender: anId("poor") })])

    const derived = await derive(aView(world), asking([refunded(small!)], onArweave))

    expect(derived).toMatchObject({
      payouts: [{ chain: "arweave", recipient: anId("poor"), amount: AR / 1000n - 5_000n }],
    })
  })

  test("what is held for people may go back to its own sender", async () => {
    const world = new World()
    const [large] = world.add([aSighting({ amount: 1_000n * AR })])

    const derived = await derive(aView(world), asking([refunded(large!)], onArweave))

    expect(derived).toMatchObject({ payouts: [{ refund: true, amount: 1_000n * AR - 5_000n }] })
  })
})

describe("what a signer refuses", () => {
  const cases: readonly {
    readonly rule: string
    readonly sighting?: Partial<Sighting>
    readonly height?: number
    readonly fault?: Fault
    readonly refund?: boolean
    readonly code: string
  }[] = [
    { rule: "a deposit that is not deep enough", height: 492, code: "not-yet" },
    { rule: "a deposit above its own tip", height: 501, code: "not-yet" },
    { rule: "a deposit over the cap", sighting: { amount: 101n * AR }, code: "over-cap" },
    {
      rule: "a deposit below the minimum",
      sighting: { amount: AR / 1000n },
      code: "below-minimum",
    },
    {
      rule: "an ambiguous recipient",
      sighting: { recipient: null, problem: "ambiguous-recipient" },
      code: "ambiguous-recipient",
    },
    {
      rule: "a recipient in another spelling than the chain's own",
      sighting: { recipient: ` ${anId("recipient")}` },
      code: "bad-recipient",
    },
    {
      rule: "a payout on another chain than the one asked for",
      refund: true,
      sighting: { amount: AR / 1000n },
      code: "bad-request",
    },
    { rule: "a refund of what is to be paid", refund: true, code: "signer-refused" },
    {
      rule: "a refund that leaves only dust",
      refund: true,
      sighting: { amount: 14_999n },
      code: "not-enough-to-pay-fees",
    },
    {
      rule: "an answer about another transfer",
      fault: { lie: { id: `arweave:${anId("x")}:0` } },
      code: "rpc-disagrees",
    },
    // Case 43.
    { rule: "what its endpoint has not seen yet", fault: { lag: 95 }, code: "not-yet" },
  ]
  for (const { rule, sighting, height, fault, refund = false, code } of cases) {
    test(`${rule}`, async () => {
      const world = new World()
      const [bad] = world.add([aSighting(sighting)], height)
      const [good] = world.add([aSighting()], 100)

      const refused = await refusalsOf(
        aView(world, fault),
        asking([{ id: bad!.id, refund }, ...(fault?.lie ? [] : [paid(good!)])]),
      )

      expect(refused).toEqual([{ transfer: bad!.id, code }])
    })
  }

  test("a transfer that is in no block", async () => {
    const missing = aSighting()

    const refused = await refusalsOf(aView(new World()), asking([paid(missing)]))

    expect(refused).toEqual([{ transfer: missing.id, code: "not-yet" }])
  })

  test("everything while its endpoint is dead, whichever transfers are asked for", async () => {
    const world = new World()
    const [deposit] = world.add([aSighting()])
    const view = aView(world, { fails: "rpc-unavailable" })

    const refused = await refusalsOf(view, asking([paid(deposit!)]))

    expect(refused).toEqual([{ transfer: null, code: "rpc-unavailable" }])
  })

  // Case 41.
  test("the one transfer that its providers disagree about, and no other", async () => {
    const world = new World()
    const [first, second] = world.add([aSighting(), aSighting()])
    const view = aView(world, { disagrees: [second!.id] })

    const refused = await refusalsOf(view, asking([paid(first!), paid(second!)]))

    expect(refused).toEqual([{ transfer: second!.id, code: "rpc-disagrees" }])
  })

  test("terms that its own connection does not accept", async () => {
    const world = new World()
    const [deposit] = world.add([aSighting()])

    const refused = await refusalsOf(
      aView(world),
      asking([paid(deposit!)], { terms: aoTerms(666) }),
    )

    expect(refused).toEqual([{ transfer: null, code: "signer-refused" }])
  })

  // Case 121.
  test("terms that do not decode to a payout", async () => {
    const world = new World()
    const [deposit] = world.add([aSighting()])

    const refused = await refusalsOf(
      aView(world),
      asking([paid(deposit!)], { terms: { raw: "AA" } }),
    )

    expect(refused).toEqual([{ transfer: null, code: "bad-request" }])
  })

  test("more transfers than one payout takes", async () => {
    const world = new World()
    const burns = world.add([aBurn(), aBurn()])

    const refused = await refusalsOf(aView(world), asking(burns.map(paid), onArweave))

    expect(refused).toEqual([{ transfer: null, code: "bad-request" }])
  })
})

test("a signature that pays nobody is for chains whose deposits must move, and no other", async () => {
  const view = aView(new World())
  const { chains } = view
  const ao = chains.ao!
  const moving = { ...ao, codec: { ...ao.codec, sweeps: true, build: () => UNSIGNED } }

  expect(await refusalsOf(view, asking([]))).toEqual([{ transfer: null, code: "bad-request" }])
  const swept = await derive({ ...view, chains: { ...chains, ao: moving } }, asking([]))
  expect(swept).toEqual({
    ...{ payouts: [], unsigned: UNSIGNED, origins: new Map(), ballots: new Map() },
  })
})

const UNSIGNED = { messages: [new Uint8Array(32)], slots: new Map() }

// A signer judges for itself whom it pays: by its own lists and policy, by attestors that it checks, and never by the coordinator.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { keyOf } from "../../chains/party.ts"
import { PolicyShelf } from "../../chains/policy-shelf.ts"
import { deedOf, factsOf } from "../../chains/screening.ts"
import { seals } from "../../chains/seals.ts"
import { attest, type SignedAttestation } from "../../core/compliance/attestation.ts"
import { versionsText } from "../../core/compliance/lists.ts"
import { OFAC_LIST, OWN_LISTS, rulesOf } from "../../core/compliance/presets.ts"
import { payoutOf } from "../../core/payout.ts"
import type { Sighting } from "../../core/transfer.ts"
import {
  type Officer,
  officersIn,
  rootOf,
  signedBy,
  writeCompliance,
} from "../../devnet/officers.ts"
import type { SignerConfig } from "../../mpc/config.ts"
import { policyFindings } from "../../mpc/doctor-policy.ts"
import type { SignRequest } from "../../mpc/protocol.ts"
import { readRequest, requestJson } from "../../mpc/protocol.ts"
import { Screening } from "../../mpc/screening.ts"
import { derive, type View } from "../../mpc/verify.ts"
import { aBlock, aBurn, aSighting } from "../builders.ts"
import { deployment } from "../chains/builders.ts"
import { keysOf, signAs } from "../core/compliance/keys.ts"
import { listed, NOW, somebody } from "../services/compliance/office.ts"
import { AR, aoTerms, arweaveTerms, chainsOf, OPEN, policy, World } from "./world.ts"

let officers: readonly Officer[]
let folder: string
let world: World
let view: View
let nowMs: number
const folders: string[] = []

beforeAll(async () => {
  folders.push(await mkdtemp(join(tmpdir(), "causeway-officers-")))
  officers = await officersIn(folders[0]!)
})
afterAll(() => Promise.all(folders.map((one) => rm(one, { recursive: true }))))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-screening-"))
  folders.push(folder)
  await writeCompliance(folder, officers)
  nowMs = NOW
  world = new World()
  view = await aView()
})

async function aView(at = folder): Promise<View> {
  const chains = chainsOf(world)
  const sight = (name: "arweave" | "ao") => ({
    ...{ scheme: chains[name].scheme, codec: chains[name].codec },
    connection: chains[name].connect({ urls: { world: ["http://view/1"] } }, deployment),
  })
  return {
    ...{ deployment, policy, chains: { arweave: sight("arweave"), ao: sight("ao") } },
    screening: await Screening.open(at, rootOf(officers), () => nowMs),
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
async function asked(sighting: Sighting, { refund = false, attestations }: Ask = {}) {
  const isHome = (sighting.source === "arweave") === refund
  const request: SignRequest = {
    ...{ version: 1, session: "session-1", scheme: "rsa", chain: isHome ? "arweave" : "ao" },
    transfers: [{ id: sighting.id, refund }],
    terms: isHome ? arweaveTerms() : aoTerms(),
    ...(attestations && { attestations }),
  }
  const answer = await derive(view, request)
  return "payouts" in answer ? "paid" : answer[0]!.code
}

function deposit(parts: Partial<Sighting> = {}): Sighting {
  return world.add([aSighting({ sender: somebody(), ...parts })])[0]!
}

describe("by its own lists a signer", () => {
  test("pays whom nobody has listed", async () => {
    expect(await asked(deposit())).toBe("paid")
  })

  test.each([
    [OFAC_LIST, "screening-block", "screening-block"],
    [OWN_LISTS.reject, "screening-reject", "paid"],
    [OWN_LISTS.hold, "screening-hold", "paid"],
  ])("on %s refuses a mint with %s, and a refund is %s", async (list, mint, refund) => {
    const sighting = deposit()
    await listed(folder, list, sighting.sender)

    expect(await asked(sighting)).toBe(mint)
    expect(await asked(sighting, { refund: true })).toBe(refund)
  })

  test("finds every party: the recipient, each input, and whom a refund goes to", async () => {
    const found = [
      deposit({ recipient: somebody() }),
      deposit({ senders: [somebody(), somebody()] }),
      deposit({ refundTo: somebody() }),
    ]
    await listed(folder, OFAC_LIST, found[0]!.recipient!)
    await listed(folder, OFAC_LIST, found[1]!.senders![1]!)
    await listed(folder, OFAC_LIST, found[2]!.refundTo)

    for (const one of found) expect(await asked(one)).toBe("screening-block")
  })

  test("stops a burn only when somebody is blocked or looked at, never for a place", async () => {
    const [burn] = world.add([aBurn({ sender: somebody() })])
    await decree({ rules: rulesOf("us-default", "own-lists", "strict") })

    expect(await asked(burn!)).toBe("paid")
    await listed(folder, OFAC_LIST, burn!.recipient!)
    expect(await asked(burn!)).toBe("screening-block")
  })

  test("gives nothing back that the policy lets pass", async () => {
    expect(await asked(deposit(), { refund: true })).toBe("signer-refused")
  })

  test("goes by the list that its operator has put there since", async () => {
    const sighting = deposit()
    await listed(folder, OFAC_LIST, sighting.sender)
    expect(await asked(sighting)).toBe("screening-block")

    await listed(folder, OFAC_LIST, sighting.sender, false)

    expect(await asked(sighting)).toBe("paid")
  })

  test("without a policy, or with a list that is stale, pays nobody", async () => {
    const bare = await mkdtemp(join(tmpdir(), "causeway-screening-"))
    folders.push(bare)
    const own = view
    view = await aView(bare)
    expect(await asked(deposit())).toBe("not-yet")

    view = own
    await decree({}, (pin) => ({ ...pin, maxAgeMs: 1_000 }))
    expect(await asked(deposit())).toBe("not-yet")
  })
})

test("whoever is blocked has their coins left where they are", async () => {
  const sighting = deposit()
  expect(() => view.screening!.demandUnfrozen(sighting)).not.toThrow()

  await listed(folder, OFAC_LIST, sighting.sender)
  await view.screening!.refresh()

  expect(() => view.screening!.demandUnfrozen(sighting)).toThrow("screening-block")
})

test("a signer that cannot tell objects to nothing, and signs nothing", async () => {
  await decree({}, (pin) => ({ ...pin, maxAgeMs: 1_000 }))
  const sighting = deposit()
  const { session: _, ...facts } = factsOf(sighting, null)

  expect((await view.screening!.vote([{ act: "mint", facts }])).actions).toEqual([null])
  expect(await asked(sighting)).toBe("not-yet")
})

test("asked for its vote it says what it would do, by which policy and lists", async () => {
  const bad = deposit()
  await listed(folder, OWN_LISTS.block, bad.sender)
  const rows = [deposit(), bad].map((one) => ({ act: "mint" as const, facts: factsOf(one, null) }))

  const vote = await view.screening!.vote(rows)

  expect(vote.actions).toEqual(["allow", "block"])
  expect(vote).toMatchObject({
    policy: expect.stringMatching(/^[0-9a-f]{64}$/),
    lists: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test("a plan that spends a coin of somebody blocked is refused, whomever it pays", async () => {
  const [clean, blocked] = [deposit(), deposit()]
  const { scheme, codec, connection } = view.chains.ao!
  const spending = { ...codec, spends: () => [blocked.id, clean.id] }
  // As on Bitcoin, where the coins of a payout are deposits of its own chain.
  const locateAll = view.chains.arweave!.connection.locateAll.bind(view.chains.arweave!.connection)
  const ao = { scheme, codec: spending, connection: Object.assign(connection, { locateAll }) }
  view = { ...view, chains: { ...view.chains, ao } }
  expect(await asked(clean)).toBe("paid")

  await listed(folder, OFAC_LIST, blocked.sender)

  expect(await asked(clean)).toBe("screening-block")
})

describe("what only a session tells", () => {
  const strict = () =>
    decree({
      rules: rulesOf("us-default", "own-lists", "strict"),
      attestors: { needed: 2, keys: keysOf("anna", "arno", "axel") },
    })

  /** The word of these attestors about the payout of a deposit. */
  async function words(
    sighting: Sighting,
    names: readonly string[],
    parts: Partial<SignedAttestation["attestation"]> = {},
    refund = false,
  ): Promise<readonly SignedAttestation[]> {
    const shelf = await PolicyShelf.open(folder, rootOf(officers))
    const { policy: name, lists } = shelf.at(nowMs)!
    const fee = refund ? policy.limits[0]!.refundFee : policy.fees[0]!.flat
    const payout = payoutOf({ ...sighting, block: aBlock(), refund, fee })
    const deed = { ...deedOf(payout, sighting, name), ...parts }
    const found = {
      ...{ decision: parts.decision ?? ("allow" as const), issuedMs: nowMs },
      ...{ lists: seals.hash(versionsText(lists)), evidence: seals.hash("seen") },
      nonce: "A".repeat(22),
    }
    return names.map((one) => attest(deed, found, one, signAs(one)))
  }

  test("is the word of two attestors, and not of one who says it twice", async () => {
    await strict()
    const sighting = deposit()

    const two = await words(sighting, ["anna", "arno"])
    const one = await words(sighting, ["anna", "anna"])

    expect(await asked(sighting)).toBe("screening-hold")
    expect(await asked(sighting, { attestations: one })).toBe("screening-hold")
    expect(await asked(sighting, { attestations: two })).toBe("paid")
  })

  test("is vetoed by one, whatever the others say", async () => {
    await strict()
    const sighting = deposit()
    const two = await words(sighting, ["anna", "arno"])
    const veto = await words(sighting, ["axel"], { decision: "reject" } as object)

    expect(await asked(sighting, { attestations: [...two, ...veto] })).toBe("screening-hold")
  })

  test.each<[string, object]>([
    ["another recipient", { recipient: keyOf(somebody()) }],
    ["another amount", { amount: "1" }],
    ["another act", { act: "release" }],
    ["another policy", { policy: "0".repeat(64) }],
    ["another deposit", { deposit: "arweave:other:0" }],
    ["other sources", { sources: [keyOf(somebody())] }],
  ])("is nothing when it is about %s", async (_, parts) => {
    await strict()
    const sighting = deposit()
    const attestations = await words(sighting, ["anna", "arno"], parts)

    expect(await asked(sighting, { attestations })).toBe("screening-hold")
  })

  test("is forgotten after a quarter of an hour", async () => {
    await strict()
    const sighting = deposit()
    const attestations = await words(sighting, ["anna", "arno"])

    nowMs += 900_000 - 1
    expect(await asked(sighting, { attestations })).toBe("paid")
    nowMs += 1
    expect(await asked(sighting, { attestations })).toBe("screening-hold")
  })

  test("does not help whom a list names", async () => {
    await strict()
    const sighting = deposit()
    await listed(folder, OFAC_LIST, sighting.sender)

    const attestations = await words(sighting, ["anna", "arno"])

    expect(await asked(sighting, { attestations })).toBe("screening-block")
  })

  test("brings a deposit back that no list names, when two say so", async () => {
    await strict()
    await decree({ rules: rulesOf("us-default", "own-lists") })
    const sighting = deposit()
    const attestations = await words(sighting, ["anna", "arno"], {}, true)

    expect(await asked(sighting, { refund: true })).toBe("signer-refused")
    expect(await asked(sighting, { refund: true, attestations })).toBe("paid")
  })

  test("travels with a request as JSON, and what is no attestation is refused", async () => {
    const sighting = deposit()
    const request = {
      ...{ version: 1, session: "session-1", scheme: "rsa", chain: "ao", terms: aoTerms() },
      transfers: [{ id: sighting.id, refund: false }],
      attestations: await words(sighting, ["anna"]),
    } as SignRequest

    expect(readRequest(JSON.parse(JSON.stringify(requestJson(request))))).toEqual(request)
    const odd = { ...request, attestations: [{ attestor: "anna" }] }
    expect(() => readRequest(odd)).toThrow("bad-request")
  })
})

/** Puts the next version of the policy into the signer's folder. */
async function decree(
  parts: object,
  pinOf: (pin: { maxAgeMs: number | null }) => object = (pin) => pin,
): Promise<void> {
  const shelf = await PolicyShelf.open(folder, rootOf(officers))
  const { name, document } = shelf.versions.at(-1)!
  const lists = Object.entries(document.lists).map(([list, pin]) => [list, pinOf(pin)])
  const next = { ...document, version: document.version + 1, prev: name, ...parts }
  await shelf.activate(signedBy({ ...next, lists: Object.fromEntries(lists) }, officers))
}

// What the operator is told before it matters.
test("the doctor says whether a policy is in force, and which list is stale", async () => {
  const config = (at: string) =>
    ({ folder: at, bridge: { deployment, policy, compliance: rootOf(officers) } }) as SignerConfig
  const bare = await mkdtemp(join(tmpdir(), "causeway-screening-"))
  folders.push(bare)

  const [well] = await policyFindings(config(folder), nowMs)
  const [none] = await policyFindings(config(bare), nowMs)
  await decree({}, (pin) => ({ ...pin, maxAgeMs: 1_000 }))
  const stale = await policyFindings(config(folder), nowMs)

  expect(well).toMatchObject({ verdict: "ok", said: expect.stringContaining("version 1") })
  expect(none).toMatchObject({ verdict: "bad" })
  expect(stale.map(({ said }) => said)).toContain(`${OFAC_LIST}: data.stale: causeway lists import`)
})

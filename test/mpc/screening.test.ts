// A signer judges for itself whom it pays: by its own lists and policy, and never by the coordinator.

import { describe, expect, test } from "vitest"
import { factsOf } from "../../chains/screening.ts"
import { OFAC_LIST, OWN_LISTS, rulesOf } from "../../core/compliance/presets.ts"
import { rootOf } from "../../devnet/officers.ts"
import { newIdentity } from "../../mpc/certificate.ts"
import type { Settings, SignerConfig } from "../../mpc/config.ts"
import { policyFindings } from "../../mpc/doctor-policy.ts"
import { aBurn } from "../builders.ts"
import { deployment } from "../chains/builders.ts"
import { keysOf } from "../core/compliance/keys.ts"
import { listed, somebody } from "../services/compliance/office.ts"
import { asked, at, aView, bareFolder, decree, deposit, withASigner } from "./screened.ts"
import { policy } from "./world.ts"

withASigner()

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
    await listed(at.folder, list, sighting.sender)

    expect(await asked(sighting)).toBe(mint)
    expect(await asked(sighting, { refund: true })).toBe(refund)
  })

  test("finds every party: the recipient, each input, and whom a refund goes to", async () => {
    const found = [
      deposit({ recipient: somebody() }),
      deposit({ senders: [somebody(), somebody()] }),
      deposit({ refundTo: somebody() }),
    ]
    await listed(at.folder, OFAC_LIST, found[0]!.recipient!)
    await listed(at.folder, OFAC_LIST, found[1]!.senders![1]!)
    await listed(at.folder, OFAC_LIST, found[2]!.refundTo)

    for (const one of found) expect(await asked(one)).toBe("screening-block")
  })

  test("stops a burn only when somebody is blocked or looked at, never for a place", async () => {
    const [burn] = at.world.add([aBurn({ sender: somebody() })])
    await decree({ rules: rulesOf("us-default", "own-lists", "strict") })

    expect(await asked(burn!)).toBe("paid")
    await listed(at.folder, OFAC_LIST, burn!.recipient!)
    expect(await asked(burn!)).toBe("screening-block")
  })

  test("gives nothing back that the policy lets pass", async () => {
    expect(await asked(deposit(), { refund: true })).toBe("signer-refused")
  })

  test("goes by the list that its operator has put there since", async () => {
    const sighting = deposit()
    await listed(at.folder, OFAC_LIST, sighting.sender)
    expect(await asked(sighting)).toBe("screening-block")

    await listed(at.folder, OFAC_LIST, sighting.sender, false)

    expect(await asked(sighting)).toBe("paid")
  })

  test("without a policy, or with a list that is stale, pays nobody", async () => {
    const bare = await bareFolder()
    const own = at.view
    at.view = await aView(bare)
    expect(await asked(deposit())).toBe("not-yet")

    at.view = own
    await decree({}, (pin) => ({ ...pin, maxAgeMs: 1_000 }))
    expect(await asked(deposit())).toBe("not-yet")
  })
})

test("whoever is blocked has their coins left where they are", async () => {
  const sighting = deposit()
  expect(() => at.view.screening!.demandUnfrozen(sighting)).not.toThrow()

  await listed(at.folder, OFAC_LIST, sighting.sender)
  await at.view.screening!.refresh()

  expect(() => at.view.screening!.demandUnfrozen(sighting)).toThrow("screening-block")
})

test("a signer that cannot tell objects to nothing, and signs nothing", async () => {
  await decree({}, (pin) => ({ ...pin, maxAgeMs: 1_000 }))
  const sighting = deposit()
  const { session: _, ...facts } = factsOf(sighting, null)

  expect((await at.view.screening!.vote([{ act: "mint", facts }])).actions).toEqual([null])
  expect(await asked(sighting)).toBe("not-yet")
})

test("asked for its vote it says what it would do, by which policy and lists", async () => {
  const bad = deposit()
  await listed(at.folder, OWN_LISTS.block, bad.sender)
  const rows = [deposit(), bad].map((one) => ({ act: "mint" as const, facts: factsOf(one, null) }))

  const vote = await at.view.screening!.vote(rows)

  expect(vote.actions).toEqual(["allow", "block"])
  expect(vote).toMatchObject({
    policy: expect.stringMatching(/^[0-9a-f]{64}$/),
    lists: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test("a plan that spends a coin of somebody blocked is refused, whomever it pays", async () => {
  const [clean, blocked] = [deposit(), deposit()]
  const { scheme, codec, connection } = at.view.chains.ao!
  const spending = { ...codec, spends: () => [blocked.id, clean.id] }
  // As on Bitcoin, where the coins of a payout are deposits of its own chain.
  const locateAll = at.view.chains.arweave!.connection.locateAll.bind(
    at.view.chains.arweave!.connection,
  )
  const ao = { scheme, codec: spending, connection: Object.assign(connection, { locateAll }) }
  at.view = { ...at.view, chains: { ...at.view.chains, ao } }
  expect(await asked(clean)).toBe("paid")

  await listed(at.folder, OFAC_LIST, blocked.sender)

  expect(await asked(clean)).toBe("screening-block")
})

// What the operator is told before it matters.
test("the doctor says whether a policy is in force, and which list is stale", async () => {
  const identity = newIdentity("Signer One", { now: new Date(at.nowMs) })
  const config = (folder: string, attestors?: Settings["attestors"]) =>
    ({
      ...{ folder, identity, member: { index: 1, name: "Signer One" }, settings: { attestors } },
      bridge: { deployment, policy, compliance: rootOf(at.officers) },
    }) as unknown as SignerConfig
  const bare = await bareFolder()

  const [well] = await policyFindings(config(at.folder), at.nowMs)
  const [none] = await policyFindings(config(bare), at.nowMs)
  const [, alone] = await policyFindings(config(at.folder), at.nowMs)
  await decree({ attestors: { needed: 2, keys: keysOf("anna", "arno", "axel") } })
  const [, spared] = await policyFindings(config(at.folder), at.nowMs)
  const [, asking, ...rest] = await policyFindings(
    config(at.folder, { axel: "https://axel.example" }),
    at.nowMs,
  )
  await decree({ attestors: { needed: 2, keys: keysOf("anna", "arno") } })
  const whole = await policyFindings(config(at.folder), at.nowMs)
  await decree({}, (pin) => ({ ...pin, maxAgeMs: 1_000 }))
  const stale = await policyFindings(config(at.folder), at.nowMs)

  expect(well).toMatchObject({ verdict: "ok", said: expect.stringContaining("version 1") })
  expect(none).toMatchObject({ verdict: "bad" })
  expect(alone).toMatchObject({ verdict: "watch", said: expect.stringContaining("no attestor") })
  expect(spared).toMatchObject({ verdict: "watch", said: expect.stringContaining("of 1 of its") })
  expect(asking).toMatchObject({ verdict: "watch", said: expect.stringContaining("of 1 of its") })
  expect(rest).toMatchObject([{ verdict: "ok", said: expect.stringContaining('"Signer One": "') }])
  expect(whole).toEqual([well].map((one) => ({ ...one, said: expect.any(String) })))
  expect(stale.map(({ said }) => said)).toContain(`${OFAC_LIST}: data.stale: causeway lists import`)
})

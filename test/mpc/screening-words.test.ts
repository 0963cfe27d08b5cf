// What signers cannot see, attestors tell them: each checked, none left out where the policy asks for it.

import { describe, expect, test } from "vitest"
import { keyOf } from "../../chains/party.ts"
import { PolicyShelf } from "../../chains/policy-shelf.ts"
import { deedOf } from "../../chains/screening.ts"
import { seals } from "../../chains/seals.ts"
import { attest, type SignedAttestation } from "../../core/compliance/attestation.ts"
import { versionsText } from "../../core/compliance/lists.ts"
import { OFAC_LIST, rulesOf } from "../../core/compliance/presets.ts"
import { payoutOf } from "../../core/payout.ts"
import type { Sighting } from "../../core/transfer.ts"
import { rootOf } from "../../devnet/officers.ts"
import type { Attestors } from "../../mpc/attestors.ts"
import { readRequest, requestJson, type SignRequest } from "../../mpc/protocol.ts"
import { aBlock, aBurn } from "../builders.ts"
import { keysOf, signAs } from "../core/compliance/keys.ts"
import { listed, somebody } from "../services/compliance/office.ts"
import { asked, at, aView, decree, deposit, withASigner } from "./screened.ts"
import { aoTerms, policy } from "./world.ts"

withASigner()

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
    const shelf = await PolicyShelf.open(at.folder, rootOf(at.officers))
    const { policy: name, lists } = shelf.at(at.nowMs)!
    const fee = refund ? policy.limits[0]!.refundFee : policy.fees[0]!.flat
    const payout = payoutOf({ ...sighting, block: aBlock(), refund, fee })
    const deed = { ...deedOf(payout, sighting, name), ...parts }
    const found = {
      ...{ decision: parts.decision ?? ("allow" as const), issuedMs: at.nowMs },
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

  describe("and is left out by whoever asks for the signature", () => {
    /** A signer that asks these; the names that it asked. */
    async function asks(said: readonly SignedAttestation[]): Promise<readonly string[]> {
      const names: string[] = []
      const ask: Attestors["ask"] = async (name, deeds) => {
        if (deeds.length > 0) names.push(name)
        const asked = deeds.map(({ deposit }) => deposit)
        return said.filter(
          ({ attestor, attestation }) => attestor === name && asked.includes(attestation.deposit),
        )
      }
      at.view = await aView(at.folder, { attestors: { ask } })
      return names
    }

    test("is heard all the same: each attestor that nothing is brought of is asked", async () => {
      await strict()
      const sighting = deposit()
      const two = await words(sighting, ["anna", "arno"])
      const names = await asks(await words(sighting, ["axel"], { decision: "hold" }))

      expect(await asked(sighting, { attestations: two })).toBe("screening-hold")
      expect(names).toEqual(["axel"])
    })

    test("is not kept from us by an old word, or by one in a stranger's hand", async () => {
      await strict()
      const sighting = deposit()
      const veto = await words(sighting, ["axel"], { decision: "block" })
      at.nowMs -= 900_000
      const old = await words(sighting, ["axel"])
      at.nowMs += 900_000
      const [anna, arno] = await words(sighting, ["anna", "arno"])
      const forged = { ...anna!, attestor: "axel" }
      await asks(veto)

      expect(await asked(sighting, { attestations: [anna!, arno!, ...old, forged] })).toBe(
        "screening-hold",
      )
    })

    test("counts when it lets a payout pass, and is missed by nobody when its attestor is away", async () => {
      await strict()
      const sighting = deposit()
      const [anna, arno] = await words(sighting, ["anna", "arno"])
      await asks([arno!])

      expect(await asked(sighting, { attestations: [anna!] })).toBe("paid")

      await asks([])
      expect(await asked(sighting, { attestations: [anna!, arno!] })).toBe("paid")
    })
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

    at.nowMs += 900_000 - 1
    expect(await asked(sighting, { attestations })).toBe("paid")
    at.nowMs += 1
    expect(await asked(sighting, { attestations })).toBe("screening-hold")
  })

  test("is asked for wherever the policy has a rule that acts by it, and may not be left out", async () => {
    await strict()
    await decree({ rules: rulesOf("us-default", "own-lists") })
    const sighting = deposit()
    const two = await words(sighting, ["anna", "arno"])

    // No rule of this policy holds who has not signed in, but somebody in Iran would be found by a session alone.
    expect(await asked(sighting)).toBe("not-yet")
    expect(await asked(sighting, { attestations: two.slice(1) })).toBe("not-yet")
    expect(await asked(sighting, { attestations: two })).toBe("paid")
    // Only rewards depend on what people sign here, and those no signer gives.
    await decree({ rules: rulesOf("known-reward", "own-lists") })
    expect(await asked(deposit())).toBe("paid")
  })

  test("is asked for at an exit where it could freeze it, and not where it could only stop it", async () => {
    await strict()
    await decree({ rules: rulesOf("us-default", "own-lists") })
    const [burn] = at.world.add([aBurn({ sender: somebody() })])
    expect(await asked(burn!)).toBe("not-yet")

    await decree({ rules: rulesOf("own-lists", "strict") })

    expect(await asked(burn!)).toBe("paid")
    expect(await asked(deposit())).toBe("screening-hold")
  })

  test("is asked for too where a source outside names people, which signers do not ask", async () => {
    await strict()
    await decree({ rules: rulesOf("minimal") })
    const [sighting, other] = [deposit(), deposit()]

    expect(await asked(sighting)).toBe("not-yet")
    expect(await asked(sighting, { attestations: await words(sighting, ["anna", "arno"]) })).toBe(
      "paid",
    )
    const rule = { id: "silent", authority: "caution", effects: { bridge: "hold" } }
    const when = { kind: "unanswered", source: "oracle", usdCentsMin: 0 }
    await decree({ rules: [{ ...rule, when }] })
    expect(await asked(other)).toBe("screening-hold")
    expect(await asked(other, { attestations: await words(other, ["anna", "arno"]) })).toBe("paid")
  })

  test("does not help whom a list names", async () => {
    await strict()
    const sighting = deposit()
    await listed(at.folder, OFAC_LIST, sighting.sender)

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

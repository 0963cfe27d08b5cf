// Rules about amounts act wherever the services judge, by the prices that limits go by.

import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { PRICES_FILE } from "../../../chains/prices.ts"
import { deedOf } from "../../../chains/screening.ts"
import { payoutOf } from "../../../core/payout.ts"
import { attestTo } from "../../../services/compliance/attestor.ts"
import { checkWish } from "../../../services/compliance/quote-check.ts"
import { decisionsOf } from "../../../services/store/decisions.ts"
import { aBlock } from "../../builders.ts"
import { anOffice, arrived, type Office, somebody, stateOf, workOf } from "./office.ts"

describe("a rule about an amount", () => {
  const AR = 10n ** 12n
  const rule = (kind: "over" | "recent-over", usdCents: number) => {
    return {
      id: kind,
      authority: "caution",
      effects: { bridge: "hold" },
      when: { kind, usdCents },
    } as const
  }

  test("acts by the prices of the folder, at the first look, at a wish, and at an attestor", async () => {
    const own = await anOffice()
    const { sql, desk } = own
    await own.decree({ rules: [rule("over", 1_000)] })
    await price(own, "500")
    const [small, great] = [
      await arrived(sql, { amount: 2n * AR }),
      await arrived(sql, { amount: 2n * AR + 1n }),
    ]

    await workOf(own)

    expect(await stateOf(sql, small.id)).toMatchObject({ state: "ready" })
    expect(await stateOf(sql, great.id)).toMatchObject({ state: "held", reason: "screening-hold" })
    const [made] = await decisionsOf(sql, great.id)
    expect(made!.record.facts.usdCents).toBe(1_001)
    const found = { places: [], networks: [], files: {}, tag: null, address: null }
    expect(await checkWish(desk, great, found)).toMatchObject({ classes: ["limits"] })
    expect(await checkWish(desk, small, found)).toMatchObject({ classes: [] })
    const deed = deedOf(payoutOf({ ...great, block: aBlock() }), great, await policyOf(own))
    const words = await attestTo(desk, { name: "anna", sign: () => "" }, [
      { ...deed, amount: `${2n * AR + 1n}` },
      { ...deed, amount: `${2n * AR}` },
    ])
    expect(words.map(({ attestation }) => attestation.decision)).toEqual(["hold", "allow"])
  })

  test("adds up what the same parties moved in the day before, and nothing that came after", async () => {
    const own = await anOffice()
    const { sql } = own
    await own.decree({ rules: [rule("recent-over", 1_000)] })
    await price(own, "500")
    const one = somebody()
    const parts = { sender: one, amount: AR }
    const first = [await arrived(sql, parts), await arrived(sql, { recipient: one, amount: AR })]
    await workOf(own)
    const [third, other] = [await arrived(sql, parts), await arrived(sql, { amount: AR })]
    await workOf(own)

    for (const { id } of [...first, other])
      expect(await stateOf(sql, id)).toMatchObject({ state: "ready" })
    expect(await stateOf(sql, third.id)).toMatchObject({ state: "held" })
    // Looked at again, whoever came first is not stopped by who came later.
    const again = await own.desk.decide([await stateOf(sql, first[1]!.id)], "payout")
    expect(again.get(first[1]!.id)!.record.facts.recentUsdCents).toBe(500)
    own.pass(86_400_001)
    await price(own, "500")
    const late = await arrived(sql, parts)
    await workOf(own)
    expect(await stateOf(sql, late.id)).toMatchObject({ state: "ready" })
  })

  const policyOf = async ({ desk }: Office) => desk.shelf.at(desk.now())!.policy
  const price = ({ folder, desk }: Office, cents: string) =>
    writeFile(
      join(folder, PRICES_FILE),
      JSON.stringify({ at: new Date(desk.now()).toISOString(), cents: { AR: cents } }),
    )
})

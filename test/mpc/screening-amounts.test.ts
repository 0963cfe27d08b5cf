// Rules about amounts act at every signer, by prices and a journal of its own.

import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { PRICES_FILE } from "../../chains/prices.ts"
import { rulesOf } from "../../core/compliance/presets.ts"
import type { Sighting } from "../../core/transfer.ts"
import { Pledges } from "../../mpc/pledges.ts"
import { derive } from "../../mpc/verify.ts"
import { NOW, somebody } from "../services/compliance/office.ts"
import { asked, at, aView, decree, deposit, withASigner } from "./screened.ts"
import { AR, aoTerms } from "./world.ts"

withASigner()

describe("by the prices of its own folder a signer", () => {
  const limit = (kind: "over" | "recent-over", usdCents: number) =>
    decree({
      rules: [
        { id: kind, authority: "caution", effects: { bridge: "hold" }, when: { kind, usdCents } },
      ],
    })
  const priced = (sinceMs = NOW) =>
    writeFile(
      join(at.folder, PRICES_FILE),
      JSON.stringify({ at: new Date(sinceMs).toISOString(), cents: { AR: "500" } }),
    )

  test("pays no more at once than its policy lets, and goes by a new price when there is one", async () => {
    await priced()
    await limit("over", 1_000)

    expect(await asked(deposit({ amount: 2n * AR }))).toBe("paid")
    expect(await asked(deposit({ amount: 2n * AR + 1n }))).toBe("screening-hold")
    await writeFile(
      join(at.folder, PRICES_FILE),
      JSON.stringify({ at: new Date(NOW).toISOString(), cents: { AR: "1000" } }),
    )
    expect(await asked(deposit({ amount: 2n * AR }))).toBe("screening-hold")
  })

  test("lets what has no fresh price wait, when its policy says so", async () => {
    await decree({ rules: rulesOf("priced") })
    expect(await asked(deposit())).toBe("screening-hold")

    await priced(NOW - 2 * 86_400_000)
    expect(await asked(deposit())).toBe("screening-hold")
    await priced()
    expect(await asked(deposit())).toBe("paid")
  })

  test("adds up what one sender sent or one recipient got, by its journal and within one request", async () => {
    await priced()
    await limit("recent-over", 1_000)
    const [one, other] = [somebody(), somebody()]
    const pledges = await Pledges.open(at.folder, true)
    onTestFinished(() => pledges.close())
    const { moved, isPromised } = pledges
    const valuing = { worth: null, moved, isPromised }
    at.view = await aView(at.folder, { valuing })
    const ask = async (...sightings: readonly Sighting[]) => {
      const transfers = sightings.map(({ id }) => ({ id, refund: false }))
      const request = { version: 1, session: "session-1", scheme: "rsa", chain: "ao" } as const
      const derived = await derive(at.view, { ...request, transfers, terms: aoTerms() })
      if (!("payouts" in derived)) return derived.map(({ code }) => code)
      const { payouts, origins, unsigned } = derived
      const plan = {
        chain: "ao",
        payouts,
        terms: aoTerms(),
        slots: unsigned.slots,
        origins,
      } as const
      return pledges.pledge(
        plan,
        [{ asset: "AR", signature: 10n ** 20n, day: 10n ** 20n }],
        at.nowMs,
      )
    }
    const parts = { sender: one, amount: AR }
    const [first, second, third] = [deposit(parts), deposit(parts), deposit(parts)]
    const others = { sender: somebody(), recipient: somebody(), amount: AR }
    const [somebodyElses, beside] = [deposit(others), deposit(others)]

    expect(await ask(first, second, third)).toEqual(["screening-hold"])
    expect(await ask(first, second)).toEqual([])
    expect(await ask(third)).toEqual(["screening-hold"])
    // What is promised is signed again, and counts once, beside what is new as well.
    expect(await ask(somebodyElses)).toEqual([])
    expect(await ask(somebodyElses, beside)).toEqual([])
    expect(await ask(first, second)).toEqual([])
    const to = { recipient: other, amount: AR }
    expect(await ask(deposit(to), deposit(to))).toEqual([])
    expect(await ask(deposit(to))).toEqual(["screening-hold"])
    at.nowMs += 86_400_000
    await priced(at.nowMs)
    expect(await ask(third)).toEqual([])
  })
})

// Quotes over HTTP: signed terms that whoever has the key can check, kept, honoured, and refused when nothing goes that way.

import { beforeAll, describe, expect, test } from "vitest"
import { seals } from "../../../chains/seals.ts"
import { canonical } from "../../../core/compliance/canonical.ts"
import { feeFor } from "../../../core/fees.ts"
import { isQuoteOf } from "../../../sdk/quotes.ts"
import type { SignedQuote } from "../../../sdk/schemas/quotes.ts"
import { demandHonoured } from "../../../services/api/quotes.ts"
import { pause, resume } from "../../../services/store/controls.ts"
import { aBlock, anId, aPolicy, aSighting, pathTo } from "../../builders.ts"
import { apiKey, aServedBridge, aTransferIn, tell } from "./world.ts"

const AR = 1_000_000_000_000n
let bridge: Awaited<ReturnType<typeof aServedBridge>>

beforeAll(async () => {
  bridge = await aServedBridge()
})

async function ask(parts: object = {}) {
  const response = await fetch(`${bridge.url}/quotes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ asset: "AR", amount: `${AR}`, recipient: anId("bob"), ...parts }),
  })
  const body = (await response.json()) as SignedQuote & { error: { code: string } }
  return { status: response.status, body }
}

const statusOf = async (id: string) => (await bridge.get(`/quotes/${id}`)).body

describe("a quote", () => {
  test("says what will be charged, what is asked, until which block and when, under a key that anybody can check", async () => {
    const { status, body } = await ask()

    expect(status).toBe(201)
    expect(body.quote).toMatchObject({
      ...{ source: "arweave", target: "ao", fee: `${AR / 1_000n}`, arrives: `${AR - AR / 1_000n}` },
      ...{ heightMax: 194, expected: { samples: 0 } },
      rules: { confirmations: 10, minimum: "100000000000", dayLeft: null, waitsMs: 0 },
    })
    expect(isQuoteOf(body, apiKey.key)).toBe(true)
    const text = `causeway quote\n${canonical(body.quote as never)}`
    expect(seals.verify(body.key, text, body.signature)).toBe(true)
    const cheaper = { ...body, quote: { ...body.quote, fee: "0" } }
    expect(isQuoteOf(cheaper, apiKey.key)).toBe(false)
    expect(isQuoteOf(body, anId("another key"))).toBe(false)
  })

  test("is used by the transfer that keeps its terms, which costs what it said", async () => {
    const recipient = anId("carol")
    const { body } = await ask({ recipient })
    expect(await statusOf(body.quote.id)).toMatchObject({ state: "open", transfer: null })

    const other = aSighting({ recipient, amount: AR + 1n })
    const sighting = aSighting({ recipient, amount: AR })
    for (const one of [other, sighting]) {
      const fee = feeFor(aPolicy().fees, one, 105)
      await tell(bridge.sql, one.id, { kind: "Seen", sighting: one, block: aBlock(105), fee }, "0")
    }

    expect(await statusOf(body.quote.id)).toMatchObject({ state: "used", transfer: sighting.id })
    const { body: transfer } = await bridge.get(`/transfers/${sighting.id}`)
    expect([transfer.fee, transfer.arrives]).toEqual([body.quote.fee, body.quote.arrives])
  })

  test("of a burn says what its token charges, even where the bridge file says something else", async () => {
    const wish = { direction: "out", recipient: anId("dora") }
    const { body: before } = await ask(wish)
    expect(before.quote.fee).toBe("6000000000")

    const sighting = aSighting({ source: "ao", target: "arweave", fee: 7_000_000_000n })
    for (const event of pathTo("confirmed", sighting)) {
      const seen = event.kind === "Seen" ? { ...event, fee: 7_000_000_000n } : event
      await tell(bridge.sql, sighting.id, seen, event.kind)
    }

    const { body: after } = await ask(wish)
    expect([after.quote.fee, after.quote.arrives]).toEqual(["7000000000", "993000000000"])
    expect(after.quote.otherwise).toContain("Max-Fee")
  })

  test("tells how long such transfers took lately", async () => {
    for (let n = 0; n < 6; n += 1) await aTransferIn(bridge.sql, "paid")
    const { body } = await ask()
    expect(body.quote.expected.samples).toBeGreaterThanOrEqual(6)
    expect(body.quote.expected.medianMs).toBeLessThanOrEqual(body.quote.expected.slowMs)
  })

  test.each([
    [{ amount: "1" }, 400, "below-minimum"],
    [{ amount: "9".repeat(30) }, 400, "over-cap"],
    [{ amount: "1.5" }, 400, "bad-request"],
    [{ recipient: "nobody" }, 400, "bad-address"],
    [{ asset: "BTC" }, 400, "not-supported"],
  ])("of %j is refused with a code", async (parts, status, code) => {
    const answer = await ask(parts)
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
  })

  test("is not given while nothing goes that way, and the refusal says why and until when", async () => {
    const until = new Date(Date.now() + 60_000)
    await pause(bridge.sql, { chain: "ao", direction: "out", reason: "upgrade", by: "ann", until })
    const { status, body } = await ask()
    expect([status, body.error]).toMatchObject([
      503,
      { code: "paused", detail: { reason: "upgrade", until: until.toISOString() } },
    ])
    await resume(bridge.sql, { chain: "ao", direction: "out", by: "ann" })
  })
})

// Case 155
test("a bridge file that breaks a quote which still holds is not taken up, and one that came after its end is", async () => {
  const { body } = await ask()
  const dearer = aPolicy({ minimum: AR + 1n })

  await expect(demandHonoured(bridge.sql, dearer)).rejects.toThrow(`quote ${body.quote.id}, until`)
  await expect(demandHonoured(bridge.sql, aPolicy())).resolves.toBeUndefined()

  // A row never changes: these are other quotes, of yesterday.
  await bridge.sql`
    create table later as select * from quotes;
    `.simple()
  await bridge.sql`delete from quotes`
  await bridge.sql`
    insert into quotes select id, asset, source, target, recipient, sender, amount, fee, height,
      height_max, terms, signed, issued_at, now() - interval '1 second' from later`
  await expect(demandHonoured(bridge.sql, dearer)).resolves.toBeUndefined()
  expect(await statusOf(body.quote.id)).toMatchObject({ state: "expired" })
})

// What people tell of themselves and are told before they pay: sessions from anywhere, and HTTP 451.

import { Wallet } from "ethers"
import { beforeAll, describe, expect, test } from "vitest"
import { keyOf } from "../../../chains/party.ts"
import type { SignIn } from "../../../chains/sign-in.ts"
import { forgetAddresses } from "../../../services/store/sessions.ts"
import {
  anOffice,
  arrived,
  NOW,
  type Office,
  OWN_LISTS,
  somebody,
  stateOf,
  workOf,
} from "../compliance/office.ts"
import {
  AMERICAN,
  CRIMEAN,
  GERMAN,
  IRANIAN,
  places,
  post,
  screening,
  served,
  signedIn,
  TOR,
} from "./people.ts"

let office: Office
let url: string
beforeAll(async () => {
  office = await anOffice({ screening, prepare: places })
  await office.decree({}, "us-default", "own-lists")
  url = await served(office)
})

const rewardOf = async (id: string) => {
  const answer = await fetch(`${url}/transfers/${encodeURIComponent(id)}`)
  return ((await answer.json()) as { screening: { reward: string } }).screening.reward
}

describe("a session", () => {
  test("makes the reward of an earlier deposit count, for somebody from where it is given", async () => {
    const wallet = Wallet.createRandom()
    const { id } = await arrived(office.sql, { recipient: wallet.address })
    await workOf(office)
    expect(await rewardOf(id)).toBe("pending")

    const answer = await signedIn(office, url, wallet)

    expect(answer).toMatchObject({ status: 200, body: { party: keyOf(wallet.address) } })
    expect(await rewardOf(id)).toBe("counts")
  })

  test.each([
    ["the United States by two sources", AMERICAN, "none", "ready"],
    ["nowhere that is known", "10.0.0.1", "pending", "ready"],
    ["Iran", IRANIAN, "none", "held"],
    ["Crimea, which a database files under Russia", CRIMEAN, "none", "held"],
    ["an IPv4 address in IPv6", `::ffff:${AMERICAN}`, "none", "ready"],
  ])("from %s (%s) has the reward %s", async (_, from, reward, state) => {
    const wallet = Wallet.createRandom()
    await signedIn(office, url, wallet, from)

    const { id } = await arrived(office.sql, { recipient: wallet.address })
    await workOf(office)

    expect(await rewardOf(id)).toBe(reward)
    const { state: now, refund } = await stateOf(office.sql, id)
    // What is rejected is on its way back by now.
    expect(refund ? "held" : now).toBe(state)
  })

  test("through Tor is behind an anonymising network: its reward waits", async () => {
    const wallet = Wallet.createRandom()
    await signedIn(office, url, wallet, TOR)
    const { id } = await arrived(office.sql, { recipient: wallet.address })
    await workOf(office)

    expect(await rewardOf(id)).toBe("pending")
  })

  test("counts once: what was overheard cannot be said again from elsewhere", async () => {
    const wallet = Wallet.createRandom()
    const nonce = "n".repeat(22)
    await signedIn(office, url, wallet, AMERICAN, { nonce })
    await signedIn(office, url, wallet, GERMAN, { nonce })
    const { id } = await arrived(office.sql, { recipient: wallet.address })
    await workOf(office)

    expect(await rewardOf(id)).toBe("none")
  })

  test.each<[string, Partial<SignIn>]>([
    ["of another bridge", { bridge: "devnet elsewhere" }],
    ["on other terms", { terms: "2025-01" }],
    ["signed an hour ago", { issuedMs: NOW - 3_600_000 }],
    ["that is over", { issuedMs: NOW - 600_000, untilMs: NOW - 1 }],
  ])("%s is refused", async (_, parts) => {
    const answer = await signedIn(office, url, Wallet.createRandom(), GERMAN, parts)

    expect(answer).toMatchObject({ status: 400, body: { error: { code: "bad-request" } } })
  })

  test("of somebody else's wallet is refused", async () => {
    const [one, other] = [Wallet.createRandom(), Wallet.createRandom()]
    const thief = { address: one.address, signMessage: (text: string) => other.signMessage(text) }

    expect(await signedIn(office, url, thief)).toMatchObject({
      body: { error: { code: "bad-signature" } },
    })
  })

  test("keeps no address but for three days, and a tag that says nothing by itself", async () => {
    const { sql } = office
    await signedIn(office, url, Wallet.createRandom())

    const rows = await sql<{ text: string }[]>`select s::text as text from sessions s`
    expect(rows.some(({ text }) => text.includes(GERMAN))).toBe(false)
    expect(rows.at(-1)?.text).toMatch(/2026-11:[0-9a-f]{32}/)
    const later = sql`
      update raw_addresses set expires_at = now() + interval '73 hours'`
    await expect(later).rejects.toThrow("an_address_leaves_within_three_days")
    await sql`update raw_addresses set expires_at = now() - interval '1 second'`
    expect(await forgetAddresses(sql)).toBeGreaterThan(0)
    const [left] = await sql<{ count: bigint }[]>`select count(*) as count from raw_addresses`
    expect(left?.count).toBe(0n)
  })
})

describe("a screening before anything is paid", () => {
  const wish = () => ({ asset: "AR", sender: somebody(), recipient: somebody() })

  test("of somebody whom nothing speaks against is answered, with what a reward still needs", async () => {
    expect(await post(`${url}/screenings`, wish())).toMatchObject({
      status: 200,
      body: { bridge: "allow", reward: "hold", rewardClasses: ["terms"], terms: "2026-11" },
    })
  })

  test.each([
    ["region", {}, IRANIAN, "reject"],
    ["sanctions", { list: OWN_LISTS.block }, GERMAN, "block"],
    ["sanctions", { list: OWN_LISTS.hold }, GERMAN, "hold"],
  ])(
    "is HTTP 451 with the class %s and nothing more",
    async (kind, { list }: { list?: string }, from, bridge) => {
      const asked = wish()
      if (list) await office.list(list, asked.recipient)

      const { status, body } = await post(`${url}/screenings`, asked, from)

      expect(status).toBe(451)
      expect(body.error).toMatchObject({ code: `screening-${bridge}`, detail: { classes: [kind] } })
      expect(JSON.stringify(body)).not.toContain("own-")
    },
  )

  test("of a burn is never refused for a place", async () => {
    const burn = { ...wish(), direction: "out" }

    expect((await post(`${url}/screenings`, burn, IRANIAN)).status).toBe(200)
  })

  test("believes only our own proxies about where somebody is", async () => {
    const stranger = await anOffice({ screening: { ...screening, proxies: [] }, prepare: places })
    await stranger.decree({}, "us-default", "own-lists")
    const at = await served(stranger)

    // The last hop is this machine, which has no place: what the header claims is a wish.
    expect((await post(`${at}/screenings`, wish(), IRANIAN)).status).toBe(200)
  })
})

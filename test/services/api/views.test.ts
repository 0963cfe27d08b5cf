// What outsiders can see: who saw what, the books over time, what is stopped and what limits leave, and the signers.

import { beforeAll, expect, test } from "vitest"
import { pause, resume } from "../../../services/store/controls.ts"
import { recordHeartbeat } from "../../../services/store/heartbeats.ts"
import { POINT_MS } from "../../../services/store/reserves.ts"
import { keepBeat, keepBlame, keepHealth } from "../../../services/store/signers.ts"
import { keepBroadcast, keepSigning } from "../../../services/store/signings.ts"
import { anId, aPolicy } from "../../builders.ts"
import { aServedBridge, aTransferIn } from "./world.ts"

const DAY = 10_000_000_000_000n
const policy = {
  ...aPolicy(),
  governor: {
    ...{ delayMs: 21_600_000, worth: null },
    windows: (["ao", "arweave"] as const).map((target) => ({
      ...{ asset: "AR" as const, target, day: DAY, large: 5_000_000_000_000n },
    })),
  },
}
const votes = [
  { signer: 1, name: "carol", vote: "signed", code: null, ms: 120 },
  { signer: 2, name: "dave", vote: "signed", code: null, ms: 80 },
  { signer: 4, name: "erin", vote: "refused", code: "screening-hold", ms: 40 },
] as const
let bridge: Awaited<ReturnType<typeof aServedBridge>>

beforeAll(async () => {
  bridge = await aServedBridge({ policy })
})

async function signing(id: string, session: string): Promise<void> {
  await keepSigning(bridge.sql, {
    ...{ session, plan: `plan of ${id}`, chain: "ao", scheme: "rsa", threshold: 2 },
    ...{ transfers: [id as never], outcome: "signed", votes, tookMs: 130 },
  })
}

test("a timeline tells who saw what and when, each signer's vote and how soon it came, and what was sent", async () => {
  const id = await aTransferIn(bridge.sql, "paid")
  await signing(id, "session-1")
  await keepBroadcast(bridge.sql, `plan of ${id}`, "rpc-unavailable")
  await keepBroadcast(bridge.sql, `plan of ${id}`, null)

  const { body } = await bridge.get(`/transfers/${id}/timeline`)

  const steps = body.steps as unknown as { step: string; by: string; says: string; at: string }[]
  expect(steps.map(({ step }) => step).sort()).toEqual(
    ["asked", "broadcast", "confirmed", "planned", "screened", "seen", "settled", "signed"].sort(),
  )
  expect(steps.map(({ at }) => at)).toEqual(steps.map(({ at }) => at).sort())
  expect(steps.find(({ step }) => step === "signed")!.by).toBe("carol, dave")
  expect(steps.find(({ step }) => step === "broadcast")!.says).toMatch(/^handed to ao, 2 times/)
  expect(body.signing).toMatchObject([{ session: "session-1", threshold: 2, votes }])
  const recent = (await bridge.get("/sessions?count=1")).body.sessions
  expect(recent).toMatchObject([{ session: "session-1" }])
})

// Case 150
test("every state that lasts says what it waits for, by which rule, since and until when, and where to look", async () => {
  for (const state of [
    "seen",
    "confirmed",
    "held",
    "ready",
    "signing",
    "sent",
    "dropped",
  ] as const) {
    const { body } = await bridge.get(`/transfers/${await aTransferIn(bridge.sql, state)}`)
    const waiting = body.waiting as unknown as Record<string, string | null>
    expect(Object.keys(waiting)).toEqual(
      expect.arrayContaining(["for", "rule", "since", "until", "evidence"]),
    )
    const isDecidedByPeople = state === "held" || state === "dropped"
    expect(waiting.until === null).toBe(isDecidedByPeople)
    // What it points to is there, except for a payout that these events only tell of.
    const { status } = await bridge.get(waiting.evidence!)
    expect(status).toBe(state === "sent" ? 404 : 200)
  }
})

test("limits tell what was used of a day and what is left, and a pause why and until when", async () => {
  const own = await aServedBridge({ policy })
  await aTransferIn(own.sql, "signing")
  await aTransferIn(own.sql, "seen")
  const until = new Date(Date.now() + 3_600_000)
  await pause(own.sql, { chain: "ao", direction: "out", reason: "upgrade", by: "ann", until })

  const shut = await routeTo("ao")
  await resume(own.sql, { chain: "ao", direction: "out", by: "ann" })
  const open = await routeTo("ao")

  // What was seen is not planned yet.
  const used = 1_000_000_000_000n - 1_000n
  expect(shut.day).toMatchObject({ used: `${used}`, left: `${DAY - used}`, limit: `${DAY}` })
  expect(shut.closed).toEqual({
    ...{ reason: "upgrade", since: expect.any(String), until: until.toISOString() },
  })
  expect(open.closed).toBeNull()

  async function routeTo(target: string) {
    interface Way {
      readonly target: string
      readonly day: object | null
      readonly closed: object | null
    }
    const { body } = await own.get("/controls")
    return (body.routes as unknown as Way[]).find((way) => way.target === target)!
  }
})

test("custody is shown beside supply at named blocks, now and over time", async () => {
  await aTransferIn(bridge.sql, "paid")
  const now = (await bridge.get("/reserves")).body.reserves as unknown as object[]
  expect(now).toMatchObject([
    { asset: "AR", balanced: true, heights: { home: expect.any(Number), ledger: 104 } },
  ])
  const at = (back: number) => new Date(Date.now() - back * POINT_MS)
  await bridge.sql`
    insert into reserves
    select 'AR', now() - n * interval '1 millisecond' * ${POINT_MS}::int, n, 0, 0, n, 9, 9
    from generate_series(2, 1499) as n`

  const from = at(1_400).toISOString()
  const { body } = await bridge.get(`/reserves/AR/history?from=${from}`)

  const points = body.points as unknown as { at: string; custody: string }[]
  expect(points.length).toBeGreaterThan(400)
  expect(points.length).toBeLessThanOrEqual(501)
  expect(points.map((one) => one.at)).toEqual(points.map((one) => one.at).sort())
  expect((await bridge.get("/reserves/BTC/history")).status).toBe(404)
  expect((await bridge.get(`/reserves/AR/history?from=${from}&to=${from}`)).status).toBe(400)
})

test("signers are shown with their last heartbeat, what they signed how soon, and what they are blamed for", async () => {
  const health = { version: 3, busy: 1, journalRecords: 9, tips: { arweave: 104 }, keys: {} }
  await keepHealth(bridge.sql, [
    { index: 1, name: "carol", address: "a:1", health: { index: 1, ...health }, reason: null },
    { index: 5, name: "frank", address: "a:5", health: null, reason: "timed out" },
  ])
  await recordHeartbeat(
    bridge.sql,
    { scheme: "rsa", period: 9, signers: [1, 2] },
    new Uint8Array(4),
  )
  await keepBeat(bridge.sql, [1, 2])
  const blame = { signer: 5, session: "s", kind: "unreachable", detail: "timed out" } as const
  await keepBlame(bridge.sql, blame)
  await keepBlame(bridge.sql, blame)
  const id = await aTransferIn(bridge.sql, "signing")
  await signing(id, anId("another session"))

  const { body } = await bridge.get("/signers")

  expect(body.groups).toMatchObject([
    { scheme: "rsa", threshold: 2, heartbeat: { signers: [1, 2] } },
  ])
  expect(body.signers).toMatchObject([
    { index: 1, name: "carol", healthy: true, lastHeartbeat: expect.any(String), medianMs: 120 },
    {
      index: 5,
      name: "frank",
      healthy: false,
      reason: "timed out",
      lastHeartbeat: null,
      signed: 0,
    },
  ])
  expect((body.signers as unknown as { blames: object[] }[])[1]!.blames).toMatchObject([
    { kind: "unreachable", count: 2 },
  ])
})

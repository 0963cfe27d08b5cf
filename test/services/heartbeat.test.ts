import { pino } from "pino"
import { beforeAll, beforeEach, expect, test } from "vitest"
import { BridgeError } from "../../core/errors.ts"
import type { ClusterClient } from "../../mpc/client.ts"
import { type Beating, beat } from "../../services/heartbeat.ts"
import type { Sql } from "../../services/store/database.ts"
import { heartbeats } from "../../services/store/heartbeats.ts"
import { testDatabase } from "../database.ts"

const TEN_MINUTES_MS = 600_000
const asked: string[] = []
let dead: string | null = null
let sql: Sql
let beating: Beating

beforeAll(async () => {
  sql = (await testDatabase()).sql
  const cluster = {
    keys: { rsa: {}, evm: {} },
    heartbeat: async (scheme: string, nowMs: number) => {
      asked.push(scheme)
      if (scheme === dead) throw new BridgeError("quorum-missing", { have: 2, needed: 3 })
      const period = Math.floor(nowMs / TEN_MINUTES_MS)
      return { period, signature: new Uint8Array([1]), signers: [1, 3, 4] }
    },
  } as unknown as ClusterClient
  beating = { sql, cluster, log: pino({ level: "silent" }) }
})

beforeEach(() => {
  asked.length = 0
  dead = null
})

test("each key gives a sign of life once a period, whoever asks", async () => {
  await Promise.all([beat(beating, 0)])
  await beat(beating, TEN_MINUTES_MS - 1)
  expect(asked.sort()).toEqual(["evm", "rsa"])

  await beat(beating, TEN_MINUTES_MS)

  expect(asked).toHaveLength(4)
  const rows = await heartbeats(sql)
  expect(rows.map(({ scheme, period, signers }) => [scheme, period, signers])).toEqual([
    ["evm", 1, [1, 3, 4]],
    ["rsa", 1, [1, 3, 4]],
  ])
})

test("a key that cannot sign keeps its last sign of life, is asked again, and keeps no other waiting", async () => {
  dead = "rsa"
  await beat(beating, 5 * TEN_MINUTES_MS)
  const rows = await heartbeats(sql)
  expect(rows.map(({ scheme, period }) => [scheme, period])).toEqual([
    ["evm", 5],
    ["rsa", 1],
  ])

  dead = null
  await beat(beating, 5 * TEN_MINUTES_MS + 1)

  expect(asked.filter((scheme) => scheme === "rsa")).toHaveLength(2)
  expect((await heartbeats(sql)).map(({ period }) => period)).toEqual([5, 5])
})

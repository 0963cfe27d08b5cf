// A process on AO that computes nothing any more: the watcher pauses its chain, says why, and does not try for ever in silence.

import { pino } from "pino"
import { expect, test, vi } from "vitest"
import type { Chain, Connection } from "../../../chains/chain.ts"
import { BridgeError } from "../../../core/errors.ts"
import { pauses } from "../../../services/store/controls.ts"
import { follow } from "../../../services/watchers/follow.ts"
import { aPolicy } from "../../builders.ts"
import { deployment } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"

test.each(["process-stuck", "finality-broken"] as const)("%s pauses the chain", async (code) => {
  const { sql } = await testDatabase()
  const connection = {
    ...{ chain: "ao", tip: async () => ({ height: 3, id: "three" }) },
    block: async () => {
      throw new BridgeError(code, { slot: 1 })
    },
  } as unknown as Connection
  const stop = new AbortController()

  const following = follow(
    {
      ...{ sql, connection, deployment, log: pino({ level: "silent" }), heightMin: 0, pollMs: 1 },
      ...{ chain: { name: "ao" } as unknown as Chain, policy: aPolicy() },
    },
    stop.signal,
  )
  await vi.waitFor(async () => expect(await pauses(sql)).not.toEqual([]), { timeout: 20_000 })
  stop.abort()
  await following

  const told = (await pauses(sql)).map(({ chain, reason }) => `${chain} ${reason}`)
  expect([...new Set(told)]).toEqual([`ao ${code}`])
})

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

const CODES = ["process-stuck", "finality-broken"] as const

// Case 27: what the chain took back is told without a restart, and by nobody who could pay meanwhile.
test.each(CODES)("%s pauses the chain, and only then is it read anew", async (code) => {
  const { sql } = await testDatabase()
  const heldWhenForgotten: number[] = []
  const connection = {
    ...{ chain: "ao", tip: async () => ({ height: 3, id: "three" }) },
    block: async () => {
      throw new BridgeError(code, { slot: 1 })
    },
    forget: () => pauses(sql).then(({ length }) => heldWhenForgotten.push(length)),
  } as unknown as Connection
  const stop = new AbortController()

  const following = follow(
    {
      ...{ sql, connection, deployment, log: pino({ level: "silent" }), heightMin: 0, pollMs: 1 },
      ...{ chain: { name: "ao" } as unknown as Chain, policy: aPolicy() },
    },
    stop.signal,
  )
  await vi.waitFor(() => expect(heldWhenForgotten).not.toEqual([]), { timeout: 20_000 })
  stop.abort()
  await following

  const told = (await pauses(sql)).map(({ chain, reason }) => `${chain} ${reason}`)
  expect([...new Set(told)]).toEqual([`ao ${code}`])
  expect(heldWhenForgotten[0]).toBe(2)
})

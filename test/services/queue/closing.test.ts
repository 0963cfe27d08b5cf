// A queue that is closed while its server is away: whoever stops a service must not have to kill it.

import { pino } from "pino"
import { expect, test, vi } from "vitest"
import { openQueue } from "../../../services/queue/queue.ts"
import { missing, startQueueServer } from "./backends.ts"

const absent = missing("Redis")

test.skipIf(absent)(`is closed without it${absent ? ` (left out: ${absent})` : ""}`, async () => {
  const server = await startQueueServer("Redis")
  const log = pino({ level: "silent" })
  const lost = vi.spyOn(log, "warn")
  const queue = await openQueue({ database: "postgres://localhost/none", redis: server.redis }, log)
  const lane = { kind: "plan", chain: "ao" } as const
  const done = vi.fn(async () => null)
  queue.work(lane, done, 1)
  await queue.add(lane, "a-job", { rows: ["1"] })
  await vi.waitFor(() => expect(done).toHaveBeenCalledOnce())
  await server.stop()
  await vi.waitFor(() => expect(lost).toHaveBeenCalled())

  await expect(queue.close()).resolves.toBeUndefined()
})

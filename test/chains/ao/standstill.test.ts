// A process on HyperBEAM that computes nothing any more, told from nodes that fail by chance.
// Measured on a node (test/cases.md): H-7, H-61.

import { equal, rejects } from "node:assert/strict"
import { test } from "vitest"
import { hyperNodes } from "../../../chains/ao/hyperbeam.ts"
import { NO_HTTP, type Reply } from "../../../chains/http.ts"
import { BridgeError } from "../../../core/errors.ts"
import { anItem, NODES, nodeWorld } from "./node-world.ts"

test("a process that computes nothing any more is told from chance, and named", async () => {
  // Rule 7: a Lua error that leaves `compute` is the end.
  const script =
    'function compute(base, one) if one.slot > 0 then error("x") end base.results = { outbox = {}, output = { data = "opened" } } return "ok", base end'
  const stuck = await nodeWorld(script)
  const tick = async () => stuck.post((await anItem(stuck.token, { Action: "Tick" })).raw)
  equal((await tick()).status, 400)
  const reader = stuck.connect()
  const { height } = await reader.tip()

  for (let n = 0; n < 4; n++) await rejects(reader.block(height), { code: "rpc-unavailable" })
  await rejects(reader.block(height), { code: "process-stuck" })

  // Messages are still scheduled, and what was before is still read.
  equal((await tick()).status, 500)
  equal(stuck.newest(), 2)
  equal((await reader.block(0))?.height, 0)
})

test("an answer to a slot that is no HTTP, on every node and every time, is a standstill too", async () => {
  const stuck = await nodeWorld()
  await stuck.post((await anItem(stuck.token, { Action: "Tick" })).raw)
  const noHttp = async (url: string): Promise<Reply> => {
    if (url.includes("/compute=1/")) throw new BridgeError("rpc-unavailable", { url, why: NO_HTTP })
    return stuck.http.get(url)
  }
  const units = hyperNodes(NODES, stuck.token, { ...stuck.http, get: noHttp }, 0)
  const handle = { id: "", slot: 1 }

  for (let n = 0; n < 4; n++) await rejects(units.result(handle), { code: "rpc-unavailable" })
  await rejects(units.result(handle), { code: "process-stuck" })
})

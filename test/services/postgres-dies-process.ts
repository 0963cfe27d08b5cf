// The work of the services, without chains and signers, in a process of its own: a database is named, and it works.

import { pino } from "pino"
import { startDispatcher } from "../../services/queue/dispatch.ts"
import { openQueue } from "../../services/queue/queue.ts"
import { startWorkers } from "../../services/queue/workers.ts"
import { openDatabase } from "../../services/store/database.ts"
import { wholeLife } from "./queue/stations.ts"

const [database = ""] = process.argv.slice(2)
const log = pino({ level: "silent" })
const sql = openDatabase(database)
const queue = await openQueue({ database, redis: null }, log)
startWorkers(sql, queue, wholeLife(sql), { log, onHalt: () => process.exit(3) })
await startDispatcher(sql, queue, log, { pollMs: 50, sweepMs: 300 })
process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
process.stdin.once("end", () => process.exit(0)).resume()

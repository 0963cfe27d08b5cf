// `POST /devnet/{command}`: what another process may tell the local node to do, as JSON.

import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import { readerOf, withoutUndefined } from "../orders.ts"
import { isId } from "./bytes.ts"
import type { ArweaveDevnet } from "./index.ts"
import type { Faults } from "./view.ts"

/** Amounts in JSON are winston as decimal text. */
const winston = z
  .string()
  .regex(/^\d{1,21}$/)
  .transform(BigInt)
const id = z.string().refine(isId, "not an id")
const ids = z.array(id).optional()

const faults = z.strictObject({
  lagBlocks: z.int().nonnegative().optional(),
  frozen: z.boolean().optional(),
  deny: ids,
  lie: z
    .record(id, z.strictObject({ quantity: winston.optional(), target: id.optional() }))
    .optional(),
  ghosts: z.boolean().optional(),
  fail: z
    .strictObject({
      status: z.int().min(400).max(599),
      path: z.string().optional(),
      times: z.int().positive().optional(),
    })
    .optional(),
  hang: z.boolean().optional(),
  delayMs: z.number().nonnegative().optional(),
})

const COMMANDS = {
  mine: z.strictObject({ n: z.int().positive().max(10_000).default(1), omit: ids }),
  fork: z.strictObject({ depth: z.int(), drop: ids, pending: ids }),
  faucet: z.strictObject({ address: id, winston }),
  evict: z.strictObject({ id, remember: z.boolean().optional() }),
  stall: z.strictObject({ on: z.boolean() }),
  "block-time": z.strictObject({ ms: z.int().positive().nullable() }),
  price: z.strictObject({ winstonPerByte: winston.optional(), newWallet: winston.optional() }),
  view: faults,
  faults,
}

const checked = readerOf(COMMANDS)

/**
 * Runs one command and answers its JSON: `{ height, ... }`. Fields are those of the method with the
 * same name of `ArweaveDevnet`. `faults` goes to the endpoint that was asked. Throws `not-found` for
 * an unknown command and `bad-request` for a body that is not as the table says.
 */
export async function run(
  node: ArweaveDevnet,
  setFaults: (faults: Faults) => void,
  name: string,
  body: unknown,
): Promise<unknown> {
  const done = (more: object = {}) => ({ height: node.height, ...more })
  switch (name) {
    case "mine": {
      const { n, omit = [] } = checked("mine", body)
      return done({ blocks: node.mine(n, { omit }) })
    }
    case "fork": {
      const { depth, drop = [], pending = [] } = checked("fork", body)
      return done({ blocks: node.fork(depth, { drop, pending }) })
    }
    case "faucet": {
      const { address, winston } = checked("faucet", body)
      node.faucet(address, winston)
      return done({ address, balance: `${node.balance(address)}` })
    }
    case "evict": {
      const { id, remember = false } = checked("evict", body)
      node.evict(id, { remember })
      return done()
    }
    case "stall":
      node.stall(checked("stall", body).on)
      return done()
    case "block-time":
      node.setBlockTime(checked("block-time", body).ms)
      return done()
    case "price":
      node.setPrice(withoutUndefined(checked("price", body)))
      return done()
    case "view": {
      const { url } = await node.view(withoutUndefined(checked("view", body)) as Faults)
      return done({ url })
    }
    case "faults":
      setFaults(withoutUndefined(checked("faults", body)) as Faults)
      return done()
    default:
      throw new BridgeError("not-found", { command: name, commands: Object.keys(COMMANDS) })
  }
}

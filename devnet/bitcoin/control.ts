// `POST /devnet/{command}`: what another process may tell the local node to do, as JSON.

import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import { readerOf, withoutUndefined } from "../orders.ts"
import type { BitcoinDevnet } from "./index.ts"
import type { Faults } from "./view.ts"

/** Amounts in JSON are satoshis as decimal text. */
const satoshis = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(BigInt)
const id = z.string().regex(/^[0-9a-f]{64}$/)
const ids = z.array(id).optional()

const faults = z.strictObject({
  lagBlocks: z.int().nonnegative().optional(),
  frozen: z.boolean().optional(),
  deny: ids,
  lie: z
    .record(
      id,
      z.strictObject({
        vout: z.int().nonnegative(),
        value: satoshis.optional(),
        script: z
          .string()
          .regex(/^([0-9a-f]{2})*$/)
          .optional(),
      }),
    )
    .optional(),
  fail: z
    .strictObject({
      status: z.int().min(400).max(599),
      method: z.string().optional(),
      times: z.int().positive().optional(),
    })
    .optional(),
  hang: z.boolean().optional(),
  delayMs: z.number().nonnegative().optional(),
})

const COMMANDS = {
  mine: z.strictObject({
    n: z.int().positive().max(10_000).default(1),
    address: z.string().optional(),
    omit: ids,
  }),
  fork: z.strictObject({ depth: z.int(), drop: ids, pending: ids }),
  faucet: z.strictObject({ address: z.string(), satoshis }),
  evict: z.strictObject({ id }),
  stall: z.strictObject({ on: z.boolean() }),
  "block-time": z.strictObject({ ms: z.int().positive().nullable() }),
  "fee-rate": z.strictObject({ satoshisPerKvb: satoshis.nullable() }),
  view: faults,
  faults,
}

const checked = readerOf(COMMANDS)

/**
 * Runs one command and answers its JSON: `{ height, ... }`. Fields are those of the method with the
 * same name of `BitcoinDevnet`. `faults` goes to the endpoint that was asked. Throws `not-found` for
 * an unknown command and `bad-request` for a body that is not as the table says.
 */
export async function run(
  node: BitcoinDevnet,
  setFaults: (faults: Faults) => void,
  name: string,
  body: unknown,
): Promise<unknown> {
  const done = (more: object = {}) => ({ height: node.height, ...more })
  switch (name) {
    case "mine": {
      const { n, ...options } = checked("mine", body)
      return done({ blocks: node.mine(n, withoutUndefined(options)) })
    }
    case "fork": {
      const { depth, ...choice } = checked("fork", body)
      return done({ blocks: node.fork(depth, withoutUndefined(choice)) })
    }
    case "faucet": {
      const { address, satoshis } = checked("faucet", body)
      const txid = node.faucet(address, satoshis)
      return done({ txid })
    }
    case "evict":
      node.evict(checked("evict", body).id)
      return done()
    case "stall":
      node.stall(checked("stall", body).on)
      return done()
    case "block-time":
      node.setBlockTime(checked("block-time", body).ms)
      return done()
    case "fee-rate":
      node.setFeeRate(checked("fee-rate", body).satoshisPerKvb)
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

// What people have stopped, as one signer heard it from them: by a signed order of one key, until enough operators lift it.
//
// An order counts by its text. One that was lifted never counts again, and a lift that comes first keeps its pause
// from ever beginning: in whatever order they are heard, by whoever brings them, it comes to the same.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { seals } from "../chains/seals.ts"
import type { ChainName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import {
  agreedBy,
  type Direction,
  demandShort,
  isGiven,
  type Operator,
  type OrderedBridge,
  type PauseWish,
  parseOrder,
  pauseText,
  type SignedOrder,
  type Stop,
  stopsOf,
} from "../core/orders.ts"
import { replaceFile } from "./replace-file.ts"

export interface PausesOptions {
  readonly bridge: OrderedBridge
  /** Whose orders pause and lift; lifting takes two of them. */
  readonly operators: readonly Operator[]
  /** Whose orders pause, and do nothing else. */
  readonly pausers: readonly Operator[]
  readonly now: () => number
}

/** One pause that holds. */
export interface Held extends PauseWish {
  /** The order's text. */
  readonly order: string
  readonly by: string
}

const FILE = "pauses.json"
/** More than people give in years: what is beyond is refused, and what was heard stays. */
const ORDERS_MAX = 10_000

const order = z.strictObject({
  body: z.string().max(400),
  operator: z.string().max(64),
  signature: z.string().max(128),
})
const told = z.strictObject({ orders: z.array(order).max(64) })

export class Pauses {
  readonly #path: string
  readonly #options: PausesOptions
  /** By text and operator: every genuine order that was heard, first to last. */
  readonly #orders: Map<string, SignedOrder>
  #held: readonly Held[] = []
  #stops: ReadonlyMap<string, Held> = new Map()
  #writing: Promise<void> = Promise.resolve()

  private constructor(path: string, options: PausesOptions, orders: readonly SignedOrder[]) {
    this.#path = path
    this.#options = options
    this.#orders = new Map(orders.map((one) => [keyOf(one), one]))
    this.#reckon()
  }

  /** Throws `bad-config` for a file that cannot be read: it is there to stop us. */
  static async open(folder: string, options: PausesOptions): Promise<Pauses> {
    const path = join(folder, FILE)
    const text = await readFile(path, "utf8").catch(() => null)
    if (text === null) return new Pauses(path, options, [])
    try {
      return new Pauses(path, options, z.array(order).parse(JSON.parse(text)))
    } catch (cause) {
      throw new BridgeError("bad-config", { file: FILE, problems: "not readable" }, { cause })
    }
  }

  get held(): readonly Held[] {
    return this.#held
  }

  /** Each direction of a chain once, by the pause that says why. */
  get stops(): readonly (Stop & Pick<PauseWish, "reason" | "until">)[] {
    return [...this.#stops].map(([key, { reason, until }]) => {
      const [chain, direction] = key.split(" ") as [ChainName, Direction]
      return { chain, direction, reason, until }
    })
  }

  /** Throws `paused`, with the reason and the planned end. */
  demand(chain: ChainName, direction: Direction): void {
    const held = this.#stops.get(`${chain} ${direction}`)
    if (!held) return
    const { reason, until } = held
    throw new BridgeError("paused", { chain, direction, reason, until })
  }

  /**
   * Takes what anybody brings, believing none of it: each order must be signed by a key that this signer knows. Holds
   * from this moment on, and answers when it is on the disk. Throws `bad-request` and `bad-signature` for the first
   * that is none, after all others were taken.
   */
  async hear(json: unknown): Promise<{ readonly held: readonly string[] }> {
    const read = told.safeParse(json)
    if (!read.success) throw new BridgeError("bad-request", { problems: "no orders" })
    const problems: unknown[] = []
    let isNew = false
    for (const one of read.data.orders) {
      try {
        if (this.#orders.has(keyOf(one))) continue
        this.#demandGenuine(one)
        this.#orders.set(keyOf(one), one)
        isNew = true
      } catch (error) {
        problems.push(error)
      }
    }
    if (isNew) {
      this.#reckon()
      await this.#write()
    }
    if (problems.length > 0) throw problems[0]
    return { held: this.#held.map((one) => one.order) }
  }

  #demandGenuine(given: SignedOrder): void {
    const { bridge, operators, pausers, now } = this.#options
    const parsed = parseOrder(given.body)
    if (parsed.kind !== "pause" && parsed.kind !== "lift")
      throw new BridgeError("bad-request", { order: given.body, taken: "pause, lift" })
    const by = parsed.kind === "pause" ? [...operators, ...pausers] : operators
    if (!isGiven(bridge, by, given, seals.verify))
      throw new BridgeError("bad-signature", { operator: given.operator })
    if (parsed.kind === "pause") demandShort(Date.parse(parsed.until), now())
    if (this.#orders.size >= ORDERS_MAX) throw new BridgeError("too-many-requests")
  }

  /** Whoever has left the lists since counts no more for lifting, and what they paused holds until it is lifted. */
  #reckon(): void {
    const { bridge, operators } = this.#options
    const all = [...this.#orders.values()]
    const agreed = agreedBy(bridge, operators, all, seals.verify)
    const lifted = new Set([...agreed].filter((body) => body.startsWith("lift ")))
    this.#held = all.flatMap(({ body, operator }) => {
      const parsed = parseOrder(body)
      if (parsed.kind !== "pause" || lifted.has(`lift ${pauseText(parsed)}`)) return []
      const { kind: _, ...wish } = parsed
      return [{ ...wish, order: body, by: operator }]
    })
    this.#stops = new Map(
      this.#held.flatMap((held) =>
        stopsOf(held).map((stop) => [`${stop.chain} ${stop.direction}`, held]),
      ),
    )
  }

  /** Rejects with `journal-unwritable`: a pause that the next start would not know of is no pause. */
  #write(): Promise<void> {
    const text = `${JSON.stringify([...this.#orders.values()], null, 2)}\n`
    const write = async () => {
      try {
        await replaceFile(this.#path, text)
      } catch (cause) {
        throw new BridgeError("journal-unwritable", { file: FILE }, { cause })
      }
    }
    this.#writing = this.#writing.then(write, write)
    return this.#writing
  }
}

function keyOf({ body, operator }: SignedOrder): string {
  return `${operator} ${body}`
}

// HyperBEAM nodes for one process: plain HTTP, where no answer to a post says anything and only the schedule's listing does.

import { setTimeout as delay } from "node:timers/promises"
import { amountIn } from "../../core/amount.ts"
import { BridgeError } from "../../core/errors.ts"
import type { Sealed } from "../chain.ts"
import { type Http, jsonOf, NO_HTTP, type Reply, unreadable } from "../http.ts"
import { answered, type EndpointReport, type Outcome, Quorum, sayings, usualOf } from "../quorum.ts"
import { Recent } from "../recent.ts"
import { type Holdings, heldIn, supplyIn } from "./holdings.ts"
import { type Listed, listedIn } from "./listing.ts"
import { outcomeIn, type Told } from "./results.ts"
import { type AoUnits, type Handle, type Obeyed, STOPS, type Stops, stopsIn } from "./units.ts"

/** Nodes of one process that are further apart do not show the same process. */
const SPREAD_MAX = 100
/** A listing costs a node 25 ms a slot. */
const PAGE = 50
/** Looks at a slot that all nodes fail to compute, until it is not chance any more. */
const STUCK_AFTER = 5
/** Slots before the newest that are looked through for an item that was handed in before this program started. */
const LOOK_BACK = 50

const JSON_CODEC = "require-codec=application/json&accept-bundle=true"

/** Throws `bad-config` for fewer than two nodes: one alone could say that anything was burned. */
export function hyperNodes(
  urls: readonly string[],
  process: string,
  http: Http,
  patienceMs: number,
): AoUnits {
  if (new Set(urls).size < 2)
    throw new BridgeError("bad-config", {
      ao: "two HyperBEAM nodes at least, or nothing can be compared",
    })
  return new HyperNodes(urls, process, http, patienceMs)
}

interface Node {
  readonly url: string
}

class HyperNodes implements AoUnits {
  readonly process: string
  readonly findsBySlot = true
  readonly signatures = [1] as const
  readonly #http: Http
  readonly #nodes: Quorum<Node>
  readonly #patienceMs: number
  /** Items that were handed in, each with the first slot that was not looked at for it. */
  readonly #searched = new Recent<string, number>(10_000)
  readonly #found = new Recent<string, number>(50_000)
  /** Looks in vain at a slot, one after the other. */
  readonly #vain = new Map<number, number>()
  #sending: Promise<unknown> = Promise.resolve()

  constructor(urls: readonly string[], process: string, http: Http, patienceMs: number) {
    this.process = process
    this.#http = http
    this.#nodes = new Quorum(urls.map((url) => ({ url: url.replace(/\/$/, "") })))
    this.#patienceMs = patienceMs
  }

  /** One after the other: posts to one process wait for each other anyway, and some fail when they meet. */
  send(sealed: Sealed): Promise<void> {
    const mine = this.#sending.then(() => this.#send(sealed))
    this.#sending = mine.catch(() => {})
    return mine
  }

  async slotsOf(id: string, burn?: number): Promise<readonly number[]> {
    const known = this.#found.get(id)
    if (known !== undefined) return [known]
    const newest = await this.newest()
    const slot = burn === undefined ? null : await this.#slotOfBurn(burn, newest)
    if (slot === "none") return []
    const [from, to] = slot === null ? [0, newest] : [slot, slot]
    // Without a number, or from a process that does not tell it: all of them, the newest first.
    for (let end = to; end >= from; end -= PAGE) {
      const page = await this.schedule(Math.max(from, end - PAGE + 1), end)
      const first = page.find((one) => one.id === id)
      if (first) this.#found.set(id, first.slot)
      if (first) return [first.slot]
    }
    return []
  }

  async newest(): Promise<number> {
    const told = answered(await this.#nodes.outcomes(({ url }) => this.#newestOf(url)))
    const slots = told.map(({ value }) => value)
    const [low, high] = [Math.min(...slots), Math.max(...slots)]
    if (high - low > SPREAD_MAX)
      throw new BridgeError("rpc-disagrees", {
        slots: told.map(({ from, value }) => `${from} at ${value}`).join(", "),
        why: "a node is behind",
      })
    return low
  }

  async schedule(from: number, to: number): Promise<readonly Listed[]> {
    const all: Listed[] = []
    for (let at = from; at <= to; at += PAGE) {
      const end = Math.min(to, at + PAGE - 1)
      all.push(...(await this.#nodes.ask(({ url }) => this.#listed(url, at, end), JSON.stringify)))
    }
    return all
  }

  /** What all nodes say of the slot itself; one that has not computed it yet is waited for. */
  async result({ slot }: Handle) {
    const outcomes = await this.#nodes.outcomes(({ url }) => this.#told(url, slot))
    if (outcomes.every(isStuck)) return this.#standstill(slot)
    this.#vain.delete(slot)
    const told = answered(outcomes)
    if (told.some(({ value }) => value.kind === "pending")) return null
    const texts = told.map(({ value }) => JSON.stringify(value))
    const [first] = told
    if (new Set(texts).size > 1 || first?.value.kind !== "done")
      throw new BridgeError("rpc-disagrees", {
        ...{ slot, process: this.process, why: "nodes compute it differently" },
        ...sayings(told, texts),
      })
    return first.value.result
  }

  /** The token publishes no list of them: it would be copied with every message. */
  async isMinted(): Promise<null> {
    return null
  }

  async balance(account: string): Promise<string> {
    const slot = await this.newest()
    return this.#nodes.ask(async ({ url }) => {
      const at = this.#path(url, `compute=${slot}/balances/${account}`)
      const reply = await this.#http.get(at)
      if (reply.status === 404) return "0"
      const text = ok(reply, at).body.trim()
      if (amountIn(text) === null) throw unreadable(at, "balance")
      return text
    }, String)
  }

  async obeyed(): Promise<Obeyed | null> {
    const [bridge, number] = await this.#sayings(["bridge", "bridge-number"])
    return bridge && number ? { bridge, number } : null
  }

  async stops(): Promise<Stops | null> {
    const names = Object.keys(STOPS) as (keyof typeof STOPS)[]
    const told = await this.#sayings(names.map((name) => STOPS[name].toLowerCase()))
    return stopsIn((name) => told[names.indexOf(name)] || null)
  }

  /** What the newest state says under these names. */
  async #sayings(names: readonly string[]): Promise<readonly (string | null)[]> {
    const slot = await this.newest()
    return Promise.all(
      names.map((name) =>
        this.#nodes.ask(async ({ url }) => {
          const at = this.#path(url, `compute=${slot}/${name}`)
          const reply = await this.#http.get(at)
          return reply.status === 404 ? null : ok(reply, at).body.trim()
        }, String),
      ),
    )
  }

  /** Of that slot and no other: the newest state moves on between two questions. */
  holdings(slot: number): Promise<Holdings | null> {
    const sayings = async ({ url }: Node): Promise<Holdings | null> => {
      const at = (path: string) => this.#path(url, `compute=${slot}/${path}`)
      const supply = supplyIn(await this.#http.get(at("supply")), at("supply"))
      if (supply === null) return null
      const balances = at(`balances?${JSON_CODEC}`)
      return { supply, held: heldIn(await this.#http.get(balances), balances) }
    }
    return this.#nodes.ask(sayings, (told) => `${told?.supply} ${told?.held}`)
  }

  /** Each node by itself: what it is, how far it is, and whether it says the same of the newest slot of all. */
  async reports(): Promise<readonly EndpointReport[]> {
    const rows = await Promise.all(
      this.#nodes.endpoints.map(async ({ url }) => {
        const height = await this.#newestOf(url).catch((error: unknown) => error as Error)
        return { url, height, version: await this.#versionOf(url).catch(() => null) }
      }),
    )
    const heights = rows.flatMap(({ height }) => (typeof height === "number" ? [height] : []))
    const common = Math.min(...heights)
    const said = await Promise.all(
      rows.map(async ({ url, height }) =>
        typeof height === "number"
          ? await this.#told(url, common).then(JSON.stringify, () => null)
          : null,
      ),
    )
    const usual = usualOf(said)
    return rows.map(({ url, version, height }, at) => ({
      ...{ url, version, height: typeof height === "number" ? height : null },
      agrees: said[at] === null || said[at] === undefined ? null : said[at] === usual,
      problem: typeof height === "number" ? null : height.message,
    }))
  }

  async #send({ id, raw }: Sealed): Promise<void> {
    const { endpoints } = this.#nodes
    if (await this.#isListed(id, endpoints)) return
    for (const { url } of endpoints) {
      await this.#http
        .post(this.#path(url, "push"), raw, "application/ans104", { "codec-device": "ans104@1.0" })
        // An error may follow a slot, and success none: the listing alone tells.
        .catch(() => {})
      for (let waitMs = this.#patienceMs / 16; ; waitMs *= 2) {
        if (await this.#isListed(id, endpoints)) return
        if (waitMs >= this.#patienceMs) break
        await delay(waitMs)
      }
    }
    throw new BridgeError("rpc-unavailable", {
      process: this.process,
      item: id,
      why: "it has no slot yet",
    })
  }

  /** Looks at what is new in the listing of the first node that answers; each slot once for an item. */
  async #isListed(id: string, nodes: readonly Node[]): Promise<boolean> {
    for (const { url } of nodes) {
      try {
        const newest = await this.#newestOf(url)
        const from = this.#searched.get(id) ?? Math.max(0, newest - LOOK_BACK)
        for (let at = from; at <= newest; at += PAGE) {
          const page = await this.#listed(url, at, Math.min(newest, at + PAGE - 1))
          const found = page.find((one) => one.id === id)
          this.#searched.set(id, at + page.length)
          if (found) this.#found.set(id, found.slot)
          if (found) return true
        }
        return this.#found.get(id) !== undefined
      } catch (error) {
        if (!(error instanceof BridgeError)) throw error
      }
    }
    return false
  }

  /**
   * The slot in which the burns became as many as `burn`; null when the process does not tell how many there
   * are. A hint: whoever asks looks at that slot with all checks.
   */
  async #slotOfBurn(burn: number, newest: number): Promise<number | "none" | null> {
    const now = await this.#burnsAt(newest)
    if (now === null || now < burn) return now === null ? null : "none"
    const has = async (slot: number) => ((await this.#burnsAt(slot)) ?? 0) >= burn
    // Most are asked for soon after they were made: by leaps from the newest, then by halves.
    let [low, high] = [newest - 1, newest]
    for (let leap = 1; low >= 0 && (await has(low)); leap *= 2) {
      high = low
      low = Math.max(-1, low - leap)
    }
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (await has(middle)) high = middle
      else low = middle
    }
    return high
  }

  #burnsAt(slot: number): Promise<number | null> {
    return this.#nodes.ask(async ({ url }) => {
      const at = this.#path(url, `compute=${slot}/burn-count`)
      const reply = await this.#http.get(at)
      if (reply.status === 404) return null
      const { body } = ok(reply, at)
      if (!/^\d{1,15}$/.test(body)) throw unreadable(at, "number of burns")
      return Number(body)
    }, String)
  }

  async #newestOf(url: string): Promise<number> {
    const at = this.#path(url, "slot/current")
    const { body } = ok(await this.#http.get(at), at)
    // -1: the process is known, and nothing of it is scheduled.
    if (!/^\d{1,15}$/.test(body.trim())) throw unreadable(at, "slot")
    return Number(body)
  }

  async #listed(url: string, from: number, to: number): Promise<Listed[]> {
    const at = this.#path(url, `schedule?from=${from}&to=${to}&accept=application/aos-2`)
    return listedIn(jsonOf(ok(await this.#http.get(at), at), at), {
      process: this.process,
      from,
      to,
      at,
    })
  }

  async #told(url: string, slot: number): Promise<Told> {
    const at = this.#path(url, `compute=${slot}/results?${JSON_CODEC}`)
    return outcomeIn(await this.#http.get(at), at)
  }

  async #versionOf(url: string): Promise<string | null> {
    const at = `${url}/~meta@1.0/build?${JSON_CODEC}`
    const told = Object(jsonOf(ok(await this.#http.get(at), at), at)) as Record<string, unknown>
    const build = Object(told.body ?? told) as Record<string, unknown>
    const words = [build.node, build.version, build.source].filter(
      (one) => typeof one === "string" || typeof one === "number",
    )
    return words.length > 0 ? words.join(" ").slice(0, 100) : null
  }

  /** All nodes fail at this slot: chance, a few times; then the process is at its end. */
  #standstill(slot: number): never {
    const times = (this.#vain.get(slot) ?? 0) + 1
    this.#vain.set(slot, times)
    const code = times < STUCK_AFTER ? "rpc-unavailable" : "process-stuck"
    throw new BridgeError(code, { process: this.process, slot, why: "no node computes it", times })
  }

  #path(url: string, rest: string): string {
    return `${url}/${this.process}~process@1.0/${rest}`
  }
}

/** A node that says that it cannot compute the slot, or that breaks off in the middle of saying so. */
function isStuck(outcome: Outcome<Told>): boolean {
  if ("value" in outcome) return outcome.value.kind === "stuck"
  return outcome.error instanceof BridgeError && outcome.error.detail.why === NO_HTTP
}

function ok(reply: Reply, url: string): Reply {
  if (reply.status === 200) return reply
  throw new BridgeError("rpc-unavailable", {
    url,
    status: reply.status,
    said: reply.body.slice(0, 200),
  })
}

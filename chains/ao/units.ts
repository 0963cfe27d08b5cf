// The units of AO (messenger, scheduler, compute) for one process, behind an interface that other generations can have too.

import { BridgeError } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Sealed } from "../chain.ts"
import { type Http, jsonOf, type Reply, unreadable } from "../http.ts"
import { type EndpointReport, Quorum } from "../quorum.ts"
import { tagOf } from "../tags.ts"
import type { Stopped } from "../vault.ts"
import type { Outgoing, Result } from "./codec.ts"
import type { Holdings } from "./holdings.ts"
import type { ItemTag, SignatureType } from "./item.ts"

/** A message in its slot: older units answer to the id, newer ones to the slot, so we always keep both. */
export interface Handle {
  readonly id: string
  readonly slot: number
}

/** A message as a scheduler shows it; nothing of it is verified yet. */
export interface Assigned extends Handle {
  /** The scheduler's hash of this message and all before it. */
  readonly hashChain: string
  readonly timestampMs: number
  /** Address that is said to have signed it. */
  readonly owner: string
  /** base64url. */
  readonly key: string
  readonly signature: string
  readonly target: string
  readonly anchor: string
  readonly tags: readonly ItemTag[]
  /** As text; what was no text cannot be told any more. */
  readonly data: string
  /** Told in a form of which no signature can be checked. */
  readonly isOpaque?: boolean
}

export interface AoUnits {
  readonly process: string
  /** The result that is told for a message is that of the slot asked for, not of whatever slot has its id. */
  readonly findsBySlot: boolean
  /** Which keys may sign: 1 is RSA-4096, 3 Ethereum's. */
  readonly signatures: readonly SignatureType[]
  /** Hands in a signed item; it may be known already. Throws `payout-refused` and `rpc-unavailable`. */
  send(sealed: Sealed): Promise<void>
  /** The slots that are named for a message; none while it has none. `burn`: the number of the burn that it made. */
  slotsOf(id: string, burn?: number): Promise<readonly number[]>
  /** The newest slot; `known` is one that exists, to start from. */
  newest(known: number): Promise<number>
  /** The messages of these slots, both inclusive, without a gap. All must exist. */
  schedule(from: number, to: number): Promise<readonly Assigned[]>
  /** What the process made of a message; null while it is not computed. */
  result(handle: Handle): Promise<Result | null>
  /** Whether the token has minted a transfer; null where it cannot be asked. */
  isMinted(transfer: TransferId): Promise<boolean | null>
  /** What an account holds, base units in decimal. */
  balance(account: string): Promise<string>
  /** Whom the token obeys, and how many keys were proposed to it; null for a token that is too old to say so. */
  obeyed(): Promise<Obeyed | null>
  /** What stops the token, and the number of its next order; null for one that is too old to number them. */
  stops(): Promise<Stops | null>
  /** What the token publishes of itself at a slot; null when it publishes nothing of the kind. */
  holdings?(slot: number): Promise<Holdings | null>
  /** All that an account has had of a campaign, base units in decimal; left out where it cannot be asked. */
  had?(account: string): Promise<string>
  /** What each endpoint says of itself, where more of them matter than that they answer. */
  reports?(): Promise<readonly EndpointReport[]>
}

export interface Obeyed {
  /** Address. */
  readonly bridge: string
  /** The number of its next proposal, decimal. */
  readonly number: string
}

export interface Stops extends Stopped {
  /** Of its next order. */
  readonly number: number
}

/** From what the token says, each by its name. Throws `rpc-unavailable` for what is none. */
export function stopsIn(told: (name: keyof typeof STOPS) => string | null): Stops | null {
  const [guardian, paused] = [told("guardian"), told("paused")]
  const counts = [told("number"), told("pauses")]
  if (guardian === null || paused === null || counts.includes(null)) return null
  const [number = -1, pauses = -1] = counts.map((text) =>
    /^(0|[1-9][0-9]{0,8})$/.test(text!) ? Number(text) : -1,
  )
  if (number < 0 || pauses < 0) throw new BridgeError("rpc-unavailable", { stops: counts.join() })
  return { guardian, paused, number, pauses }
}

/** As the token answers `Stops`; on HyperBEAM in lower case, by path. */
export const STOPS = {
  ...{ guardian: "Guardian", paused: "Paused", pauses: "Pauses", number: "Order-Number" },
} as const

export interface UnitUrls {
  readonly mu: readonly string[]
  readonly su: readonly string[]
  readonly cu: readonly string[]
}

/** The units of the first generation. Several of a kind are compared with each other. */
export function httpUnits(urls: UnitUrls, process: string, http: Http, timeoutMs: number): AoUnits {
  const [mus, sus, cus] = [urls.mu, urls.su, urls.cu].map(
    (list) => new Quorum(list.map((url) => ({ url }))),
  ) as [Quorum<Unit>, Quorum<Unit>, Quorum<Unit>]

  const page = async (su: string, range: string): Promise<Assigned[]> => {
    const url = `${su}/${process}?${range}`
    const { edges } = Object(jsonOf(expect(await http.get(url), url), url)) as { edges?: unknown }
    if (!Array.isArray(edges)) throw unreadable(url, "edges")
    return edges.map((edge) => assignedIn(edge?.node, url))
  }
  const newest = async (su: string, known: number): Promise<number> => {
    const next = await page(su, `from=${known + 1}&limit=${PAGE}`)
    if (next.length < PAGE) return next.at(-1)?.slot ?? known
    const exists = async (slot: number) => (await page(su, `from=${slot}&limit=1`)).length > 0
    return lastSlot(next.at(-1)!.slot, exists)
  }

  /** What the process answers to a question in nobody's name; it changes nothing. */
  const dryrun = (tags: readonly ItemTag[]): Promise<Result> =>
    cus.ask(async ({ url: cu }) => {
      const url = `${cu}/dry-run?process-id=${process}`
      const nobody = { Id: "0", Target: process, Owner: "0", From: "0" }
      const body = { ...nobody, Tags: tags, Data: "", Anchor: "0" }
      const reply = await http.query(url, JSON.stringify(body), "application/json")
      return resultIn(jsonOf(expect(reply, url), url), url)
    }, JSON.stringify)
  /** The token's answer to a question; null when it has none. */
  const answered = async (action: string, tags: Record<string, string> = {}) => {
    const list = Object.entries({ Action: action, ...tags })
    const { messages } = await dryrun(list.map(([name, value]) => ({ name, value })))
    return messages.find((one) => tagOf(one.tags, "Action") === `${action}-Response`) ?? null
  }
  /** The value of `field` in it. */
  const answer = async (action: string, field: string, tags: Record<string, string>) => {
    const told = await answered(action, tags)
    const value = told && tagOf(told.tags, field)
    if (!value) throw new BridgeError("rpc-unavailable", { process, asked: action })
    return value
  }

  return {
    process,
    findsBySlot: false,
    signatures: [1, 3],

    async send(sealed) {
      const outcomes = await mus.outcomes(({ url }) => send(url, sealed, timeoutMs))
      const errors = outcomes.flatMap((outcome) => ("error" in outcome ? [outcome.error] : []))
      if (errors.length < outcomes.length) return
      throw errors.find((error) => (error as BridgeError).code === "payout-refused") ?? errors[0]
    },

    async slotsOf(id) {
      const found = await sus.collect(async ({ url: su }) => {
        const url = `${su}/${id}?process-id=${process}`
        const reply = await http.get(url)
        if (reply.status === 404) return null
        return assignedIn(jsonOf(expect(reply, url), url), url).slot
      })
      return [...new Set(found.filter((slot) => slot !== null))]
    },

    async newest(known) {
      const slots = await sus.collect(({ url }) => newest(url, known))
      const [low, high] = [Math.min(...slots), Math.max(...slots)]
      if (high - low > SPREAD_MAX)
        throw new BridgeError("rpc-disagrees", { slots: slots.join(", "), why: "a unit is behind" })
      return low
    },

    schedule: (from, to) =>
      sus.ask(async ({ url }) => {
        const found = await page(url, `from=${from}&to=${to}&limit=${to - from + 1}`)
        // A page may bring one more than was asked for.
        const wanted = found.filter(({ slot }) => slot >= from && slot <= to)
        const isWhole = wanted.every(({ slot }, at) => slot === from + at)
        if (!isWhole || wanted.length !== to - from + 1)
          throw new BridgeError("rpc-unavailable", { url, from, to, why: "slots are missing" })
        return wanted
      }, JSON.stringify),

    result: ({ id }) =>
      cus.ask(async ({ url: cu }) => {
        const url = `${cu}/result/${id}?process-id=${process}`
        const reply = await http.get(url)
        const isPending = reply.status === 404 || reply.status === 504
        return isPending ? null : resultIn(jsonOf(expect(reply, url), url), url)
      }, JSON.stringify),

    isMinted: async (transfer) =>
      (await answer("Minted", "Minted", { "Deposit-Id": transfer })) === "true",

    balance: (account) => answer("Balance", "Balance", { Recipient: account }),

    async obeyed() {
      const told = await answered("Bridge")
      const [bridge, number] = ["Bridge", "Number"].map((name) => told && tagOf(told.tags, name))
      return bridge && number ? { bridge, number } : null
    },

    async stops() {
      const told = await answered("Stops")
      return told && stopsIn((name) => tagOf(told.tags, STOPS[name]))
    },

    had: (account) => answer("Had", "Had", { Recipient: account }),
  }
}

interface Unit {
  readonly url: string
}

/** Slots in one answer. */
const PAGE = 100
/** Units of one process that are further apart do not show the same process. */
const SPREAD_MAX = 100

/** The greatest slot that exists, from one that does: by leaps, then by halves. */
async function lastSlot(
  known: number,
  exists: (slot: number) => Promise<boolean>,
): Promise<number> {
  let low = known
  let leap = 1
  while (await exists(low + leap)) {
    low += leap
    leap *= 2
  }
  let high = low + leap
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (await exists(middle)) low = middle
    else high = middle
  }
  return low
}

/** By the official client, which is loaded only by those who send. */
async function send(url: string, { id, raw }: Sealed, timeoutMs: number): Promise<void> {
  const { connect } = await import("@permaweb/aoconnect")
  const { sendSignedMessage } = connect({ MODE: "legacy", MU_URL: url })
  // The client sets no time-out of its own.
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${timeoutMs} ms`)), timeoutMs)
  })
  try {
    await Promise.race([sendSignedMessage({ id, raw: Buffer.from(raw) }), late])
  } catch (cause) {
    const { message } = cause as Error
    // "Message already exists": it has its slot.
    if (/already exists/i.test(message)) return
    const isRefused = /^4(?!29|08)\d\d: /.test(message) || /not valid|verif/i.test(message)
    const code = isRefused ? "payout-refused" : "rpc-unavailable"
    throw new BridgeError(code, { url, item: id, why: message.slice(0, 300) }, { cause })
  } finally {
    clearTimeout(timer)
  }
}

function expect(reply: Reply, url: string): Reply {
  if (reply.status === 200) return reply
  throw new BridgeError("rpc-unavailable", {
    url,
    status: reply.status,
    said: reply.body.slice(0, 200),
  })
}

function assignedIn(node: unknown, url: string): Assigned {
  const { message, assignment } = Object(node) as {
    message?: Record<string, unknown> & { owner?: { address?: unknown; key?: unknown } }
    assignment?: { tags?: unknown }
  }
  const { id, owner, signature, target, anchor, data } = message ?? {}
  const tags = tagsIn(message?.tags)
  const told = tagsIn(assignment?.tags) ?? []
  const toldOf = (name: string) => told.find((tag) => tag.name === name)?.value
  const slot = Number(toldOf("Nonce") ?? Number.NaN)
  const timestampMs = Number(toldOf("Timestamp") ?? Number.NaN)
  const hashChain = toldOf("Hash-Chain")
  if (!isText(id) || !isText(owner?.address) || !isText(owner.key) || !isText(signature) || !tags)
    throw unreadable(url, "message")
  if (!Number.isSafeInteger(slot) || !Number.isSafeInteger(timestampMs) || !isText(hashChain))
    throw unreadable(url, "assignment")
  return {
    ...{ id, slot, hashChain, timestampMs, owner: owner.address, key: owner.key, signature, tags },
    target: isText(target) ? target : "",
    anchor: isText(anchor) ? anchor : "",
    data: isText(data) ? data : "",
  }
}

export function resultIn(json: unknown, url: string): Result {
  const { Messages = [], Error: error } = Object(json) as { Messages?: unknown; Error?: unknown }
  if (error !== undefined && error !== null && error !== "")
    return { messages: [], error: isText(error) ? error : JSON.stringify(error) }
  if (!Array.isArray(Messages)) throw unreadable(url, "Messages")
  return { messages: Messages.map((message) => outgoingIn(message, url)), error: null }
}

function outgoingIn(message: unknown, url: string): Outgoing {
  const { Target, Tags, Data } = Object(message) as Record<string, unknown>
  const tags = tagsIn(Tags)
  if (!isText(Target) || tags === null) throw unreadable(url, "message")
  return { target: Target, tags, data: isText(Data) ? Data : "" }
}

/** Only name and value of each; other fields are a unit's own. */
export function tagsIn(value: unknown): ItemTag[] | null {
  if (!Array.isArray(value)) return null
  const tags = value.map((tag) => Object(tag) as Partial<ItemTag>)
  if (!tags.every(({ name, value }) => isText(name) && isText(value))) return null
  return tags.map(({ name, value }) => ({ name: name!, value: value! }))
}

export function isText(value: unknown): value is string {
  return typeof value === "string"
}

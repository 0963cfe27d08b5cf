// A token on a HyperBEAM node for whoever holds it: messages handed in until they have a slot, balances by path.

/** The token refused, or could not be asked; nothing changed there. `code` is its own word. */
export class TokenRefusal extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = "TokenRefusal"
    this.code = code
  }
}

export interface Tag {
  readonly name: string
  readonly value: string
}

export interface Message {
  readonly Tags?: readonly Tag[]
  readonly Data?: string
}

/** How long a node has to show a message in its schedule, and then its result. */
const PATIENCE_MS = 60_000
const PAGE = 50
/** Looks until the same bytes are handed in again. */
const LOOKS = 12

/**
 * `say` hands a signed item in, again if need be, and answers with what the token sent in the item's slot.
 * Believes one node, as every wallet does.
 */
export function tokenOnNode(url: string, process: string) {
  const at = (path: string) => `${url}/${process}~process@1.0/${path}`
  /** Null for whatever is no answer: a node's errors look like all kinds of things. */
  const read = async (path: string): Promise<Response | null> => {
    const response = await fetch(at(path)).catch(() => null)
    return response !== null && (response.ok || response.status === 404) ? response : null
  }
  const newest = async (): Promise<number | null> => {
    const text = await (await read("slot/current"))?.text()
    return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : null
  }

  const slotOf = async (id: string, raw: Uint8Array<ArrayBuffer>): Promise<number> => {
    const endsAt = Date.now() + PATIENCE_MS
    let next = Math.max(0, ((await newest()) ?? 0) - 1)
    for (let look = 0; Date.now() < endsAt; look++) {
      if (look % LOOKS === 0) await post(at("push"), raw)
      const last = await newest()
      if (last !== null && last >= next) {
        const to = Math.min(last, next + PAGE - 1)
        const page = await read(`schedule?from=${next}&to=${to}&accept=application/aos-2`)
        const { edges } = ((await page?.json().catch(() => null)) ?? {}) as { edges?: Edge[] }
        const found = edges?.find(({ node }) => node.message.Id === id)
        if (found) return found.cursor
        if (edges?.at(-1)?.cursor === to) next = to + 1
      }
      await pause(look)
    }
    throw new TokenRefusal("no-slot", "the node does not show the message in its schedule")
  }

  const result = async (slot: number): Promise<Message[]> => {
    const endsAt = Date.now() + PATIENCE_MS
    const path = `compute=${slot}/results?require-codec=application/json&accept-bundle=true`
    for (let look = 0; Date.now() < endsAt; look++) {
      const response = await read(path)
      const told = (response?.ok ? await response.json().catch(() => null) : null) as Told | null
      const { outbox } = (told?.["ao-result"] === "body" ? told.body : told) ?? {}
      if (outbox !== undefined) return (Array.isArray(outbox) ? outbox : []).map(messageOf)
      await pause(look)
    }
    throw new TokenRefusal("no-result", "the node does not compute the message")
  }

  return {
    async say(id: string, raw: Uint8Array<ArrayBuffer>): Promise<Message[]> {
      return result(await slotOf(id, raw))
    },
    /** Of the newest slot; base units. An account that is not there holds nothing. */
    async balance(account: string): Promise<bigint> {
      const slot = await newest()
      const response = slot === null ? null : await read(`compute=${slot}/balances/${account}`)
      if (response === null) throw new TokenRefusal("no-answer", "the node tells no balance")
      return response.ok ? BigInt(await response.text()) : 0n
    },
  }
}

/** Whatever the answer is, it says nothing. */
async function post(url: string, raw: Uint8Array<ArrayBuffer>): Promise<void> {
  const headers = { "content-type": "application/ans104", "codec-device": "ans104@1.0" }
  await fetch(url, { method: "POST", headers, body: raw }).then(
    (response) => response.arrayBuffer(),
    () => {},
  )
}

function pause(look: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(500, 20 * 2 ** Math.min(look, 6))))
}

/** Bare after a computation; from a cache, wrapped. */
interface Told {
  readonly "ao-result"?: string
  readonly body?: { readonly outbox?: unknown }
  readonly outbox?: unknown
}

interface Edge {
  readonly cursor: number
  readonly node: { readonly message: { readonly Id: string } }
}

/** Names come in lower case there; people know them as aos writes them. */
function messageOf(entry: Readonly<Record<string, unknown>>): Message {
  const { data = "", ...tags } = entry
  return {
    Tags: Object.entries(tags).map(([name, value]) => ({
      name: name.replace(/[a-z][a-z0-9]*/g, (part) => part[0]!.toUpperCase() + part.slice(1)),
      value: String(value),
    })),
    Data: String(data),
  }
}

// What the tests of the local AO units share: fresh units, processes in them, signed items, and what is read back.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { onTestFinished } from "vitest"
import { type AoDevnet, type AoOptions, startAo } from "../../devnet/ao/index.ts"
import { itemSigner, type UnitItem } from "../../devnet/ao/item.ts"
import { type Jwk, rsaWallet } from "../../devnet/arweave/wallet.ts"
import type { AoResult, AoTag } from "../../devnet/evaluator.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"

/** Owner of the processes in these tests, and somebody else. */
export const ALICE = rsaWallet(TEST_WALLETS.alice).address
export const BOB = rsaWallet(TEST_WALLETS.bob).address
/** An id that nobody has. */
export const NOBODY = `${"n".repeat(42)}A`

type Tags = Record<string, string> | AoTag[]

export interface Draft {
  tags?: Tags
  data?: string
  anchor?: string
  wallet?: Jwk
}

export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "causeway-ao-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Units of the test's own, stopped when it ends. */
export async function aWorld(options: Partial<AoOptions> = {}) {
  const folder = options.folder ?? (await aFolder())
  const units = await startAo({ folder, wallet: TEST_WALLETS.carol, ...options })
  onTestFinished(() => units.stop())
  return { folder, ...worldOf(units) }
}

export function worldOf(units: AoDevnet) {
  const sign = Object.fromEntries(
    Object.values(TEST_WALLETS).map((jwk) => [jwk.n, itemSigner(jwk)]),
  )
  let made = 0

  const item = async (target: string, draft: Draft = {}): Promise<UnitItem> => {
    const { tags = {}, data = "", wallet = TEST_WALLETS.alice } = draft
    const list = Array.isArray(tags)
      ? tags
      : Object.entries(tags).map(([name, value]) => ({ name, value }))
    const anchor = draft.anchor ?? `${made++}`.padStart(32, "0")
    const all = [...protocolTags(list), ...list]
    return (await sign[wallet.n]!({ target, anchor, data, tags: all }))!
  }

  const post = async (raw: Uint8Array, url = units.muUrl) => {
    const headers = { "content-type": "application/octet-stream" }
    const response = await fetch(url, { method: "POST", headers, body: Buffer.from(raw) })
    return { status: response.status, body: (await response.json()) as { error?: string } }
  }

  const result = async (process: string, message: string, cu = units.cuUrl) =>
    (await get<AoResult>(`${cu}/result/${message}?process-id=${process}`)).body

  const take = async ({ id, raw }: UnitItem) => {
    const { status, body } = await post(raw)
    if (status !== 202) throw new Error(`${status} ${body.error}`)
    return id
  }

  /** Signs, posts, and waits for the result. */
  const send = async (process: string, tags: Tags, draft: Draft = {}) => {
    const id = await take(await item(process, { tags, ...draft }))
    return { id, ...(await result(process, id)) }
  }

  /** The value of Alice's Eval; a warning about a nonce may stand before it. */
  const evaluate = async (process: string, lua: string) => {
    const { Output, Error: failure } = await send(process, { Action: "Eval" }, { data: lua })
    if (failure !== undefined) throw new Error(failure)
    return `${Output.data}`.split("\n").at(-1)!
  }

  /** A process of Alice's with some Lua in it; by default it trusts the messenger. */
  const process = async (lua = "", authority = units.authority) => {
    const tags = { Type: "Process", Module: units.moduleId, Scheduler: units.scheduler }
    const all = { ...tags, ...(authority && { Authority: authority }) }
    const id = await take(await item("", { tags: all }))
    if (lua !== "") await evaluate(id, lua)
    return id
  }

  return {
    ...{ units, item, post, result, send, process, evaluate },

    async slots(process: string, query = "", su = units.suUrl): Promise<Shown[]> {
      const { body } = await get<{ edges: { node: Shown }[] }>(`${su}/${process}${query}`)
      return body.edges.map(({ node }) => node)
    },

    /** `POST /devnet/{name}` of an endpoint. */
    async command(name: string, body: unknown, url = units.url): Promise<Record<string, string>> {
      const headers = { "content-type": "application/json" }
      const init = { method: "POST", headers, body: JSON.stringify(body) }
      return (await (await fetch(`${url}/devnet/${name}`, init)).json()) as Record<string, string>
    },
  }
}

/** `Body` is what the test expects there. */
export async function get<Body = unknown>(url: string) {
  const response = await fetch(url)
  return { status: response.status, body: (await response.json()) as Body }
}

/** What the scheduler shows of a slot. */
export interface Shown {
  message: {
    id: string
    owner: { address: string; key: string }
    tags: AoTag[]
    data: string | null
    anchor: string
    target: string
    signature: string
  }
  assignment: { tags: AoTag[] }
}

export function assigned({ assignment }: Shown, name: string): string {
  return assignment.tags.find((tag) => tag.name === name)!.value
}

/** `Got` holds what every `Hear` said, in the order in which it came. */
export const HEARER =
  "Got = {}; Handlers.add('hear', 'Hear', function(m) table.insert(Got, m.What or '?') end)"
export const HEARD = "return table.concat(Got, ' ')"

/** Lua that sends `Hear` to a process, once for each word. */
export function telling(target: string, ...words: string[]): string {
  return words
    .map((word) => `ao.send({ Target = '${target}', Action = 'Hear', What = '${word}' })`)
    .join("; ")
}

/** Those that the draft does not set itself. */
function protocolTags(tags: readonly AoTag[]): AoTag[] {
  const ours = { "Data-Protocol": "ao", Variant: "ao.TN.1", Type: "Message" }
  return Object.entries(ours)
    .filter(([name]) => !tags.some((tag) => tag.name === name))
    .map(([name, value]) => ({ name, value }))
}

// The gateway's half of the API: `POST /graphql`, as watchers and wallets query transactions.

import type { Block } from "./chain.ts"
import { type Field, parseQuery, QueryError } from "./graphql-query.ts"
import { json, type Reply } from "./reply.ts"
import type { Transaction } from "./transaction.ts"
import type { View } from "./view.ts"

/**
 * Answers `{ query, variables }`. Served: `transaction(id)` and `transactions(ids, owners, recipients,
 * tags, block, first, after, sort)` with every field of the public gateways except `ingested_at`.
 * As there, transactions that wait have `block: null` and are left out once `block` is asked for.
 * Anything else is refused as a GraphQL error with status 400.
 */
export function answerQuery(view: View, body: string): Reply {
  try {
    const { query, variables } = requestOf(body)
    const data: Record<string, unknown> = {}
    for (const field of parseQuery(query, variables)) {
      check(field, SHAPE)
      data[field.alias] = resolve(view, field)
    }
    return json(200, { data })
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    return json(400, { errors: [{ message: error.message }] })
  }
}

interface Row {
  readonly tx: Transaction
  readonly block: Block | null
  /** Where it stands among all rows: by height, then by place in the block. */
  readonly height: number
  readonly index: number
}

interface Filter {
  readonly ids: ReadonlySet<string> | null
  readonly owners: ReadonlySet<string> | null
  readonly recipients: ReadonlySet<string> | null
  readonly tags: readonly TagFilter[]
  readonly isMinedOnly: boolean
  readonly heightMin: number
  readonly heightMax: number
  readonly isDescending: boolean
  readonly first: number
  readonly after: readonly [number, number] | null
}

/** Name and values in base64url, as transactions have them. */
interface TagFilter {
  readonly name: string
  readonly values: readonly string[]
  readonly isWanted: boolean
}

/** The place of what is in no block yet: above every height. */
const WAITING = Number.MAX_SAFE_INTEGER
const PAGE_MAX = 100

/** The field is one of the two in `SHAPE`. */
function resolve(view: View, field: Field): unknown {
  return project(field, field.name === "transaction" ? one(view, field) : many(view, field))
}

function one(view: View, field: Field) {
  only(field, ["id"])
  const sighting = view.find(`${field.args.id}`)
  if (sighting === null || sighting.state === "dropped") return null
  return nodeOf({ tx: sighting.tx, block: sighting.state === "mined" ? sighting.block : null })
}

function many(view: View, field: Field) {
  const filter = filterOf(field)
  const rows = page(view, filter)
  const shown = rows.slice(0, filter.first)
  return {
    pageInfo: { hasNextPage: rows.length > filter.first },
    edges: shown.map((row) => ({ cursor: cursorOf(row), node: nodeOf(row) })),
  }
}

/** One row more than asked for, when there is one. */
function page(view: View, filter: Filter): Row[] {
  const found: Row[] = []
  for (const row of rowsOf(view, filter)) {
    if (!matches(row, filter)) continue
    found.push(row)
    if (found.length > filter.first) break
  }
  return found
}

function* rowsOf(view: View, filter: Filter): Generator<Row> {
  const { heightMin, heightMax, isMinedOnly, isDescending, after } = filter
  const isAfter = ({ height, index }: Row) => {
    if (after === null) return true
    const order = height - after[0] || index - after[1]
    return isDescending ? order < 0 : order > 0
  }
  const ordered = (rows: Row[]) => (isDescending ? rows.reverse() : rows).filter(isAfter)
  const ghosts = view.ghosts()
  const waiting = () => (isMinedOnly ? [] : ordered(waitingRows(view, ghosts)))
  const low = isDescending ? heightMin : Math.max(heightMin, after?.[0] ?? 0)
  const high = Math.min(heightMax, view.height, isDescending ? (after?.[0] ?? WAITING) : WAITING)
  if (isDescending) yield* waiting()
  for (let i = 0; i <= high - low; i++) {
    yield* ordered(rowsAt(view, isDescending ? high - i : low + i, ghosts))
  }
  if (!isDescending) yield* waiting()
}

function rowsAt(view: View, height: number, ghosts: ReturnType<View["ghosts"]>): Row[] {
  const block = view.blockAt(height)!
  const rows = view.txsOf(block).flatMap((id): Omit<Row, "index">[] => {
    const sighting = view.find(id)
    return sighting?.state === "mined" ? [{ tx: sighting.tx, block, height }] : []
  })
  for (const { tx, block } of ghosts) {
    if (block?.height === height) rows.push({ tx, block, height })
  }
  return rows.map((row, index) => ({ ...row, index }))
}

function waitingRows(view: View, ghosts: ReturnType<View["ghosts"]>): Row[] {
  const txs = view.pending().flatMap((id) => {
    const sighting = view.find(id)
    return sighting?.state === "pending" ? [sighting.tx] : []
  })
  for (const { tx, block } of ghosts) if (block === null) txs.push(tx)
  return txs.map((tx, index) => ({ tx, block: null, height: WAITING, index }))
}

function matches({ tx }: Row, { ids, owners, recipients, tags }: Filter): boolean {
  if (ids !== null && !ids.has(tx.id)) return false
  if (owners !== null && !owners.has(tx.sender)) return false
  if (recipients !== null && !recipients.has(tx.target)) return false
  return tags.every(
    ({ name, values, isWanted }) =>
      tx.tags.some((tag) => tag.name === name && values.includes(tag.value)) === isWanted,
  )
}

function nodeOf({ tx, block }: Pick<Row, "tx" | "block">) {
  const { id, sender, target, quantity, reward, anchor, tags, dataSize, json } = tx
  const type = tags.find(({ name }) => plain(name).toLowerCase() === "content-type")
  return {
    id,
    anchor,
    signature: json.signature,
    recipient: target,
    owner: { address: sender, key: json.owner },
    fee: amount(reward),
    quantity: amount(quantity),
    data: { size: `${dataSize}`, type: type === undefined ? null : plain(type.value) },
    tags: tags.map(({ name, value }) => ({ name: plain(name), value: plain(value) })),
    block: block && {
      id: block.hash,
      timestamp: block.timestamp,
      height: block.height,
      previous: block.previous,
    },
    parent: null,
    bundledIn: null,
  }
}

/** A field's own fields; null for one that has none. */
type Shape = { readonly [name: string]: Shape } | null

const AMOUNT: Shape = { winston: null, ar: null }
const NODE: Shape = {
  id: null,
  anchor: null,
  signature: null,
  recipient: null,
  owner: { address: null, key: null },
  fee: AMOUNT,
  quantity: AMOUNT,
  data: { size: null, type: null },
  tags: { name: null, value: null },
  block: { id: null, timestamp: null, height: null, previous: null },
  parent: { id: null },
  bundledIn: { id: null },
}
const SHAPE: Shape = {
  transaction: NODE,
  transactions: { pageInfo: { hasNextPage: null }, edges: { cursor: null, node: NODE } },
}

/** Held against the shape and not the answer, so that a wrong query fails on an empty chain too. */
function check({ name, fields }: Field, within: Shape): void {
  const shape = within !== null && Object.hasOwn(within, name) ? within[name] : undefined
  if (shape === undefined) throw new QueryError(`Cannot query field "${name}" on the local node.`)
  if ((shape === null) !== (fields.length === 0)) {
    throw new QueryError(`Field "${name}" must have ${shape === null ? "no" : "a"} selection.`)
  }
  for (const field of fields) check(field, shape)
}

/** What the query selects of a value, under the names it wants. */
function project(field: Field, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => project(field, item))
  if (field.fields.length === 0 || value === null) return value
  const source = value as Record<string, unknown>
  return Object.fromEntries(
    field.fields.map((inner) => [inner.alias, project(inner, source[inner.name])]),
  )
}

function filterOf(field: Field): Filter {
  only(field, ["ids", "owners", "recipients", "tags", "block", "first", "after", "sort"])
  const { args } = field
  const { min, max } = (args.block ?? {}) as { min?: unknown; max?: unknown }
  return {
    ids: textSet(args.ids, "ids"),
    owners: textSet(args.owners, "owners"),
    recipients: textSet(args.recipients, "recipients"),
    tags: list(args.tags ?? []).map(tagFilter),
    isMinedOnly: args.block !== undefined && args.block !== null,
    heightMin: integer(min ?? 0, "block.min"),
    heightMax: integer(max ?? WAITING, "block.max"),
    isDescending: isDescending(args.sort ?? "HEIGHT_DESC"),
    first: Math.min(PAGE_MAX, integer(args.first ?? 10, "first")),
    after: positionOf(args.after ?? ""),
  }
}

function only({ name, args }: Field, known: readonly string[]): void {
  for (const arg of Object.keys(args)) {
    if (!known.includes(arg)) throw new QueryError(`Unknown argument "${arg}" on "${name}".`)
  }
}

function tagFilter(value: unknown): TagFilter {
  const { name, values, op = "EQ" } = (value ?? {}) as { [key: string]: unknown }
  const wanted = textSet(values, "tags.values")
  if (typeof name !== "string" || wanted === null || (op !== "EQ" && op !== "NEQ")) {
    throw new QueryError("A tag filter is { name, values, op: EQ or NEQ }.")
  }
  return { name: coded(name), values: [...wanted].map(coded), isWanted: op === "EQ" }
}

/** In GraphQL a single value stands for a list of one. */
function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value]
}

function textSet(value: unknown, name: string): ReadonlySet<string> | null {
  if (value === undefined || value === null) return null
  const items = list(value)
  if (items.every((item) => typeof item === "string")) return new Set(items as string[])
  throw new QueryError(`"${name}" is a list of text.`)
}

function integer(value: unknown, name: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw new QueryError(`"${name}" is a whole number.`)
}

function isDescending(sort: unknown): boolean {
  if (sort === "HEIGHT_DESC" || sort === "HEIGHT_ASC") return sort === "HEIGHT_DESC"
  throw new QueryError(`Value "${String(sort)}" does not exist in "SortOrder".`)
}

/** Opaque to clients; it names a place, not a count, so that a page survives what happens meanwhile. */
function cursorOf({ height, index }: Row): string {
  return Buffer.from(JSON.stringify([height, index])).toString("base64url")
}

function positionOf(cursor: unknown): readonly [number, number] | null {
  if (cursor === "") return null
  try {
    const [height, index] = JSON.parse(Buffer.from(`${cursor}`, "base64url").toString())
    return [integer(height, "after"), integer(index, "after")]
  } catch {
    throw new QueryError("Invalid cursor.")
  }
}

function requestOf(body: string): { query: string; variables: Record<string, unknown> } {
  try {
    const { query, variables } = JSON.parse(body)
    if (typeof query === "string") return { query, variables: variables ?? {} }
  } catch {
    // Answered below, like a body without a query.
  }
  throw new QueryError("POST body must be JSON with a query.")
}

function amount(winston: bigint) {
  const digits = `${winston}`.padStart(13, "0")
  return { winston: `${winston}`, ar: `${digits.slice(0, -12)}.${digits.slice(-12)}` }
}

function plain(text: string): string {
  return Buffer.from(text, "base64url").toString()
}

function coded(text: string): string {
  return Buffer.from(text).toString("base64url")
}

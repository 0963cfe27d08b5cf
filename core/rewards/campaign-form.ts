// Reads a campaign's file, and refuses one whose rules contradict each other or pay whoever splits their wallet.

import { ASSET_NAMES } from "../assets.ts"
import {
  bad,
  distinct,
  type Form,
  fields,
  form,
  items,
  KEY,
  members,
  NAME,
  oneOf,
  orNull,
  text,
  whole,
} from "../compliance/form.ts"
import type { Accrual, Campaign, Predicate, Table, Task, TaskRules } from "./campaign.ts"
import { PREDICATES } from "./campaign.ts"
import { poolsOf } from "./pools.ts"
import type { SybilRules } from "./sybil.ts"

const DAY_S = 86_400
/** 2100: what is later is a mistake of units. */
const TIME_MAX = 4_102_444_800
const AMOUNT = /^(0|[1-9][0-9]{0,37})$/
const SOME = /^[1-9][0-9]{0,37}$/
const ID = /^[a-z0-9][a-z0-9-]{0,31}$/
const ACCOUNT = /^([A-Za-z0-9_-]{43}|0x[0-9a-fA-F]{40})$/

/** Reads the parsed JSON of a campaign's file; throws `bad-config` by the path of what is wrong. */
export function campaignIn(json: unknown): Campaign {
  const from = form(json, "campaign")
  const { sybil, ...rest } = (json ?? {}) as { readonly sybil?: unknown }
  const file = fields(sybil === undefined ? from : form(rest, from.path), [
    ...(["id", "version", "asOf", "authority", "startS", "epochS", "epochs", "pendingS"] as const),
    ...(["challengeS", "allocation", "tasks", "accrual", "issuers"] as const),
  ])
  const campaign: Campaign = {
    id: text(file.id, ID),
    version: whole(file.version, 1),
    asOf: text(file.asOf, /^20\d\d-[01]\d-[0-3]\d$/),
    authority: text(file.authority),
    startS: whole(file.startS, 1, TIME_MAX),
    epochS: whole(file.epochS, 60, 366 * DAY_S),
    epochs: whole(file.epochs, 1, 10_000),
    pendingS: whole(file.pendingS, 0, TIME_MAX),
    challengeS: whole(file.challengeS, 0, TIME_MAX),
    allocation: amount(file.allocation, SOME),
    tasks: orNull(file.tasks, tasksIn),
    accrual: orNull(file.accrual, accrualIn),
    ...(sybil !== undefined && { sybil: sybilIn(form(sybil, "campaign.sybil")) }),
    issuers: Object.fromEntries(
      members(file.issuers, NAME).map(([name, key]) => [name, text(key, KEY)]),
    ),
  }
  checkWhole(campaign, from)
  return campaign
}

function sybilIn(from: Form): SybilRules {
  const file = fields(from, [
    ...(["says", "needed", "windowS", "crowd", "exempt", "returned", "sizes"] as const),
    "selfReported",
  ])
  const says = fields(file.says, ["funding", "gas", "session", "refund", "round-trip"])
  const rows = items(file.sizes).map((row) => {
    const { from: least, counts } = fields(row, ["from", "counts"])
    return {
      from: whole(least, 2, 1_000_000),
      counts: counts.value === "hold" ? ("hold" as const) : whole(counts, 0, WHOLE),
    }
  })
  if (rows.some((row, at) => at > 0 && row.from <= rows[at - 1]!.from))
    bad(file.sizes, "the smallest first")
  return {
    says: {
      ...{ funding: whole(says.funding, 0, 100), gas: whole(says.gas, 0, 100) },
      ...{ session: whole(says.session, 0, 100), refund: whole(says.refund, 0, 100) },
      "round-trip": whole(says["round-trip"], 0, 100),
    },
    needed: whole(file.needed, 1, 500),
    windowS: whole(file.windowS, 0, 366 * DAY_S),
    crowd: whole(file.crowd, 2, 1_000),
    exempt: distinct(file.exempt, (one) => text(one)),
    returned: whole(file.returned, 1, WHOLE),
    sizes: rows,
    selfReported: whole(file.selfReported, 0, WHOLE),
  }
}

/** Basis points. */
const WHOLE = 10_000

function tasksIn(from: Form): TaskRules {
  const file = fields(from, ["budget", "personMax", "dayMax", "whole", "list"])
  const list = items(file.list).map(taskIn)
  if (new Set(list.map(({ id }) => id)).size !== list.length) bad(file.list, "names no task twice")
  for (const [at, task] of list.entries()) {
    const before = list.slice(0, at).map(({ id }) => id)
    const missing = task.needs.find((id) => !before.includes(id))
    if (missing !== undefined) bad(file.list, `${task.id} needs ${missing}, which stands before it`)
  }
  return {
    budget: amount(file.budget, SOME),
    personMax: amount(file.personMax, SOME),
    dayMax: amount(file.dayMax, SOME),
    whole: Object.fromEntries(
      members(file.whole, /^[A-Z-]+$/).map(([asset, one]) => [
        oneOf(form(asset, one.path), ASSET_NAMES),
        amount(one, SOME),
      ]),
    ),
    list,
  }
}

function taskIn(from: Form): Task {
  const file = fields(from, [
    ...(["id", "title", "predicate", "points", "repeat", "cap", "window", "needs"] as const),
  ])
  const window = items(file.window).map((one) => whole(one, 0, TIME_MAX))
  const [fromS, untilS] = window
  if (window.length !== 2 || fromS! >= untilS!) bad(file.window, "from and until, in this order")
  return {
    id: text(file.id, ID),
    title: text(file.title),
    predicate: predicateIn(file.predicate),
    points: amount(file.points, SOME),
    repeat: whole(file.repeat, 1),
    cap: amount(file.cap, SOME),
    window: [fromS!, untilS!],
    needs: distinct(file.needs, (one) => text(one, ID)),
  }
}

function predicateIn(from: Form): Predicate {
  const stated = (from.value as { kind?: unknown } | null)?.kind
  const kind = oneOf(form(stated, `${from.path}.kind`), PREDICATES)
  const more = { hold: "days", days: "days", use: "process", terms: "version" } as const
  const extra = kind in more ? [more[kind as keyof typeof more]] : []
  const file = fields(from, ["kind", "asset", "min", ...extra] as const)
  const base = { asset: oneOf(file.asset, ASSET_NAMES), min: amount(file.min, SOME) }
  switch (kind) {
    case "hold":
    case "days":
      return { ...base, kind, days: whole(file.days, 1, 3_660) }
    case "use":
      return { ...base, kind, process: text(file.process, ACCOUNT) }
    case "terms":
      return { ...base, kind, version: text(file.version) }
    default:
      return { ...base, kind }
  }
}

function accrualIn(from: Form): Accrual {
  const file = fields(from, ["curve", "part", "tables"])
  const curve = fields(file.curve, ["supply", "numerator", "denominator", "tickS", "startS"])
  const part = items(file.part).map((one) => amount(one, AMOUNT))
  const [numerator, denominator] = part
  if (part.length !== 2 || denominator === 0n || numerator! > denominator!)
    bad(file.part, "a part of at most one: numerator and denominator")
  const rate = {
    numerator: amount(curve.numerator, SOME),
    denominator: amount(curve.denominator, SOME),
  }
  if (rate.numerator >= rate.denominator) bad(file.curve, "less than all of it each tick")
  const tables = items(file.tables).map(tableIn)
  if (tables[0]?.fromEpoch !== 1) bad(file.tables, "the first is of epoch 1")
  if (tables.some(({ fromEpoch }, at) => at > 0 && fromEpoch <= tables[at - 1]!.fromEpoch))
    bad(file.tables, "in the order of their epochs")
  return {
    curve: {
      ...rate,
      supply: amount(curve.supply, SOME),
      tickS: whole(curve.tickS, 1, DAY_S),
      startS: whole(curve.startS, 1, TIME_MAX),
    },
    part: [numerator!, denominator!],
    tables,
  }
}

function tableIn(from: Form): Table {
  const file = fields(from, ["fromEpoch", "source", "rows"])
  const rows = members(file.rows, /^[A-Z-]+$/).map(([asset, one]) => {
    const row = fields(one, ["price", "yield"])
    const name = oneOf(form(asset, one.path), ASSET_NAMES)
    return [name, { price: amount(row.price, AMOUNT), yield: amount(row.yield, AMOUNT) }] as const
  })
  return {
    fromEpoch: whole(file.fromEpoch, 1),
    source: text(file.source),
    rows: Object.fromEntries(rows),
  }
}

function amount(from: Form, pattern: RegExp): bigint {
  return BigInt(text(from, pattern))
}

/** What no single field shows. */
function checkWhole(campaign: Campaign, from: Form): void {
  const { allocation, tasks, accrual, startS, epochS, epochs } = campaign
  const pools = poolsOf(campaign).reduce((sum, pool) => sum + pool, 0n)
  const needed = pools + (tasks?.budget ?? 0n)
  if (needed > allocation) bad(from, `an allocation of ${needed} or more: so much can be given`)
  if (!tasks && !accrual) bad(from, "tasks or accrual")
  const external = tasks?.list.some(({ predicate }) => predicate.kind === "external")
  if (external && Object.keys(campaign.issuers).length === 0) bad(from, "issuers of external tasks")
  if (!tasks) return
  let most = 0n
  for (const task of tasks.list) {
    const { asset, min } = task.predicate
    const volume = tasks.whole[asset]
    if (volume === undefined) bad(from, `tasks.whole for ${asset}, which ${task.id} counts`)
    const times = timesOf(task.predicate, volume!, epochS * epochs)
    if (BigInt(task.repeat) < times)
      bad(from, `${task.id}: repeat ${times} or more, or splitting a wallet of ${volume} pays`)
    if (task.cap < times * task.points)
      bad(from, `${task.id}: cap ${times * task.points} or more, or splitting a wallet pays`)
    if (min > volume!) bad(from, `${task.id}: a min of at most ${volume}`)
    if (task.window[0] < startS) bad(from, `${task.id}: a window that begins with the campaign`)
    most += times * task.points
  }
  for (const name of ["personMax", "dayMax"] as const)
    if (tasks[name] < most)
      bad(from, `tasks.${name} of ${most} or more, or splitting a wallet pays`)
}

/** How often whoever moves so much in all, or holds it all the time, does a task. */
export function timesOf(predicate: Predicate, volume: bigint, lengthS: number): bigint {
  if (predicate.kind === "hold")
    return (volume * BigInt(lengthS)) / (predicate.min * BigInt(predicate.days * DAY_S))
  const times = volume / predicate.min
  return predicate.kind === "days" ? times / BigInt(predicate.days) : times
}

// What the people who look after the bridge see at a door of its own: every question is signed with a key of theirs.

import type { FastifyInstance } from "fastify"
import type { Connection } from "../../chains/chain.ts"
import { bridgeName } from "../../chains/deployment.ts"
import { servedBy } from "../../chains/served.ts"
import { demandSigned } from "../../chains/signed-request.ts"
import type { ChainName } from "../../core/assets.ts"
import { networkOf } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { OPERATORS_NEEDED } from "../../core/orders.ts"
import type { ConsoleView, Endpoint, Role, Stuck } from "../../sdk/schemas/console.ts"
import type { TransferBrief } from "../../sdk/schemas/transfers.ts"
import type { Settings } from "../config.ts"
import { incidentsToday } from "../store/incidents.ts"
import { whoGave } from "../store/orders.ts"
import { transfersIn } from "../store/transfers.ts"
import { campaignControls } from "./console-campaigns.ts"
import { type Api, type Context, contextOf } from "./context.ts"
import { briefsOf } from "./transfers.ts"

export interface Console extends Omit<Api, "connections"> {
  readonly connections: Readonly<
    Partial<Record<ChainName, Pick<Connection, "tip" | "reports" | "unattributed" | "claim">>>
  >
  readonly endpoints: Settings["endpoints"]
  /** Whole coins in each gas wallet of this process. */
  readonly gas: () => ConsoleView["gas"]
}

/** Rows of each state that are looked at. */
const LOOKED_AT = 50
/** Nothing is late before that, whatever its chain's pace. */
const LATE_MS = 600_000
/** As many times what it should take. */
const LATE_TIMES = 3
/** A console that is open asks every few seconds. */
const LIMIT = { config: { rateLimit: { max: 120, timeWindow: "1 minute" } } }
const ENDPOINT_MS = 5_000

export function consoleRoutes(server: FastifyInstance, parts: Console): void {
  server.get("/console", LIMIT, async ({ method, url, headers }): Promise<ConsoleView> => {
    const lists = listsOf(parts)
    const keys = Object.assign({}, ...Object.values(lists)) as Record<string, string>
    const bridge = bridgeName(parts.deployment)
    const { name } = demandSigned(bridge, { method, url, headers, body: null }, keys, Date.now())
    const roles = (Object.keys(lists) as Role[]).filter((role) => lists[role][name] === keys[name])
    const context = await contextOf(parts)
    const [stuck, resumes, endpoints, campaigns] = await Promise.all([
      stuckOf(parts, context),
      resumesOf(parts, context),
      endpointsOf(parts),
      campaignControls(parts),
    ])
    const policy = policyOf(parts, context.nowMs)
    return {
      ...{ bridge, who: { name, roles }, stuck, resumes, gas: parts.gas(), endpoints, policy },
      campaigns,
    }
  })
}

/** Keys by name; who is on two lists under one name has one key, or two names are two people. */
function listsOf({ operators, pausers = [], screening }: Console) {
  const named = (people: Console["operators"]) =>
    Object.fromEntries(people.map(({ name, key }) => [name, key]))
  const standing = screening?.desk.shelf.at(screening.desk.now())
  const lists: Record<Role, Readonly<Record<string, string>>> = {
    officer: standing?.book.document.officers.keys ?? {},
    pauser: named(pausers),
    // The last one wins a name: whoever orders most must not be shut out by a namesake.
    operator: named(operators),
  }
  return lists
}

async function stuckOf(parts: Console, context: Context): Promise<readonly Stuck[]> {
  const states = ["held", "seen", "confirmed", "ready", "signing", "sent"] as const
  const rows = await Promise.all(
    states.map((state) => transfersIn(parts.sql, state, { limit: LOOKED_AT })),
  )
  const briefs = await briefsOf(parts, rows.flat(), context)
  return briefs
    .flatMap((transfer): Stuck[] => {
      const why = whyStuck(transfer, context)
      return why ? [{ transfer, why, command: commandFor(transfer) }] : []
    })
    .sort((one, other) => (one.transfer.changedAt < other.transfer.changedAt ? -1 : 1))
}

function whyStuck({ state, waiting, changedAt }: TransferBrief, { nowMs }: Context) {
  if (state === "held") return "held"
  // What waits for a limit of the day goes on by itself.
  if (!waiting || waiting.releaseAt) return null
  if (waiting.failure) return "failing"
  const age = nowMs - Date.parse(changedAt)
  const isLate = age > Math.max(LATE_MS, LATE_TIMES * (waiting.etaMs ?? LATE_MS))
  return isLate ? "late" : null
}

/** The first thing to do about it (docs/operators.md). */
function commandFor({ id, state, reason }: TransferBrief): string {
  if (state !== "held") return `causeway status ${id}`
  return reason?.startsWith("screening-")
    ? `causeway case show ${id} --key officer.json`
    : `causeway operator approve ${id} --key operator.json`
}

async function resumesOf({ sql, operators }: Console, { pauses }: Context) {
  const orders = [...new Set(pauses.map(orderThatEnds))]
  const given = await whoGave(sql, orders)
  return orders.map((order) => ({
    order,
    // Those who have left the list meanwhile no longer count.
    given: (given.get(order) ?? []).filter((name) => operators.some((one) => one.name === name)),
    needed: OPERATORS_NEEDED,
  }))
}

/** What a key has paused is lifted, wherever its order was heard; anything else goes on where it stopped. */
function orderThatEnds({ chain, direction, since, given }: Context["pauses"][number]): string {
  return given === null ? `resume ${chain} ${direction} ${since.toISOString()}` : `lift ${given}`
}

async function endpointsOf(parts: Console): Promise<readonly Endpoint[]> {
  const { deployment, connections, endpoints, sql } = parts
  const incidents = new Map((await incidentsToday(sql)).map((row) => [row.chain, row]))
  return Promise.all(
    servedBy(deployment).map(async (chain): Promise<Endpoint> => {
      const connection = connections[chain]
      const urls = Object.values(endpoints[networkOf(chain)]?.urls ?? {}).flat()
      const hosts = [...new Set(urls.map(hostOf))]
      const [tip, reports] = await Promise.all([
        soon(connection?.tip()).then(
          (one) => ({ height: one?.height ?? null, problem: null }),
          (error: unknown) => ({ height: null, problem: problemOf(error) }),
        ),
        soon(connection?.reports?.()).catch(() => undefined),
      ])
      const each = (reports ?? []).map(({ url, ...report }) => ({ host: hostOf(url), ...report }))
      const seen = incidents.get(chain)
      const disagreed = seen ? { count: seen.count, last: seen.last.toISOString() } : null
      return { chain, hosts, ...tip, disagreed, each }
    }),
  )
}

/** An endpoint that hangs must not hang the console. */
async function soon<Value>(work: Promise<Value> | undefined): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BridgeError("rpc-unavailable")), ENDPOINT_MS)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** A code: the rest may hold an address with a secret in it. */
function problemOf(error: unknown): string {
  return error instanceof BridgeError ? error.code : "failed"
}

function hostOf(url: string): string {
  try {
    return new URL(url).host
  } catch {
    return "?"
  }
}

function policyOf({ screening }: Console, nowMs: number): ConsoleView["policy"] {
  const shelf = screening?.desk.shelf
  const [first] = shelf?.versions ?? []
  if (!shelf || !first) return null
  return {
    id: first.document.id,
    inForce: shelf.at(nowMs)?.book.document.version ?? null,
    versions: shelf.versions.map(({ document }) => ({
      version: document.version,
      effective: new Date(document.effectiveMs).toISOString(),
    })),
  }
}

// What a signer answers at its door: requests to sign, what it is told, and how it is.

import { BridgeError, remedyOf } from "../core/errors.ts"
import { readToldNotes } from "./asides.ts"
import { readBallot } from "./ballot.ts"
import { type BlameBook, hearBlame } from "./blames.ts"
import type { Health } from "./health.ts"
import type { Meter, Round } from "./metrics.ts"
import type { Notes } from "./notes.ts"
import type { Pauses } from "./pauses.ts"
import { type Refused, type RoundRequest, readRequest, refusalOf, replyJson } from "./protocol.ts"
import type { SignerOptions } from "./signer.ts"
import { commit, type Desk, sign } from "./signing.ts"
import type { Answer, Asking } from "./transport.ts"

/** Requests under way beyond this are told to come again: each holds up to a hundred lookups. */
const BUSY_MAX = 32

export interface Counter {
  readonly desk: Desk
  readonly notes: Notes
  readonly blames: BlameBook
  readonly pauses: Pauses
  readonly health: () => Promise<Health>
  /** Requests under way. */
  readonly load: { busy: number }
  readonly meter: Meter
  /** Of a signer that was restored from a backup, milliseconds since 1970. */
  readonly restsUntilMs: number
}

/** What a signer says to whoever comes to its door. */
export function answering(
  { config, fail, log }: Pick<SignerOptions, "config" | "fail" | "log">,
  counter: Counter,
) {
  const members = new Map(config.manifest.members.map(({ index, name }) => [index, name]))
  const { desk, notes, blames, health, load, meter, pauses, restsUntilMs } = counter
  let isFailed = false
  const round = async (event: Round, act: typeof commit | typeof sign, asking: Asking) => {
    if (asking.peer.role !== "coordinator")
      return { status: 403, body: { error: "not for signers" } }
    if (load.busy >= BUSY_MAX) return { status: 503, body: { error: "busy" } }
    load.busy += 1
    const startMs = performance.now()
    try {
      const request = readRequest(asking.body)
      const reply = desk.now() < restsUntilMs ? resting(counter) : await act(desk, request)
      const about = aboutOf(request)
      const ms = Math.round(performance.now() - startMs)
      const refused = "refused" in reply ? reply.refused.slice(0, 5) : undefined
      meter.note(event, (performance.now() - startMs) / 1000, refused ?? [])
      log({ event, session: request.session, ...about, ms, refused })
      return { status: 200, body: replyJson(reply) }
    } catch (error) {
      if (remedyOf(error) === "refuse") return { status: 400, body: { error: String(error) } }
      isFailed = true
      fail(error)
      throw error
    } finally {
      load.busy -= 1
    }
  }
  const learn = async (asking: Asking): Promise<Answer> => {
    if (asking.peer.role !== "coordinator")
      return { status: 403, body: { error: "not for signers" } }
    try {
      return { status: 200, body: { known: await notes.take(readToldNotes(asking.body)) } }
    } catch (error) {
      const remedy = remedyOf(error)
      if (remedy !== "halt")
        return { status: remedy === "refuse" ? 400 : 503, body: { error: String(error) } }
      isFailed = true
      fail(error)
      throw error
    }
  }
  /** Whoever brings it: a coordinator that keeps one to itself is gone around by the other members. */
  const heed = async ({ body, peer }: Asking): Promise<Answer> => {
    try {
      const heard = await pauses.hear(body)
      return { status: 200, body: heard }
    } catch (error) {
      const remedy = remedyOf(error)
      log({ event: "orders-refused", by: peer.name })
      if (remedy !== "halt")
        return { status: remedy === "refuse" ? 400 : 503, body: { error: String(error) } }
      isFailed = true
      fail(error)
      throw error
    }
  }
  return async (asking: Asking): Promise<Answer> => {
    if (isFailed) return { status: 503, body: { error: "stopped" } }
    if (asking.method === "POST" && asking.path === "/commit")
      return round("commit", commit, asking)
    if (asking.method === "POST" && asking.path === "/sign") return round("sign", sign, asking)
    if (asking.method === "POST" && asking.path === "/notes") return learn(asking)
    if (asking.method === "POST" && asking.path === "/orders") return heed(asking)
    if (asking.method === "POST" && asking.path === "/votes") return vote(desk, asking)
    if (asking.method === "POST" && asking.path === "/blame")
      return hearBlame(blames, members, asking, desk.now())
    if (asking.method === "GET" && asking.path === "/health")
      return { status: 200, body: await health() }
    return { status: 404, body: { error: "not found" } }
  }
}

/**
 * Would it pay these? It promises nothing, and reads no chain: whoever lies in asking learns nothing. Other members ask
 * as well, so that no coordinator keeps them apart.
 */
async function vote({ view, version, index }: Desk, { body }: Asking): Promise<Answer> {
  if (!view.screening) return { status: 404, body: { error: "nobody is screened here" } }
  try {
    return {
      status: 200,
      body: { version, index, ...(await view.screening.vote(readBallot(body))) },
    }
  } catch (error) {
    if (remedyOf(error) !== "refuse") throw error
    return { status: 400, body: { error: String(error) } }
  }
}

/** What a log says of a request. */
function aboutOf(request: RoundRequest) {
  if ("period" in request) return { heartbeat: request.period }
  if ("handover" in request) return { handover: request.handover, part: request.part }
  if ("ordered" in request) return { ordered: request.ordered, number: request.number }
  if ("rewards" in request) return { rewards: request.rewards, part: request.part }
  return { chain: request.chain, transfers: request.transfers.length }
}

/** Its journal may lack the last promises, so it makes no new ones yet. */
function resting({ desk, restsUntilMs }: Counter): Refused {
  const until = new Date(restsUntilMs).toISOString()
  const error = new BridgeError("not-yet", { reason: "restored from a backup", until })
  return { version: desk.version, index: desk.index, refused: [refusalOf(null, error)] }
}

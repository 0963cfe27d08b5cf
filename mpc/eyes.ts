// A signer's own eyes: its connections, what they answered, what they disagreed about, and the reading along.

import { join } from "node:path"
import type { Connection, Endpoints } from "../chains/chain.ts"
import { Divergences } from "../chains/divergence.ts"
import { lockCounter } from "../chains/locked.ts"
import { PriceFile } from "../chains/prices.ts"
import { chainNamed, servedBy } from "../chains/served.ts"
import { networkOf } from "../core/assets.ts"
import { AnswerLog } from "./answers.ts"
import type { Counts } from "./counts.ts"
import type { Health } from "./health.ts"
import { Incidents } from "./incidents.ts"
import { Pauses } from "./pauses.ts"
import type { Screening } from "./screening.ts"
import type { SignerOptions } from "./signer.ts"
import type { View } from "./verify.ts"

export interface Eyes {
  readonly view: View
  readonly incidents: Incidents
  readonly pauses: Pauses
  readonly answers: AnswerLog
  readonly prices: PriceFile
  close(): Promise<void>
}

/** Throws `bad-config` for endpoints that are none, and for a list of halted chains that cannot be read. */
export async function openEyes(
  options: Pick<SignerOptions, "config" | "chains" | "log">,
  screening: Screening | null,
  counts: Counts,
  now: () => number,
): Promise<Eyes> {
  const { config, chains, log } = options
  const { settings, bridge, folder } = config
  const { deployment, policy } = bridge
  const incidents = await Incidents.open(folder, now)
  const { operators = [], pausers = [] } = settings
  const pauses = await Pauses.open(folder, { bridge: deployment, operators, pausers, now })
  const all = Object.values(settings.endpoints).flatMap((one) => Object.values(one?.urls ?? {}))
  const answers = await AnswerLog.open(folder, { urls: all.flat(), now })
  const divergences = new Divergences({
    // A clock that is set back would make the second time the first again.
    now: () => performance.now(),
    tell: (divergence) => {
      const { chain, request, words, halts } = divergence
      log({ event: halts ? "halted" : "providers-disagree", chain, request, words })
      incidents.note(divergence)
    },
  })
  const sights = Object.fromEntries(
    servedBy(deployment).map((name) => {
      const { scheme, codec, connect } = chainNamed(chains, name)
      const endpoints: Endpoints = {
        // Which endpoints there must be is checked when the folder is read.
        ...settings.endpoints[networkOf(name)]!,
        heard: (answer) => answers.hear(answer),
        outvoted: ({ url, words }) =>
          divergences.note(name, `${url} ${words}`, `${url} says something else ${words}`),
      }
      const kept = join(folder, `read-${name}.jsonl`)
      const connection = connect(endpoints, deployment, undefined, undefined, kept)
      return [name, { scheme, codec, connection: divergences.watch(connection) }]
    }),
  ) as View["chains"]
  const view: View = {
    ...{ deployment, policy, screening },
    operators,
    chains: sights,
    stops: {
      demand: (chain, direction) => {
        incidents.demand(chain)
        pauses.demand(chain, direction)
      },
    },
    locks: lockCounter(sights, deployment, settings.heightMin, counts),
  }
  const close = async () => {
    await Promise.all(Object.values(sights).map((sight) => sight?.connection.close()))
    await Promise.all([answers.flush(), incidents.flush()])
  }
  return { view, incidents, pauses, answers, prices: new PriceFile(folder), close }
}

/** Counts along with the chains, so that a request finds its deposits already read and checked. */
export function readAlong(count: () => Promise<unknown>, pauseMs: number): () => void {
  let timer: NodeJS.Timeout | null = null
  let isOver = false
  const look = async () => {
    // What fails here fails again, and is told, when somebody asks for a signature.
    await count().catch(() => {})
    if (!isOver) timer = setTimeout(look, pauseMs).unref()
  }
  void look()
  return () => {
    isOver = true
    if (timer) clearTimeout(timer)
  }
}

/** Heights as the connections tell them, asked for at most once in `freshMs`. */
export function tipsOf(connections: readonly Connection[], freshMs: number) {
  let asked: { readonly atMs: number; readonly tips: Promise<Health["tips"]> } | null = null
  const ask = async (): Promise<Health["tips"]> => {
    const rows = connections.map(async (connection) => {
      const tip = await connection.tip().catch(() => null)
      return [connection.chain, tip?.height ?? null] as const
    })
    return Object.fromEntries(await Promise.all(rows))
  }
  return () => {
    const nowMs = performance.now()
    if (!asked || nowMs - asked.atMs > freshMs) asked = { atMs: nowMs, tips: ask() }
    return asked.tips
  }
}

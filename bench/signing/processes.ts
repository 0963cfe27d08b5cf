// Whole sessions over processes: a coordinator asks signers over TLS, each looks the transfer up, promises, and signs.

import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { readFile, writeFile } from "node:fs/promises"
import type { ClientRequest } from "node:http"
import type { Socket } from "node:net"
import { join } from "node:path"
import { startCluster } from "../../devnet/cluster.ts"
import { type ClusterClient, connectCluster } from "../../mpc/client.ts"
import { FILES } from "../../mpc/config.ts"
import { schemeOf } from "../../mpc/schemes/index.ts"
import type { SchemeName } from "../../mpc/schemes/scheme.ts"
import { aSighting } from "../../test/builders.ts"
import {
  aDealtCluster,
  clientConfig,
  type DealtFolder,
  remove,
  wanted,
} from "../../test/mpc/signers.ts"
import { aoTerms, chainsOf, FROST, World } from "../../test/mpc/world.ts"
import { serveWorld } from "../../test/mpc/world-http.ts"
import { quantile } from "../median.ts"
import type { Group } from "../signing.ts"
import { millisecondsOf, rounded, watchIdle, watchLoop } from "./time.ts"

/** Sessions at one time where their rate is measured. */
const AT_ONCE = 8

const PROGRAMS: Readonly<Record<"rsa" | "evm", URL>> = {
  rsa: new URL("../../test/mpc/signer-process.ts", import.meta.url),
  evm: new URL("../../test/mpc/frost-process.ts", import.meta.url),
}

/**
 * `sessionP50Ms`, `sessionP95Ms`: from the question to the verified signature of one payout, one session after
 * another. `perSecond`: sessions finished, several at once. `bytes`: what a session sends and receives,
 * TLS apart. `rounds`: questions to each of the quorum. `signerLoopGapMaxMs`, `coordinatorLoopGapMaxMs`: the longest
 * that the event loop of any signer, and of this process, was kept from turning meanwhile, beside that of a
 * thread that does nothing: so much of it is the machine's. `eventLoopMaxMs`: the most that any signer's own work took of
 * one turn, in processor time and from its start on, which is the machine's in nothing (0 where the system does not tell).
 */
export async function processFigures(scheme: "rsa" | "evm", { threshold, parties, rounds }: Group) {
  const world = new World()
  const endpoints = await serveWorld(world)
  const schemes = scheme === "evm" ? (["taproot", "evm"] as const) : []
  const dealt = await aDealtCluster({ t: threshold, n: parties, schemes }, endpoints.url)
  const program = PROGRAMS[scheme]
  const metrics: string[] = []
  let busiest = 0
  for (const { folder } of dealt.cluster.signers) await tellMetrics(folder)
  const cluster = await startCluster({
    ...{ signers: dealt.cluster.signers, program },
    onLog: (_, line) => {
      metrics.push(...(/"metrics","address":"([^"]+)"/.exec(line)?.slice(1) ?? []))
      busiest = Math.max(busiest, Number(/"busy","ms":([\d.]+)/.exec(line)?.[1] ?? 0))
    },
  })
  const client = connectCluster(await clientConfig(dealt, cluster.addresses))
  const count = countBytes()
  try {
    const session = () => oneSession(client, dealt, world, scheme)
    for (let warm = 0; warm < 5; warm += 1) await session()
    await longestGaps(metrics)
    const [stop, stopIdle] = [watchLoop(), watchIdle()]
    const before = count.total()
    const times: number[] = []
    for (let round = 0; round < 2 * rounds; round += 1) times.push(await millisecondsOf(session))
    const bytes = (count.total() - before) / times.length
    const many = 8 * AT_ONCE
    const elapsed = await millisecondsOf(async () => {
      let left = many
      const worker = async () => {
        while (left-- > 0) await session()
      }
      await Promise.all(Array.from({ length: AT_ONCE }, worker))
    })
    const ownGap = stop()
    const idleGap = await stopIdle()
    return {
      eventLoopMaxMs: rounded(busiest),
      signerLoopGapMaxMs: rounded(Math.max(...(await longestGaps(metrics)))),
      coordinatorLoopGapMaxMs: rounded(ownGap),
      idleLoopGapMaxMs: rounded(idleGap),
      sessionP50Ms: rounded(quantile(times, 0.5)),
      sessionP95Ms: rounded(quantile(times, 0.95)),
      perSecond: rounded((many * 1_000) / elapsed),
      bytes: Math.round(bytes),
      rounds: schemeOf(scheme).rounds,
    }
  } finally {
    count.stop()
    client.close()
    await cluster.stop()
    await endpoints.close()
    await remove(dealt)
  }
}

/** A port of its own for what a signer tells of itself. */
async function tellMetrics(folder: string): Promise<void> {
  const path = join(folder, FILES.settings)
  const settings = JSON.parse(await readFile(path, "utf8")) as object
  await writeFile(path, JSON.stringify({ ...settings, metrics: "127.0.0.1:0" }))
}

/** Of each signer since it was asked last, milliseconds. */
function longestGaps(addresses: readonly string[]): Promise<number[]> {
  return Promise.all(
    addresses.map(async (address) => {
      const text = await (await fetch(`http://${address}/metrics`)).text()
      return 1_000 * Number(/eventloop_lag_max_seconds ([\d.e-]+)/.exec(text)![1])
    }),
  )
}

async function oneSession(
  client: ClusterClient,
  dealt: DealtFolder,
  world: World,
  scheme: SchemeName,
): Promise<void> {
  const { ao } = chainsOf(world, scheme === "evm" ? FROST : undefined)
  const asked = wanted(dealt, ao!, world.add([aSighting()]), aoTerms())
  const { signatures } = await client.sign(asked)
  if (signatures.length !== 1) throw new Error("a mint has one signature")
}

/** What passes over this process's own connections to the signers. */
function countBytes() {
  const sockets = new Set<Socket>()
  const note = (message: unknown) => {
    const { socket } = (message as { request: ClientRequest }).request
    if (socket) sockets.add(socket)
  }
  subscribe("http.client.response.finish", note)
  return {
    total: () => [...sockets].reduce((sum, one) => sum + one.bytesRead + one.bytesWritten, 0),
    stop: () => unsubscribe("http.client.response.finish", note),
  }
}

// The signers as our coordinators find them: who answers, who gave the last heartbeat, who failed how.

import type { Health } from "../../mpc/client.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import { heartbeats } from "../store/heartbeats.ts"
import {
  blames,
  type Diligence,
  diligence,
  type StoredBlame,
  type StoredHealth,
  signersHealth,
} from "../store/signers.ts"
import type { Api } from "./context.ts"
import { type Server, serve } from "./serving.ts"
import { togetherOne } from "./together.ts"

/** What was asked longer ago says nothing of now. */
const FRESH_MS = 120_000

export function signerRoutes(server: Server, api: Api): void {
  const sql = api.lookups ?? api.sql
  const known = togetherOne(() =>
    Promise.all([heartbeats(sql), signersHealth(sql), blames(sql), diligence(sql)]),
  )

  serve(server, ROUTES.signers, async () => {
    const [beats, healths, faults, work] = await known()
    return {
      groups: beats.map(({ scheme, signers, at }) => ({
        scheme,
        // Exactly the threshold makes a signature.
        threshold: signers.length,
        heartbeat: { at: at.toISOString(), signers },
      })),
      signers: healths.map((one) =>
        signerView(one, {
          faults: faults.filter(({ signer }) => signer === one.signer),
          work: work.find(({ signer }) => signer === one.signer) ?? null,
        }),
      ),
    }
  })
}

function signerView(
  { signer, name, health, reason, askedAt, beatAt }: StoredHealth,
  { faults, work }: { readonly faults: readonly StoredBlame[]; readonly work: Diligence | null },
) {
  const isFresh = Date.now() - askedAt.getTime() < FRESH_MS
  const told: Health | null = health
  return {
    ...{ index: signer, name, healthy: isFresh ? health !== null : null },
    askedAt: askedAt.toISOString(),
    reason: isFresh ? reason : "nobody has asked it lately",
    ...{ version: told?.version ?? null, busy: told?.busy ?? null, tips: told?.tips ?? null },
    lastHeartbeat: beatAt?.toISOString() ?? null,
    ...{ signed: work?.signed ?? 0, medianMs: work?.medianMs ?? null },
    blames: faults.map(({ kind, times, detail, lastAt }) => ({
      ...{ kind, count: times, detail, last: lastAt.toISOString() },
    })),
  }
}

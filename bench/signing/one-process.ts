// Whole sessions of a quorum in one process, a thread for each share: for groups that are too large for processes here.

import { randomBytes } from "node:crypto"
import { taproot } from "../../mpc/schemes/frost.ts"
import { deal } from "../../mpc/schemes/rsa/deal.ts"
import { rsa } from "../../mpc/schemes/rsa.ts"
import type { Contribution, GroupKey, Scheme, Signer, Signing } from "../../mpc/schemes/scheme.ts"
import { SAFE_PRIMES } from "../../test/fixtures/rsa-primes.ts"
import { quantile } from "../median.ts"
import type { Group } from "../signing.ts"
import { aFrostKey } from "./frost.ts"
import { millisecondsOf, rounded } from "./time.ts"

/**
 * `sessionP50Ms`, `sessionP95Ms`: from the message to the verified signature of a quorum, all at work at once on this
 * machine's cores. `perSecond`: of such sessions, one after another. `bytes`: what the parties hand in, without any
 * envelope. `rounds`: of the scheme.
 */
export function oneProcessFigures(name: "rsa" | "bip340", group: Group) {
  const { threshold, parties } = group
  if (name === "rsa") {
    const { key, shares } = deal(SAFE_PRIMES, threshold, parties)
    return sessions(rsa, key, shares, group)
  }
  const { key, shares } = aFrostKey(threshold, parties)
  return sessions(taproot, key, shares, group)
}

async function sessions<Key extends GroupKey>(
  scheme: Scheme<Key>,
  key: Key,
  shares: readonly Uint8Array[],
  { threshold, rounds, warmup }: Group,
) {
  const signers: Signer<Key>[] = []
  for (const [place, share] of shares.slice(0, threshold).entries())
    signers.push(await scheme.open({ key, index: place + 1, share }))
  const times: number[] = []
  let bytes = 0
  for (let round = -warmup; round < rounds; round += 1) {
    const message = randomBytes(scheme.rounds === 2 ? 32 : 48)
    const elapsed = await millisecondsOf(async () => {
      bytes = await sign(scheme, key, signers, { session: `${round}`, message })
    })
    if (round >= 0) times.push(elapsed)
  }
  await Promise.all(signers.map((signer) => signer.close()))
  return {
    sessionP50Ms: rounded(quantile(times, 0.5)),
    sessionP95Ms: rounded(quantile(times, 0.95)),
    perSecond: rounded((1_000 * times.length) / times.reduce((sum, one) => sum + one, 0)),
    bytes,
    rounds: scheme.rounds,
  }
}

/** One signature, checked; how many bytes the parties handed in for it. */
async function sign<Key extends GroupKey>(
  scheme: Scheme<Key>,
  key: Key,
  signers: readonly Signer<Key>[],
  { session, message }: Pick<Signing, "session" | "message">,
): Promise<number> {
  const from = (work: (signer: Signer<Key>) => Promise<Uint8Array>) =>
    Promise.all(
      signers.map(async (signer): Promise<Contribution> => {
        return { from: signer.index, bytes: await work(signer) }
      }),
    )
  const commitments = scheme.rounds === 2 ? await from((signer) => signer.commit(session)) : []
  const signing = { session, message, commitments }
  const partials = await from((signer) => signer.partial(signing))
  const { signature } = await scheme.aggregate(key, signing, partials)
  if (!signature || !scheme.verify(key, message, signature))
    throw new Error("the parts made no signature")
  return [...commitments, ...partials].reduce((sum, one) => sum + one.bytes.length, 0)
}

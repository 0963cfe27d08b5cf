// What a threshold RSA signature costs, beside one raw power of the same size in the same run.

import { createDiffieHellman, randomBytes } from "node:crypto"
import { deal, generatePrimes } from "../mpc/schemes/rsa/deal.ts"
import type { RsaKey } from "../mpc/schemes/rsa/key.ts"
import { rsa as scheme } from "../mpc/schemes/rsa.ts"
import type { Renewal, Signer } from "../mpc/schemes/scheme.ts"
import { median } from "./median.ts"

const ROUNDS = 41
const WARMUP = 5

/**
 * Milliseconds, medians of rounds in which all take turns. `partialMs`: a signer's whole part, message to
 * partial, its thread included. `modexpMs`: OpenSSL's constant-time power, 4096 bits to the 4096.
 * `combineMs`: three partials to a verified signature. The key is 3 of 5 and refreshed once, as a
 * live one is, which makes its shares some 140 bits longer than a dealt one's.
 */
export async function rsa() {
  const signers = await refreshedSigners()
  const { key } = signers[0]!
  const raw = rawPower(key)
  const rounds: Round[] = []
  for (let round = -WARMUP; round < ROUNDS; round += 1) {
    const measured = await measure(signers, raw)
    if (round >= 0) rounds.push(measured)
  }
  await Promise.all(signers.map((signer) => signer.close()))
  const of = (pick: (round: Round) => number) => Number(median(rounds.map(pick)).toFixed(3))
  return {
    figures: {
      partialMs: of(({ partial }) => partial),
      modexpMs: of(({ modexp }) => modexp),
      partialRatio: of(({ partial, modexp }) => partial / modexp),
      combineMs: of(({ combine }) => combine),
      combineRatio: of(({ combine, partial }) => combine / partial),
      verifyMs: of(({ verify }) => verify),
    },
    units: {
      partialMs: "ms",
      modexpMs: "ms",
      partialRatio: "partial : modexp",
      combineMs: "ms",
      combineRatio: "combine : partial",
      verifyMs: "ms",
    },
  }
}

interface Round {
  readonly partial: number
  readonly modexp: number
  readonly combine: number
  readonly verify: number
}

async function measure(signers: readonly Signer<RsaKey>[], raw: () => unknown): Promise<Round> {
  const { key } = signers[0]!
  const signing = { session: "bench", message: randomBytes(48), commitments: [] }
  const partials: { from: number; bytes: Uint8Array }[] = []
  const times = { partial: [] as number[], modexp: [] as number[] }
  for (const signer of signers) {
    times.modexp.push(await millisecondsOf(async () => raw()))
    times.partial.push(
      await millisecondsOf(async () => {
        partials.push({ from: signer.index, bytes: await signer.partial(signing) })
      }),
    )
  }
  let signature: Uint8Array | null = null
  const combine = await millisecondsOf(async () => {
    signature = (await scheme.aggregate(key, signing, partials)).signature
  })
  let valid = false
  const verify = await millisecondsOf(async () => {
    valid = signature !== null && scheme.verify(key, signing.message, signature)
  })
  if (!valid) throw new Error("the partials made no signature")
  return { partial: median(times.partial), modexp: median(times.modexp), combine, verify }
}

/** Three of five, after the refresh that follows a dealer's ceremony. */
async function refreshedSigners(): Promise<readonly Signer<RsaKey>[]> {
  const { key, shares } = deal(await generatePrimes({ safe: false }), 3, 5)
  const indices = [1, 2, 3]
  const dealt = await Promise.all(
    indices.map((index) => scheme.open({ key, index, share: shares[index - 1]! })),
  )
  const renewal: Renewal = { kind: "refresh", dealers: indices }
  const dealings = await Promise.all(dealt.map((signer) => signer.deal(renewal)))
  const holdings = await Promise.all(
    dealt.map((signer) =>
      signer.refresh(
        renewal,
        dealings.map(({ from, commitments, shares }) => {
          return { from, commitments, share: shares.get(signer.index)! }
        }),
      ),
    ),
  )
  await Promise.all(dealt.map((signer) => signer.close()))
  return Promise.all(holdings.map((holding) => scheme.open(holding)))
}

function rawPower({ publicKey }: RsaKey): () => unknown {
  const group = createDiffieHellman(publicKey, Uint8Array.of(2))
  const exponent = randomBytes(512)
  exponent[0]! |= 0x80
  group.setPrivateKey(exponent)
  const base = randomBytes(512)
  base[0]! &= 0x7f
  return () => group.computeSecret(base)
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

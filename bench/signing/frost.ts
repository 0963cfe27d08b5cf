// A party's two rounds of FROST, beside `commit` and `signShare` of the library.

import { randomBytes } from "node:crypto"
import { schnorr_FROST as library } from "@noble/curves/secp256k1.js"
import {
  hasEvenY,
  randomScalar,
  Scalars,
  tapTweak,
  timesBase,
  valueAt,
  xOnly,
} from "../../mpc/schemes/frost/curve.ts"
import { type FrostKey, frostKey } from "../../mpc/schemes/frost/key.ts"
import { encodeShare } from "../../mpc/schemes/frost/share.ts"
import { taproot } from "../../mpc/schemes/frost.ts"
import type { Contribution, Signer } from "../../mpc/schemes/scheme.ts"
import { watchBusy } from "../../test/mpc/busy.ts"
import { median } from "../median.ts"
import type { Group } from "../signing.ts"
import { millisecondsOf, rounded, watchLoop } from "./time.ts"

/** Parties of a round whose floor is measured; the library's calls take the same for each. */
const FLOOR_PARTIES = 3

export async function frostFigures({ threshold, parties, rounds, warmup }: Group) {
  const { key, scalars: shares } = aFrostKey(threshold, parties)
  const quorum = shares.slice(0, threshold)
  const signers: Signer<FrostKey>[] = []
  for (const [place, share] of quorum.entries()) {
    signers.push(await taproot.open({ key, index: place + 1, share: encodeShare(share) }))
  }
  const rows: { perParty: number; floor: number; round: number }[] = []
  let loopGapMax = 0
  let eventLoopMax = 0
  const busy = watchBusy()
  for (let round = -warmup; round < rounds; round += 1) {
    const message = randomBytes(32)
    const stop = watchLoop()
    busy?.longest()
    const ours = await signOnce(key, signers, `bench ${round}`, message)
    if (round >= 0) eventLoopMax = Math.max(eventLoopMax, busy?.longest() ?? 0)
    if (round >= 0) loopGapMax = Math.max(loopGapMax, stop())
    else stop()
    const floor = floorOf(key, quorum, message)
    if (round >= 0) rows.push({ ...ours, floor })
  }
  busy?.stop()
  await Promise.all(signers.map((signer) => signer.close()))
  return {
    perPartyMs: rounded(median(rows.map(({ perParty }) => perParty))),
    floorMs: rounded(median(rows.map(({ floor }) => floor))),
    ratio: rounded(median(rows.map(({ perParty, floor }) => perParty / floor))),
    roundMs: rounded(median(rows.map(({ round }) => round))),
    loopGapMaxMs: rounded(loopGapMax),
    eventLoopMaxMs: rounded(eventLoopMax),
  }
}

async function signOnce(
  key: FrostKey,
  signers: readonly Signer<FrostKey>[],
  session: string,
  message: Uint8Array,
) {
  const commitments: Contribution[] = []
  const partials: Contribution[] = []
  const times = signers.map(() => 0)
  const round = await millisecondsOf(async () => {
    for (const [place, signer] of signers.entries()) {
      times[place]! += await millisecondsOf(async () => {
        commitments.push({ from: signer.index, bytes: await signer.commit(session) })
      })
    }
    const signing = { session, message, commitments }
    for (const [place, signer] of signers.entries()) {
      times[place]! += await millisecondsOf(async () => {
        partials.push({ from: signer.index, bytes: await signer.partial(signing) })
      })
    }
    const { signature } = await taproot.aggregate(key, signing, partials)
    if (!signature) throw new Error("the parts made no signature")
  })
  return { perParty: median(times), round }
}

/** The library with the same key, whose y is even: the case in which it has the least to do. */
function floorOf(key: FrostKey, shares: readonly bigint[], message: Uint8Array): number {
  const { threshold, parties } = key
  const group = {
    signers: { min: threshold, max: parties },
    commitments: key.commitments.map((bytes) => Uint8Array.from(bytes)),
    verifyingShares: {},
  }
  const secrets = shares.map((share, place) => {
    const identifier = library.Identifier.fromNumber(place + 1)
    return { identifier, signingShare: encodeShare(share) }
  })
  const start = performance.now()
  const committed = secrets.map((secret) => library.commit(secret))
  const commit = (performance.now() - start) / secrets.length
  const list = committed.map(({ commitments }) => commitments)
  const digest = Uint8Array.from(message)
  const signed = secrets.slice(0, FLOOR_PARTIES).map((secret, place) => {
    const begin = performance.now()
    library.signShare(secret, group, committed[place]!.nonces, list, digest)
    return performance.now() - begin
  })
  return commit + median(signed)
}

/** A key of one process, as one that its members make together: they would take minutes for 67 of 100. */
export function aFrostKey(threshold: number, parties: number) {
  const inner = even(randomScalar())
  const internalKey = xOnly(timesBase(inner))
  const random = Array.from({ length: threshold - 1 }, randomScalar)
  const polynomial = [even(Scalars.add(inner, tapTweak(internalKey))), ...random]
  const commitments = polynomial.map((coefficient) => timesBase(coefficient).toBytes())
  const history = new Uint8Array(32)
  const fields = { scheme: "taproot", epoch: 0, threshold, parties, history } as const
  const scalars = Array.from({ length: parties }, (_, place) => valueAt(polynomial, place + 1))
  const key = frostKey({ ...fields, internalKey, commitments })
  return { key, scalars, shares: scalars.map(encodeShare) }
}

function even(scalar: bigint): bigint {
  return hasEvenY(timesBase(scalar)) ? scalar : Scalars.neg(scalar)
}

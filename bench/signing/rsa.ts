// A party's part of an RSA signature, beside one raw power of the same size.

import { createDiffieHellman, randomBytes } from "node:crypto"
import { deal } from "../../mpc/schemes/rsa/deal.ts"
import { rsa } from "../../mpc/schemes/rsa.ts"
import { SAFE_PRIMES } from "../../test/fixtures/rsa-primes.ts"
import { median } from "../median.ts"
import type { Group } from "../signing.ts"
import { millisecondsOf, rounded } from "./time.ts"

/** The primes are published: finding two takes minutes, and signing takes no notice of which they are. */
export async function rsaFigures({ threshold, parties, rounds, warmup }: Group) {
  const { key, shares } = deal(SAFE_PRIMES, threshold, parties)
  const signer = await rsa.open({ key, index: 1, share: shares[0]! })
  const power = rawPower(key.publicKey)
  const rows: { perParty: number; floor: number }[] = []
  for (let round = -warmup; round < 3 * rounds; round += 1) {
    const floor = await millisecondsOf(async () => power())
    const signing = { session: "bench", message: randomBytes(48), commitments: [] }
    const perParty = await millisecondsOf(() => signer.partial(signing))
    if (round >= 0) rows.push({ perParty, floor })
  }
  await signer.close()
  return {
    perPartyMs: rounded(median(rows.map(({ perParty }) => perParty))),
    floorMs: rounded(median(rows.map(({ floor }) => floor))),
    ratio: rounded(median(rows.map(({ perParty, floor }) => perParty / floor))),
  }
}

/** 4096 bits to the 4096, in OpenSSL's constant time. */
function rawPower(modulus: Uint8Array): () => unknown {
  const group = createDiffieHellman(modulus, Uint8Array.of(2))
  const exponent = randomBytes(512)
  exponent[0]! |= 0x80
  group.setPrivateKey(exponent)
  const base = randomBytes(512)
  base[0]! &= 0x7f
  return () => group.computeSecret(base)
}

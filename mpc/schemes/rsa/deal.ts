// The dealer's part of a threshold RSA key: primes, shares and verification values (Shoup 2000 §3).

import { checkPrimeSync, generatePrime } from "node:crypto"
import { promisify } from "node:util"
import { BridgeError } from "../../../core/errors.ts"
import { checkGroup } from "../group.ts"
import {
  bitLength,
  evaluate,
  factorial,
  gcd,
  inverse,
  modulo,
  randomBelow,
  toBytes,
  toInteger,
} from "../integers.ts"
import { secretPower } from "../modexp.ts"
import { MODULUS_BITS, MODULUS_BYTES, PUBLIC_EXPONENT, type RsaKey, rsaKey } from "./key.ts"
import { encodeShare } from "./share.ts"

export interface PrimePair {
  readonly p: bigint
  readonly q: bigint
}

/**
 * Two primes whose product has exactly 4096 bits, in threads of Node's own. Safe ones take about a
 * minute of two cores (7 to 90 s each), ordinary ones one or two seconds; those are for local
 * networks only, see `Primes` in key.ts.
 */
export async function generatePrimes({ safe }: { safe: boolean }): Promise<PrimePair> {
  const options = safe ? { safe: true } : ORDINARY
  const prime = () => generate(MODULUS_BITS / 2, { ...options, bigint: true as const })
  for (;;) {
    const [p, q] = await Promise.all([prime(), prime()])
    // Ordinary primes have one top bit set, not two, so their product may fall short by a bit.
    if (p !== q && bitLength(p * q) === MODULUS_BITS) {
      return { p, q }
    }
  }
}

export interface NewKey {
  readonly key: RsaKey
  /** Of party i at place i - 1, as `encodeShare` writes it. */
  readonly shares: readonly Uint8Array[]
}

/**
 * Shares the private exponent of p times q among `parties`, any `threshold` of which can sign.
 * Whoever calls this knows the whole key: it must forget p and q, and the group should refresh at
 * once. Throws `bad-key` for primes that do not fit. Takes about a second, without a pause.
 */
export function deal({ p, q }: PrimePair, threshold: number, parties: number): NewKey {
  checkGroup(threshold, parties)
  const modulus = p * q
  const order = ((p - 1n) / 2n) * ((q - 1n) / 2n)
  if (p === q) refuse("the primes are equal")
  if (bitLength(modulus) !== MODULUS_BITS) refuse(`the modulus has ${bitLength(modulus)} bits`)
  // A factor in common with an index would give away the key modulo that factor in a single share.
  // With safe primes there is none; ordinary ones are picked to have none up to 36 parties.
  if (gcd(order, factorial(parties)) !== 1n) refuse("the order has a factor as small as an index")
  if (!checkPrimeSync(p) || !checkPrimeSync(q)) refuse("a prime is composite")
  const shares = sharesOf(privateExponent(order), order, threshold, parties)
  const root = randomBelow(modulus - 3n) + 2n
  const verificationBase = (root * root) % modulus
  const power = secretPower(modulus)
  const base = toBytes(verificationBase, MODULUS_BYTES)
  const values = shares.map((share) => toInteger(power(base, toBytes(share))))
  const key = rsaKey({
    primes: isSafe(p) && isSafe(q) ? "safe" : "ordinary",
    epoch: 0,
    threshold,
    parties,
    modulus,
    multiplier: 1n,
    verificationBase,
    verificationValues: values,
  })
  return { key, shares: shares.map(encodeShare) }
}

/** Values at 1 to `parties` of the polynomial modulo `order`; coefficient 0 is the secret. */
export function valuesOf(
  coefficients: readonly bigint[],
  order: bigint,
  parties: number,
): bigint[] {
  return Array.from({ length: parties }, (_, place) =>
    modulo(evaluate(coefficients, BigInt(place + 1)), order),
  )
}

/** The inverse of the public exponent modulo the order of the squares. */
export function privateExponent(order: bigint, publicExponent = PUBLIC_EXPONENT): bigint {
  const exponent = inverse(publicExponent, order)
  if (exponent === null) refuse("the public exponent divides the order")
  return exponent
}

function isSafe(prime: bigint): boolean {
  return checkPrimeSync((prime - 1n) / 2n)
}

// p = -1 modulo 4 and modulo every odd prime up to 31, so (p - 1) / 2 is odd and none of them divides it.
const SMALL = [4n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n].reduce((a, b) => a * b)
const ORDINARY = { add: SMALL, rem: SMALL - 1n }

const generate = promisify(
  (
    bits: number,
    options: { safe?: boolean; add?: bigint; rem?: bigint; bigint: true },
    done: (error: Error | null, prime: bigint) => void,
  ) => generatePrime(bits, options, done),
)

function sharesOf(secret: bigint, order: bigint, threshold: number, parties: number): bigint[] {
  const random = Array.from({ length: threshold - 1 }, () => randomBelow(order))
  return valuesOf([secret, ...random], order, parties)
}

function refuse(reason: string): never {
  throw new BridgeError("bad-key", { reason })
}

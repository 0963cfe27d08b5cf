import { expect, test } from "vitest"
import { NONCE_LIFE_MS, NoncePool, PENDING_MAX } from "../../../mpc/schemes/frost/pool.ts"

const aPending = () => ({
  nonces: { hiding: new Uint8Array(32).fill(1), binding: new Uint8Array(32).fill(2) },
  commitment: new Uint8Array(66),
})

function aPool() {
  let nowMs = 1_000_000
  return { pool: new NoncePool(() => nowMs), wait: (ms: number) => (nowMs += ms) }
}

test("nonces are given out once", () => {
  const { pool } = aPool()
  const pending = aPending()
  pool.commitment("session", () => pending)

  expect(pool.take("session")).toMatchObject(pending)
  expect(pool.take("session")).toBeNull()
  expect(pool.take("another")).toBeNull()
})

// Case 111: after a restore the wall clock has gone on, and so the nonces of the snapshot are too old.
test("nonces that waited too long, or whose clock went back, are wiped", () => {
  for (const ms of [NONCE_LIFE_MS + 1, -1]) {
    const { pool, wait } = aPool()
    const { nonces, commitment } = aPending()
    pool.commitment("session", () => ({ nonces, commitment }))

    wait(ms)

    expect(pool.take("session")).toBeNull()
    expect([...nonces.hiding, ...nonces.binding].every((byte) => byte === 0)).toBe(true)
  }
})

test("nonces are good until then", () => {
  const { pool, wait } = aPool()
  pool.commitment("session", aPending)

  wait(NONCE_LIFE_MS)

  expect(pool.take("session")).not.toBeNull()
})

// Case 120: a flood of sessions costs the oldest of them, and no memory.
test("a flood pushes out the oldest, wiped", () => {
  const { pool } = aPool()
  const first = aPending()
  pool.commitment("first", () => first)

  for (let flood = 0; flood < PENDING_MAX; flood += 1) pool.commitment(`flood ${flood}`, aPending)

  expect(pool.take("first")).toBeNull()
  expect(first.nonces.hiding.every((byte) => byte === 0)).toBe(true)
  expect(pool.take("flood 0")).not.toBeNull()
})

test("clearing wipes all of them", () => {
  const { pool } = aPool()
  const { nonces, commitment } = aPending()
  pool.commitment("session", () => ({ nonces, commitment }))

  pool.clear()

  expect(nonces.binding.every((byte) => byte === 0)).toBe(true)
  expect(pool.take("session")).toBeNull()
})

// The arithmetic that signing waits for, against the library's points.

import fc from "fast-check"
import { expect, test } from "vitest"
import { Point, pointFrom, Scalars } from "../../../mpc/schemes/frost/curve.ts"
import { publicPoint, readPoint, sumPoint } from "../../../mpc/schemes/frost/sums.ts"
import { hex, unhex } from "./frost-group.ts"

const scalar = fc.oneof(
  fc.bigInt({ min: 1n, max: Scalars.ORDER - 1n }),
  fc.constantFrom(1n, 2n, Scalars.ORDER - 1n, Scalars.ORDER - 2n, 2n ** 128n),
)

test("a scalar times the base point", () => {
  fc.assert(
    fc.property(scalar, (value) => {
      const expected = Point.BASE.multiply(value).toBytes()

      expect(hex(publicPoint(Scalars.toBytes(value)))).toBe(hex(expected))
    }),
    { numRuns: 40 },
  )
})

test("a sum of points and of scalars times points, equal and opposite ones among them", () => {
  const terms = fc.array(fc.tuple(scalar, scalar), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(fc.array(scalar, { maxLength: 5 }), terms, fc.boolean(), (plain, pairs, undo) => {
      const sum = [...plain, ...pairs.map(([a, b]) => Scalars.mul(a, b))].reduce(
        (total, one) => Scalars.add(total, one),
        0n,
      )
      // With the opposite of the sum among them, nothing is left.
      const all = undo && sum !== 0n ? [...plain, Scalars.neg(sum)] : plain
      const left = undo ? 0n : sum

      const made = sumPoint(
        all.map(pointOf),
        pairs.map(([a, b]) => ({ point: pointOf(a), scalar: b })),
      )

      expect(made && hex(made)).toBe(left === 0n ? null : hex(publicPoint(Scalars.toBytes(left))))
    }),
    { numRuns: 60 },
  )
})

test("a sum goes on after it was nothing", () => {
  const [one, opposite, other] = [pointOf(5n), pointOf(Scalars.neg(5n)), pointOf(7n)]

  expect(sumPoint([one, opposite], [])).toBeNull()
  expect(hex(sumPoint([one, opposite, other], [])!)).toBe(hex(Point.BASE.multiply(7n).toBytes()))
  expect(sumPoint([], [{ point: one, scalar: 0n }])).toBeNull()
})

// Case 112: the identity, other encodings, and what is on no curve.
test.each([
  ["the identity", "00".repeat(33)],
  ["the identity, short", "00"],
  ["no bytes", ""],
  ["a coordinate above the field", `02${"ff".repeat(32)}`],
  ["a coordinate of no point", `02${"00".repeat(31)}05`],
  ["another prefix", `05${hex(Point.BASE.toBytes()).slice(2)}`],
  ["an uncompressed point", hex(Point.BASE.toBytes(false))],
  ["a hybrid point", `06${hex(Point.BASE.toBytes(false)).slice(2)}`],
  ["a byte too many", `${hex(Point.BASE.toBytes())}00`],
])("%s is no point", (_, text) => {
  expect(readPoint(unhex(text))).toBeNull()
  expect(pointFrom(unhex(text))).toBeNull()
})

function pointOf(value: bigint) {
  return readPoint(publicPoint(Scalars.toBytes(value)))!
}

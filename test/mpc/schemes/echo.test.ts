import { expect, test } from "vitest"
import { echoOf, equivocators } from "../../../mpc/schemes/echo.ts"

const from = (index: number, ...bytes: number[]) => ({ from: index, bytes: Uint8Array.from(bytes) })

test("those who saw the same echo the same, in whatever order it came", () => {
  const seen = [from(1, 7), from(2, 8), from(3, 9)]

  expect(echoOf("round", [...seen].reverse())).toBe(echoOf("round", seen))
  expect(echoOf("another round", seen)).not.toBe(echoOf("round", seen))
  expect(echoOf("round", seen.slice(1))).not.toBe(echoOf("round", seen))
  expect(echoOf("round", [from(1, 7), from(2, 8), from(3, 8)])).not.toBe(echoOf("round", seen))
})

// Case 110: who tells two receivers different things is named, and nobody else is.
test("who told different things to different receivers is named", () => {
  const first = [from(1, 7), from(2, 8), from(3, 9)]
  const second = [from(1, 7), from(2, 80), from(3, 9)]
  const third = [from(1, 7), from(2, 8)]

  expect(equivocators([first, first])).toEqual([])
  expect(equivocators([first, third])).toEqual([])
  expect(equivocators([first, third, second])).toEqual([2])
  expect(equivocators([first, second, [from(3, 1)]])).toEqual([2, 3])
  expect(equivocators([[from(4, 1), from(4, 2)]])).toEqual([4])
})

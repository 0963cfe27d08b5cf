// How a recorded chain and the chain as it is now fit together.

import fc from "fast-check"
import { expect, test } from "vitest"
import { reconcile } from "../../../services/watchers/reconcile.ts"

const head = { height: 10, id: "ten" }

test("the first block of all is taken as it is", () => {
  expect(reconcile(null, { height: 77, id: "any", parent: "unknown" })).toEqual({ kind: "extend" })
})

test("a block whose parent is our newest continues it", () => {
  expect(reconcile(head, { height: 11, id: "eleven", parent: "ten" })).toEqual({ kind: "extend" })
})

test("our newest block again is no news", () => {
  expect(reconcile(head, { height: 10, id: "ten", parent: "nine" })).toEqual({ kind: "known" })
})

// Case 29
test("another block at our height, or one with another parent, takes our newest back", () => {
  expect(reconcile(head, { height: 10, id: "other", parent: "nine" })).toEqual({ kind: "rewind" })
  expect(reconcile(head, { height: 11, id: "eleven", parent: "other" })).toEqual({ kind: "rewind" })
})

// Cases 30 and 43
test("a lower block says nothing about ours, whatever it is", () => {
  const lagging = { height: 7, id: "seven", parent: "six" }

  expect(reconcile(head, lagging)).toEqual({ kind: "fetch", height: 10 })
})

// Case 29
test("nothing is concluded from a block above a gap", () => {
  const ahead = { height: 13, id: "thirteen", parent: "twelve" }

  expect(reconcile(head, ahead)).toEqual({ kind: "fetch", height: 11 })
})

test("a watcher that does as it is told ends on the canonical chain, however deep the fork", () => {
  const heights = fc.record({
    common: fc.integer({ min: 1, max: 6 }),
    ours: fc.integer({ min: 0, max: 6 }),
    theirs: fc.integer({ min: 0, max: 8 }),
  })
  fc.assert(
    fc.property(heights, ({ common, ours, theirs }) => {
      const recorded = chainOf(common, "a", ours)
      const canonical = chainOf(common, "b", theirs)
      fc.pre(canonical.length >= recorded.length)

      for (let looks = 0; looks < 50; looks++) {
        const next = canonical[recorded.length] ?? canonical[recorded.length - 1]!
        const verdict = reconcile(recorded.at(-1) ?? null, next)
        if (verdict.kind === "extend") recorded.push(next)
        if (verdict.kind === "rewind") recorded.pop()
      }

      expect(recorded.map(({ id }) => id)).toEqual(canonical.map(({ id }) => id))
    }),
  )
})

function chainOf(common: number, fork: string, more: number) {
  const ids = [
    ...Array.from({ length: common }, (_, n) => `block ${n}`),
    ...Array.from({ length: more }, (_, n) => `block ${common + n}${fork}`),
  ]
  return ids.map((id, height) => ({ height, id, parent: ids[height - 1] ?? "none" }))
}

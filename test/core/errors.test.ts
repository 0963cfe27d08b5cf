// Errors: one remedy a code, and a failure that nobody has thought about stops the bridge.

import { expect, test } from "vitest"
import { assert, unreachable } from "../../core/assert.ts"
import { BridgeError, REMEDIES, remedyOf } from "../../core/errors.ts"

test("an error says its code and the facts, and keeps its cause", () => {
  const cause = new Error("socket")

  const error = new BridgeError("rpc-unavailable", { chain: "ao", height: 5n }, { cause })

  expect(error).toMatchObject({ name: "BridgeError", code: "rpc-unavailable", cause })
  expect(error.message).toBe("rpc-unavailable: chain ao, height 5")
  expect(new BridgeError("paused").message).toBe("paused")
})

test("every code has one of the four remedies", () => {
  for (const [code, remedy] of Object.entries(REMEDIES)) {
    expect(["retry", "refuse", "hold", "halt"]).toContain(remedy)
    expect(remedyOf(new BridgeError(code as keyof typeof REMEDIES))).toBe(remedy)
  }
})

test("what must never be halts", () => {
  for (const code of ["double-payout", "ledger-unbalanced", "assertion"] as const)
    expect(REMEDIES[code]).toBe("halt")
})

test.each([new Error("foreign"), new TypeError("x"), "text", null, undefined, { code: "paused" }])(
  "a foreign failure halts: %s",
  (error) => {
    expect(remedyOf(error)).toBe("halt")
  },
)

test("a claim that does not hold stops the bridge in its own words", () => {
  expect(() => assert(false, "water flows down")).toThrow("assertion: claim water flows down")
  expect(() => assert(true, "water flows down")).not.toThrow()
})

test("a case that nobody wrote says what it was, amounts included", () => {
  const unknown = { kind: "Melted", amount: 5n } as never

  expect(() => unreachable(unknown)).toThrow('unreachable {"kind":"Melted","amount":"5"}')
})

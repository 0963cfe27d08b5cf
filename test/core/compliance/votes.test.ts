// What several signers' decisions come to.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { ACTIONS, type Action, SEVERITY } from "../../../core/compliance/decision.ts"
import { tallyOf, type Vote } from "../../../core/compliance/votes.ts"

const vote = (action: Action, signer: string, lists = "ofac 1"): Vote => ({
  signer,
  action,
  policy: "p",
  lists,
})
const votes = (...actions: Action[]) => actions.map((action, at) => vote(action, `s${at}`))

test.each<[string, Action[], Action]>([
  ["a quorum that allows, and nobody else", ["allow", "allow", "allow"], "allow"],
  ["too few that allow", ["allow", "allow"], "hold"],
  ["nobody", [], "hold"],
  ["one objection among four that allow", ["allow", "allow", "allow", "allow", "hold"], "hold"],
  ["one that would freeze it", ["allow", "allow", "allow", "block"], "hold"],
  ["one that would return it", ["allow", "allow", "allow", "reject"], "hold"],
  ["a quorum that freezes", ["block", "block", "block", "allow"], "block"],
  [
    "a quorum that returns, while one would freeze",
    ["reject", "reject", "reject", "block"],
    "hold",
  ],
  ["a quorum that returns, while one waits", ["reject", "reject", "reject", "hold"], "reject"],
])("of three needed, %s", (_, actions, expected) => {
  expect(tallyOf(votes(...actions), 3).action).toBe(expected)
})

// Case 137
test("case 137: signers with different lists show their versions, and the strictest stops the payout", () => {
  const behind = ["s1", "s2", "s3"].map((signer) => vote("allow", signer, "ofac 1"))
  const ahead = vote("block", "s4", "ofac 2")

  expect(tallyOf([...behind, ahead], 3)).toEqual({
    action: "hold",
    worst: "block",
    versions: [
      { policy: "p", lists: "ofac 1", signers: ["s1", "s2", "s3"] },
      { policy: "p", lists: "ofac 2", signers: ["s4"] },
    ],
  })
})

describe("one signer", () => {
  test("that votes twice counts once, by its worst", () => {
    const twice = [vote("allow", "s1"), vote("allow", "s1"), vote("allow", "s2")]

    expect(tallyOf(twice, 3).action).toBe("hold")
    expect(tallyOf([vote("block", "s0"), ...votes("allow", "allow", "allow")], 3).action).toBe(
      "hold",
    )
    expect(tallyOf([...votes("allow", "allow", "allow"), vote("block", "s0")], 3).action).toBe(
      "hold",
    )
  })

  test("can stop, and can neither freeze, return nor release by itself", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...ACTIONS), { maxLength: 6 }),
        fc.constantFrom(...ACTIONS),
        (others, own) => {
          const { action } = tallyOf([...votes(...others), vote(own, "alone")], 3)
          const agreeing = others.filter((one) => one === action).length

          if (action !== "hold") expect(agreeing).toBeGreaterThanOrEqual(2)
          expect(SEVERITY[action] >= SEVERITY[own] || action === "hold").toBe(true)
        },
      ),
    )
  })
})

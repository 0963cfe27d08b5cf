// Several endpoints as one: what counts as agreement, as absence and as a lie.

import { deepEqual, equal, rejects, throws } from "node:assert/strict"
import fc from "fast-check"
import { describe, test } from "vitest"
import { agreed, answered, type Outcome, Quorum } from "../../chains/quorum.ts"
import { BridgeError } from "../../core/errors.ts"

const says = (from: string, value: string): Outcome<string> => ({ from, value })
const fails = (from: string, code: BridgeError["code"] = "rpc-unavailable"): Outcome<string> => ({
  from,
  error: new BridgeError(code, { from }),
})
const text = (value: string) => value

describe("agreement", () => {
  test("is of all that answer, when more than half do", () => {
    equal(agreed([says("a", "1")], text), "1")
    equal(agreed([says("a", "1"), says("b", "1"), fails("c")], text), "1")
  })

  // Case 41.
  test("is broken by a single other answer, and the error names who said what", () => {
    throws(() => agreed([says("a", "1"), says("b", "1"), says("c", "2")], text), {
      code: "rpc-disagrees",
      message: /a says 1; b says 1; c says 2/,
    })
  })

  test("is impossible when half or fewer answer", () => {
    const few = [
      [fails("a")],
      [says("a", "1"), fails("b")],
      [says("a", "1"), fails("b"), fails("c")],
    ]

    for (const outcomes of few) throws(() => agreed(outcomes, text), { code: "rpc-unavailable" })
    throws(() => answered([]), { code: "rpc-unavailable" })
  })

  test("never hides an endpoint that was caught lying behind those that agree", () => {
    const outcomes = [says("a", "1"), says("b", "1"), fails("c", "rpc-disagrees")]

    throws(() => agreed(outcomes, text), { code: "rpc-disagrees" })
  })

  test("does not depend on the order of the endpoints", () => {
    const outcome = fc.oneof(
      fc.constantFrom("1", "2").map((value) => says("x", value)),
      fc
        .constantFrom<BridgeError["code"]>("rpc-unavailable", "rpc-disagrees")
        .map((code) => fails("x", code)),
    )
    const verdict = (outcomes: readonly Outcome<string>[]) => {
      try {
        return agreed(outcomes, text)
      } catch (error) {
        return (error as BridgeError).code
      }
    }
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 5 }), (outcomes) => {
        equal(verdict([...outcomes].reverse()), verdict(outcomes))
      }),
    )
  })
})

describe("a quorum", () => {
  const endpoints = ["a", "b", "c"].map((url) => ({ url }))

  test("leaves one that failed alone for a while, if the others are enough", async () => {
    const asked: string[] = []
    const quorum = new Quorum(endpoints, 60_000)
    const ask = async ({ url }: { url: string }) => {
      asked.push(url)
      if (url === "b") throw new BridgeError("rpc-unavailable")
      return "1"
    }

    equal(await quorum.ask(ask, text), "1")
    equal(await quorum.ask(ask, text), "1")

    deepEqual(asked, ["a", "b", "c", "a", "c"])
  })

  test("asks those that failed again at once when it cannot do without them", async () => {
    let isUp = false
    const quorum = new Quorum(endpoints, 60_000)
    const ask = async ({ url }: { url: string }) => {
      if (url !== "a" && !isUp) throw new BridgeError("rpc-unavailable")
      return "1"
    }

    await rejects(quorum.ask(ask, text), { code: "rpc-unavailable" })
    isUp = true

    equal(await quorum.ask(ask, text), "1")
  })

  test("is of different endpoints, and of at least one", () => {
    for (const urls of [[], ["a", "b", "a"]])
      throws(() => new Quorum(urls.map((url) => ({ url }))), { code: "bad-config" })
  })

  test("of one passes on what that one says", async () => {
    const quorum = new Quorum([{ url: "a" }])
    const refuse = async () => {
      throw new BridgeError("rpc-disagrees", { why: "its id is not its own" })
    }

    equal(await quorum.ask(async () => "1", text), "1")
    await rejects(quorum.ask(refuse, text), { message: /its id/ })
  })

  test("collects different answers where they may differ", async () => {
    const quorum = new Quorum(endpoints)

    deepEqual(await quorum.collect(async ({ url }) => url), ["a", "b", "c"])
  })
})

// A vault that is to take over is shown a release that nobody approved, and has to refuse it for its signature.

import { expect, test } from "vitest"
import { selectorOf } from "../../../chains/evm/abi.ts"
import { answerToForged, demandRefused } from "../../../chains/evm/forged.ts"
import { BridgeError } from "../../../core/errors.ts"

const VAULT = `0x${"aa".repeat(20)}`
function reverting(data: string): () => Promise<string> {
  return () => Promise.reject(new BridgeError("rpc-unavailable", { refused: true, data }))
}

//
test.each([
  ["that pays it", () => Promise.resolve("0x"), "taken"],
  ["that is paused", reverting(selectorOf("IsPaused()")), "other"],
  ["that fails by another rule", reverting(selectorOf("NothingToRelease()")), "other"],
  ["that says nothing", reverting("0x"), "other"],
] as const)("nothing is moved to a vault %s", async (_, read, answer) => {
  expect(await answerToForged({ read }, VAULT, "0x1")).toBe(answer)
  expect(() => demandRefused(answer, VAULT)).toThrow("signer-refused")
})

test("one that refuses its signature may take over", async () => {
  const read = reverting(selectorOf("BadSignature()"))

  const answer = await answerToForged({ read }, VAULT, "0x1")

  expect(() => demandRefused(answer, VAULT)).not.toThrow()
})

test("a provider that is away says nothing of a vault", async () => {
  const away = new BridgeError("rpc-unavailable", { url: "http://away" })
  const read = () => Promise.reject(away)

  await expect(answerToForged({ read }, VAULT, "0x1")).rejects.toBe(away)
})

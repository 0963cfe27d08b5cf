// The vault as our own build makes it.

import { expect, test } from "vitest"
import { compile } from "../../contracts/build.ts"
import { BridgeError } from "../../core/errors.ts"

test("the vault fits into a contract", () => {
  // EIP-170.
  expect(compile("Vault").deployedBytecode.length / 2 - 1).toBeLessThanOrEqual(24_576)
})

test("what does not compile is refused in the compiler's words", () => {
  expect(() => compile("Nothing", "src/Vault.sol")).toThrow(BridgeError)
})

// What the build says of a source that is not as it should be; that it makes the tested code, forge.test.ts shows.

import { expect, test } from "vitest"
import { compile } from "../../contracts/build.ts"
import { BridgeError } from "../../core/errors.ts"

test("what does not compile is refused in the compiler's words", () => {
  expect(() => compile("Nothing", "src/Schnorr.sol")).toThrow(BridgeError)
})

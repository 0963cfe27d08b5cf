// The map that forgets.

import { equal } from "node:assert/strict"
import { test } from "vitest"
import { Recent } from "../../chains/recent.ts"

test("what was not used for longest is forgotten first", () => {
  const recent = new Recent<string, number>(2)
  recent.set("a", 1)
  recent.set("b", 2)
  recent.get("a")

  recent.set("c", 3)

  equal(recent.get("b"), undefined)
  equal(recent.get("a"), 1)
  equal(recent.get("c"), 3)
})

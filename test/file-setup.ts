// What is the same for every test file: at its end goes what its builders made.

import { afterAll } from "vitest"
import { endFile } from "./ending.ts"

afterAll(endFile)

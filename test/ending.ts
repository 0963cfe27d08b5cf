// What a builder cleans up, whoever calls it: after the test that it is called in, or after the file.

import { onTestFinished, TestRunner } from "vitest"

/** Files of one worker run one after the other: of the one that runs. */
const ends: (() => Promise<void>)[] = []

/**
 * Called in `beforeAll` or at the top of a file `end` runs after all tests, in a test or in `beforeEach` after that one.
 * Vitest itself never runs an `afterAll` that a `beforeAll` registers.
 */
export function whenDone(end: () => unknown): void {
  const ended = async () => void (await end())
  if (TestRunner.getCurrentTest()) onTestFinished(ended)
  else ends.push(ended)
}

/** The last that is done of a file, the newest end first. */
export async function endFile(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end()
}

// What a builder cleans up, whoever calls it: after the test that it is called in, or after the file.

import { afterAll, onTestFinished, TestRunner } from "vitest"

/** Called in `beforeAll` or at the top of a file `end` runs after all tests, in a test or in `beforeEach` after that one. */
export function whenDone(end: () => unknown): void {
  const ended = async () => void (await end())
  if (TestRunner.getCurrentTest()) onTestFinished(ended)
  else afterAll(ended)
}

// How a run ends before its time.

/** Something that must never be. */
export class Violation extends Error {
  override readonly name = "Violation"
}

/** The bridge stops for people to look, which is right, and where a run ends. */
export class Halted extends Error {
  override readonly name = "Halted"
}

export function claim(holds: boolean, words: () => string): asserts holds {
  if (!holds) throw new Violation(words())
}

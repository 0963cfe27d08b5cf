// What many ask for at one time is read once for all of them: after each of them asked, so that no answer is old.

/**
 * One read at a time; whoever asks meanwhile shares the one after it. `read` gets each key once and tells what it found of
 * any of them. A question that fails is asked again without the others, so that nobody's key spoils another's answer.
 */
export function together<Key, Value>(
  read: (keys: readonly Key[]) => Promise<(key: Key) => Value>,
): (key: Key) => Promise<Value> {
  let waiting: Asked<Key, Value>[] = []
  let isReading = false

  const answerAll = async (asked: readonly Asked<Key, Value>[]): Promise<void> => {
    try {
      const found = await read([...new Set(asked.map(({ key }) => key))])
      for (const { key, resolve } of asked) resolve(found(key))
    } catch (error) {
      if (asked.length === 1) asked[0]!.reject(error)
      else for (const one of asked) await answerAll([one])
    }
  }
  const goOn = async (): Promise<void> => {
    isReading = true
    while (waiting.length > 0) {
      const asked = waiting
      waiting = []
      await answerAll(asked)
    }
    isReading = false
  }
  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject })
      if (!isReading) void goOn()
    })
}

/** The same for what is one and the same for everybody. */
export function togetherOne<Value>(read: () => Promise<Value>): () => Promise<Value> {
  const ask = together<null, Value>(async () => {
    const value = await read()
    return () => value
  })
  return () => ask(null)
}

interface Asked<Key, Value> {
  readonly key: Key
  readonly resolve: (value: Value) => void
  readonly reject: (error: unknown) => void
}

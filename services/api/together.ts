// What many ask for at one time is read once for all of them: after each of them asked, so that no answer is old.

import { setTimeout as delay } from "node:timers/promises"
import { BridgeError } from "../../core/errors.ts"

/** After a read that many asked for, so long others are waited for: a statement costs the database more than its rows. */
const GATHER_MS = 15

/**
 * One read at a time; whoever asks meanwhile shares the one after it, which waits for more of them where many ask. `read` gets each key once and tells what it found of
 * any of them. Questions that fail are asked again key by key, so that nobody's key spoils another's answer; not where the
 * database is away (`database-unavailable`).
 */
export function together<Key, Value>(
  read: (keys: readonly Key[]) => Promise<(key: Key) => Value>,
  gathered: () => Promise<unknown> = () => delay(GATHER_MS),
): (key: Key) => Promise<Value> {
  let waiting: Asked<Key, Value>[] = []
  let isReading = false

  const answerAll = async (asked: readonly Asked<Key, Value>[]): Promise<void> => {
    const keys = [...new Set(asked.map(({ key }) => key))]
    try {
      const found = await read(keys)
      for (const { key, resolve } of asked) resolve(found(key))
    } catch (error) {
      // Of one question's own making, perhaps: the others are asked without it. A database that is away is so for all.
      if (keys.length > 1 && !isAway(error))
        for (const key of keys) await answerAll(asked.filter((one) => one.key === key))
      else for (const { reject } of asked) reject(error)
    }
  }
  const goOn = async (): Promise<void> => {
    isReading = true
    while (waiting.length > 0) {
      const asked = waiting
      waiting = []
      await answerAll(asked)
      if (asked.length > 1) await gathered()
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

function isAway(error: unknown): boolean {
  return error instanceof BridgeError && error.code === "database-unavailable"
}

interface Asked<Key, Value> {
  readonly key: Key
  readonly resolve: (value: Value) => void
  readonly reject: (error: unknown) => void
}

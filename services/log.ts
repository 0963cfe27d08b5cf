// The log of a service: one JSON line an event, to standard error, never with a secret in it.

import { type Logger, pino } from "pino"

export type Log = Logger

/** A logger for one service; `LOG_LEVEL` (default info) decides how much is said. */
export function logFor(service: string, level = process.env.LOG_LEVEL ?? "info"): Log {
  return pino(
    { level, base: { service }, redact: ["*.passphrase", "*.share"] },
    pino.destination(2),
  )
}

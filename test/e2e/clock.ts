// Loaded before a program: its clock is ahead by as many milliseconds as the file `CLOCK` says, and jumps when that changes.
// What time it is after that stands in the file beside it.

import { readFileSync, writeFileSync } from "node:fs"

const { CLOCK } = process.env
const Right = Date
let aheadMs = 0

function look(): void {
  const ahead = Number(readFileSync(CLOCK!, "utf8")) || 0
  if (ahead === aheadMs) return
  aheadMs = ahead
  writeFileSync(`${CLOCK}.now`, `${Date.now()}`)
}

class Wrong extends Right {
  constructor(at: number | string | Date = Wrong.now()) {
    super(at)
  }

  static override now(): number {
    return Right.now() + aheadMs
  }
}

look()
setInterval(look, 20).unref()
globalThis.Date = Wrong as DateConstructor

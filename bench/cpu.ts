// Processor time of processes, by Linux's own count (proc(5)).

import { readdirSync, readFileSync } from "node:fs"

/** Until now, milliseconds; a tick is 10 ms. */
export function cpuMsOf(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const [user = 0, system = 0] = statOf(pid).slice(11, 13).map(Number)
    return user + system
  })
  return ticks.reduce((sum, one) => sum + one, 0) * 10
}

/** These processes, and all that they started, but not ourselves. */
export function family(roots: readonly number[]): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync("/proc").filter((one) => /^[0-9]+$/.test(one)))
    parents.set(Number(name), parentOf(Number(name)))
  const isOurs = (pid: number): boolean =>
    roots.includes(pid) || pid === process.pid || (pid > 1 && isOurs(parents.get(pid) ?? 0))
  return [...parents.keys()].filter((pid) => pid !== process.pid && isOurs(pid))
}

export function parentOf(pid: number): number {
  return Number(statOf(pid)[1])
}

/** The fields of `/proc/PID/stat` from the state on, which is the third. */
function statOf(pid: number): string[] {
  const stat = readOrNothing(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")
}

/** Of a process that has ended meanwhile there is nothing. */
export function readOrNothing(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

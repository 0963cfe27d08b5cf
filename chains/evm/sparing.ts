// Incidents without their repeats: the same is not said again within a minute, as a stall is looked at several times a second.

import { Recent } from "../recent.ts"
import type { Incident } from "./panel.ts"

const AGAIN_MS = 60_000

export function sparing(report: (incident: Incident) => void): (incident: Incident) => void {
  const saidAt = new Recent<string, number>(1_000)
  return (incident) => {
    const key = JSON.stringify(incident)
    const nowMs = performance.now()
    if ((saidAt.get(key) ?? -AGAIN_MS) + AGAIN_MS > nowMs) return
    saidAt.set(key, nowMs)
    report(incident)
  }
}

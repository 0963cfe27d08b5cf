#!/usr/bin/env node
// The installed `causeway` command: plain JavaScript, because this is where TypeScript begins.

import { bundled, canKeep } from "../../mpc/bundled.js"

const MAIN = new URL("./main.ts", import.meta.url)
await import(bundled(MAIN) ?? (await fromSources()))

/** What starts in a third of the time from the next call on, where that can be kept. */
async function fromSources() {
  const { register } = await import("tsx/esm/api")
  register()
  if (!canKeep()) return MAIN.href
  const { bundle } = await import("../../mpc/bundle.ts")
  return bundle(MAIN)
}

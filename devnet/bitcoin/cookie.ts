// Who may call: one user and password, kept beside the chain, so that the endpoint's address outlives a restart.

import { randomBytes, timingSafeEqual } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { sha256 } from "./bytes.ts"

/** `user:password`, in the file that Bitcoin Core has it in. Made when it is not there, for us alone. */
export function cookieIn(folder: string): string {
  const file = path.join(folder, ".cookie")
  try {
    return readFileSync(file, "utf8")
  } catch {
    const cookie = `__cookie__:${randomBytes(32).toString("hex")}`
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, cookie, { mode: 0o600 })
    return cookie
  }
}

/** Whether an `Authorization` header carries the cookie. */
export function isAuthorized(header: string | undefined, cookie: string): boolean {
  const [, given] = /^Basic (.+)$/.exec(header ?? "") ?? []
  if (given === undefined) return false
  return timingSafeEqual(sha256(Buffer.from(given, "base64")), sha256(Buffer.from(cookie)))
}

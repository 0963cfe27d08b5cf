// The lock file: whole on every platform, and silent about where packages came from.

import { readFileSync } from "node:fs"
import path from "node:path"
import { expect, test } from "vitest"
import { completed, type Lock } from "../../devnet/lock.ts"

const lockOf = (packages: Lock["packages"]): Lock => ({ lockfileVersion: 3, packages })

test("an optional package that is missing is written down for its platform", () => {
  const lock = lockOf({
    "node_modules/tool": {
      version: "1.0.0",
      dev: true,
      optionalDependencies: { "@tool/win32-amd64": "1.0.0", "@tool/linux-arm64-musl": "1.0.0" },
    },
  })

  const { packages } = completed(lock)

  expect(packages["node_modules/@tool/win32-amd64"]).toEqual({
    version: "1.0.0",
    cpu: ["x64"],
    dev: true,
    optional: true,
    os: ["win32"],
  })
  expect(packages["node_modules/@tool/linux-arm64-musl"]).toEqual({
    version: "1.0.0",
    cpu: ["arm64"],
    dev: true,
    libc: ["musl"],
    optional: true,
    os: ["linux"],
  })
})

test("a platform is read from the package's own name, not from its scope", () => {
  const lock = lockOf({ "": { optionalDependencies: { "@charm64/thing-darwin-arm64": "2.0.0" } } })

  const { packages } = completed(lock)

  expect(packages["node_modules/@charm64/thing-darwin-arm64"]).toMatchObject({
    os: ["darwin"],
    cpu: ["arm64"],
  })
})

test("a package that is listed where Node finds it is left as it is", () => {
  const present = { version: "1.0.0", integrity: "sha512-x", optional: true }
  const lock = lockOf({
    "": { optionalDependencies: { a: "1.0.0" } },
    "node_modules/a": present,
    "node_modules/b": { version: "1.0.0", optionalDependencies: { a: "1.0.0", c: "1.0.0" } },
    "node_modules/b/node_modules/c": present,
    "node_modules/b/node_modules/d": { version: "1.0.0", optionalDependencies: { c: "1.0.0" } },
  })

  expect(completed(lock)).toEqual(lock)
})

test("a range cannot be written down", () => {
  const lock = lockOf({ "": { optionalDependencies: { "@tool/linux-x64": "^1.0.0" } } })

  expect(() => completed(lock)).toThrow(expect.objectContaining({ code: "bad-config" }))
})

test("nothing says which host a package came from", () => {
  const lock = lockOf({ "node_modules/a": { version: "1.0.0", resolved: "https://host/a.tgz" } })

  expect(completed(lock).packages).toEqual({ "node_modules/a": { version: "1.0.0" } })
})

test("our own lock is whole, so that it can be installed from anywhere", () => {
  const file = path.resolve(import.meta.dirname, "../../package-lock.json")
  const lock: Lock = JSON.parse(readFileSync(file, "utf8"))

  expect(completed(lock)).toEqual(lock)
})

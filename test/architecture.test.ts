// The import table and the house rules, kept on the tree as it is; and the check itself, on trees that break them.

import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, test } from "vitest"
import { stateDiagram } from "../core/transfer.ts"
import { breachesOf, FOLDERS, importsOf, LINES_MAX, type SourceFile } from "./breaches.ts"

const root = path.resolve(import.meta.dirname, "..")

test("the tree keeps the import table and the house rules", () => {
  const files = sourceFiles()

  expect(files.length).toBeGreaterThan(50)
  expect(breachesOf(files)).toEqual([])
})

test("every import of ours leads to a file that exists", () => {
  const files = sourceFiles()
  const names = new Set(files.map(({ path: name }) => name))

  const lost = files
    .filter(({ path: name }) => /\.tsx?$/.test(name) && !name.startsWith("test/"))
    .flatMap((file) =>
      importsOf(file)
        .filter((text) => /^\..*\.tsx?$/.test(text))
        .map((text) => path.posix.join(path.posix.dirname(file.path), text))
        .filter((target) => !names.has(target))
        .map((target) => `${file.path}: ${target}`),
    )

  expect(lost).toEqual([])
})

test("the page on architecture shows the state machine as it is", () => {
  const page = readFileSync(path.join(root, "ARCHITECTURE.md"), "utf8")

  const [, shown] = /```mermaid\n([\s\S]*?)\n```/.exec(page) ?? []

  expect(shown).toBe(stateDiagram())
})

describe("the check sees", () => {
  test.each<[rule: string, breach: string, name: string, text: string]>([
    [
      "the core importing anything else",
      "core/a.ts: may not import chains/chain.ts",
      "core/a.ts",
      'import type { Chain } from "../chains/chain.ts"',
    ],
    [
      "a package in the core",
      "core/a.ts: is pure and may not import zod",
      "core/a.ts",
      'import { z } from "zod"',
    ],
    [
      "Node in the core",
      "core/a.ts: is pure and may not import node:fs",
      "core/a.ts",
      'import "node:fs"',
    ],
    [
      "waiting in the core",
      "core/a.ts:2: is pure: async",
      "core/a.ts",
      "// A file.\nexport async function a() {}",
    ],
    [
      "the order of a language in the core, which machines have different ones of",
      "core/a.ts:1: is pure: localeCompare",
      "core/a.ts",
      "names.sort((a, b) => a.localeCompare(b))",
    ],
    [
      "a second row that a further asset would need",
      "devnet/terms.ts:1: a table that must name every asset",
      "devnet/terms.ts",
      "const TERMS: Readonly<Record<AssetName, Terms>> = {}",
    ],
    ["a clock in the core", "core/a.ts:1: is pure: Date", "core/a.ts", "const now = Date.now()"],
    [
      "chance in the core",
      "core/a.ts:1: is pure: Math.random",
      "core/a.ts",
      "const chance = Math.random()",
    ],
    [
      "the environment in the core",
      "core/a.ts:1: is pure: process.env",
      "core/a.ts",
      "const home = process.env.HOME",
    ],
    [
      "a chain that knows another",
      "chains/ao/rpc.ts: may not import chains/arweave/codec.ts",
      "chains/ao/rpc.ts",
      'import { codec } from "../arweave/codec.ts"',
    ],
    [
      "what chains share knowing one of them",
      "chains/quorum.ts: may not import chains/ao/codec.ts",
      "chains/quorum.ts",
      'import { codec } from "./ao/codec.ts"',
    ],
    [
      "a chain that knows the services",
      "chains/ao/rpc.ts: may not import services/log.ts",
      "chains/ao/rpc.ts",
      'import { log } from "../../services/log.ts"',
    ],
    [
      "a chain that knows the signers",
      "chains/ao/rpc.ts: may not import mpc/client.ts",
      "chains/ao/rpc.ts",
      'export * from "../../mpc/client.ts"',
    ],
    [
      "a clock in a codec",
      "chains/ao/codec.ts:1: is pure: Date",
      "chains/ao/codec.ts",
      "const now = new Date()",
    ],
    [
      "Node in a codec",
      "chains/ao/codec.ts: is pure and may not import node:crypto",
      "chains/ao/codec.ts",
      'import { createHash } from "node:crypto"',
    ],
    [
      "a signer that knows the services",
      "mpc/node.ts: may not import services/store/database.ts",
      "mpc/node.ts",
      'import type { Sql } from "../services/store/database.ts"',
    ],
    [
      "a signer that knows the local network",
      "mpc/node.ts: may not import devnet/cluster.ts",
      "mpc/node.ts",
      'const cluster = import("../devnet/cluster.ts")',
    ],
    [
      "a service that reaches into a signer",
      "services/payout/sign.ts: may not import mpc/verify.ts",
      "services/payout/sign.ts",
      'import { verify } from "../../mpc/verify.ts"',
    ],
    [
      "a service that uses the client of its own API",
      "services/api/routes.ts: may not import sdk/client.ts",
      "services/api/routes.ts",
      'import { bridgeApi } from "../../sdk/client.ts"',
    ],
    [
      "a service that knows its sibling",
      "services/api/routes.ts: may not import services/watchers/follow.ts",
      "services/api/routes.ts",
      'import { follow } from "../watchers/follow.ts"',
    ],
    [
      "the store knowing a service",
      "services/store/advance.ts: may not import services/watchers/facts.ts",
      "services/store/advance.ts",
      'import { seenFact } from "../watchers/facts.ts"',
    ],
    [
      "a shared file knowing a service",
      "services/log.ts: may not import services/api/server.ts",
      "services/log.ts",
      'import { server } from "./api/server.ts"',
    ],
    [
      "a service that knows the local network",
      "services/watchers/follow.ts: may not import devnet/arweave/index.ts",
      "services/watchers/follow.ts",
      'import { startArweave } from "../../devnet/arweave/index.ts"',
    ],
    [
      "the local network knowing a service",
      "devnet/network.ts: may not import services/config.ts",
      "devnet/network.ts",
      'import { configFrom } from "../services/config.ts"',
    ],
    [
      "the client knowing more than the core",
      "sdk/client.ts: may not import chains/chain.ts",
      "sdk/client.ts",
      'import type { Chain } from "../chains/chain.ts"',
    ],
    [
      "Node in the client",
      "sdk/client.ts: runs in a browser and may not import node:http",
      "sdk/client.ts",
      'import http from "node:http"',
    ],
    [
      "Node's globals in the client",
      "sdk/client.ts:1: runs in a browser: Buffer",
      "sdk/client.ts",
      'const text = Buffer.from("")',
    ],
    [
      "the page reaching behind the API",
      "web/pages/status.tsx: may not import services/store/controls.ts",
      "web/pages/status.tsx",
      'import { pauses } from "../../services/store/controls.ts"',
    ],
    [
      "the page knowing a chain",
      "web/main.tsx: may not import chains/address.ts",
      "web/main.tsx",
      'import { aoAddress } from "../chains/address.ts"',
    ],
    [
      "Node's globals in the page",
      "web/main.tsx:1: runs in a browser: Buffer",
      "web/main.tsx",
      'const text = Buffer.from("")',
    ],
    ["a folder without a rule", "pages/a.ts: a folder without a rule", "pages/a.ts", ""],
    ["a type that says nothing", "mpc/node.ts:1: any", "mpc/node.ts", "const a = b as any"],
    ["a list of nothing known", "mpc/node.ts:1: any", "mpc/node.ts", "let a: any[] = []"],
    [
      "a hook that the second test file would not have",
      "test/world.ts:1: for the first test file alone: afterAll",
      "test/world.ts",
      "afterAll(() => stop())",
    ],
    [
      "a file that is more than one idea",
      `lua/long.lua: ${LINES_MAX + 1} lines, at most ${LINES_MAX}`,
      "lua/long.lua",
      "a\n".repeat(LINES_MAX + 1),
    ],
  ])("%s", (_, breach, name, text) => {
    expect(breachesOf([{ path: name, text }])).toEqual([breach])
  })

  test("what a codec reaches by way of others", () => {
    const codec = { path: "chains/ao/codec.ts", text: 'import { item } from "./item.ts"' }
    const item = { path: "chains/ao/item.ts", text: 'import { bytes } from "../bytes.ts"' }
    const bytes = { path: "chains/bytes.ts", text: 'import "node:crypto"' }

    expect(breachesOf([codec, item, bytes])).toEqual([
      "chains/bytes.ts: is pure and may not import node:crypto",
    ])
    expect(breachesOf([item, bytes])).toEqual([])
  })

  test("no more than what runs", () => {
    const codec = 'import type {\n  A,\n} from "../chain.ts"\nimport type { B } from "./rpc.ts"\n'
    const waiting = "export interface A { a(): Promise<void> }"

    expect(
      breachesOf([
        { path: "chains/ao/codec.ts", text: codec },
        { path: "chains/ao/rpc.ts", text: waiting },
        { path: "chains/chain.ts", text: waiting },
      ]),
    ).toEqual([])
  })

  test("an import that is written over several lines", () => {
    const text = 'import {\n  a,\n  type B,\n} from "../../services/log.ts"'

    expect(breachesOf([{ path: "chains/ao/rpc.ts", text }])).toHaveLength(1)
  })
})

test("the check lets pass what the table allows", () => {
  const allowed: SourceFile[] = [
    file("core/a.ts", "./b.ts"),
    file("chains/ao/codec.ts", "../../core/ids.ts", "../chain.ts", "./item.ts"),
    file("chains/ao/codec.ts", "@noble/hashes/sha2.js"),
    file("chains/index.ts", "./ao/index.ts"),
    file("mpc/schemes/rsa/deal.ts", "node:crypto", "../integers.ts", "../../../chains/bytes.ts"),
    file("services/payout/sign.ts", "../../mpc/client.ts", "../store/advance.ts", "../log.ts"),
    file("services/api/transfers.ts", "../../sdk/schemas/routes.ts"),
    file("services/minter/minter.ts", "../payout/plan.ts", "../queue/queue.ts"),
    file("services/cli/run.ts", "../../devnet/network.ts", "../api/server.ts"),
    file("devnet/cluster.ts", "../mpc/ceremony/devnet.ts", "../lua/bundle.ts", "node:fs"),
    file("sdk/client.ts", "../core/transfer.ts"),
    file("web/pages/burn.tsx", "../../core/assets.ts", "../../sdk/addresses.ts", "preact"),
    file("bench/store.ts", "../devnet/postgres.ts", "../services/store/advance.ts"),
    { path: "core/words.ts", text: '// async, any: any\nconst a = "await Date.now() as any"' },
    { path: "lua/long.lua", text: "a\n".repeat(LINES_MAX) },
  ]

  expect(breachesOf(allowed)).toEqual([])
})

function file(name: string, ...imports: string[]): SourceFile {
  return { path: name, text: imports.map((target) => `import "${target}"\n`).join("") }
}

function sourceFiles(): SourceFile[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(tsx?|lua|sol)$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((name) => !/node_modules|\/\.(data|cache)\//.test(name))
      .map((name) => ({
        path: path.relative(root, name).split(path.sep).join("/"),
        text: readFileSync(name, "utf8"),
      })),
  )
}

// What breaks the import table and the house rules in a list of source files: pure, so that it is tested itself.

import path from "node:path"

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string
  readonly text: string
}

export const LINES_MAX = 400

/** Folders with TypeScript of ours, and what each may import; its own files always, and any npm package. */
const TABLE: Readonly<Record<string, (target: string, importer: string) => boolean>> = {
  core: () => false,
  chains: (target, importer) =>
    isIn(target, "core") ||
    isTop(target, "chains") ||
    // The one list of all chains.
    (importer === "chains/index.ts" && isIn(target, "chains")),
  mpc: (target) => isIn(target, "core") || isIn(target, "chains"),
  services: (target, importer) =>
    isIn(target, "core") ||
    isIn(target, "chains") ||
    target === "mpc/client.ts" ||
    target === "mpc/protocol.ts" ||
    // What is asked and answered is written down once, where whoever asks has it too.
    isIn(target, "sdk/schemas") ||
    mayMeet(target, importer) ||
    (isCommand(importer) &&
      ["services", "sdk", "devnet", "contracts", "lua"].some((folder) => isIn(target, folder))) ||
    // An operator's commands are the signer's own program, and no part of what the services run.
    (isIn(importer, "services/cli") && isIn(target, "mpc")),
  lua: (target) => isIn(target, "core"),
  contracts: (target) => isIn(target, "core"),
  // What people compute and sign themselves, they do by the very code of the bridge, which is pure.
  sdk: (target) => isIn(target, "core") || PEOPLES.has(target),
  // The page: what people use, and the rules; it speaks to the API like everybody else.
  web: (target) => isIn(target, "core") || isIn(target, "sdk"),
  // It plays every outside part and starts ours, the signers' ceremony included.
  devnet: (target) =>
    ["core", "chains", "contracts", "lua", "mpc"].some((folder) => isIn(target, folder)),
  bench: () => true,
  test: () => true,
}

/** Addresses, on Bitcoin those that are computed; messages to AO; the text of a sign-in. */
const PEOPLES: ReadonlySet<string> = new Set([
  "chains/address.ts",
  "chains/ao/item.ts",
  "chains/bitcoin/address.ts",
  "chains/bitcoin/deposit.ts",
  "chains/bitcoin/destination.ts",
  "chains/bitcoin/refund.ts",
  "chains/bytes.ts",
  "chains/sign-in-text.ts",
])

export const FOLDERS = Object.keys(TABLE)

/** Where sibling services meet, apart from the files directly in `services/`. */
const SHARED = ["services/store", "services/payout", "services/queue", "services/compliance"]

/** Words that code without clock, chance, network and waiting has no use for. */
const IMPURE =
  /\b(async|await|Promise|Date|Math\.random|process\.\w+|performance|crypto|fetch|globalThis|console|setTimeout|setInterval|setImmediate|queueMicrotask|Buffer|require|Intl|localeCompare|toLocale\w+)\b/

/** Names of Node's that a browser lacks. */
const NODE_ONLY = /\b(process\.\w+|Buffer|require\(|__dirname|setImmediate)/

/** One sentence for each breach, the file first. */
export function breachesOf(files: readonly SourceFile[]): string[] {
  const code = files.filter(({ path: name }) => /\.tsx?$/.test(name))
  return [
    ...files.flatMap(tooLong),
    ...code.flatMap((file) => [...badImports(file), ...anys(file), ...wholeTables(file)]),
    ...pureOnes(code).flatMap(impurities),
    ...code.filter(runsInBrowser).flatMap(nodeInBrowser),
    ...code.filter(isShared).flatMap(hooksAtImport),
  ]
}

/** What a file imports, as it is written: static, dynamic, types too. To start a process is not to import. */
export function importsOf({ text }: SourceFile): string[] {
  const found = [
    ...text.matchAll(/^\s*(?:import|export)\b[^"'`;]*?\bfrom\s*["'](.+?)["']/gm),
    ...text.matchAll(/^\s*import\s*["'](.+?)["']/gm),
    ...text.matchAll(/\b(?:import|require)\(\s*["'`](.+?)["'`]/g),
  ]
  return found.map((match) => match[1]!)
}

function badImports(file: SourceFile): string[] {
  const folder = file.path.split("/")[0]!
  const may = TABLE[folder]
  if (!may) return file.path.includes("/") ? [`${file.path}: a folder without a rule`] : []
  return targetsOf(file)
    .filter((target) => !isOwn(file.path, target) && !may(target, file.path))
    .map((target) => `${file.path}: may not import ${target}`)
}

/** A folder's own files; the subfolders of chains and services keep apart. */
function isOwn(importer: string, target: string): boolean {
  const [folder, subfolder] = importer.split("/")
  if (folder === "chains" || folder === "services")
    return importer.split("/").length > 2
      ? isIn(target, `${folder}/${subfolder}`)
      : isTop(target, folder)
  return isIn(target, folder!)
}

function mayMeet(target: string, importer: string): boolean {
  if (SHARED.some((folder) => isIn(target, folder))) return true
  // Files directly in `services/` know no service, or two services could meet behind their back.
  return isTop(target, "services") && isIn(importer, "services")
}

/** The start command wires everything together. */
function isCommand(importer: string): boolean {
  return isIn(importer, "services/cli") || importer === "services/main.ts"
}

/** Files of ours that `file` imports, from the root. */
function targetsOf(file: SourceFile): string[] {
  return importsOf(file)
    .filter((text) => text.startsWith("."))
    .map((text) => path.posix.join(path.posix.dirname(file.path), text))
}

/** The core, and everything that a codec reaches. */
function pureOnes(files: readonly SourceFile[]): SourceFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const pure = new Set<SourceFile>()
  const add = (file: SourceFile | undefined) => {
    if (!file || pure.has(file)) return
    pure.add(file)
    const { path: name, text } = file
    // A type is gone before anything runs.
    const run = text.replace(/^(import|export) type\b[^;]*?\bfrom\b.*$/gm, "")
    for (const target of targetsOf({ path: name, text: run })) add(byPath.get(target))
  }
  for (const file of files)
    if (isIn(file.path, "core") || /^chains\/[^/]+\/codec\.ts$/.test(file.path)) add(file)
  return [...pure]
}

function impurities(file: SourceFile): string[] {
  const packages = importsOf(file).filter((text) => !text.startsWith("."))
  const bad = isIn(file.path, "core")
    ? packages
    : packages.filter((name) => !/^@(noble|scure)\//.test(name))
  return [
    ...bad.map((name) => `${file.path}: is pure and may not import ${name}`),
    ...linesWith(file, IMPURE).map(({ line, word }) => `${file.path}:${line}: is pure: ${word}`),
  ]
}

function runsInBrowser({ path: name }: SourceFile): boolean {
  return isIn(name, "sdk") || isIn(name, "web")
}

function nodeInBrowser(file: SourceFile): string[] {
  const builtins = importsOf(file).filter((name) => name.startsWith("node:"))
  return [
    ...builtins.map((name) => `${file.path}: runs in a browser and may not import ${name}`),
    ...linesWith(file, NODE_ONLY).map(
      ({ line, word }) => `${file.path}:${line}: runs in a browser: ${word}`,
    ),
  ]
}

/** What test files import; they run one after the other in one process, and each module is read once, but the setup that each has. */
function isShared({ path: name }: SourceFile): boolean {
  return isIn(name, "test") && !name.endsWith(".test.ts") && name !== "test/file-setup.ts"
}

/** A hook that an import registers is there for the first file that imports it, and for no other. */
function hooksAtImport(file: SourceFile): string[] {
  return linesWith(file, /^(?:before|after)(?:All|Each)(?=\()/).map(
    ({ line, word }) => `${file.path}:${line}: for the first test file alone: ${word}`,
  )
}

function anys({ path: name, text }: SourceFile): string[] {
  const untold = text.replace(/`[^`]*`/g, (words) => words.replace(/[^\n]/g, ""))
  return linesWith({ path: name, text: untold }, /(?:[:<,|&(=]|\bas|\bextends)\s*any\b/).map(
    ({ line }) => `${name}:${line}: any`,
  )
}

/** A further asset is one row in `core/assets.ts`; what has to name each of them needs a second one. */
function wholeTables({ path: name, text }: SourceFile): string[] {
  if (isIn(name, "test")) return []
  return linesWith({ path: name, text }, /(?<!Partial<)Record<AssetName\b/).map(
    ({ line }) => `${name}:${line}: a table that must name every asset`,
  )
}

function tooLong({ path: name, text }: SourceFile): string[] {
  const lines = text.replace(/\n$/, "").split("\n").length
  return lines > LINES_MAX ? [`${name}: ${lines} lines, at most ${LINES_MAX}`] : []
}

function linesWith({ text }: SourceFile, pattern: RegExp): { line: number; word: string }[] {
  return codeOf(text)
    .split("\n")
    .flatMap((row, at) => {
      const match = pattern.exec(row)
      return match ? [{ line: at + 1, word: match[0] }] : []
    })
}

/** The text without comments and without what stands in quotes; lines keep their numbers. */
function codeOf(text: string): string {
  const quotedOrComment = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g
  return text.replace(quotedOrComment, (part) => part.replace(/[^\n]/g, ""))
}

function isIn(target: string, folder: string): boolean {
  return target.startsWith(`${folder}/`)
}

/** A file directly in the folder. */
function isTop(target: string, folder: string): boolean {
  return path.posix.dirname(target) === folder
}

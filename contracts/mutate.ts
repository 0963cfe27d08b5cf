// Whether the suite would notice: the vault is built with each fault of mutants.json in it, and a test must fail.
// `npm run mutants`, or `npm run mutants -- Schnorr key` for the faults whose name and file have these words.

import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import path from "node:path"
import { BridgeError } from "../core/errors.ts"
import { compile } from "./build.ts"
import { forge, forgeMissing, ROOT } from "./forge.ts"

export interface Mutant {
  /** What is wrong then. */
  readonly name: string
  /** In `src/`. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly from: string
  readonly to: string
  /** Why no test can tell it from the real one; it is expected to survive. */
  readonly equivalent?: string
}

export const MUTANTS: readonly Mutant[] = JSON.parse(
  readFileSync(path.join(ROOT, "contracts/mutants.json"), "utf8"),
)

/** The source with the fault in it. Throws `bad-config` when its place is not there, or not the only one. */
export function mutated(source: string, { name, file, from, to }: Mutant): string {
  const [before, after, ...more] = source.split(from)
  if (before === undefined || after === undefined || more.length > 0 || from === to)
    throw new BridgeError("bad-config", { mutant: name, file, reason: "not one place" })
  return `${before}${to}${after}`
}

/** The contracts that the tests deploy, by what forge made of them: there a mutant takes the vault's place. */
const DEPLOYED = [
  { name: "Vault", file: "src/Vault.sol" },
  { name: "SchnorrDoor", file: "test/SchnorrDoor.sol" },
]

/** Without the optimizer solc is done sooner, and the faults are the same. */
const QUICK = { FOUNDRY_OPTIMIZER: "false", FOUNDRY_FUZZ_RUNS: "64", FOUNDRY_INVARIANT_RUNS: "32" }

const LONG = "InvariantsTest"

/** Says a line for each mutant, and returns how many are not as they should be. */
async function main(words: readonly string[]): Promise<number> {
  const chosen = MUTANTS.filter(({ name, file }) =>
    words.every((word) => `${file} ${name}`.includes(word)),
  )
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "causeway-mutants-")))
  try {
    const built = path.join(folder, "built")
    expectSurvival(await judge(built))
    const queue = [...chosen]
    const workers = Array.from({ length: availableParallelism() }, async (_, at) => {
      const own = path.join(folder, String(at))
      cpSync(built, own, { recursive: true })
      place(own, null)
      expectSurvival(await judge(own))
      let wrong = 0
      for (let mutant = queue.shift(); mutant; mutant = queue.shift())
        if (!(await isAsExpected(own, mutant))) wrong += 1
      return wrong
    })
    const wrong = (await Promise.all(workers)).reduce((sum, one) => sum + one, 0)
    const equivalent = chosen.filter((mutant) => mutant.equivalent).length
    console.log(`${chosen.length} mutants, ${equivalent} equivalent; ${wrong} not as expected`)
    return wrong
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function isAsExpected(folder: string, mutant: Mutant): Promise<boolean> {
  place(folder, mutant)
  const killer = await judge(folder)
  const isRight = (killer === null) === (mutant.equivalent !== undefined)
  const verdict = killer === null ? "survives" : `is killed by ${killer}`
  console.log(`${isRight ? "  ok" : " BAD"}  ${mutant.file}: ${mutant.name}: ${verdict}`)
  return isRight
}

function expectSurvival(killer: string | null): void {
  if (killer !== null) throw new Error(`the suite fails without any fault: ${killer}`)
}

/** Puts the vault with a fault, or without one, in the place of what forge has built. Throws when it does not compile. */
function place(folder: string, mutant: Mutant | null): void {
  const faulty = mutant && `contracts/src/${mutant.file}`
  const read = (file: string) => {
    const source = readFileSync(path.join(ROOT, file), "utf8")
    return mutant && file === faulty ? mutated(source, mutant) : source
  }
  for (const { name, file } of DEPLOYED) {
    const kept = path.join(folder, "out", path.basename(file), `${name}.json`)
    const artifact = JSON.parse(readFileSync(kept, "utf8"))
    const { bytecode, deployedBytecode } = compile(name, file, { read, optimize: false })
    if (!mutant && bytecode !== artifact.bytecode.object)
      throw new Error(`${name} is not what forge makes of it`)
    artifact.bytecode.object = bytecode
    artifact.deployedBytecode.object = deployedBytecode
    writeFileSync(kept, JSON.stringify(artifact))
  }
}

/** The test that fails, or null: the quick ones are tried first, and the long ones only if they pass. */
async function judge(folder: string): Promise<string | null> {
  for (const choice of ["--no-match-contract", "--match-contract"]) {
    const { code, stdout, stderr } = await forge(
      [
        ...["test", "--json", "--fail-fast", "--no-match-path", "**/Gas.t.sol", choice, LONG],
        ...["--out", path.join(folder, "out"), "--cache-path", path.join(folder, "cache")],
      ],
      { env: QUICK },
    )
    if (code === 0) continue
    if (!stdout.startsWith("{")) throw new Error(`forge fails: ${stdout}${stderr}`)
    return firstFailure(JSON.parse(stdout))
  }
  return null
}

interface Suites {
  readonly [suite: string]: {
    readonly test_results: Readonly<Record<string, { readonly status: string }>>
  }
}

function firstFailure(suites: Suites): string {
  const results = Object.values(suites).flatMap(({ test_results }) => Object.entries(test_results))
  return results.find(([, { status }]) => status === "Failure")?.[0] ?? "a test without a name"
}

if (process.argv[1] && realpathSync(process.argv[1]) === import.meta.filename) {
  const missing = forgeMissing()
  if (missing) console.error(missing)
  process.exitCode = missing || (await main(process.argv.slice(2))) > 0 ? 1 : 0
}

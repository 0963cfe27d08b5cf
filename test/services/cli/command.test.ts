// The command as people type it: help, mistakes, and answers that programs can read.

import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { COMMANDS } from "../../../services/cli/commands.ts"

const PROGRAM = new URL("../../../services/cli/causeway.js", import.meta.url).pathname
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-cli-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function causeway(...words: string[]) {
  const run = promisify(execFile)(process.execPath, [PROGRAM, ...words], { cwd: folder })
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      ...{ code, stdout, stderr },
    }),
  )
}

describe("help", () => {
  test("lists every command, and each has usage and examples", async () => {
    const { code, stdout } = await causeway("--help")
    expect(code).toBe(0)
    for (const name of Object.keys(COMMANDS)) expect(stdout).toContain(`causeway ${name}`)
    const deposit = await causeway("deposit", "--help")
    expect(deposit.stdout).toContain("--amount AR")
    expect(deposit.stdout).toContain("Examples:")
  })
})

describe("a file", () => {
  // The messages of JSON.parse have parts of the text in them.
  test("that is no JSON is named, and nothing of it is shown", async () => {
    await writeFile(join(folder, "key.json"), '{"name":"ann","key":{"d":"c2VjcmV0"c2VjcmV0}}')
    for (const words of [
      ["operator", "resume", "arweave", "in", "--key", "key.json"],
      ["policy", "sign", "key.json", "--key", "key.json"],
      ["policy", "show", "key.json"],
    ]) {
      const { code, stdout, stderr } = await causeway(...words)
      expect(code).toBe(1)
      expect(stderr).toContain("key.json")
      expect(stdout + stderr).not.toMatch(/c2Vj|JSON at|SyntaxError/)
    }
  })
})

describe("a mistake", () => {
  test("in the command's name is told, with the nearest one", async () => {
    const { code, stderr } = await causeway("depsit")
    expect(code).toBe(2)
    expect(stderr).toContain('did you mean "deposit"?')
  })

  test.each([
    [["deposit", "--amont", "3"], 2, "--amont"],
    [["status"], 1, "npm start"],
    [["devnet", "mine", "1x"], 1, "number 1x"],
    [["run", "--block-time", "soon"], 1, "block-time soon"],
    [["run", "elsewhere"], 1, "elsewhere"],
    [["operator", "approve", "x"], 1, "--key FILE"],
    [["signer", "run", "--foldr", "x"], 2, "--foldr"],
    [["policy", "show", "--folder", "."], 1, "no such file"],
  ] as const)("in %j is told in words", async (words, code, said) => {
    const answer = await causeway(...words)
    expect(answer.code).toBe(code)
    expect(answer.stderr).toContain(said)
    expect(answer.stderr).not.toContain("    at ")
  })

  test("with --json is one object with a code", async () => {
    const { code, stdout } = await causeway("deposit", "--json", "--amount", "1")
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: "not-found" } })
  })

  test("in the services' configuration is told together with all the others", async () => {
    await writeFile(join(folder, "services.json"), JSON.stringify({ database: "mysql://x" }))
    const { code, stderr } = await causeway("run", "services", "--folder", folder)
    expect(code).toBe(1)
    expect(stderr).toContain("bridge.json: missing")
    for (const field of ["database", "endpoints", "signers", "listen"])
      expect(stderr).toContain(field)
  })
})

describe("a wallet", () => {
  test("is made for its owner's eyes only, and never over another file", async () => {
    const file = join(folder, "alice.json")
    const { stdout } = await causeway("devnet", "wallet", file, "--json")
    const { address } = JSON.parse(stdout) as { address: string }
    expect(address).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect((await stat(file)).mode & 0o077).toBe(0)
    const key = await readFile(file, "utf8")

    expect((await causeway("devnet", "wallet", file)).code).toBe(1)
    expect(await readFile(file, "utf8")).toBe(key)
  })
})

// What the command says of itself: whole, in groups, for shells and for programs; and the page that is written from it.

import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { COMMANDS } from "../../../services/cli/commands.ts"
import { run as complete, wordsOf } from "../../../services/cli/completion.ts"
import { cliPage, GROUPS, overview } from "../../../services/cli/help.ts"

const PROGRAM = new URL("../../../services/cli/causeway.js", import.meta.url).pathname

async function scriptFor(shell: string): Promise<string> {
  const lines: string[] = []
  await complete([shell], { out: (text) => lines.push(text), note: () => {}, isTty: false })
  return lines.join("\n")
}

test("every command is in one group, and help shows each once", () => {
  const grouped = Object.values(GROUPS).flat()

  expect([...grouped].sort()).toEqual(Object.keys(COMMANDS).sort())
  for (const name of grouped)
    expect(overview().match(new RegExp(`^  causeway ${name} `, "gm"))).toHaveLength(1)
})

test("docs/cli.md is what the table of commands says", () => {
  const page = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8")

  // Written anew by `npm run --silent causeway -- help --markdown > docs/cli.md`.
  expect(page).toBe(cliPage())
})

test("a shell completes a command by its own words and options", () => {
  expect(wordsOf(COMMANDS.drill!)).toEqual(
    expect.arrayContaining(["--folder", "--json", "--help", "--scratch-database"]),
  )
  expect(wordsOf(COMMANDS.signer!)).toEqual(expect.arrayContaining(["run", "doctor", "restore"]))
  expect(wordsOf(COMMANDS.completion!)).toEqual(expect.arrayContaining(["bash", "zsh", "fish"]))
})

test("what bash gets is bash, and completes", async () => {
  const script = await scriptFor("bash")
  const ask = `${script}
    COMP_WORDS=(causeway dri) COMP_CWORD=1; _causeway; echo "\${COMPREPLY[@]}"
    COMP_WORDS=(causeway drill --fo) COMP_CWORD=2; _causeway; echo "\${COMPREPLY[@]}"`

  const { stdout, stderr } = spawnSync("bash", ["-c", ask], { encoding: "utf8" })

  expect(stderr).toBe("")
  expect(stdout).toBe("drill\n--folder\n")
})

test.each(["zsh", "fish"])("what %s gets names every command", async (shell) => {
  const script = await scriptFor(shell)

  for (const name of Object.keys(COMMANDS)) expect(script).toContain(name)
})

test("a program is told the table, and why something is none of it", () => {
  const ask = (...words: string[]) =>
    spawnSync(process.execPath, [PROGRAM, ...words, "--json"], { encoding: "utf8" })

  const table = JSON.parse(ask("help").stdout) as readonly { name: string }[]
  const none = ask("drll")
  const plain = ask("completion", "bash")

  expect(table.map(({ name }) => name)).toEqual(Object.keys(COMMANDS))
  expect(JSON.parse(none.stdout)).toMatchObject({ ok: false, error: { code: "usage" } })
  expect(none.status).toBe(2)
  // It has no form of its own for programs: they get its lines.
  expect(JSON.parse(plain.stdout)).toMatchObject({ ok: true })
})

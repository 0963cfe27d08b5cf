// What lies beside the program for whoever runs it: pages, units and dashboards that say what is there.

import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { parseSettings } from "../../mpc/config.ts"
import { signerMeter } from "../../mpc/metrics.ts"
import { COMMANDS } from "../../services/cli/commands.ts"

const ROOT = join(import.meta.dirname, "../..")
const read = (file: string) => readFileSync(join(ROOT, file), "utf8")

describe("the operators' page", () => {
  const page = read("docs/operators.md")
  const lines = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    block!.trim().split("\n"),
  )
  const commands = lines.filter((line) => line.startsWith("causeway "))

  test("names commands, steps and flags that exist", () => {
    expect(commands.length).toBeGreaterThan(10)
    for (const line of commands) {
      const [, name, step] = line.split(" ")
      const usage = COMMANDS[name!]?.usage ?? ""
      expect(usage, line).toMatch(new RegExp(`(^|causeway ${name} )${step}\\b`, "m"))
      for (const [flag] of line.matchAll(/--[a-z-]+/g)) expect(usage, line).toContain(flag)
    }
  })

  test("shows settings that are settings", () => {
    const [, json] = /## Settings[\s\S]*?```json\n([\s\S]*?)```/.exec(page)!

    expect(parseSettings(JSON.parse(json!))).toMatchObject({ network: "mainnet" })
  })

  test("leads to files and headings that are there", () => {
    for (const [, target] of page.matchAll(/\]\((\.\.\/[^)]+)\)/g))
      expect(existsSync(join(ROOT, "docs", target!)), target).toBe(true)
    for (const [file] of page.matchAll(/deploy\/[A-Za-z.-]+/g))
      expect(existsSync(join(ROOT, file)), file).toBe(true)
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, text]) =>
      text!
        .toLowerCase()
        .replaceAll(/[^a-z -]/g, "")
        .replaceAll(" ", "-"),
    )
    for (const [, anchor] of page.matchAll(/\]\(#([a-z-]+)\)/g)) expect(headings).toContain(anchor)
  })
})

test("the dashboard draws what a signer tells, and the page alarms on it", async () => {
  const health = async () => ({
    ...{ index: 1, version: 1, keys: {}, busy: 0, journalRecords: 1 },
    tips: { ao: 5, arweave: null },
  })
  const times = { since: "2026-01-01T00:00:00.000Z", last: "2026-01-02T00:00:00.000Z" }
  const blame = { about: "ben", by: "minter", kind: "slow", session: "s-1", detail: "" } as const
  const meter = signerMeter(health, { taproot: 2 }, () => [{ ...blame, ...times, count: 3 }])
  meter.note("sign", 0.1, [{ code: "not-yet" }])
  const told = await meter.text()
  const drawn = `${read("deploy/grafana-signers.json")} ${read("docs/operators.md")}`

  const names = new Set([...drawn.matchAll(/causeway_signer_[a-z0-9_]+/g)].map(([name]) => name))

  expect(names.size).toBeGreaterThan(8)
  for (const name of names) expect(told, name).toMatch(new RegExp(`^${name}(\\{| )`, "m"))
  expect(told).toContain('causeway_signer_tip_height{chain="ao"} 5')
  expect(told).not.toContain('chain="arweave"')
})

test("the container and the unit start the command that exists, with the passphrase on standard input", () => {
  const unit = read("deploy/causeway-signer.service")
  const container = read("deploy/Containerfile")

  expect(existsSync(join(ROOT, "services/cli/causeway.js"))).toBe(true)
  expect(unit).toMatch(
    /causeway\.js signer run --folder \S+ < "\$CREDENTIALS_DIRECTORY\/passphrase"/,
  )
  expect(unit).toContain("LimitCORE=0")
  expect(container).toContain('"services/cli/causeway.js", "signer"')
  for (const [, folder] of container.matchAll(/^COPY ([a-z/]+) [a-z/]+$/gm))
    expect(existsSync(join(ROOT, folder!)), folder).toBe(true)
  expect(container).not.toMatch(/^(ENV|ARG)\b/m)
})

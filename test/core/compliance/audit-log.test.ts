// What a log that was tampered with looks like, whoever did it and however well.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { seals } from "../../../chains/seals.ts"
import {
  type Checkpoint,
  checkLog,
  checkpointAt,
  checkpointIn,
  type LogRow,
  logRowIn,
  nextRow,
} from "../../../core/compliance/audit-log.ts"
import { sha256 } from "./builders.ts"
import { keysOf, signAs } from "./keys.ts"

const LOG = "signer-1"
const keys = keysOf("sealer")

function logOf(count: number, from: readonly LogRow[] = [], says = "allow"): readonly LogRow[] {
  const rows = [...from]
  while (rows.length < count) {
    const n = rows.length + 1
    rows.push(
      nextRow(
        LOG,
        rows.at(-1) ?? null,
        { type: "decision", data: { transfer: `t${n}`, says }, atMs: n * 1_000 },
        sha256,
      ),
    )
  }
  return rows
}
const seal = (row: LogRow | undefined, who = "sealer") =>
  checkpointAt(LOG, row!, 99_000, who, signAs(who))

function check(rows: readonly LogRow[], points: readonly Checkpoint[], log = LOG) {
  const reader = checkLog(log, points, keys, seals)
  for (const row of rows) reader.take(row)
  return reader.end()
}
const faults = (rows: readonly LogRow[], ...points: Checkpoint[]) =>
  check(rows, points).faults.map(({ n, fault }) => `${n} ${fault}`)

const log = logOf(6)
const sealed = seal(log[3])
/** A row that follows the fourth by its hashes, under a number of its own. */
const skipping = (n: number) =>
  nextRow(LOG, { n: n - 1, hash: log[3]!.hash }, { type: "x", data: {}, atMs: 9_000 }, sha256)
/** A row with another content and the hash that goes with it, as a forger would write it. */
const forged = logOf(3, log.slice(0, 2), "block")

test("a log that nobody touched is whole, and says how far it is vouched for", () => {
  expect(check(log, [sealed])).toEqual({
    rows: 6,
    head: log[5]!.hash,
    sealed: 4,
    faults: [],
  })
  expect(check([], [])).toMatchObject({ rows: 0, sealed: 0, faults: [] })
})

describe("found is", () => {
  test.each<[string, readonly LogRow[], readonly string[]]>([
    ["an edit", log.map((row) => (row.n === 3 ? { ...row, data: {} } : row)), ["3 row changed"]],
    [
      "an edit with its hash made anew",
      log.map((row) => (row.n === 3 ? forged[2]! : row)),
      ["4 row missing or out of place"],
    ],
    ["a deletion", log.filter(({ n }) => n !== 2), ["3 row missing or out of place"]],
    ["a deletion of the first", log.slice(1), ["2 row missing or out of place"]],
    [
      "an exchange",
      [log[0]!, log[2]!, log[1]!, log[3]!, log[4]!, log[5]!],
      [
        "3 row missing or out of place",
        "2 row missing or out of place",
        "2 time goes back",
        "4 row missing or out of place",
      ],
    ],
    [
      "a number that is left out",
      [...log.slice(0, 4), skipping(6)],
      ["6 row missing or out of place"],
    ],
    ["a repetition", [...log, log[5]!], ["6 row missing or out of place"]],
    [
      "a history written anew, to the last hash",
      logOf(6, log.slice(0, 2), "block"),
      ["4 history rewritten"],
    ],
    ["an end cut off before a checkpoint", log.slice(0, 3), ["4 log cut short"]],
    ["nothing left at all", [], ["4 log cut short"]],
  ])("%s", (_, rows, expected) => {
    expect(faults(rows, sealed)).toEqual(expected)
  })

  test("a checkpoint that is not genuine, by its signature, its signer or its log", () => {
    const wrong = { ...sealed, n: 3, head: log[2]!.hash }

    expect(faults(log, wrong)).toEqual(["3 checkpoint not genuine"])
    expect(faults(log, seal(log[3], "stranger"))).toEqual(["4 checkpoint not genuine"])
    expect(check(log, [sealed], "signer-2").faults.map(({ fault }) => fault)).toEqual([
      "checkpoint not genuine",
      "row missing or out of place",
    ])
  })

  test("the log of another, though all its hashes fit", () => {
    expect(check(log, [], "signer-2").faults).toHaveLength(1)
  })
})

test("what comes after the last checkpoint can be cut off unseen, and the report says so", () => {
  expect(check(log.slice(0, 4), [sealed])).toMatchObject({ rows: 4, sealed: 4, faults: [] })
})

test("no single change of any field of any row before a checkpoint goes unseen", () => {
  const head = seal(log[5])
  fc.assert(
    fc.property(
      fc.nat({ max: 5 }),
      fc.constantFrom<keyof LogRow>("n", "atMs", "type", "data", "prev", "hash"),
      fc.oneof(fc.nat({ max: 9_000 }), fc.uuid()),
      (at, field, value) => {
        const rows = log.map((row, place) => (place === at ? { ...row, [field]: value } : row))

        fc.pre(log[at]![field] !== value)
        expect(faults(rows as LogRow[], head)).not.toEqual([])
      },
    ),
  )
})

test("rows and checkpoints read back from their files", () => {
  expect(JSON.parse(JSON.stringify(log)).map(logRowIn)).toEqual(log)
  expect(checkpointIn(JSON.parse(JSON.stringify(sealed)))).toEqual(sealed)
  expect(() => logRowIn({ ...log[0], n: 0 })).toThrow(/row\.n/)
  expect(() => checkpointIn({ ...sealed, head: "" })).toThrow(/checkpoint\.head/)
})

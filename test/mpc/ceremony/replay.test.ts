import fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import { BridgeError } from "../../../core/errors.ts"
import { canonical } from "../../../mpc/ceremony/canonical.ts"
import { linked, type SessionRecord } from "../../../mpc/ceremony/record.ts"
import { verifyTranscript } from "../../../mpc/ceremony/replay.ts"
import { groupProblems } from "../../../mpc/ceremony/rules.ts"
import { aParticipant, aStatement, beforeOf, meet, names } from "./parties.ts"

let first: SessionRecord
let second: SessionRecord

beforeAll(async () => {
  const statement = aStatement({
    ...{ threshold: 2, parties: 3 },
    participants: names(3).map((name, at) => aParticipant(name, { after: at + 1 })),
  })
  const made = await meet({ statement })
  first = made.get(1)!.made!.record
  const next = aStatement({
    ...{ kind: "refresh", epoch: 1, threshold: 2, parties: 3, previous: first.head },
    participants: statement.participants.map((one) => ({ ...one, before: one.after })),
  })
  const renewed = await meet({ statement: next, before: beforeOf(made, statement, next) })
  second = renewed.get(2)!.made!.record
})

const copy = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value

async function refusal(sessions: readonly unknown[]): Promise<string> {
  const error = await verifyTranscript({ format: 1, sessions }).then(
    () => null,
    (one: unknown) => one,
  )
  if (!(error instanceof BridgeError)) throw new Error(`accepted, or ${String(error)}`)
  expect(error.code).toBe("bad-transcript")
  return String(error.detail.reason)
}

/** Where every text and number of a JSON value is. */
function leavesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value === "string" || typeof value === "number") return [path]
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => leavesOf(part, [...path, name]))
}

describe("a transcript", () => {
  test("replays to the key of its last session, also when it was written and read", async () => {
    const text = canonical({ format: 1, sessions: [first, second] })

    const verified = await verifyTranscript(JSON.parse(text))

    expect(verified).toMatchObject({ head: second.head, sessions: 2, key: { epoch: 1 } })
  })

  test("with any one value changed is refused", async () => {
    const leaves = leavesOf([first, second])
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...leaves), async (path) => {
        const changed = copy([first, second])
        let at = changed as unknown as Record<string, never>
        for (const name of path.slice(0, -1)) at = at[name]!
        const last = path.at(-1)!
        const old: unknown = at[last]
        const fresh = typeof old === "number" ? old + 1 : changedText(String(old))
        Object.assign(at, { [last]: fresh })

        await refusal(changed)
      }),
      { numRuns: 60 },
    )
  })

  test("without a message, a signature or a session is refused", async () => {
    const cut = copy(first)
    const entries = cut.entries.slice(0, -1)

    expect(await refusal([{ ...cut, entries }])).toContain("messages are missing")
    expect(await refusal([{ ...cut, seals: cut.seals.slice(1) }])).toContain("not all participants")
    expect(await refusal([second])).toContain("its beginning is missing")
    expect(await refusal([first, first])).toContain("does not go on")
  })

  test("that is linked anew after a change is still refused: all signed the old one", async () => {
    const changed = copy(first)
    const messages = changed.entries.map(({ message }) => message)
    const again = { ...changed, ...linked(changed.statement, [...messages].reverse()) }

    expect(await refusal([again])).toContain("message 1 is not announce")
  })

  test("of a session that some did not take part in is refused", async () => {
    const outsider = aParticipant("somebody else", { after: 3 })
    const { statement } = first
    const participants = [...statement.participants.slice(0, 2), outsider]

    expect(await refusal([{ ...first, statement: { ...statement, participants } }])).toContain(
      "another session",
    )
  })
})

describe("a group that is to hold money", () => {
  const members = (count: number) =>
    names(count).map((name, at) => aParticipant(name, { after: at + 1 }))
  const live = (threshold: number, participants = members(5)) =>
    groupProblems(
      aStatement({ network: "mainnet", threshold, parties: participants.length, participants }),
    )

  //
  test("has a threshold of three at least, and of two thirds", () => {
    expect(live(4)).toEqual([])
    expect(live(3)).toEqual(["the threshold is below two thirds of the members"])
    expect(live(2, members(3))).toEqual(["the threshold is below 3"])
  })

  // Requirement R-1: no operator, host or custodian behind enough shares to block or half sign.
  test("is not in the hands of one operator, host or custodian", () => {
    const [a, b, ...rest] = members(5)
    const shared = [a!, { ...b!, operator: a!.operator.toUpperCase() }, ...rest]

    expect(live(4, shared)).toEqual(["operator signer 1 ltd is behind 2 members"])
    expect(live(4, [a!, { ...b!, hosting: a!.hosting }, ...rest])).toHaveLength(1)
    expect(live(4, [a!, { ...b!, custody: a!.custody }, ...rest])).toHaveLength(1)
  })
})

function changedText(text: string): string {
  const head = text[0] === "a" ? "b" : "a"
  return `${head}${text.slice(1)}`
}

import { describe, expect, test } from "vitest"
import {
  type Card,
  type Invite,
  inviteHash,
  makeRoster,
  planRefresh,
  planSession,
  type Role,
  readCard,
  readRoster,
  rosterHash,
  signCard,
} from "../../../mpc/ceremony/roster.ts"
import { DEALT_LIMITS } from "../../../mpc/ceremony/rules.ts"
import { identityOf, names } from "./parties.ts"

const NOW = new Date("2026-11-01T00:00:00Z")
const RUN = { attempt: 1, software: "test" }

function anInvite(parts: Partial<Invite> = {}): Invite {
  return {
    ...{ format: 1, kind: "generate", network: "testnet", group: "ours", schemes: ["taproot"] },
    ...{ threshold: 3, parties: 5, coordinators: [], previous: {}, nonce: "ab".repeat(32) },
    ...{ created: "2026-10-31T00:00:00Z", expires: "2026-11-10T00:00:00Z" },
    ...parts,
  }
}

function aCard(name: string, invite: Invite, parts: { role?: Role; operator?: string } = {}): Card {
  return signCard(identityOf(name), {
    ...{ invite: inviteHash(invite), role: parts.role ?? "member", name },
    ...{ address: "host.example:7400", operator: parts.operator ?? `${name} Ltd` },
    ...{ hosting: `${name} rack`, custody: `${name} safe` },
  })
}

const five = (invite: Invite) => names(5).map((name) => aCard(name, invite))

describe("a roster", () => {
  test("is the same whatever the order of its cards, and another for each invitation", () => {
    const invite = anInvite()
    const cards = five(invite)
    const again = anInvite({ nonce: "cd".repeat(32) })

    const roster = makeRoster(invite, cards, NOW)

    expect(rosterHash(makeRoster(invite, [...cards].reverse(), NOW))).toBe(rosterHash(roster))
    expect(rosterHash(makeRoster(again, five(again), NOW))).not.toBe(rosterHash(roster))
    expect(readRoster(JSON.parse(JSON.stringify(roster)), "roster.json")).toEqual(roster)
  })

  // Requirement R-2: what is granted ends by itself.
  test("of an invitation that has expired is refused", () => {
    const invite = anInvite()

    expect(() => makeRoster(invite, five(invite), new Date("2026-11-10T00:00:00Z"))).toThrow(
      /expired at 2026-11-10/,
    )
  })

  test.each<[string, (invite: Invite) => Card[], RegExp]>([
    ["one is missing", (invite) => five(invite).slice(1), /4 members came, not 5/],
    [
      "one came twice",
      (invite) => [...five(invite).slice(1), aCard("signer 2", invite)],
      /two cards have the certificate/,
    ],
    [
      "one answers another invitation",
      (invite) => [...five(invite).slice(1), aCard("signer 1", anInvite({ group: "theirs" }))],
      /signer 1 answers another invitation/,
    ],
    [
      "a dealer comes where none is needed",
      (invite) => [...five(invite), aCard("dora", invite, { role: "dealer" })],
      /dealers and witnesses belong to a dealt key alone/,
    ],
  ])("is refused when %s", (_, cardsFor, said) => {
    const invite = anInvite()

    expect(() => makeRoster(invite, cardsFor(invite), NOW)).toThrow(said)
  })

  test("takes no card that was changed after it was signed", () => {
    const card = aCard("signer 1", anInvite())

    expect(() => readCard({ ...card, operator: "somebody else" }, "a.json")).toThrow(
      /a\.json.*its signature is wrong/,
    )
  })
})

describe("a session's plan", () => {
  test("numbers members alike for all, and is refused for a group that must not hold money", () => {
    const live = anInvite({ network: "mainnet", threshold: 4 })
    const cards = five(live)
    const { statement } = planSession(makeRoster(live, cards, NOW), "taproot", null, RUN)
    const [a, b, ...rest] = names(5)
    const owned = [a!, b!].map((name) => aCard(name, live, { operator: "One Ltd" }))
    const others = rest.map((name) => aCard(name, live))

    expect(statement.participants.map(({ after }) => after)).toEqual([1, 2, 3, 4, 5])
    // Requirement R-1.
    const taken = makeRoster(live, [...owned, ...others], NOW)
    expect(() => planSession(taken, "taproot", null, RUN)).toThrow(/one ltd is behind 2 members/)
  })

  test("of a dealt key says what it can't promise, and is followed by a refresh of the members", () => {
    const invite = anInvite({ kind: "deal", schemes: ["rsa"] })
    const extra = (["dealer", "witness"] as const).map((role) => aCard(role, invite, { role }))
    const roster = makeRoster(invite, [...extra, ...five(invite)], NOW)

    const planned = planSession(roster, "rsa", null, RUN)
    const refresh = planRefresh(planned, "0".repeat(64))

    expect(planned.statement).toMatchObject({ dealer: 6, limits: DEALT_LIMITS, epoch: 0 })
    expect(refresh.statement.participants.map(({ before }) => before)).toEqual([1, 2, 3, 4, 5])
    expect(refresh.statement).toMatchObject({ kind: "refresh", epoch: 1, dealer: null })
  })

  test("of a new committee lets those who leave deal first, and nobody come in vain", () => {
    const made = anInvite()
    const last = planSession(makeRoster(made, five(made), NOW), "taproot", null, RUN).statement
    const before = { statement: last, head: "0".repeat(64) }
    const invite = anInvite({ kind: "reshare", threshold: 2, parties: 2 })
    const leaving = (count: number) =>
      names(count).map((name) => aCard(name, invite, { role: "leaving" }))
    const news = ["x", "y"].map((name) => aCard(name, invite))

    const { statement } = planSession(
      makeRoster(invite, [...leaving(3), ...news], NOW),
      ...(["taproot", before, RUN] as const),
    )

    const dealing = statement.participants.filter((one) => one.before !== null)
    expect(dealing.map(({ name }) => name).sort()).toEqual(names(3))
    expect(() =>
      planSession(makeRoster(invite, [...leaving(4), ...news], NOW), "taproot", before, RUN),
    ).toThrow(/need not come/)
  })
})

// The books: what each event posts, and what stays true however transfers walk through their states.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { isLedger } from "../../core/assets.ts"
import { type Balances, balancesOf, type Entry, entriesFor, isBalanced } from "../../core/ledger.ts"
import { step } from "../../core/step.ts"
import {
  EVENTS,
  type EventKind,
  moveOf,
  OWED,
  type Transfer,
  type TransferEvent,
} from "../../core/transfer.ts"
import { aBurn, anEvent, aSighting, aTransfer, seen, settled } from "../builders.ts"

const AR = 1_000_000_000_000n

describe("postings", () => {
  test("a confirmed deposit is in custody and owed", () => {
    const deposit = aTransfer("seen", {}, aSighting({ amount: 3n * AR }))

    expect(posted(deposit, { kind: "Confirmed" })).toEqual({ custody: 3n * AR, pending: -3n * AR })
  })

  test("a confirmed burn leaves the supply and is owed", () => {
    const burn = aTransfer("seen", {}, aBurn({ amount: 2n * AR }))

    expect(posted(burn, { kind: "Confirmed" })).toEqual({ supply: 2n * AR, pending: -2n * AR })
  })

  test("a deposit is minted less the fee", () => {
    const sent = aTransfer("sent", { fee: 5n }, aSighting({ amount: AR }))

    expect(posted(sent, settled())).toEqual({ supply: 5n - AR, pending: AR, fees: -5n })
  })

  test("a burn is paid out of custody, less the fee, and the fee bears the network's", () => {
    const sent = aTransfer("sent", { fee: 50n }, aBurn({ amount: AR }))

    const entries = posted(sent, settled("payout", 20n))

    expect(entries).toEqual({ custody: 50n - AR - 20n, pending: AR, fees: 20n - 50n })
  })

  test("a refunded deposit leaves custody, a refunded burn comes back into the supply", () => {
    const deposit = aTransfer("sent", { refund: true, fee: 7n }, aSighting({ amount: AR }))
    const burn = aTransfer("sent", { refund: true, fee: 7n }, aBurn({ amount: AR }))

    expect(posted(deposit, settled("payout", 7n))).toEqual({ custody: -AR, pending: AR })
    expect(posted(burn, settled())).toEqual({ supply: 7n - AR, pending: AR, fees: -7n })
  })

  test("a network fee above ours is owed to the vault", () => {
    const sent = aTransfer("sent", { fee: 1n }, aBurn({ amount: AR }))
    const entries = [
      ...entriesFor(aTransfer("seen", {}, aBurn({ amount: AR })), { kind: "Confirmed" }),
      ...entriesFor(sent, settled("payout", 9n)),
    ]

    expect(balancesOf(entries).fees).toBe(-8n)
  })

  test.each(["confirmed", "held", "ready"] as const)(
    "what vanishes in %s is taken out of the books again",
    (state) => {
      for (const sighting of [aSighting(), aBurn()]) {
        const entries = [
          ...entriesFor(aTransfer("seen", {}, sighting), { kind: "Confirmed" }),
          ...entriesFor(aTransfer(state, {}, sighting), { kind: "Vanished" }),
        ]

        expect(balancesOf(entries)).toEqual({ custody: 0n, supply: 0n, pending: 0n, fees: 0n })
      }
    },
  )

  // Case 27
  test.each(["signing", "sent", "paid"] as const)(
    "what vanishes in %s stays in the books, where people see the loss",
    (state) => {
      expect(entriesFor(aTransfer(state), { kind: "Vanished" })).toEqual([])
    },
  )

  test("what was never confirmed was never in the books", () => {
    expect(entriesFor(null, seen())).toEqual([])
    expect(entriesFor(aTransfer("seen"), { kind: "Vanished" })).toEqual([])
  })
})

test("the books are balanced only when custody is what the three claims add up to", () => {
  expect(isBalanced({ custody: 10n, supply: 7n, pending: 2n, fees: 1n })).toBe(true)
  expect(isBalanced({ custody: 10n, supply: 12n, pending: 0n, fees: -2n })).toBe(true)
  expect(isBalanced({ custody: 10n, supply: 7n, pending: 2n, fees: 2n })).toBe(false)
})

describe("however transfers walk through their states", () => {
  test("each posting sums to zero, moves something, and names an account once", () => {
    fc.assert(
      fc.property(fc.array(walk, { maxLength: 6 }), (walks) => {
        for (const { postings } of walks.map((one) => walked(one)))
          for (const entries of postings) {
            expect(entries.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n)
            expect(entries.every(({ amount }) => amount !== 0n)).toBe(true)
            expect(new Set(entries.map(({ account }) => account)).size).toBe(entries.length)
          }
      }),
    )
  })

  test("custody is supply, pending and fees, and pending is what the open transfers are owed", () => {
    fc.assert(
      fc.property(fc.array(walk, { maxLength: 6 }), (walks) => {
        const lives = walks.map((one) => walked(one))

        const balances = balancesOf(lives.flatMap(({ postings }) => postings.flat()))

        const owed = lives
          .filter(({ transfer }) => OWED.includes(transfer.state))
          .reduce((sum, { transfer }) => sum + transfer.amount, 0n)
        expect(isBalanced(balances)).toBe(true)
        expect(balances.pending).toBe(owed)
      }),
    )
  })

  test("a paid transfer changed the supply and custody by what was paid, and no more", () => {
    fc.assert(
      fc.property(walk, (steps) => {
        const { transfer, postings, networkFee } = walked(steps, ["Vanished", "Died"])
        fc.pre(transfer.state === "paid")

        const { custody, supply, fees, pending } = balancesOf(postings.flat())

        const { amount, fee } = transfer
        const expected: Record<string, Balances> = {
          "arweave paid": { custody: amount, supply: amount - fee, pending: 0n, fees: fee },
          "arweave refunded": {
            custody: fee - networkFee,
            supply: 0n,
            pending: 0n,
            fees: fee - networkFee,
          },
          "ao paid": {
            custody: fee - amount - networkFee,
            supply: -amount,
            pending: 0n,
            fees: fee - networkFee,
          },
          "ao refunded": { custody: 0n, supply: -fee, pending: 0n, fees: fee },
        }
        const end = `${transfer.source} ${transfer.refund ? "refunded" : "paid"}`
        expect({ custody, supply, pending, fees }).toEqual(expected[end])
      }),
      { numRuns: 300 },
    )
  })
})

interface Walk {
  readonly isBurn: boolean
  readonly amount: bigint
  readonly fee: bigint
  readonly networkFee: bigint
  readonly choices: readonly number[]
}

/** A transfer of some amount, and which of the legal moves it makes each time. */
const walk: fc.Arbitrary<Walk> = fc.bigInt({ min: 2n, max: 10n ** 38n - 1n }).chain((amount) =>
  fc.record({
    isBurn: fc.boolean(),
    amount: fc.constant(amount),
    fee: fc.bigInt({ min: 0n, max: amount - 1n }),
    networkFee: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    choices: fc.array(fc.nat(), { maxLength: 14 }),
  }),
)

/** Walks by the moves that are legal, and keeps what each posted. */
function walked(
  { isBurn, amount, fee, networkFee, choices }: Walk,
  avoided: readonly EventKind[] = [],
) {
  const sighting = isBurn ? aBurn({ amount }) : aSighting({ amount })
  let { transfer, entries } = step(null, seen(sighting, fee))
  const postings: (readonly Entry[])[] = [entries]
  for (const choice of choices) {
    const legal = EVENTS.filter((kind) => moveOf(transfer.state, kind) !== null)
    const moves = legal.filter((kind) => !avoided.includes(kind) && isPossible(transfer, kind))
    if (moves.length === 0) break
    const event = moveFrom(transfer, moves[choice % moves.length]!, networkFee)
    ;({ transfer, entries } = step(transfer, event))
    postings.push(entries)
  }
  return { transfer, postings, networkFee }
}

/** What was given up can only land on a ledger. */
function isPossible({ slot, refund, source, target }: Transfer, kind: EventKind): boolean {
  return kind !== "Settled" || slot !== null || isLedger(refund ? source : target)
}

function moveFrom(transfer: Transfer, kind: EventKind, networkFee: bigint): TransferEvent {
  const event = anEvent(kind, transfer)
  if (event.kind === "Settled") return { ...event, networkFee }
  if (event.kind !== "Seen") return event
  const { id, amount, source, target } = transfer
  return { ...event, sighting: { ...event.sighting, id, amount, source, target } }
}

/** A posting as people compare it. */
function posted(before: Transfer, event: TransferEvent): Record<string, bigint> {
  return Object.fromEntries(
    entriesFor(before, event).map(({ account, amount }) => [account, amount]),
  )
}

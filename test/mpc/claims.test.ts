import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, expect, test } from "vitest"
import { type Claim, ClaimIndex, Claims } from "../../mpc/claims.ts"
import { type Entry, type Journal, openJournal } from "../../mpc/journal.ts"

let folder: string
let journal: Journal
let claims: Claims

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-claims-"))
  await reopen()
})
afterEach(async () => {
  await journal.close()
  await rm(folder, { recursive: true, force: true })
})

async function reopen() {
  await journal?.close()
  const index = new ClaimIndex()
  journal = await openJournal(folder, (entry) => index.replay(entry))
  claims = new Claims(index, journal)
}

const aClaim = (over: Partial<Claim> = {}): Claim => ({
  transfer: "ao:process:1",
  slot: "anchor-1",
  payout: "pays alice 5",
  ...over,
})

test("a transfer claims a slot, and may claim it again without another entry", async () => {
  expect(await claims.claim([aClaim()])).toEqual([])
  expect(await claims.claim([aClaim()])).toEqual([])

  expect(journal.entries).toBe(1)
})

test("a second slot for a transfer is refused, after a restart too", async () => {
  await claims.claim([aClaim()])
  const refused = [{ transfer: "ao:process:1", reason: "other-slot", held: "anchor-1" }]

  expect(await claims.claim([aClaim({ slot: "anchor-2" })])).toEqual(refused)
  await reopen()
  expect(await claims.claim([aClaim({ slot: "anchor-2" })])).toEqual(refused)
  expect(journal.entries).toBe(1)
})

test("another payout in the same slot is refused", async () => {
  await claims.claim([aClaim()])

  const refusals = await claims.claim([aClaim({ payout: "pays mallory 5" })])

  expect(refusals).toMatchObject([{ reason: "other-payout" }])
})

test("of two requests at once for two slots one is refused", async () => {
  const outcomes = await Promise.all([
    claims.claim([aClaim({ slot: "anchor-1" })]),
    claims.claim([aClaim({ slot: "anchor-2" })]),
  ])

  expect(outcomes.map((refusals) => refusals.length)).toEqual([0, 1])
})

test("a repeated claim is confirmed only when the first one is on disk", async () => {
  const order: string[] = []

  const first = claims.claim([aClaim()]).then(() => order.push("first"))
  const again = claims.claim([aClaim()]).then(() => order.push("again"))
  expect(journal.entries).toBe(0)
  await again
  expect(journal.entries).toBe(1)
  await first

  expect(order).toHaveLength(2)
})

test("a hundred claims wait for the disk once", async () => {
  const batch = Array.from({ length: 100 }, (_, n) => aClaim({ transfer: `ao:process:${n}` }))

  expect(await claims.claim(batch)).toEqual([])

  expect([journal.entries, journal.syncs]).toEqual([100, 1])
})

test("a batch with one refusal claims nothing", async () => {
  await claims.claim([aClaim()])
  const other = aClaim({ transfer: "ao:process:2" })

  const refusals = await claims.claim([other, aClaim({ slot: "anchor-2" })])

  expect(refusals.map(({ transfer }) => transfer)).toEqual(["ao:process:1"])
  expect(await claims.claim([{ ...other, slot: "anchor-9" }])).toEqual([])
})

test("a batch that claims one transfer twice is a bad request", async () => {
  await expect(claims.claim([aClaim(), aClaim({ slot: "anchor-2" })])).rejects.toMatchObject({
    code: "bad-request",
  })
  expect(journal.entries).toBe(0)
})

test("a released transfer takes another slot, and never the dead one again", async () => {
  await claims.claim([aClaim()])
  await claims.release("ao:process:1", "anchor-1", "tip 70 is past anchor 1")

  for (const restarted of [false, true]) {
    if (restarted) await reopen()
    expect(await claims.claim([aClaim()])).toMatchObject([{ reason: "dead", held: null }])
  }
  expect(await claims.claim([aClaim({ slot: "anchor-2", payout: "refund" })])).toEqual([])
  expect(await claims.claim([aClaim()])).toMatchObject([{ reason: "other-slot" }])
})

test("only the slot that a transfer holds can be released", async () => {
  await claims.claim([aClaim()])

  for (const [transfer, slot] of [
    ["ao:process:1", "anchor-2"],
    ["ao:process:2", "anchor-1"],
  ] as const) {
    await expect(claims.release(transfer, slot, "none")).rejects.toMatchObject({
      code: "bad-request",
    })
  }
})

test("nothing is claimed once the journal cannot be written", async () => {
  await journal.close()

  await expect(claims.claim([aClaim()])).rejects.toMatchObject({ code: "journal-unwritable" })
  await expect(claims.claim([aClaim()])).rejects.toMatchObject({ code: "journal-unwritable" })
})

test("a claim that contradicts an older one in the journal does not count", async () => {
  await claims.claim([aClaim()])
  await journal.append({ kind: "claim", ...aClaim({ slot: "anchor-2" }) })
  await reopen()

  expect(await claims.claim([aClaim()])).toEqual([])
  expect(await claims.claim([aClaim({ slot: "anchor-2" })])).toHaveLength(1)
})

test("a restart changes no answer, whatever happened before", async () => {
  const slot = fc.constantFrom("s1", "s2", "s3")
  const transfer = fc.constantFrom("t1", "t2")
  const payout = fc.constantFrom("p1", "p2")
  const step = fc.record({ transfer, slot, payout, release: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat(), async (steps, restartAt) => {
      const written: Entry[] = []
      const keeping = { append: async (entry: Entry) => void written.push(entry) } as Journal
      const silent = { append: async () => {} } as unknown as Journal
      const books = [new Claims(new ClaimIndex(), keeping), new Claims(new ClaimIndex(), silent)]

      for (const [at, { release, ...claim }] of steps.entries()) {
        if (at === restartAt % (steps.length + 1)) {
          const fresh = new ClaimIndex()
          for (const entry of written) fresh.replay(entry)
          books[1] = new Claims(fresh, silent)
        }
        const answers = await Promise.all(
          books.map((book) =>
            release
              ? book.release(claim.transfer, claim.slot, "e").catch((error) => error.code)
              : book.claim([claim]),
          ),
        )
        expect(answers[1]).toEqual(answers[0])
      }
    }),
    { numRuns: 200 },
  )
})

// A campaign's token on both faces: whose roots count, what a claim proves, and what is paid but once.

import { deepEqual, equal } from "node:assert/strict"
import { readFileSync } from "node:fs"
import { describe, test } from "vitest"
import { taoxBundle } from "../../lua/taox.ts"
import { aCampaign, anEpoch, HOUR, NOW, open, paid, refuses, Taox, three } from "./taox-token.ts"
import {
  ALICE,
  BOB,
  BRIDGE,
  FACES,
  GUARDIAN,
  idOf,
  noticesTo,
  outcomes,
  POOL,
  TOKEN,
  Token,
  tagsOf,
  UNIT,
} from "./token.ts"

describe.each(FACES)("on %s", (face) => {
  test("a claim pays its account what it has not had, once, whoever sends it", async () => {
    const [taox, epoch] = [await Taox.deployed(aCampaign(), face), three()]
    await taox.root(epoch)

    const first = await taox.claim(epoch, ALICE)
    const again = await taox.claim(epoch, ALICE, { from: ALICE })

    deepEqual(outcomes(first), paid)
    const [credit, notice] = first.Messages
    equal(credit!.Target, ALICE)
    equal(tagsOf(credit).Quantity, "1000")
    equal(tagsOf(notice)["Payment-Number"], "1")
    deepEqual(outcomes(again), ["nothing-due"])
    deepEqual(await taox.token.balances(), { [ALICE]: "1000" })
  })

  test("every claim of the published trees is proven, and none with another amount", async () => {
    for (const { campaign, epoch, root, claims } of published()) {
      const allocation = 10n ** 38n - 1n
      const taox = await Taox.deployed(aCampaign({ campaign, allocation }), face)
      const all = { epoch, root, total: allocation, claims: [], tree: [] }
      await taox.root(all)
      // A few of the greatest tree: all take the same way.
      for (const [at, claim] of claims.entries()) {
        if (claims.length > 7 && at % 7 !== 0) continue
        const { index, account, amount, proof } = claim
        const said = { epoch: `${epoch}`, index: `${index}`, account, amount, proof }
        const more = { ...said, amount: `${BigInt(amount) - 1n || 2n}` }
        const send = (data: object) =>
          taox.token.send({ Action: "Claim" }, { data: JSON.stringify(data) })
        deepEqual(outcomes(await send(more)), ["bad-proof"])
        deepEqual(outcomes(await send({ ...said, index: `${index + 1}` })), ["bad-proof"])
        // Together they may be more than there can be: then the proof was right and the bound holds.
        const [outcome] = outcomes(await send(said))
        equal(["Credit-Notice", "over-total"].includes(outcome!), true, outcome)
        if (at === 0) equal(outcome, "Credit-Notice")
      }
    }
  })

  test("a credit pays its rows to the last, or none of them, and a row once", async () => {
    const [taox, epoch] = [await Taox.deployed(aCampaign(), face), three()]
    await taox.root(epoch)

    deepEqual(outcomes(await taox.credit(epoch, [BOB, POOL])), [
      ...["Credit-Notice", "Credit-Notice", "Credited-Notice"],
    ])
    const again = await taox.credit(epoch, [ALICE, BOB])

    deepEqual(outcomes(again), ["already-credited"])
    deepEqual(await taox.token.balances(), { [BOB]: "500", [POOL]: "7" })
    deepEqual(outcomes(await taox.claim(epoch, BOB)), ["nothing-due"])
  })
})

test("a later root pays the difference to all that was had before, and the older one pays no more", async () => {
  const [first, second] = [three(), anEpoch(2, { [ALICE]: 1500n, [BOB]: 500n, [POOL]: 3n })]
  const taox = await open(first)
  await taox.claim(first, ALICE)
  await taox.credit(first, [POOL])

  await taox.root(second)
  await refuses(taox, "superseded", () => taox.claim(first, BOB))
  deepEqual(outcomes(await taox.claim(second, ALICE)), paid)
  deepEqual(outcomes(await taox.claim(second, BOB)), paid)

  // What was corrected downwards after it was paid stays paid, and nothing is added.
  await refuses(taox, "nothing-due", () => taox.claim(second, POOL))
  deepEqual(await taox.token.balances(), { [ALICE]: "1500", [BOB]: "500", [POOL]: "7" })
  const payments = await taox.payments()
  deepEqual(
    payments.map(({ number, quantity, epoch, kind }) => [number, quantity, epoch, kind]),
    [
      [1, "1000", 1, "claim"],
      [2, "7", 1, "credit"],
      [3, "500", 2, "claim"],
      [4, "500", 2, "claim"],
    ],
  )
})

test("nobody but the cluster's own wallet names a root or credits", async () => {
  const [taox, epoch] = [await Taox.deployed(), three()]

  for (const from of [ALICE, GUARDIAN, UNIT])
    await refuses(taox, "not-the-bridge", () => taox.root(epoch, {}, { from }))
  // A unit's key can write any sender.
  await refuses(taox, "not-the-bridge", () => taox.root(epoch, {}, { owner: UNIT }))
  await taox.root(epoch)
  await refuses(taox, "not-the-bridge", () => taox.credit(epoch, [BOB], { owner: UNIT }))
  await refuses(taox, "not-the-bridge", () => taox.credit(epoch, [BOB], { from: GUARDIAN }))
})

test("an epoch has one root, ever, and no root comes after a later one", async () => {
  const taox = await open()
  const other = anEpoch(1, { [ALICE]: 999_999n })

  await refuses(taox, "epoch-closed", () => taox.root(other))
  await taox.root(three(4))
  await refuses(taox, "epoch-closed", () => taox.root(three(3)))
})

test("a root's total is within the allocation, and no tree pays more than its total", async () => {
  const allocation = 1600n
  const [taox, epoch] = [await Taox.deployed(aCampaign({ allocation })), three()]

  await refuses(taox, "over-allocation", () => taox.root(epoch, { total: "1601" }))
  await taox.root(epoch, { total: "1400" })
  await taox.claim(epoch, ALICE)
  await refuses(taox, "over-total", () => taox.claim(epoch, BOB))
  await refuses(taox, "over-total", () => taox.credit(epoch, [POOL, BOB]))

  // Under the next root nothing was taken yet: the allocation alone is what bounds it.
  const next = anEpoch(2, { [BOB]: 600n, [POOL]: 601n })
  await taox.root(next)
  deepEqual(outcomes(await taox.claim(next, BOB)), paid)
  await refuses(taox, "over-allocation", () => taox.claim(next, POOL))
})

test("a root pays from its opening to its closing, and at the earliest a delay after it came", async () => {
  const [taox, epoch] = [await Taox.deployed(aCampaign({ delayMs: HOUR })), three()]
  const at = (more: number) => ({ at: NOW + more })

  await taox.root(epoch, { opensAt: `${NOW - HOUR}`, closesAt: `${NOW + 2 * HOUR}` }, at(0))
  const early = await refuses(taox, "not-open", () => taox.claim(epoch, BOB, at(HOUR - 1)))
  equal(tagsOf(early.Messages[0])["Retry-At"], `${NOW + HOUR}`)
  deepEqual(outcomes(await taox.claim(epoch, BOB, at(HOUR))), paid)
  await refuses(taox, "window-closed", () => taox.claim(epoch, ALICE, at(2 * HOUR)))

  const late = { opensAt: `${NOW + 3 * HOUR}`, closesAt: `${NOW + 4 * HOUR}` }
  await taox.root(three(2), late, at(2 * HOUR))
  await refuses(taox, "not-open", () => taox.claim(three(2), ALICE, at(3 * HOUR - 1)))
  deepEqual(outcomes(await taox.claim(three(2), ALICE, at(3 * HOUR))), paid)
  const shut = { opensAt: `${NOW}`, closesAt: `${NOW + 5 * HOUR}` }
  await refuses(taox, "bad-window", () => taox.root(three(3), shut, at(4 * HOUR)))
})

test("what a closed root has not paid is the campaign's again", async () => {
  const [taox, epoch] = [await Taox.deployed(aCampaign({ allocation: 2000n })), three()]
  const money = async () => {
    const { TotalSupply, Promised, Free } = await taox.token.info()
    return [TotalSupply, Promised, Free]
  }
  await taox.root(epoch, { closesAt: `${NOW + HOUR}` })
  await taox.claim(epoch, BOB)

  deepEqual(await money(), ["500", "1007", "493"])
  taox.token.nowMs = NOW + HOUR
  deepEqual(await money(), ["500", "0", "1500"])
})

test("the guardian stops claims and credits, and only the bridge starts them again", async () => {
  const [taox, epoch] = [await open(), three()]

  await refuses(taox, "not-the-guardian", () => taox.pause("all", { from: ALICE }))
  deepEqual(outcomes(await taox.pause("all")), ["Pause-Notice"])
  await refuses(taox, "claim-paused", () => taox.claim(epoch, BOB))
  await refuses(taox, "credit-paused", () => taox.credit(epoch, [BOB]))
  // A wrong root is mended by the next.
  deepEqual(outcomes(await taox.root(three(2))), ["Root-Notice"])
  await refuses(taox, "not-the-bridge", () =>
    taox.token.send({ Action: "Resume" }, { from: GUARDIAN }),
  )
  deepEqual(outcomes(await taox.token.ordered("Resume", { Scope: "claim" })), ["Resume-Notice"])

  deepEqual(outcomes(await taox.claim(three(2), BOB)), paid)
  await refuses(taox, "credit-paused", () => taox.credit(three(2), [POOL]))
  await refuses(taox, "bad-scope", () => taox.pause("mint"))
})

test("no message pays twice, whichever slot it gets", async () => {
  const [taox, epoch] = [await open(), three()]
  const id = taox.token.nextId()
  await taox.claim(epoch, BOB, { id })

  deepEqual(outcomes(await taox.claim(epoch, ALICE, { id })), ["message-replayed"])
  const credit = { id: taox.token.nextId() }
  await taox.credit(epoch, [POOL], credit)
  deepEqual(outcomes(await taox.credit(epoch, [POOL], credit)), ["message-replayed"])
})

test("what is paid is a token that moves, and never the token's own", async () => {
  const epoch = anEpoch(1, { [ALICE]: 10n, [TOKEN]: 5n })
  const taox = await open(epoch)
  await taox.claim(epoch, ALICE)

  deepEqual(outcomes(await taox.token.transfer("4", BOB)), ["Debit-Notice", "Credit-Notice"])
  await refuses(taox, "bad-recipient", () => taox.claim(epoch, TOKEN))
  await refuses(taox, "bad-recipient", () => taox.credit(epoch, [TOKEN]))
  equal(await taox.had(ALICE), "10")
  deepEqual(await taox.token.balances(), { [ALICE]: "6", [BOB]: "4" })
  // It was given by the campaign: nothing is due for what was passed on.
  await refuses(taox, "nothing-due", () => taox.claim(epoch, ALICE))
})

test("notices and payments are numbered without a gap", async () => {
  const [taox, epoch] = [await Taox.deployed(), three()]
  const results = [
    await taox.root(epoch),
    await taox.credit(epoch, [BOB, POOL]),
    await taox.claim(epoch, idOf("nobody") && ALICE),
    await taox.token.transfer("1", BOB),
  ]

  const numbers = results.flatMap(({ Messages }) =>
    Messages.map((message) => Number(tagsOf(message)["Notice-Number"])),
  )
  deepEqual(
    numbers,
    numbers.map((_, at) => at + 1),
  )
  deepEqual(
    (await taox.payments()).map(({ number }) => number),
    [1, 2, 3],
  )
  equal(noticesTo(results[1]!, BRIDGE).length, 1)
})

test("a new bundle keeps the books, and only the bridge can Eval it", async () => {
  const [taox, epoch] = [await open(), three()]
  await taox.claim(epoch, BOB)
  const text = taoxBundle(aCampaign({ name: "renamed", allocation: 5n }))

  deepEqual(outcomes(await taox.token.eval(text, GUARDIAN)), ["not-the-bridge"])
  deepEqual(outcomes(await taox.token.eval(text, BRIDGE)), [])

  equal((await taox.token.info()).Allocation, "1000000")
  deepEqual(outcomes(await taox.claim(epoch, BOB)), ["nothing-due"])
  deepEqual(outcomes(await taox.claim(epoch, ALICE)), paid)
})

test("a process without an authority does not become a campaign's token", async () => {
  const token = await Token.blank([])

  const result = await token.eval(taoxBundle(aCampaign()), idOf("deployer"))

  equal(/no Authority tag/.test(result.Error ?? ""), true)
})

test.each([
  ["claim", (taox: Taox) => taox.claim(three(), ALICE)],
  ["credit", (taox: Taox) => taox.credit(three(), [ALICE, POOL])],
  ["root", (taox: Taox) => taox.root(three(2))],
  ["hold", (taox: Taox) => taox.hold(1, [ALICE, BOB])],
])(
  "an error at the end of a %s changes nothing where nobody else takes it back",
  async (_, act) => {
    const taox = await Taox.scripted(aCampaign(), (script) =>
      script.replace('  table.insert(fields, 1, { "Notice-Number"', (line) =>
        ["  if book.notices > 3 then error('x') end", line].join("\n"),
      ),
    )
    await taox.root(three())
    await taox.credit(three(), [BOB])
    await taox.token.transfer("1", ALICE, { from: BOB, tags: { Cast: "1" } })
    const before = await taox.state()

    deepEqual(outcomes(await act(taox)), ["evaluation-failed"])

    deepEqual(await taox.state(), before)
  },
)

interface Published {
  readonly campaign: string
  readonly epoch: number
  readonly root: string
  readonly claims: readonly {
    readonly index: number
    readonly account: string
    readonly amount: string
    readonly proof: readonly string[]
  }[]
}

function published(): readonly Published[] {
  const file = new URL("../vectors/merkle-claims.json", import.meta.url)
  return (JSON.parse(readFileSync(file, "utf8")) as { trees: Published[] }).trees
}

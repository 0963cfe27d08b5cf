// What lua@5.3a does not do for a script: nobody takes a failed message back, checks a sender, or keeps a message from running twice.
// Measured on a node (test/cases.md): H-2, H-4, H-6, H-7, H-9, H-41, H-44, H-45, H-46, H-47, H-49, H-51, H-54, H-64, H-65.

import { deepEqual, equal, match, ok } from "node:assert/strict"
import { describe, test } from "vitest"
import { NativeProcess } from "../../devnet/ao/native.ts"
import { aosModule } from "../../devnet/aos.ts"
import { hyperBundle } from "../../lua/bundle.ts"
import {
  ALICE,
  aConfig,
  aRow,
  BOB,
  BRIDGE,
  idOf,
  mintData,
  noticesTo,
  outcomes,
  POOL,
  TOKEN,
  Token,
  tagsOf,
  UNIT,
} from "./token.ts"

const moved = ["Debit-Notice", "Credit-Notice"]

async function aToken(): Promise<Token> {
  const token = await Token.native()
  await token.mint([aRow("a")])
  return token
}

const byUser = (committer: string) => ({
  ...{ "commitment-device": "ans104@1.0", type: "rsa-pss-sha256", committer },
})
const byNode = (committer: string) => ({
  ...{ "commitment-device": "httpsig@1.0", type: "rsa-pss-sha512", committer },
})

/** A process whose slots a test writes as the node would; `base` is what its own tags are. */
async function aProcess(base: Record<string, string> = { Authority: UNIT }, config = aConfig()) {
  const tags = Object.entries(base).map(([name, value]) => ({ name, value }))
  const process = new NativeProcess({
    ...{ module: await aosModule(), script: hyperBundle(config), process: TOKEN },
    ...{ tags, authority: UNIT },
  })
  let next = 0
  const slot = (body: object, more: object = {}) =>
    process.compute({
      ...{ slot: next++, timestamp: 1_700_000_000_000 + next, process: TOKEN, body, ...more },
    })
  const spawned = await slot({ type: "Process", commitments: { [TOKEN]: byUser(ALICE) } })
  return { process, slot, spawned }
}

async function funded() {
  const one = await aProcess()
  const mint = { action: "Mint", data: mintData([aRow("a")]) }
  await one.slot({ ...mint, commitments: { [idOf("mint")]: byUser(BRIDGE) } })
  const transfer = (fields: object, commitments: object) =>
    one.slot({ ...{ action: "Transfer", recipient: BOB, quantity: "10" }, ...fields, commitments })
  return { ...one, transfer }
}

describe("an error", () => {
  // Each of these is what the handler does last; before it the books have changed.
  test.each([
    ["mint", (token: Token) => token.mint([aRow("b", { recipient: BOB }), aRow("c")])],
    ["refund", (token: Token) => token.mint([refund])],
    ["transfer", (token: Token) => token.transfer("10")],
    ["burn", (token: Token) => token.burn("100")],
  ])("in the middle of a %s changes nothing, sends nothing, and ends nothing", async (_, act) => {
    const fault = (script: string) =>
      script.replace("function messages.notify(book,", (text) =>
        [
          "local calls = 0",
          "function messages.fault() calls = calls + 1; if Broken and calls > Broken then error('x') end end",
          `${text.replace("messages.notify", "messages.noted")}`,
        ].join("\n"),
      )
    const patch = (script: string) =>
      fault(script).replace(
        "---- Parse, then decide once",
        "function messages.notify(...) messages.fault(); return messages.noted(...) end",
      )
    const token = await Token.native(aConfig(), (script) => `Broken = 4\n${patch(script)}`)
    await token.mint([aRow("a")])
    const { id } = await token.burn("300").then(burned)
    refund = { id, recipient: ALICE, quantity: "300" }
    const before = await token.state()

    const failed = await act(token)

    deepEqual(outcomes(failed), ["evaluation-failed"])
    deepEqual(await token.state(), before)
  })
  let refund = { id: "", recipient: ALICE, quantity: "300" }

  test("is not tried again: the message was decided", async () => {
    const patch = (script: string) =>
      script.replace("function accounts.transfer(book, order)", (text) => `${text} error("x")`)
    const token = await Token.native(aConfig(), patch)
    const id = token.nextId()

    deepEqual(outcomes(await token.transfer("1", BOB, { id })), ["evaluation-failed"])
    deepEqual(outcomes(await token.transfer("1", BOB, { id })), ["message-replayed"])
  })

  test("outside of every rule is the answer of its slot, and the next slot is computed", async () => {
    const patch = (script: string) =>
      script.replace("function actions.Info(msg)", (text) => `${text} error("x")`)
    const token = await Token.native(aConfig(), patch)

    const failed = await token.send({ Action: "Info" })

    deepEqual([failed.Output.data, failed.Messages, failed.Error], ["failed", [], undefined])
    deepEqual(outcomes(await token.mint([aRow("a")])), ["Credit-Notice", "Mint-Notice"])
  })

  test("that does leave compute stops the process for ever", async () => {
    const stuck = await Token.native(aConfig(), (script) =>
      script.replace("function compute(base, assignment)", (text) => `${text} error("x")`),
    )

    ok((await stuck.send({ Action: "Info" })).Error)
    ok((await stuck.mint([aRow("a")])).Error)
  })
})

describe("a sender", () => {
  test("is the key of the one commitment that the node verified", async () => {
    const { transfer } = await funded()

    const own = await transfer({}, { [idOf("1")]: byUser(ALICE), other: { type: "hmac-sha256" } })

    deepEqual(outcomes(own), moved)
    equal(own.state.balances?.[BOB], "10")
  })

  test.each([
    ["none", {}],
    ["two", { [idOf("1")]: byUser(ALICE), [idOf("2")]: byUser(BOB) }],
    ["one of another device", { [idOf("1")]: { ...byUser(ALICE), "commitment-device": "x@1.0" } }],
    ["one of another type", { [idOf("1")]: { ...byUser(ALICE), type: "hmac-sha256" } }],
    ["one without a key", { [idOf("1")]: { ...byUser(ALICE), committer: undefined } }],
  ])("is nobody with commitments like %s", async (_, commitments) => {
    const { transfer } = await funded()

    const result = await transfer({}, commitments)

    deepEqual([result.Output.data, result.Messages], ["not signed by one key", []])
  })

  test("is not who a tag says: from, owner, id, committers, from-process", async () => {
    const { transfer } = await funded()
    const forged = { from: ALICE, owner: ALICE, id: idOf("x"), committers: ALICE }

    const byBob = await transfer(forged, { [idOf("1")]: byUser(BOB) })
    const asAlice = await transfer({ "from-process": ALICE }, { [idOf("2")]: byUser(BOB) })

    deepEqual(outcomes(byBob), ["insufficient-balance"])
    equal(tagsOf(byBob.Messages[0])["Message-Id"], idOf("1"))
    deepEqual(asAlice.Messages, [])
  })

  test("is a process only when an authority's node signed for it", async () => {
    const { slot, transfer } = await funded()
    const to = { recipient: POOL, quantity: "100" }
    await slot({ action: "Transfer", ...to, commitments: { [idOf("fund")]: byUser(ALICE) } })
    const asPool = { "from-process": POOL, reference: "1" }

    const byStranger = await transfer(asPool, { [idOf("1")]: byNode(BOB) })
    const byAuthority = await transfer(asPool, { [idOf("2")]: byNode(UNIT) })

    deepEqual(outcomes(byStranger), [])
    deepEqual(outcomes(byAuthority), moved)
  })

  test("who mints is the bridge's own wallet, and no node that says so", async () => {
    const { slot } = await aProcess()
    const mint = { action: "Mint", data: mintData([aRow("b")]) }

    const said = { ...mint, "from-process": BRIDGE, reference: "1" }
    const byNodeForBridge = await slot({ ...said, commitments: { [idOf("1")]: byNode(UNIT) } })

    deepEqual(outcomes(byNodeForBridge), ["not-the-bridge"])
  })
})

describe("a message that comes again", () => {
  test("under its own id is decided once, however many slots it has", async () => {
    const token = await aToken()
    const id = token.nextId()

    const answers = []
    for (let n = 0; n < 3; n++) answers.push(...outcomes(await token.transfer("10", BOB, { id })))

    deepEqual(answers, [...moved, "message-replayed", "message-replayed"])
    equal(await token.balance(BOB), "10")
  })

  test("pushed again under a new id is known by the number its process gave it", async () => {
    const token = await aToken()
    await token.transfer("100", POOL)
    const push = (Reference: string) =>
      token.transfer("10", BOB, { from: POOL, owner: UNIT, tags: { Reference } })

    deepEqual(outcomes(await push("7")), moved)
    deepEqual(outcomes(await push("7")), ["message-replayed"])
    deepEqual(outcomes(await push("8")), moved)
  })

  test("from a process that does not number what it sends does nothing the first time either", async () => {
    const token = await aToken()
    await token.transfer("100", POOL)

    const result = await token.transfer("10", BOB, { from: POOL, owner: UNIT })

    deepEqual(outcomes(result), ["no-reference"])
  })
})

describe("a tag", () => {
  test.each<[string, [string, string][]]>([
    [
      "twice",
      [
        ["Quantity", "1"],
        ["Quantity", "999"],
      ],
    ],
    [
      "in two spellings",
      [
        ["Quantity", "1"],
        ["quantity", "999"],
      ],
    ],
    [
      "with the look of a list",
      [
        ["Quantity", "5"],
        ["Max-Fee", '"1", "9"'],
      ],
    ],
  ])("%s is refused", async (_, tags) => {
    const token = await aToken()
    const all: [string, string][] = [["Action", "Transfer"], ["Recipient", BOB], ...tags]

    deepEqual(outcomes(await token.send(all)), ["duplicate-tag"])
    equal(await token.balance(), "1000")
  })

  test("that its sender made a number or a list of is refused", async () => {
    const { transfer } = await funded()
    const fields = [{ quantity: 10 }, { "max-fee": 5 }, { recipient: [BOB] }, { data: {} }]

    for (const [n, field] of fields.entries()) {
      const result = await transfer(field, { [idOf(`${n}`)]: byUser(ALICE) })
      deepEqual(outcomes(result), ["bad-tag"], JSON.stringify(field))
    }
  })

  test("beside data that no schedule can show burns nothing; plain text is no harm", async () => {
    const token = await aToken()
    const burn = (data: string) => token.burn("100", {}, { data })

    deepEqual(outcomes(await burn("\u0000")), ["bad-data"])
    deepEqual(outcomes(await burn("1984 é")), ["Burn-Notice", "Burn-Notice"])
  })

  test("in whatever case is the same tag", async () => {
    const token = await aToken()
    const tags = { ACTION: "Transfer", rEcIpIeNt: BOB, quantity: "10", "x-Note": "hi" }

    const result = await token.send(tags)

    deepEqual(outcomes(result), moved)
    equal(tagsOf(result.Messages[1])["X-Note"], "hi")
  })
})

describe("what a slot leaves behind", () => {
  test("is read by path: balances as text, and how many burns there were", async () => {
    const token = await Token.native()
    await token.mint([aRow("a", { quantity: "1000000" }), aRow("b", { recipient: BOB })])
    await token.burn("400")
    const { slot } = await funded()
    const burn = { action: "Burn", recipient: idOf("home"), quantity: "1000" }

    const { state } = await slot({ ...burn, commitments: { [idOf("burn")]: byUser(ALICE) } })

    deepEqual(await token.balances(), { [ALICE]: "999600", [BOB]: "1000" })
    deepEqual([state.balances, state.supply, state["burn-count"]], [{}, "0", "1"])
  })

  test("has no status, and no name that a node takes for its own", async () => {
    const reserved = ["slot", "path", "method", "body", "committers", "from-process", "ao-types"]
    const token = await aToken()
    const results = [
      ...[await token.burn("100"), await token.transfer("5"), await token.mint([aRow("z")])],
      ...[await token.send({ Action: "Minted", "Deposit-Id": aRow("a").id })],
      ...[await token.send({ Action: "Info" }), await token.send({ Action: "Limits" })],
    ] as (Awaited<ReturnType<Token["burn"]>> & { state: { results: object } })[]

    for (const { state, Messages } of results) {
      deepEqual(Object.keys(state.results).sort(), ["outbox", "output"])
      for (const { Tags } of Messages)
        for (const { name } of Tags) ok(!reserved.includes(name.toLowerCase()), name)
    }
  })

  test("numbers every notice, without a gap", async () => {
    const token = await aToken()
    const results = [
      await token.transfer("5"),
      await token.burn("100"),
      await token.mint([aRow("b")]),
    ]

    const numbers = results.flatMap(({ Messages }) => Messages).map((one) => tagsOf(one))

    deepEqual(
      numbers.map((tags) => tags["Notice-Number"]),
      ["3", "4", "5", "6", "7", "8"],
    )
    equal(noticesTo(results[1]!, BRIDGE).length, 1)
  })
})

describe("a process", () => {
  test.each([
    ["without an authority", {}, "the process has no authority"],
    [
      "whose authority is the bridge",
      { Authority: BRIDGE },
      "the bridge is an authority of the process",
    ],
  ])("%s opens no books", async (_, base, said) => {
    const { slot, spawned } = await aProcess(base)
    const mint = { action: "Mint", data: mintData([aRow("a")]) }

    const later = await slot({ ...mint, commitments: { [idOf("1")]: byUser(BRIDGE) } })

    equal(spawned.Output.data, said)
    deepEqual([later.Output.data, later.Messages], ["there are no books", []])
  })

  test("whose first slot is another message opens no books", async () => {
    const { slot } = await aProcess()
    const { process } = await aProcess({ Authority: UNIT })
    void slot
    const other = await process.compute({
      ...{
        slot: 0,
        timestamp: 1,
        process: TOKEN,
        body: { commitments: { [idOf("x")]: byUser(ALICE) } },
      },
    })

    match(String(other.Output.data), /not the next slot/)
  })

  test("hears all its authorities, as a list and as a text that looks like one", async () => {
    const { slot } = await aProcess({ Authority: `"${idOf("other")}", "${UNIT}"` })
    const mint = { action: "Mint", data: mintData([aRow("a", { recipient: POOL })]) }
    await slot({ ...mint, commitments: { [idOf("mint")]: byUser(BRIDGE) } })
    const fields = { action: "Transfer", recipient: BOB, quantity: "10", "from-process": POOL }
    const transfer = (n: string, node: string) =>
      slot({ ...fields, reference: n, commitments: { [idOf(n)]: byNode(node) } })

    deepEqual(outcomes(await transfer("1", UNIT)), moved)
    deepEqual(outcomes(await transfer("2", idOf("other"))), moved)
    deepEqual(outcomes(await transfer("3", idOf("stranger"))), [])
  })

  test("that misses a slot, or sees one again, changes nothing", async () => {
    const { process, transfer } = await funded()
    const body = { ...{ action: "Transfer", recipient: BOB, quantity: "10" } }
    const at = (slot: number) =>
      process.compute({
        ...{ slot, timestamp: 1_700_000_000_009, process: TOKEN },
        body: { ...body, commitments: { [idOf(`at ${slot}`)]: byUser(ALICE) } },
      })

    for (const slot of [0, 1, 3, 9]) equal((await at(slot)).Output.data, "not the next slot")

    deepEqual(outcomes(await transfer({}, { [idOf("1")]: byUser(ALICE) })), moved)
  })
})

function burned(result: Awaited<ReturnType<Token["burn"]>>): { id: string } {
  return { id: tagsOf(result.Messages[0])["Burn-Id"]! }
}

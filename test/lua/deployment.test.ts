// What turns an aos process into the token, and who owns it afterwards.

import { deepEqual, equal, match, throws } from "node:assert/strict"
import { test } from "vitest"
import { BridgeError } from "../../core/errors.ts"
import { bundle, type TokenConfig } from "../../lua/bundle.ts"
import {
  ALICE,
  aConfig,
  aRow,
  aSource,
  BRIDGE,
  DEPLOYER,
  GUARDIAN,
  idOf,
  noticesTo,
  outcomes,
  TOKEN,
  Token,
  UNIT,
  VAULT,
} from "./token.ts"

test("a process without an authority does not become a token", async () => {
  // Case 97, R-3.
  const token = await Token.blank([])

  const result = await token.deploy()

  match(result.Error ?? "", /no Authority tag/)
  deepEqual(await evaluated(token, "return tostring(Book)", DEPLOYER), "nil")
  deepEqual(await evaluated(token, "return Owner", DEPLOYER), DEPLOYER)
})

test("a process whose unit holds the bridge's own address does not become a token", async () => {
  const token = await Token.blank([UNIT, BRIDGE])

  match((await token.deploy()).Error ?? "", /not an authority/)
})

test("Info tells how many authorities there are", async () => {
  const token = await Token.blank([UNIT, idOf("second unit")])
  await token.deploy()

  equal((await token.info()).Authorities, "2")
})

test("after deployment nobody but the bridge can Eval", async () => {
  const token = await Token.deployed()
  const steal = `Owner = "${ALICE}"; Book.balances["${ALICE}"] = "1"`

  for (const from of [DEPLOYER, ALICE, GUARDIAN, UNIT]) {
    deepEqual(outcomes(await token.eval(steal, from)), ["not-the-bridge"])
  }
  // A unit's key can write any sender: aos alone would take this for its owner.
  const forged = await token.send({ Action: "Eval" }, { from: BRIDGE, owner: UNIT, data: steal })

  deepEqual(outcomes(forged), ["not-the-bridge"])
  equal(await token.balance(ALICE), "0")
  equal(await evaluated(token, "return Owner"), BRIDGE)
})

test("an Eval of the bridge runs once, however often it is scheduled", async () => {
  // Case 90.
  const token = await Token.deployed()
  const id = token.nextId()
  const count = () => token.send({ Action: "Eval" }, { from: BRIDGE, data: "N = (N or 0) + 1", id })

  for (let n = 0; n < 3; n++) await count()

  equal(await evaluated(token, "return N"), "1")
})

test("an Eval with two Action tags is refused", async () => {
  const token = await Token.deployed()

  const result = await token.send(
    [
      ["Action", "Eval"],
      ["action", "Eval"],
    ],
    { from: BRIDGE, data: "N = 1" },
  )

  deepEqual(outcomes(result), ["duplicate-tag"])
  equal(await evaluated(token, "return tostring(N)"), "nil")
})

test("an upgrade by the bridge keeps balances, ids, burns, limits and numbers", async () => {
  const token = await Token.deployed()
  await token.mint([aRow("a")])
  await token.burn("100")
  const before = await token.state()

  const upgraded = await token.deploy(aConfig({ name: "Other", bridge: BRIDGE }), BRIDGE)

  equal(upgraded.Error, undefined)
  deepEqual(await token.state(), before)
  deepEqual(outcomes(await token.mint([aRow("a")])), ["already-minted"])
  equal((await token.burn("100")).Messages.length, 2)
  equal((await token.burns()).length, 2)
})

test("a name that looks like Lua is only a name", async () => {
  const name = `x" .. error([[no]]) .. "]]\\ —é`
  const token = await Token.deployed(aConfig({ name }))

  equal((await token.info()).Name, name)
})

test("every mistake of a configuration is told at once", () => {
  const broken: TokenConfig = {
    ...aConfig({ name: "a\nb", ticker: "w AR", denomination: 1.5, bridge: "bridge", mintFee: -1n }),
    ...{ guardian: `${"a".repeat(42)}B`, feeRecipient: "A".repeat(43), logo: "logo" },
    sources: [{ ...aSource("arweave"), vault: "vault", minBurn: 30n }, aSource("arweave")],
    limits: { row: 5n, message: 4n, window: 3n, windowMs: 0 },
  }
  const words = [
    ...["name is", "ticker is", "denomination is", "logo is", "bridge is", "guardian is"],
    ...["feeRecipient is", "mintFee is", "limits grow", "windowMs is", "each chain once"],
    ...["vault is", "minBurn is more", "minBurn is within"],
  ]

  throws(
    () => bundle(broken),
    (error) =>
      error instanceof BridgeError &&
      error.code === "bad-config" &&
      words.every((word) => error.message.includes(word)),
  )
})

test("a limit of zero, none or more than 38 digits is no limit", () => {
  for (const row of [0n, -1n, 10n ** 38n]) {
    const limits = { row, message: 10n ** 38n, window: 10n ** 38n, windowMs: 1000 }
    throws(() => bundle(aConfig({ limits })), /limits are positive/)
  }
  throws(() => bundle(aConfig({ sources: [] })), /at least one chain/)
})

test("an Ethereum guardian is known by its checksummed address, however it was configured", async () => {
  const guardian = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
  const token = await Token.deployed(aConfig({ guardian: guardian.toLowerCase() }))

  equal((await token.info()).Guardian, guardian)
  const paused = await token.send({ Action: "Pause", Reason: "drill" }, { from: guardian })
  deepEqual(outcomes(paused), ["Pause-Notice"])
})

test("what nobody asked for is neither answered nor kept", async () => {
  // Case 99: two tokens that answer whatever they do not know would never stop.
  const token = await Token.deployed()
  const before = await evaluated(token, "return #Inbox")

  for (const Action of [
    "Credit-Notice",
    "Transfer-Error",
    "Balance-Response",
    "transfer",
    "constructor",
  ]) {
    deepEqual((await token.send({ Action })).Messages, [])
  }
  deepEqual((await token.send({})).Messages, [])
  equal(await evaluated(token, "return #Inbox"), before)
})

test("no answer and no notice is named like a question", async () => {
  // Case 99.
  const token = await Token.deployed()
  await token.mint([aRow("a")])
  const questions = [
    "Info",
    "Balance",
    "Balances",
    "Total-Supply",
    "Burns",
    "Limits",
    "Burn-Record",
  ]

  const said = new Set<string>()
  for (const Action of [...questions, "Minted", "Transfer", "Burn", "Mint", "Pause", "Eval"]) {
    for (const word of outcomes(await token.send({ Action }))) said.add(word)
  }

  for (const Action of said) deepEqual((await token.send({ Action })).Messages, [], Action)
})

test("a stranger's broken JSON fails nothing", async () => {
  const token = await Token.deployed()
  const tags = { Action: "Info", "Content-Type": "application/json" }

  for (const data of ["{bad", "", "[".repeat(50_000)]) {
    const result = await token.send(tags, { data })
    deepEqual(outcomes(result), ["Info-Response"])
  }
})

test("the token holds nothing of its own and pays nothing to its vault", async () => {
  const token = await Token.deployed()
  await token.mint([aRow("a")])

  deepEqual(outcomes(await token.transfer("5", TOKEN)), ["bad-recipient"])
  deepEqual(outcomes(await token.mint([aRow("b", { recipient: TOKEN })])), ["bad-recipient"])
  deepEqual(outcomes(await token.burn("100", { Recipient: VAULT })), ["bad-recipient"])
  equal(noticesTo(await token.transfer("5"), TOKEN).length, 0)
})

/** The value of a Lua text; aos may warn before it. */
async function evaluated(token: Token, lua: string, from = BRIDGE): Promise<string | undefined> {
  const { Output, Error: failure } = await token.eval(lua, from)
  return failure ?? String(Output.data).split("\n").at(-1)
}

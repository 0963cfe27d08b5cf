// Which order of the bridge ends which pause, and when one for another guardian is good: on both faces, of both tokens.

import { deepEqual, equal } from "node:assert/strict"
import { describe, test } from "vitest"
import { taoxBundle, taoxHyperBundle } from "../../lua/taox.ts"
import { aCampaign } from "./taox-token.ts"
import { ALICE, aConfig, BOB, BRIDGE, FACES, GUARDIAN, outcomes, Token } from "./token.ts"

const TOKENS = FACES.flatMap((face) => [
  { face, what: "a ledger", made: () => Token.deployed(aConfig(), face) },
  {
    ...{ face, what: "a campaign" },
    made: () =>
      face === "aos"
        ? Token.evaluated(taoxBundle(aCampaign()))
        : Token.scripted(taoxHyperBundle(aCampaign())),
  },
])

const pause = (token: Token, from = GUARDIAN) =>
  token.send({ Action: "Pause", Reason: "vault drained" }, { from })
const resume = (token: Token, number: number, pauses: number, id?: string) => {
  const turn = { "Order-Number": `${number}`, Pauses: `${pauses}` }
  return token.send({ Action: "Resume", ...turn }, { from: BRIDGE, ...(id && { id }) })
}
const obey = (token: Token, number: number, guardian: string) => {
  const turn = { "Order-Number": `${number}`, Guardian: guardian }
  return token.send({ Action: "Set-Guardian", ...turn }, { from: BRIDGE })
}

describe.each(TOKENS)("the token of $what on $face", ({ made }) => {
  test("is started again by the order that names its pause, and by none that was signed for another", async () => {
    const token = await made()
    await pause(token)
    const [kept, second] = [token.nextId(), token.nextId()]

    // Paused once more after the order was signed: whoever has kept it ends nothing with it, then or later.
    await pause(token)
    deepEqual(outcomes(await resume(token, 0, 1, kept)), ["another-pause"])
    deepEqual(outcomes(await resume(token, 0, 2, second)), ["Resume-Notice"])
    equal((await token.stops()).Paused, "none")

    await pause(token)
    for (const [code, number, pauses, id] of [
      ["another-pause", 0, 1, kept],
      ["another-pause", 0, 2, second],
      ["another-pause", 1, 2, token.nextId()],
      ["bad-number", 0, 3, token.nextId()],
    ] as const)
      deepEqual(outcomes(await resume(token, number, pauses, id)), [code])
    for (const tags of [{}, { "Order-Number": "1" }, { "Order-Number": "01", Pauses: "3" }])
      equal(outcomes(await token.send({ Action: "Resume", ...tags }, { from: BRIDGE })).length, 1)

    const { Guardian, Paused, Pauses, "Order-Number": number } = await token.stops()
    deepEqual([Guardian, Pauses, number], [GUARDIAN, "3", "1"])
    equal(Paused === "none", false)
  })

  test("takes an order that came too early when its turn comes", async () => {
    const token = await made()
    await pause(token)
    const id = token.nextId()
    deepEqual(outcomes(await resume(token, 1, 1, id)), ["bad-number"])

    deepEqual(outcomes(await obey(token, 0, BOB)), ["Set-Guardian-Notice"])

    deepEqual(outcomes(await resume(token, 1, 1, id)), ["Resume-Notice"])
  })

  test("passes to another guardian however often the one before pauses, and never back by an old order", async () => {
    const token = await made()
    for (let n = 0; n < 3; n++) await pause(token)

    deepEqual(outcomes(await obey(token, 0, BOB)), ["Set-Guardian-Notice"])
    deepEqual(outcomes(await obey(token, 1, ALICE)), ["Set-Guardian-Notice"])

    deepEqual(outcomes(await obey(token, 0, BOB)), ["bad-number"])
    deepEqual(outcomes(await pause(token)), ["not-the-guardian"])
    deepEqual(outcomes(await resume(token, 2, 3)), ["Resume-Notice"])
    equal((await token.stops()).Guardian, ALICE)
  })
})

test("on hyper an order that fails changes nothing", async () => {
  const script = (text: string) =>
    text.replace("accounts.setGuardian(book, order.guardian)", "$& error('a fault')")
  const token = await Token.native(aConfig(), script)
  await pause(token)

  deepEqual(outcomes(await obey(token, 0, BOB)), ["evaluation-failed"])

  const { Guardian, Pauses, "Order-Number": number } = await token.stops()
  deepEqual([Guardian, Pauses, number], [GUARDIAN, "1", "0"])
})

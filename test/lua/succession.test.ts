// A token passes to another key: proposed by its bridge, a day later accepted by the key itself, or cancelled by the guardian.

import { deepEqual, equal } from "node:assert/strict"
import fc from "fast-check"
import { describe, test } from "vitest"
import { taoxBundle, taoxHyperBundle } from "../../lua/taox.ts"
import { aCampaign } from "./taox-token.ts"
import {
  ALICE,
  aConfig,
  aRow,
  BRIDGE,
  FACES,
  GUARDIAN,
  idOf,
  outcomes,
  type Sent,
  Token,
  tagsOf,
  UNIT,
} from "./token.ts"

const DAY_MS = 86_400_000
const [NEXT, THIRD] = [idOf("next key"), idOf("third key")]

// The last as what a process sends must have it.
const order = (token: Token, action: string, number: number, from: string, more: Sent = {}) =>
  token.send(
    { Action: `${action}-Bridge`, Number: String(number), Reference: "1" },
    { from, ...more },
  )
const propose = (token: Token, Successor: string, number = 0, more: Sent = {}) =>
  token.send(
    { Action: "Propose-Bridge", Successor, Number: String(number), Reference: "1" },
    { from: BRIDGE, ...more },
  )
const bridgeOf = async (token: Token) => {
  const tags = tagsOf(await token.ask({ Action: "Bridge" }))
  const { Bridge: bridge, Number: number, Successor: successor } = tags
  return { bridge, number, ...(successor && { successor }) }
}

describe.each(FACES)("on %s a token", (face) => {
  test("passes to the next key when that key says so, a day after it was proposed", async () => {
    const token = await Token.deployed(aConfig(), face)
    const proposed = await propose(token, NEXT)
    deepEqual(outcomes(proposed), ["Propose-Bridge-Notice", "Propose-Bridge-Notice"])
    deepEqual(proposed.Messages.map(({ Target }) => Target).sort(), [BRIDGE, GUARDIAN].sort())
    const { "Opens-At": opens, "Closes-At": closes } = tagsOf(proposed.Messages[0])
    deepEqual([opens, closes].map(Number), [token.nowMs + DAY_MS, token.nowMs + 15 * DAY_MS])

    // Case 118: until the last step the present key does all that it could.
    deepEqual(outcomes(await token.mint([aRow("a")])), ["Credit-Notice", "Mint-Notice"])
    deepEqual(outcomes(await token.mint([aRow("b")], { from: NEXT })), ["not-the-bridge"])
    const id = token.nextId()
    token.nowMs += DAY_MS - 1
    deepEqual(outcomes(await order(token, "Accept", 0, NEXT, { id })), ["too-early"])
    token.nowMs += 1
    for (const from of [ALICE, BRIDGE, GUARDIAN, UNIT])
      deepEqual(outcomes(await order(token, "Accept", 0, from)), ["not-the-successor"])
    const forged = await order(token, "Accept", 0, NEXT, { owner: UNIT })
    deepEqual(outcomes(forged), ["not-the-successor"])
    deepEqual(outcomes(await order(token, "Accept", 1, NEXT)), ["no-proposal"])
    deepEqual(await bridgeOf(token), { bridge: BRIDGE, number: "1", successor: NEXT })

    // The very message that came too early: nobody can spoil it by sending it before its time.
    const accepted = await order(token, "Accept", 0, NEXT, { id })

    deepEqual(outcomes(accepted), ["Accept-Bridge-Notice", "Accept-Bridge-Notice"])
    deepEqual(await bridgeOf(token), { bridge: NEXT, number: "1" })
    deepEqual(outcomes(await token.mint([aRow("b")])), ["not-the-bridge"])
    const minted = await token.mint([aRow("a"), aRow("b")], { from: NEXT })
    deepEqual(outcomes(minted), ["already-minted"])
    const again = await token.mint([aRow("b")], { from: NEXT })
    deepEqual(outcomes(again), ["Credit-Notice", "Mint-Notice"])
    equal(again.Messages[1]!.Target, NEXT)
    const burned = await token.burn("100")
    deepEqual(burned.Messages.map(({ Target }) => Target).sort(), [ALICE, NEXT].sort())
    // Whoever signs for it is a vault on Arweave, which cannot pay itself.
    deepEqual(outcomes(await token.burn("100", { Recipient: NEXT })), ["bad-recipient"])
    deepEqual(outcomes(await order(token, "Accept", 0, NEXT, { id })), ["no-proposal"])
    // What a former key signed, and nobody has sent, stays worth nothing for ever.
    deepEqual(outcomes(await propose(token, BRIDGE, 1, { from: NEXT })), ["bad-successor"])
  })

  test("stays with its bridge when the guardian cancels, or nobody accepts in time", async () => {
    const token = await Token.deployed(aConfig(), face)
    const id = token.nextId()
    await propose(token, NEXT, 0, { id })
    deepEqual(outcomes(await order(token, "Cancel", 0, ALICE)), ["not-the-guardian"])
    deepEqual(outcomes(await order(token, "Cancel", 0, GUARDIAN)), ["Cancel-Bridge-Notice"])
    token.nowMs += DAY_MS
    deepEqual(outcomes(await order(token, "Accept", 0, NEXT)), ["no-proposal"])
    // What was cancelled is not proposed again by whoever has it.
    deepEqual(outcomes(await propose(token, NEXT, 0, { id })), ["bad-number"])
    deepEqual(outcomes(await propose(token, NEXT, 0)), ["bad-number"])

    const early = { id: token.nextId() }
    deepEqual(outcomes(await propose(token, THIRD, 2, early)), ["bad-number"])
    equal(outcomes(await propose(token, NEXT, 1)).length, 2)
    equal(outcomes(await propose(token, THIRD, 2, early)).length, 2)
    deepEqual(outcomes(await order(token, "Cancel", 1, GUARDIAN)), ["no-proposal"])
    token.nowMs += 15 * DAY_MS
    deepEqual(outcomes(await order(token, "Accept", 2, THIRD)), ["too-late"])
    equal((await bridgeOf(token)).bridge, BRIDGE)
    deepEqual(outcomes(await order(token, "Cancel", 2, BRIDGE)), ["Cancel-Bridge-Notice"])
  })

  test("takes for its next key only the address of another RSA key that is no authority's", async () => {
    const token = await Token.deployed(aConfig(), face)
    const evm = "0x52908400098527886E0F7030069857D2E4169EE7"

    for (const successor of ["A".repeat(43), evm, UNIT, BRIDGE, `${NEXT} `])
      deepEqual(outcomes(await propose(token, successor)), ["bad-successor"])

    deepEqual(await bridgeOf(token), { bridge: BRIDGE, number: "0" })
  })

  test("lets nobody but its bridge propose", async () => {
    const token = await Token.deployed(aConfig(), face)

    for (const more of [{ from: ALICE }, { from: GUARDIAN }, { from: BRIDGE, owner: UNIT }])
      deepEqual(outcomes(await propose(token, NEXT, 0, more)), ["not-the-bridge"])
  })

  test("of a campaign passes on in the same way", async () => {
    const campaign = aCampaign()
    const token = await (face === "aos"
      ? Token.evaluated(taoxBundle(campaign))
      : Token.scripted(taoxHyperBundle(campaign)))
    await propose(token, NEXT)
    token.nowMs += DAY_MS
    await order(token, "Accept", 0, NEXT)

    const resume = (from: string) => token.ordered("Resume", {}, { from })
    deepEqual(outcomes(await resume(BRIDGE)), ["not-the-bridge"])
    deepEqual(outcomes(await resume(NEXT)), ["Resume-Notice"])
  })
})

test("on hyper an acceptance that fails changes nothing", async () => {
  const script = (text: string) =>
    text.replace("accounts.succeed(book, order.successor)", "$& error('a fault')")
  const token = await Token.native(aConfig(), script)
  await propose(token, NEXT)
  token.nowMs += DAY_MS

  deepEqual(outcomes(await order(token, "Accept", 0, NEXT)), ["evaluation-failed"])

  deepEqual(await bridgeOf(token), { bridge: BRIDGE, number: "1", successor: NEXT })
  deepEqual(outcomes(await token.mint([aRow("a")])), ["Credit-Notice", "Mint-Notice"])
})

test("after the handover Eval on aos is the new key's alone", async () => {
  const token = await Token.deployed(aConfig(), "aos")
  await propose(token, NEXT)
  token.nowMs += DAY_MS
  await order(token, "Accept", 0, NEXT)

  deepEqual(outcomes(await token.eval("Mine = 1", BRIDGE)), ["not-the-bridge"])
  const { Output } = await token.eval("return Owner", NEXT)

  equal(JSON.stringify(Output).includes(NEXT), true)
})

const people = [BRIDGE, NEXT, THIRD, GUARDIAN, ALICE] as const
const person = fc.constantFrom(...people)
const acts = fc.oneof(
  fc.record({
    kind: fc.constant("propose" as const),
    from: person,
    successor: fc.constantFrom(BRIDGE, NEXT, THIRD),
    off: fc.constantFrom(0, 0, 0, -1, 1),
  }),
  fc.record({
    kind: fc.constantFrom("accept" as const, "cancel" as const),
    from: person,
    off: fc.constantFrom(0, 0, 0, -1),
  }),
  fc.record({ kind: fc.constant("wait" as const), hours: fc.constantFrom(1, 24, 24, 15 * 24) }),
  fc.record({ kind: fc.constant("replay" as const), message: fc.nat(100) }),
)
type Act = typeof acts extends fc.Arbitrary<infer One> ? One : never

/** The rule said once more: who the bridge is after all of these. */
class Succession {
  bridge: string = BRIDGE
  number = 0
  readonly #former = new Set<string>()
  #proposed: { successor: string; number: number; at: number } | null = null

  propose(from: string, successor: string, number: number, at: number): void {
    const isNew = successor !== this.bridge && !this.#former.has(successor)
    if (from !== this.bridge || !isNew || number !== this.number) return
    this.#proposed = { successor, number, at }
    this.number += 1
  }

  accept(from: string, number: number, at: number): void {
    const one = this.#proposed
    if (one?.number !== number || from !== one.successor) return
    if (at < one.at + DAY_MS || at >= one.at + 15 * DAY_MS) return
    this.#former.add(this.bridge)
    this.bridge = from
    this.#proposed = null
  }

  cancel(from: string, number: number): void {
    if (this.#proposed?.number !== number) return
    if (from === GUARDIAN || from === this.bridge) this.#proposed = null
  }

  get successor(): string | undefined {
    return this.#proposed?.successor
  }
}

// Whatever is sent in whatever order, and sent again, by whomever.
test.each([
  ["aos", 2],
  ["hyper", 3],
] as const)("a token on %s obeys whom the rule says", async (face, numRuns) => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { minLength: 10, maxLength: 25 }), async (list: Act[]) => {
      const one = await Token.deployed(aConfig(), face)
      const model = new Succession()
      const sent: (() => Promise<void>)[] = []
      for (const act of list) {
        if (act.kind === "wait") one.nowMs += act.hours * 3_600_000
        else if (act.kind === "replay") await sent[act.message % (sent.length || 1)]?.()
        else {
          const id = one.nextId()
          const next = model.number - (act.kind === "propose" ? 0 : 1)
          const number = Math.max(0, next + act.off)
          const send = async () => {
            if (act.kind === "propose") {
              await propose(one, act.successor, number, { from: act.from, id })
              model.propose(act.from, act.successor, number, one.nowMs)
            } else if (act.kind === "accept") {
              await order(one, "Accept", number, act.from, { id })
              model.accept(act.from, number, one.nowMs)
            } else {
              await order(one, "Cancel", number, act.from, { id })
              model.cancel(act.from, number)
            }
          }
          sent.push(send)
          await send()
        }
        deepEqual(await bridgeOf(one), {
          ...{ bridge: model.bridge, number: String(model.number) },
          ...(model.successor && { successor: model.successor }),
        })
      }
    }),
    { numRuns, seed: 118 },
  )
})

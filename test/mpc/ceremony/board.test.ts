import { describe, expect, test } from "vitest"
import { Board } from "../../../mpc/ceremony/board.ts"
import { type Envelope, readEnvelope, signEnvelope } from "../../../mpc/ceremony/envelope.ts"
import { aStatement, identityOf } from "./parties.ts"

const statement = aStatement()
const { session } = new Board(statement)

function aMessage(parts: Partial<Envelope> = {}, signer = "signer 2"): Envelope {
  const said = {
    session,
    epoch: 0,
    from: 2,
    to: null,
    step: "package",
    body: { key: "a" },
  } as const
  return signEnvelope(identityOf(signer).key, { ...said, ...parts })
}

describe("a board", () => {
  test("takes a message from its sender, once, and keeps the first", () => {
    const board = new Board(statement)
    const message = aMessage()

    board.take(message, 2)
    board.take(message, 2)

    expect(board.get("package", 2)).toBe(message)
    expect(board.caught).toEqual([])
  })

  test.each<[string, Envelope, number]>([
    ["by another sender", aMessage(), 3],
    ["signed by another", aMessage({}, "signer 3"), 2],
    ["of another session", aMessage({ session: "0".repeat(64) }), 2],
    ["of another epoch", aMessage({ epoch: 1 }), 2],
    ["by nobody of this session", aMessage({ from: 9 }), 9],
    ["to nobody of this session", aMessage({ to: 9, step: "deal" }), 2],
    ["changed on its way", { ...aMessage(), body: { key: "b" } }, 2],
  ])("refuses a message %s", (_, message, sender) => {
    const board = new Board(statement)

    expect(() => board.take(message, sender)).toThrow(/bad-request/)
    expect(board.get("package", 2)).toBeNull()
  })

  test("catches whoever signed two messages of one step, whoever shows them", () => {
    const board = new Board(statement)
    board.take(aMessage(), 2)

    board.show(aMessage({ body: { key: "b" } }))

    expect(board.caught).toEqual([2])
    expect(board.hasSeen("package", 2, "anything")).toBe(false)
  })

  test("catches nobody for a message to each receiver", () => {
    const board = new Board(statement)
    board.take(aMessage({ to: 1, step: "deal", body: { share: 1 } }), 2)

    board.show(aMessage({ to: 3, step: "deal", body: { share: 2 } }))

    expect(board.caught).toEqual([])
  })
})

test.each<[string, unknown]>([
  ["nothing", null],
  ["another step's number", { ...aMessage(), sequence: 1 }],
  ["one field more", { ...aMessage(), more: 1 }],
  ["a number that is not whole", { ...aMessage(), epoch: 0.5 }],
])("what is no message is refused: %s", (_, json) => {
  expect(() => readEnvelope(json)).toThrow(/not a message/)
})

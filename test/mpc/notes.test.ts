// What a signer is told of addresses: proven before it counts, kept over a restart, and told once.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import type { Connection } from "../../chains/chain.ts"
import { readToldNotes, type ToldNotes } from "../../mpc/asides.ts"
import { Notes } from "../../mpc/notes.ts"
import { Told } from "../../mpc/telling.ts"

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-notes-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A chain on which these transactions have paid the addresses of these notes. */
function aChain(paid: Readonly<Record<string, string>>) {
  const learned: string[] = []
  const claimed: string[] = []
  const bitcoin = {
    chain: "bitcoin",
    learn: async (notes: readonly string[]) => void learned.push(...notes),
    claim: async (note: string, transaction: string) => {
      claimed.push(transaction)
      return paid[transaction] === note ? { from: 100, to: null } : null
    },
  } as unknown as Connection
  return { connections: { bitcoin }, learned, claimed }
}

const told = (...pairs: readonly (readonly [string, string])[]): ToldNotes => ({
  chain: "bitcoin",
  notes: pairs.map(([note, transaction]) => ({ note, transaction })),
})

test("a note counts when the signer's own chain shows the payment; the first that is not shown ends it", async () => {
  const { connections } = aChain({ t1: "one", t3: "three" })
  const notes = await Notes.open(await aFolder(), connections)

  expect(await notes.take(told(["one", "t1"], ["lie", "t2"], ["three", "t3"]))).toBe(1)
  expect(await notes.take(told(["one", "t1"], ["three", "t3"]))).toBe(2)
  expect(await notes.take({ ...told(["one", "t1"]), chain: "arweave" })).toBe(0)
  await notes.close()
})

test("what counted once is watched after a restart, and not proven again", async () => {
  const folder = await aFolder()
  const before = await Notes.open(folder, aChain({ t1: "one", t2: "one" }).connections)
  await before.take(told(["one", "t1"], ["one", "t2"]))
  await before.close()

  const chain = aChain({})
  const after = await Notes.open(folder, chain.connections)

  expect(chain.learned).toEqual(["one"])
  expect(await after.take(told(["one", "t1"], ["one", "t2"]))).toBe(2)
  expect(chain.claimed).toEqual([])
  await after.close()
})

test("a chain that fails is no reason to forget what came before it", async () => {
  const { connections } = aChain({ t1: "one" })
  const failing = {
    ...connections.bitcoin,
    claim: (note: string, transaction: string) =>
      note === "fail"
        ? Promise.reject(new Error("no node"))
        : connections.bitcoin.claim!(note, transaction),
  }
  const notes = await Notes.open(await aFolder(), { bitcoin: failing })

  await expect(notes.take(told(["fail", "t0"]))).rejects.toThrow("no node")

  expect(await notes.take(told(["one", "t1"]))).toBe(1)
  await notes.close()
})

test("a request says what it is about, and no more than a page", () => {
  expect(readToldNotes(told(["one", "t1"]))).toEqual(told(["one", "t1"]))
  const many = Array.from({ length: 201 }, () => ["one", "t1"] as const)
  for (const body of [told(["a b", "t1"]), told(["one", "../t1"]), told(...many), {}])
    expect(() => readToldNotes(body)).toThrow("bad-request")
})

test("each signer is told everything once, page by page, and from what it did not know on again", async () => {
  const all = Array.from({ length: 450 }, (_, at) => {
    return { number: BigInt(at + 1), note: `note-${at}`, transaction: `t${at}` }
  })
  const telling = {
    chain: "bitcoin" as const,
    after: async (number: bigint, limit: number) =>
      all.filter((one) => one.number > number).slice(0, limit),
  }
  const heard: string[] = []
  let knows = 420
  const tell = async ({ notes }: ToldNotes) => {
    heard.push(...notes.map(({ note }) => note))
    return Math.max(0, Math.min(notes.length, knows - Number(notes[0]!.note.slice(5))))
  }
  const book = new Told()

  await book.bring(1, telling, tell)
  expect(heard).toHaveLength(450)

  heard.length = 0
  knows = 450
  await book.bring(1, telling, tell)
  expect(heard[0]).toBe("note-420")
  expect(heard).toHaveLength(30)
  await book.bring(1, telling, tell)
  expect(heard).toHaveLength(30)
  await book.bring(2, telling, tell)
  expect(heard).toHaveLength(480)
})

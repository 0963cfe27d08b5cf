// An operator's own endpoints show whether what points are given for has happened.

import { expect, test } from "vitest"
import type { Block, Facts } from "../../chains/chain.ts"
import type { Chains } from "../../chains/served.ts"
import type { Input } from "../../core/rewards/artifact.ts"
import type { RewardEvent } from "../../core/rewards/event.ts"
import type { Sighting } from "../../core/transfer.ts"
import { witness } from "../../mpc/epoch-events.ts"
import { aBurn, anId, aSighting } from "../builders.ts"
import { deployment } from "../chains/builders.ts"
import { AR, aCampaign, EPOCH, people, START } from "../core/rewards/builders.ts"
import { policy } from "./world.ts"

const { ada, bob } = people
const sender = anId("sender")
const deposit = aSighting({ recipient: ada, sender, amount: 5n * AR })
const burn = aBurn({ sender: ada, refundTo: ada, amount: 2n * AR })
const moved = { transaction: anId("move"), sender: ada, recipient: bob, amount: AR }
const settled = ({ id }: Sighting) => ({
  ...{ transaction: anId(`payout of ${id}`), transfers: [id], outcome: "paid", reason: null },
  networkFee: 0n,
})

/** What slots 5 to 8 of the ledger state. */
const stated: Readonly<Record<number, Partial<Facts>>> = {
  5: { settlements: [settled(deposit)] as never },
  6: { sightings: [burn], moves: [moved] },
  7: { settlements: [settled(burn)] as never },
}
const slot = (height: number): Block => ({
  ...{ chain: "ao", height, id: anId(`slot ${height}`), parent: anId(`slot ${height - 1}`) },
  ...{ timestampMs: 1_000 * (START + height), items: [] },
})
const connection = {
  ao: { chain: "ao", block: async (height: number) => slot(height), close: async () => {} },
  arweave: {
    chain: "arweave",
    close: async () => {},
    locateAll: async (ids: readonly string[]) =>
      ids.map((id) =>
        id === deposit.id ? { sighting: deposit, block: { height: 1, id: "b" }, tip: {} } : null,
      ),
  },
}
const facts = ({ height }: Block) => {
  return { sightings: [], settlements: [], strays: [], ...stated[height] }
}
const chains = {
  ao: { name: "ao", codec: { facts }, connect: () => connection.ao },
  arweave: { name: "arweave", connect: () => connection.arweave },
} as unknown as Chains
const config = {
  bridge: { deployment, policy },
  settings: { endpoints: { ao: { urls: {} }, arweave: { urls: {} } } },
} as never

const at = (block: number, index = 0) => ({ atS: START + block, chain: "ao", block, index })
const fee = policy.fees.find((one) => one.source === "arweave")!.flat
const back = policy.limits.find((one) => one.source === "ao")?.refundFee ?? 0n
const events = [
  {
    ...{ ...at(5), kind: "mint", account: ada, asset: "AR", amount: 5n * AR - fee },
    ...{ transfer: deposit.id, source: "arweave", sender, referrer: null },
  },
  { ...at(6), kind: "burn", account: ada, asset: "AR", amount: 2n * AR, transfer: burn.id },
  {
    ...{ ...at(6, 1), kind: "move", account: ada, asset: "AR", amount: AR },
    ...{ to: bob, message: moved.transaction },
  },
  {
    ...{ ...at(7), kind: "refund", account: ada, asset: "AR", amount: 2n * AR - back },
    transfer: burn.id,
  },
] as readonly RewardEvent[]
const office = { ...at(1), chain: "office", kind: "terms", account: ada, version: "1" }

const ends = { from: { height: 5, id: slot(5).id }, to: { height: 8, id: slot(8).id } }
const input = (parts: Partial<Input> = {}): Input => ({
  ...{ campaign: aCampaign(), epoch: 1, previous: null },
  ...{ events: [office as RewardEvent, ...events], ranges: [{ chain: "ao", ...ends }] },
  ...parts,
})
const changed = (place: number, parts: object) =>
  events.map((one, n) => (n === place ? { ...one, ...parts } : one)) as readonly RewardEvent[]

test("what the ledgers state is in the file, and nothing else of theirs", async () => {
  expect(await witness(config, chains, input())).toEqual({ slots: 4, events: 4 })
})

test.each<[string, Partial<Input>, string]>([
  ["an amount that is not the chain's", { events: changed(0, { amount: 6n * AR }) }, "your own"],
  ["another account", { events: changed(0, { account: bob }) }, "your own show"],
  ["another time", { events: changed(2, { atS: START + 1 }) }, "your own show"],
  ["a deposit that nobody made", { events: [...events, { ...events[0]!, ...at(8) }] }, "do not"],
  ["one that was left out", { events: events.slice(0, 3) }, "not in the file"],
  [
    "another history of the ledger",
    { ranges: [{ chain: "ao", ...ends, to: ends.from }] },
    "do not",
  ],
  [
    "a slot that is another one",
    { ranges: [{ chain: "ao", from: ends.from, to: { height: 8, id: anId("other") } }] },
    "rpc-disagrees",
  ],
  ["a ledger that was not read", { ranges: [] }, "was not read"],
  ["a chain that is none of ours", { events: changed(3, { chain: "ao-eth" }) }, "file"],
])("%s is found", async (_, parts, why) => {
  await expect(witness(config, chains, input(parts))).rejects.toThrow(why)
})

test("what happened after the epoch is not its business", async () => {
  const before = { ...aCampaign(), startS: START + 6 - EPOCH }
  const early = events.slice(0, 1)

  const seen = await witness(config, chains, input({ campaign: before, events: early }))

  expect(seen).toEqual({ slots: 4, events: 1 })
})

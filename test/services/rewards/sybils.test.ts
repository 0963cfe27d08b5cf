// Accounts of one person, by the running services: found by the published rules, said once, shown with every reason, and
// taken back when people have heard them.

import { chmod, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Wallet } from "ethers"
import { beforeAll, expect, test, vi } from "vitest"
import { keyOf } from "../../../chains/party.ts"
import { BridgeError } from "../../../core/errors.ts"
import { appealWord } from "../../../core/rewards/own-word.ts"
import type { SybilRules } from "../../../core/rewards/sybil.ts"
import { rsaWallet } from "../../../devnet/arweave/wallet.ts"
import { rewardsApi } from "../../../sdk/rewards.ts"
import { serveApi } from "../../../services/api/server.ts"
import { run } from "../../../services/cli/rewards.ts"
import { logFor } from "../../../services/log.ts"
import { askForFunders } from "../../../services/rewards/funders.ts"
import { appealsBy, samePerson } from "../../../services/store/reward-clusters.ts"
import { artifactOfEpoch } from "../../../services/store/reward-epochs.ts"
import { addFacts, factsBefore } from "../../../services/store/rewards.ts"
import { anId } from "../../builders.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"
import { NOW, OWN_LISTS, somebody } from "../compliance/office.ts"
import { AR, aWorld, HOUR_MS, type World } from "./world.ts"

const sybil: SybilRules = {
  says: { funding: 2, gas: 2, session: 2, refund: 3, "round-trip": 2 },
  ...{ needed: 4, windowS: 86_400, crowd: 10, exempt: [], returned: 9_000 },
  sizes: [
    { from: 2, counts: 5_000 },
    { from: 4, counts: "hold" },
  ],
  selfReported: 8_000,
}
/** One person's, of one sender and one place; two of another's, who says so; four that wait; and somebody. */
const [ann, abe] = [somebody(), somebody()].sort() as [string, string]
const [bea, bob] = [somebody(), somebody()]
const many = [1, 2, 3, 4].map(somebody)
const zoe = somebody()

let world: World
let url: string

const facts = () => factsBefore(world.office.sql, "taox", Number.MAX_SAFE_INTEGER)
/** Of all that an account got, basis points that are its own and that wait. */
const fates = async (epoch: number) => {
  const { rows } = JSON.parse((await artifactOfEpoch(world.office.sql, "taox", epoch))!) as {
    rows: Record<"account" | "points" | "accrued" | "earned" | "waiting", string>[]
  }
  const part = (some: string, all: bigint) => Math.round((Number(some) / Number(all)) * 10_000)
  return new Map(
    rows.map(({ account, points, accrued, earned, waiting }) => {
      const all = BigInt(points) + BigInt(accrued)
      return [account, { earned: part(earned, all), waiting: part(waiting, all) }]
    }),
  )
}

beforeAll(async () => {
  world = await aWorld({ sybil })
  const one = async (account: string, sender: string, tag: string, statements: string[] = []) => {
    await world.minted(1_000, account, AR, { sender })
    await world.signsIn(account, "DE", 1_000, { tag, statements })
  }
  const [payer, other, third] = [anId("payer"), anId("other"), anId("third")]
  await one(ann, payer, "tag a")
  await one(abe, payer, "tag a")
  await one(bea, other, "tag b", [samePerson(bob)])
  await one(bob, other, "tag b", [samePerson(bea)])
  for (const account of many) await one(account, third, "tag c")
  await one(zoe, anId("zoe's"), "tag a")
  await world.look(2_000)
  const { sql, bridge } = world.office
  const parts = { sql, ...bridge, operators: [], connections: {}, screening: world.office }
  const api = await serveApi({ ...parts, checked: true }, "127.0.0.1:0", logFor("api", "silent"))
  url = api.url
  return () => api.close()
})

test("verdicts are in the next artifact: a part of what one person's accounts earn, more for who said so, a hold for many", async () => {
  await world.look(HOUR_MS)

  const found = await fates(1)

  for (const one of [ann, abe]) expect(found.get(one)).toEqual({ earned: 5_000, waiting: 0 })
  for (const one of [bea, bob]) expect(found.get(one)).toEqual({ earned: 8_000, waiting: 0 })
  for (const one of many) expect(found.get(one)).toEqual({ earned: 0, waiting: 10_000 })
  expect(found.get(zoe)).toEqual({ earned: 10_000, waiting: 0 })
})

test("looking again says nothing again", async () => {
  const before = await facts()

  await world.look(HOUR_MS - 60_000)

  expect(await facts()).toEqual(before)
})

test("each cluster is shown with every reason, and never by where its people are", async () => {
  const clusters = await rewardsApi(url).clusters()
  const [own] = await rewardsApi(url).clusters(abe)

  expect(clusters).toHaveLength(3)
  expect(own).toMatchObject({ person: ann, accounts: [ann, abe], counts: 5_000, appeals: [] })
  expect(own!.edges).toEqual([
    { accounts: [ann, abe], reason: "funding", by: `arweave:${anId("payer")}` },
    { accounts: [ann, abe], reason: "session", by: null },
  ])
  expect(JSON.stringify(clusters)).not.toContain("tag a")
  const said = (await facts()).filter((one) => one.kind === "verdict" && one.account === abe)
  expect(said).toMatchObject([{ person: ann, weight: 5_000, evidence: own!.evidence }])
  const lines: string[] = []
  const terminal = { out: (line: string) => lines.push(line), note: () => {}, isTty: false }
  await run(["clusters", abe, "--api", url], terminal)
  expect(lines[0]).toContain("50 % counts")
})

test("whoever says that it is wrong is seen with it, and is themselves again when operators have heard them", async () => {
  const { sql } = world.office
  const [own] = await rewardsApi(url).clusters(abe)
  await world.signsIn(abe, "DE", HOUR_MS, { statements: [appealWord(own!.evidence)] })
  expect((await rewardsApi(url).clusters(abe))[0]!.appeals).toEqual([abe])
  expect((await facts()).filter((one) => one.kind === "verdict")).toHaveLength(4)

  // As `stand taox 1 … allow …` of two operators writes it.
  const evidence = "e".repeat(64)
  const heard = { kind: "standing", account: abe, action: "allow", epoch: 1, evidence } as const
  await addFacts(sql, "taox", NOW / 1_000 + 3_700, [{ key: "stand", fact: heard }])
  await world.look(HOUR_MS + 200_000)
  await world.look(2 * HOUR_MS)

  expect((await rewardsApi(url).clusters(abe))[0]!.heard).toEqual([abe])
  const found = await fates(2)
  for (const one of [ann, abe]) expect(found.get(one)).toEqual({ earned: 10_000, waiting: 0 })
  expect(found.get(bea)).toEqual({ earned: 8_000, waiting: 0 })
  // What waited in the first epoch has gone back by now; what waits in the second does.
  expect(found.get(many[0]!)?.earned).toBe(0)
})

test.each(["an Ethereum key", "an Arweave wallet"])(
  "%s states by the command what its account says",
  async (kind) => {
    const evm = Wallet.createRandom()
    const isEvm = kind === "an Ethereum key"
    const file = join(world.folder, isEvm ? "evm.key" : "wallet.json")
    const text = isEvm ? `${evm.privateKey}\n` : JSON.stringify(TEST_WALLETS.bob)
    await writeFile(file, text, { mode: 0o600 })
    const account = isEvm ? evm.address : rsaWallet(TEST_WALLETS.bob).address
    const said: string[] = []
    const terminal = { out: (line: string) => said.push(line), note: () => {}, isTty: false }
    const states = (...words: string[]) =>
      run([...words, "--wallet", file, "--api", url, "--json"], terminal)
    // The office has a clock of its own.
    vi.useFakeTimers({ now: NOW, toFake: ["Date"] })

    expect(await states("appeal", "7".repeat(64))).toBe(0)
    expect(await states("report", ann)).toBe(0)

    expect(said.map((line) => (JSON.parse(line) as { account: string }).account)).toEqual([
      ...[account, account],
    ])
    for (const word of [appealWord("7".repeat(64)), samePerson(ann)])
      expect((await appealsBy(world.office.sql, [word])).get(word)).toContain(keyOf(account))
    await chmod(file, 0o644)
    if (isEvm) await expect(states("report", ann)).rejects.toThrow("others may read it")
    vi.useRealTimers()
  },
)

test("a claim is handed to who is allowed now, and no more when that is over", async () => {
  const own = () => rewardsApi(url).points(zoe)
  await world.look(2 * HOUR_MS + 1_800_000)
  expect((await own()).claim).toMatchObject({ epoch: 2, amount: expect.any(String) })

  await world.office.list(OWN_LISTS.block, zoe)

  // At once, whenever the next look is: of a large campaign it is many minutes away.
  expect(await own()).toMatchObject({ standing: "block", claim: null })
})

test("who paid depositors is asked of their chain once, and joins those who have one payer", async () => {
  const { sql } = world.office
  const funder = anId("a funder")
  const [gil, gus, guy] = [somebody(), somebody(), somebody()].sort() as [string, string, string]
  const [first, second] = [anId("gil's"), anId("gus's")]
  const asked: string[] = []
  const arweave = {
    async funder(account: string) {
      asked.push(account)
      if (account !== first && account !== second) return null
      if (asked.length < 3) throw new BridgeError("rpc-unavailable", { why: "not now" })
      return { account: funder, transaction: anId("paid"), height: 1, atMs: NOW }
    },
  }
  const look = async () => {
    for (let looks = 0; looks < 8; looks += 1)
      await askForFunders({ sql, connections: { arweave } as never, log: logFor("api", "silent") })
  }
  await world.minted(2 * HOUR_MS, gil, AR, { sender: first })
  await world.minted(2 * HOUR_MS, gus, AR, { sender: second })
  // Who paid them deposits too: the root of their tree is in it.
  await world.minted(2 * HOUR_MS, guy, AR, { sender: funder })
  for (const one of [gil, gus, guy]) await world.signsIn(one, "DE", 2 * HOUR_MS, { tag: "tag g" })

  await look()
  const times = asked.length
  await look()
  await world.look(2 * HOUR_MS + 1_802_000)

  expect(asked).toHaveLength(times)
  const [found] = await rewardsApi(url).clusters(gus)
  const pairs = [
    [gil, gus],
    [gil, guy],
    [gus, guy],
  ]
  expect(found!.edges).toEqual(
    pairs.flatMap((accounts) => [
      { accounts, reason: "gas", by: `arweave:${funder}` },
      { accounts, reason: "session", by: null },
    ]),
  )
  expect(found).toMatchObject({ person: gil, counts: 5_000, heard: [] })
})

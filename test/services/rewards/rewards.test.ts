// Rewards at work: from blocks and sign-ins to an epoch that counts; twice is once, a crash loses nothing, people can stop it.

import { execFile } from "node:child_process"
import { generateKeyPairSync, randomBytes } from "node:crypto"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { beforeAll, describe, expect, test } from "vitest"
import { seals, signWith } from "../../../chains/seals.ts"
import { type Artifact, artifactHash, artifactOf } from "../../../core/rewards/artifact.ts"
import { isProven, leafOf } from "../../../core/rewards/merkle.ts"
import { rewardOrderText } from "../../../core/rewards/orders.ts"
import { rewardsApi } from "../../../sdk/rewards.ts"
import { takeRewardOrder } from "../../../services/api/reward-orders.ts"
import { serveApi } from "../../../services/api/server.ts"
import { run } from "../../../services/cli/rewards.ts"
import { logFor } from "../../../services/log.ts"
import { publish } from "../../../services/rewards/campaigns.ts"
import { hashes, readEvents } from "../../../services/rewards/close.ts"
import { artifactOfEpoch, epochsOf, pointsOf } from "../../../services/store/reward-epochs.ts"
import { eventsPath } from "../../../services/store/reward-files.ts"
import { factsBefore } from "../../../services/store/rewards.ts"
import { NOW, OWN_LISTS, somebody } from "../compliance/office.ts"
import { AR, aWorld, campaign, HOUR_MS, moves, POINT, type World } from "./world.ts"

const PROGRAM = new URL("../../../services/cli/causeway.js", import.meta.url).pathname
let world: World
let artifact: (epoch: number) => Promise<Artifact>
const [ada, bob, usa, thief, zoe] = [somebody(), somebody(), somebody(), somebody(), somebody()]

const rowOf = ({ rows }: Artifact, who: string) => rows.find(({ account }) => account === who)

beforeAll(async () => {
  world = await aWorld()
  const { office } = world
  artifact = async (epoch) => JSON.parse((await artifactOfEpoch(office.sql, "taox", epoch))!)
  await office.list(OWN_LISTS.block, thief)
  await world.signsIn(ada)
  await world.signsIn(usa, "US")
  await world.minted(60_000, ada, 10n * AR)
  for (const who of [bob, usa, thief]) await world.minted(120_000, who, 10n * AR)
  await world.look(180_000)
  await world.block(600_000, { moves: moves([ada, zoe, 4n * AR]) })
  await world.burned(900_000, ada, AR)
  await world.look(1_000_000)
})

test("an account sees its points with a reason each, and before it claims whether it may have them", async () => {
  const points = await pointsOf(world.office.sql, "taox", ada)

  const { lines, standing, tasks } = points!.body as {
    lines: object[]
    standing: string
    tasks: object[]
  }
  expect(standing).toBe("allow")
  expect(lines).toContainEqual({ reason: "first-bridge", times: "10", amount: `${10n * POINT}` })
  expect(lines).toContainEqual(expect.objectContaining({ reason: "accrual", times: null }))
  expect(tasks).toEqual([{ id: "first-bridge", done: "10", given: "10" }])
  const standings = await Promise.all(
    [bob, usa, thief].map(async (who) => (await pointsOf(world.office.sql, "taox", who))!.body),
  )
  expect(standings.map((body) => (body as { standing: string }).standing)).toEqual([
    ...["hold", "reject", "block"],
  ])
})

test("an epoch waits until it is over, and until what happened in it is final", async () => {
  const late = 3_500_000
  await world.block(late, { moves: moves([zoe, bob, AR]) }, false)

  await world.look(HOUR_MS - 1)
  expect(await epochsOf(world.office.sql, "taox")).toEqual([])
  await world.look(HOUR_MS)
  expect(await epochsOf(world.office.sql, "taox")).toEqual([])
  await world.block(late + 1_000)
  await world.look(HOUR_MS, { settleS: 60 })
  expect(await epochsOf(world.office.sql, "taox")).toEqual([])

  await world.look(HOUR_MS)

  const [first, ...more] = await epochsOf(world.office.sql, "taox")
  expect(more).toEqual([])
  expect(first).toMatchObject({ epoch: 1, state: "pending" })
  expect(first!.activeAt.getTime()).toBe(NOW + HOUR_MS + 1_800_000)
})

test("what was seen on the ledger is in it: mints less their fee, burns, transfers, and the range", async () => {
  const input = await readEvents(
    eventsPath(world.folder, (await epochsOf(world.office.sql, "taox"))[0]!),
  )

  const kinds = input.events.map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind === "mint")).toHaveLength(4)
  expect(kinds.filter((kind) => kind === "move")).toHaveLength(2)
  expect(kinds.filter((kind) => kind === "burn")).toHaveLength(1)
  expect(input.ranges).toMatchObject([{ chain: "ao", from: { height: 1 }, to: { height: 8 } }])
  const first = await artifact(1)
  expect(rowOf(first, ada)).toMatchObject({ standing: "allow", waiting: "0", index: 0 })
  expect(rowOf(first, bob)).toMatchObject({ standing: "hold", earned: "0", index: null })
  expect(rowOf(first, usa)).toMatchObject({ standing: "reject", given: "0" })
  expect(BigInt(rowOf(first, thief)!.frozen)).toBeGreaterThan(10n * POINT)
})

test("looking again, or from two processes at once, closes nothing twice and adds no fact twice", async () => {
  const { sql } = world.office
  const before = await factsBefore(sql, "taox", Number.MAX_SAFE_INTEGER)

  await Promise.all([world.look(HOUR_MS + 1), world.look(HOUR_MS + 1)])

  expect(await epochsOf(sql, "taox")).toHaveLength(1)
  expect(await factsBefore(sql, "taox", Number.MAX_SAFE_INTEGER)).toEqual(before)
})

test("an epoch counts after its time for disputes, and whoever pays is told before, again after a failure", async () => {
  const { sql } = world.office
  const told: number[] = []
  const onActive = async (_: unknown, { epoch }: { epoch: number }) => {
    told.push(epoch)
    if (told.length === 1) throw new Error("the machine stops here")
  }
  const time = HOUR_MS + 1_800_000

  await world.look(time - 1, { onActive })
  expect(told).toEqual([])
  await expect(world.look(time, { onActive })).rejects.toThrow("stops here")
  expect((await epochsOf(sql, "taox"))[0]!.state).toBe("pending")
  await world.look(time, { onActive })
  await world.look(time, { onActive })

  expect(told).toEqual([1, 1])
  expect((await epochsOf(sql, "taox"))[0]!.state).toBe("active")
})

test("who signs in before the deadline has in the next epoch what has waited", async () => {
  await world.signsIn(bob, "FR", 1.6 * HOUR_MS)
  await world.look(1.7 * HOUR_MS)
  await world.look(2 * HOUR_MS)

  const [first, second] = [await artifact(1), await artifact(2)]

  expect(second.previous).toBe(artifactHash(first, seals.hash))
  const waited = BigInt(rowOf(first, bob)!.waiting)
  expect(waited).toBeGreaterThan(10n * POINT)
  expect(BigInt(rowOf(second, bob)!.given)).toBeGreaterThan(waited)
  expect(rowOf(second, bob)!.waiting).toBe("0")
})

test("a fresh process on another side of the world makes the same artifact from the file alone, and tells what was tampered with", async () => {
  const [first, second] = await epochsOf(world.office.sql, "taox")
  const [events, made] = [join(world.folder, "two.jsonl.gz"), join(world.folder, "two.json")]
  await writeFile(events, await readFile(eventsPath(world.folder, second!)))
  const text = (await artifactOfEpoch(world.office.sql, "taox", 2))!
  await writeFile(made, text)
  const recompute = async (artifact: string) => {
    const words = [
      "rewards",
      "recompute",
      "--epoch",
      "2",
      "--events",
      events,
      "--artifact",
      artifact,
    ]
    // Another day there, letters in another order, and none of our settings.
    const there = {
      cwd: "/",
      env: { TZ: "Pacific/Kiritimati", LC_ALL: "et_EE.UTF-8", LANG: "et_EE.UTF-8" },
    }
    const run = promisify(execFile)(process.execPath, [PROGRAM, ...words, "--json"], there)
    const { stdout } = await run.catch((failed: { stdout: string }) => failed)
    return JSON.parse(stdout) as { ok: boolean; hash: string; differences: string[] }
  }

  expect(await recompute(made)).toMatchObject({ ok: true, hash: second!.hash, differences: [] })
  const given = rowOf(JSON.parse(text), ada)!.given
  await writeFile(made, text.replace(`"given":"${given}"`, `"given":"${BigInt(given) + 1n}"`))

  const { ok, differences } = await recompute(made)
  expect(ok).toBe(false)
  expect(differences).toContain(
    `rows.${ada}.given: ${BigInt(given) + 1n} is claimed, ${given} is made`,
  )
  expect(first!.hash).not.toBe(second!.hash)
})

test("the API shows points, claims with proofs that hold, and the very bytes of an epoch", async () => {
  await world.look(2 * HOUR_MS + 1_800_000)
  const { sql, bridge } = world.office
  const parts = { sql, ...bridge, operators: [], connections: {}, screening: world.office }
  const api = await serveApi(
    { ...parts, checked: true, rewardsFolder: world.folder },
    "127.0.0.1:0",
    logFor("api", "silent"),
  )
  const sdk = rewardsApi(api.url)
  try {
    const points = await sdk.points(bob)
    const [view] = await sdk.campaigns()
    const text = await sdk.artifact(2)

    expect(points).toMatchObject({ campaign: "taox", standing: "allow", claim: { epoch: 2 } })
    const { index, amount, proof, root } = points.claim!
    const claim = { campaign: "taox", epoch: 2, index, account: bob, amount: BigInt(amount) }
    const bytes = proof.map((part) => Buffer.from(part, "hex"))
    const leaf = leafOf(claim, hashes.sha256)
    expect(isProven(Buffer.from(root, "hex"), leaf, bytes, hashes.sha256)).toBe(true)
    expect(seals.hash(text)).toBe((await sdk.epochs())[1]!.hash)
    expect(view).toMatchObject({ state: "running", accounts: 5, epochs: [{}, { state: "active" }] })
    expect(view!.leaders[0]!.rank).toBe(1)
    const nobody = await sdk.points(somebody())
    expect(nobody).toMatchObject({ total: "0", rank: null, standing: "hold", claim: null })
    const { body } = await fetch(`${api.url}/rewards/epochs/2/events`)
    const lines = await new Response(body).text()
    expect(seals.hash(lines)).toBe((await sdk.epochs())[1]!.events)
    await expect(sdk.artifact(3)).rejects.toMatchObject({ code: "not-found" })
    // One address in 64 begins like an option.
    const dashed = `-${nobody.account.slice(1)}`
    const said: string[] = []
    const terminal = { out: (line: string) => said.push(line), note: () => {}, isTty: false }
    await run(["points", dashed, "--api", api.url, "--json"], terminal)
    expect(JSON.parse(said[0]!)).toMatchObject({ account: dashed })
  } finally {
    await api.close()
  }
})

describe("operators", () => {
  const pairs = ["olga", "omar"].map((name) => ({ name, ...generateKeyPairSync("ed25519") }))
  const operators = pairs.map(({ name, publicKey }) => {
    return { name, key: String(publicKey.export({ format: "jwk" }).x) }
  })
  const give = (order: string, ms: number, by = 0, text = order) => {
    const { sql, bridge } = world.office
    const sign = signWith(pairs[by]!.privateKey)
    const signature = sign(rewardOrderText(bridge.deployment, text))
    const wish = { order, operator: pairs[by]!.name, signature }
    return takeRewardOrder({ sql, ...bridge, operators }, wish, NOW + ms)
  }
  const at = (ms: number) => new Date(NOW + ms).toISOString()

  test("one of them freezes a campaign at once, and two go on; an old order does nothing again", async () => {
    const time = 3 * HOUR_MS
    const freeze = `freeze taox ${at(time)} odd-weights`

    expect(await give(freeze, time)).toMatchObject({ done: true, needed: 1 })
    await world.look(time)
    expect(await epochsOf(world.office.sql, "taox")).toHaveLength(2)
    const { controlOf } = await import("../../../services/store/rewards.ts")
    const { since } = (await controlOf(world.office.sql, "taox"))!
    const thaw = `thaw taox ${since.toISOString()}`
    expect(await give(thaw, time)).toMatchObject({ done: false, needed: 2 })
    expect(await give(thaw, time, 1)).toMatchObject({ done: true })
    await give(freeze, time)
    await world.look(time)

    expect(await epochsOf(world.office.sql, "taox")).toHaveLength(3)
    await expect(give(`freeze taox ${at(0)} again`, time)).rejects.toThrow(/within an hour/)
  })

  test("two of them take back an epoch that may be disputed, and it is closed anew with what is known then", async () => {
    const { sql } = world.office
    const third = (await epochsOf(sql, "taox"))[2]!
    const stand = `stand taox 3 ${zoe} allow ${"a".repeat(64)}`
    const back = `void taox 3 ${third.hash}`
    const time = 3 * HOUR_MS + 60_000
    for (const by of [0, 1]) await give(stand, time, by)

    await expect(give(`void taox 3 ${"0".repeat(64)}`, time)).rejects.toThrow(/stale-version/)
    await give(back, time)
    expect(await give(back, time, 1)).toMatchObject({ done: true })
    expect(await epochsOf(sql, "taox")).toHaveLength(2)
    // What was heard after the epoch's end counts in the next one; that it was heard is in its file.
    await world.look(4 * HOUR_MS)

    expect(await epochsOf(sql, "taox")).toHaveLength(4)
    const zoeRow = rowOf(await artifact(4), zoe)!
    expect(BigInt(zoeRow.earned)).toBeGreaterThan(0n)
    await expect(
      give(`void taox 1 ${(await epochsOf(sql, "taox"))[0]!.hash}`, time),
    ).rejects.toThrow(/active/)
  })

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "that another text was signed for",
      () => give("kill taox now", 0, 0, "kill taox then"),
      /bad-signature/,
    ],
    ["of another campaign", () => give("kill other now", 0), /not-found/],
    ["that is none", () => give("pay taox me", 0), /bad-request/],
    ["to thaw what is not frozen", () => give(`thaw taox ${at(0)}`, 0), /not-found/],
  ])("give no order %s", async (_, order, words) => {
    await expect(order()).rejects.toThrow(words)
  })

  test("two of them end a campaign for good: nothing more is closed or counts", async () => {
    for (const by of [0, 1]) await give("kill taox stolen-keys", 4 * HOUR_MS, by)

    await world.look(6 * HOUR_MS)

    const states = (await epochsOf(world.office.sql, "taox")).map(({ state }) => state)
    expect(states).toEqual(["active", "active", "pending", "pending"])
    await expect(give("kill taox twice", 0)).rejects.toThrow(/killed/)
  })
})

test("a campaign is published once: its file may not say something else later", async () => {
  await expect(publish(world.office.sql, [campaign({ challengeS: 1 })])).rejects.toThrow(
    /published/,
  )
})

test("a crash between file and row leaves nothing half: the next look closes the epoch", async () => {
  const other = await aWorld()
  await other.minted(1_000, randomBytes(32).toString("base64url"), AR)
  const { sql } = other.office
  await sql`alter table reward_epochs add constraint not_now check (epoch < 1)`

  await expect(other.look(HOUR_MS)).rejects.toThrow(/not_now/)
  expect(await readdir(join(other.folder, "taox"))).toHaveLength(1)
  await sql`alter table reward_epochs drop constraint not_now`
  await other.look(HOUR_MS)

  const [first] = await epochsOf(sql, "taox")
  const made = artifactOf(await readEvents(eventsPath(other.folder, first!)), hashes)
  expect(artifactHash(made, seals.hash)).toBe(first!.hash)
  expect(await readdir(join(other.folder, "taox"))).toHaveLength(1)
})

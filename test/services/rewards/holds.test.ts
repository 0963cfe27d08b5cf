// Whoever may have no rewards any more, after an epoch was closed with a claim of theirs: the services have the token itself
// hold it, by the guardian's key, and nothing that it was given is lost.

import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, expect, test } from "vitest"
import { orderOutcome } from "../../../chains/ao/campaign.ts"
import type { CampaignLink } from "../../../chains/ao/campaign-link.ts"
import { decode } from "../../../chains/ao/item.ts"
import type { Sealed } from "../../../chains/chain.ts"
import type { Artifact } from "../../../core/rewards/artifact.ts"
import { rsaWallet } from "../../../devnet/arweave/wallet.ts"
import { claimFrom, claimText } from "../../../sdk/claim.ts"
import { rewardsApi } from "../../../sdk/rewards.ts"
import { serveApi } from "../../../services/api/server.ts"
import { run } from "../../../services/cli/rewards.ts"
import { logFor } from "../../../services/log.ts"
import { guardianIn, type Holding } from "../../../services/payout/holds.ts"
import { artifactOfEpoch, epochsOf } from "../../../services/store/reward-epochs.ts"
import {
  heldNow,
  keepHold,
  keepHoldOutcome,
  rewardHolds,
} from "../../../services/store/reward-holds.ts"
import { keepOutcome, keepSealed, planOrders } from "../../../services/store/reward-orders.ts"
import { setControl } from "../../../services/store/rewards.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"
import { aCampaign, paid, Taox } from "../../lua/taox-token.ts"
import { BRIDGE, idOf, outcomes, TOKEN, tagsOf } from "../../lua/token.ts"
import { NOW, OWN_LISTS, somebody } from "../compliance/office.ts"
import { AR, aWorld, HOUR_MS, type World } from "./world.ts"

const DAY_MS = 24 * HOUR_MS
const guardian = TEST_WALLETS.dave
const [ada, bob, thief] = [somebody(), somebody(), somebody()]

/** The way to a token that runs here: what is handed in is evaluated once. */
class Told implements Pick<CampaignLink, "submit" | "outcome" | "close"> {
  readonly token: Taox["token"]
  readonly #said = new Map<string, string>()
  handedIn = 0
  isDown = false

  constructor({ token }: Taox) {
    this.token = token
  }

  async submit({ id, raw }: Sealed) {
    if (this.isDown) throw new Error("nobody is there")
    const { owner, tags, data } = decode(raw)!
    const from = rsaWallet({ ...guardian, n: Buffer.from(owner).toString("base64url") }).address
    const list = tags.map(({ name, value }): [string, string] => [name, value])
    const { Messages, Error: error } = await this.token.send(list, {
      ...{ from, id, data: Buffer.from(data).toString() },
    })
    const messages = Messages.map(({ Target, Tags, Data = "" }) => {
      return { target: Target, tags: Tags, data: Data }
    })
    this.handedIn += 1
    this.#said.set(id, orderOutcome("hold", id, { messages, error: error ?? null }))
  }

  outcome: CampaignLink["outcome"] = async (_, id) => this.#said.get(id) ?? null

  close() {}
}

let world: World
let taox: Taox
let link: Told
let holding: Holding

const at = (ms: number) => {
  taox.token.nowMs = NOW + ms
}
const look = async (ms: number, parts: object = {}) => {
  at(ms)
  await world.look(ms, { holding, ...parts })
}
const artifactIs = async (epoch: number): Promise<Artifact> =>
  JSON.parse((await artifactOfEpoch(world.office.sql, "taox", epoch))!)

/** As whoever made the proof from what is published, and asks nobody else. */
async function claims(epoch: number, account: string) {
  const claim = claimFrom(await artifactIs(epoch), account)
  if (!claim) return "no claim"
  const sent = { from: idOf("anybody"), data: claimText({ ...claim, account }) }
  return outcomes(await taox.token.send({ Action: "Claim" }, sent))
}

async function opens(epoch: number, ms: number) {
  at(ms)
  const { root, totals } = await artifactIs(epoch)
  const tags = {
    ...{ Action: "Root", Epoch: `${epoch}`, Root: root!, Total: totals.given },
    ...{ "Opens-At": `${NOW}`, "Closes-At": `${NOW + 1_000 * HOUR_MS}`, Artifact: "a".repeat(64) },
  }
  expect(outcomes(await taox.token.send(tags, { from: BRIDGE }))).toEqual(["Root-Notice"])
}

beforeAll(async () => {
  world = await aWorld()
  const { address } = rsaWallet(guardian)
  taox = await Taox.deployed(aCampaign({ guardian: address, allocation: 10n ** 31n }))
  link = new Told(taox)
  const { sql } = world.office
  const log = logFor("rewards", "silent")
  holding = { sql, link, key: guardian, log, campaign: { id: "taox", process: TOKEN } }
  for (const who of [ada, bob, thief]) {
    await world.signsIn(who)
    await world.minted(60_000, who, 10n * AR)
  }
  await world.block(2 * HOUR_MS + 1)
  await look(HOUR_MS - 1)
  await look(HOUR_MS)
  await look(1.5 * HOUR_MS)
  await opens(1, 1.5 * HOUR_MS)
})

test("as long as everybody may have theirs, the token is told nothing", async () => {
  expect((await epochsOf(world.office.sql, "taox")).map(({ state }) => state)).toEqual(["active"])
  expect(await rewardHolds(world.office.sql, "taox")).toEqual([])
  expect(await claims(1, ada)).toEqual(paid)
})

test("who is barred after the close cannot claim with a proof of their own, and nobody else notices", async () => {
  const { office } = world
  await office.list(OWN_LISTS.block, thief)
  // It holds also while nothing is closed and nothing begins to count.
  await setControl(office.sql, "taox", "frozen", "one")

  await look(1.6 * HOUR_MS)

  expect(await claims(1, thief)).toEqual(["claim-held"])
  expect(await claims(1, bob)).toEqual(paid)
  const held = await heldNow(office.sql, "taox", thief, new Date(NOW + 1.6 * HOUR_MS))
  const told = tagsOf(await taox.token.ask({ Action: "Had", Recipient: thief }))
  expect([told["Held-Epoch"], told["Held-Until"]]).toEqual(["1", `${held!.until.getTime()}`])
  expect(held!.epoch).toBe(1)
  expect(await heldNow(office.sql, "taox", bob, new Date(NOW))).toBeNull()
  await setControl(office.sql, "taox", "running", "one and two")
})

test("who is cleared is paid by the next root that has a claim of theirs, while the hold still runs", async () => {
  const { office } = world
  await look(2 * HOUR_MS)
  expect((await artifactIs(2)).rows.find(({ account }) => account === thief)?.index).toBeNull()
  await office.list(OWN_LISTS.block, thief, false)
  await look(2.5 * HOUR_MS)
  await world.block(3 * HOUR_MS + 1)
  await look(3 * HOUR_MS)
  expect(await claims(1, thief)).toEqual(["claim-held"])

  await look(3.5 * HOUR_MS)
  await opens(3, 3.5 * HOUR_MS)

  expect(await claims(3, thief)).toEqual(paid)
  expect(link.handedIn).toBe(1)
})

test("a hold is said once, and again when half of it is over, for as long as it must", async () => {
  const { office } = world
  await office.list(OWN_LISTS.block, bob)
  await look(3.6 * HOUR_MS)
  await look(3.7 * HOUR_MS)
  await look(6 * DAY_MS)
  expect(link.handedIn).toBe(2)

  await look(8 * DAY_MS)
  await look(9 * DAY_MS)
  expect(link.handedIn).toBe(3)
  at(16 * DAY_MS)
  expect(await claims(3, bob)).toEqual(["claim-held"])

  await office.list(OWN_LISTS.block, bob, false)
  await look(17 * DAY_MS)
  await look(30 * DAY_MS)
  expect(link.handedIn).toBe(3)
  expect(await claims(3, bob)).toEqual(paid)
})

test("what the token refuses is not said again at once, and what cannot be handed in stops no look", async () => {
  const { office } = world
  await office.list(OWN_LISTS.block, bob)
  link.isDown = true

  await look(31 * DAY_MS)
  await look(31 * DAY_MS + 1_000)
  expect((await rewardHolds(office.sql, "taox")).slice(3)).toMatchObject([{ outcome: null }])
  link.isDown = false
  await look(31 * DAY_MS + 2_000)
  expect(link.handedIn).toBe(4)
  expect((await rewardHolds(office.sql, "taox")).at(-1)).toMatchObject({ outcome: "done" })

  // Another key than the guardian's.
  await office.list(OWN_LISTS.block, ada)
  const other = { ...holding, key: TEST_WALLETS.carol }
  for (const ms of [0, 1, 2]) await look(32 * DAY_MS + ms, { holding: other })
  expect((await rewardHolds(office.sql, "taox")).slice(4)).toMatchObject([
    { accounts: [ada], outcome: "not-the-guardian" },
  ])
  await look(32 * DAY_MS + 2 * HOUR_MS)
  expect((await rewardHolds(office.sql, "taox")).at(-1)).toMatchObject({ outcome: "done" })
})

test("an account learns early that its claims are held, by the API and by the command", async () => {
  const { sql, bridge } = world.office
  const [untilMs, zoe] = [Date.now() + HOUR_MS, somebody()]
  const sealed = { id: "a message", raw: new Uint8Array(1) }
  await keepHold(sql, { campaign: "taox", accounts: [zoe], epoch: 9, untilMs, sealed }, NOW)
  const api = await serveApi({ ...bridge, sql } as never, "127.0.0.1:0", logFor("api", "silent"))
  const said: string[] = []
  const terminal = { out: (text: string) => said.push(text), note: () => {}, isTty: false }
  const heldOf = async (who: string) => (await rewardsApi(api.url).points(who)).held

  // Not before the token has said so.
  expect(await heldOf(zoe)).toBeNull()
  await keepHoldOutcome(sql, (await rewardHolds(sql, "taox")).at(-1)!, "done")
  expect(await heldOf(zoe)).toEqual({ epoch: 9, until: new Date(untilMs).toISOString() })
  expect(await run(["points", zoe, "--api", api.url], terminal as never)).toBe(0)

  expect(said.join("")).toContain("the token holds its claims up to epoch 9")
  await api.close()
})

test("the claim that is handed out is one that the token pays: by the newest root that it has taken", async () => {
  const { sql, bridge } = world.office
  const newest = (await epochsOf(sql, "taox")).at(-1)!
  const campaign = { id: "taox" }
  const parts = { ...bridge, sql, campaign } as never
  const api = await serveApi(parts, "127.0.0.1:0", logFor("api", "silent"))
  const claimOf = async () => (await rewardsApi(api.url).points(thief)).claim

  // It counts, and the operators of signers have not approved it yet.
  expect(newest.state).toBe("active")
  expect(await claimOf()).toBeNull()
  for (const epoch of [1, 3, 4]) {
    const order = { campaign: "taox", epoch, number: 0 }
    const more = { artifact: "a".repeat(64), order: {} as never, dueAtMs: NOW }
    await planOrders(sql, [{ ...order, ...more }])
    if (epoch === 4) continue
    await keepSealed(sql, order, { id: `root ${epoch}`, raw: new Uint8Array(1) })
    await keepOutcome(sql, order, "done")
  }
  expect((await claimOf())?.epoch).toBe(3)
  await api.close()
})

test("what was said stays written down", async () => {
  const { sql } = world.office

  for (const change of [
    "accounts = '{x}'",
    "until_at = now()",
    "outcome = 'other'",
    "raw = '\\x00'",
  ])
    await expect(sql.unsafe(`update reward_holds set ${change}`)).rejects.toThrow()
  await expect(sql`delete from reward_holds`).rejects.toThrow()
})

test("a guardian's wallet file that others may read is refused, and nothing of it is told", async () => {
  const folder = await mkdtemp(join(tmpdir(), "causeway-guardian-"))
  try {
    await writeFile(join(folder, "own.json"), JSON.stringify(guardian), { mode: 0o600 })
    expect((await guardianIn(folder, "own.json")).n).toBe(guardian.n)

    await chmod(join(folder, "own.json"), 0o640)
    const refused = await guardianIn(folder, "own.json").catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: "bad-config", detail: { guardian: "own.json" } })
    expect(String(refused)).toContain("chmod 600")
    await expect(guardianIn(folder, "none.json")).rejects.toThrow("bad-config")
  } finally {
    await rm(folder, { recursive: true })
  }
})

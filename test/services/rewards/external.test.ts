// Tasks outside of the bridge: an issuer whom the campaign names signs that somebody did one, and what they bridged counts.

import { generateKeyPairSync } from "node:crypto"
import { beforeAll, expect, test, vi } from "vitest"
import { signWith } from "../../../chains/seals.ts"
import { artifactHash, artifactOf } from "../../../core/rewards/artifact.ts"
import { evidenceText } from "../../../core/rewards/evidence.ts"
import { type RewardsApi, rewardsApi } from "../../../sdk/rewards.ts"
import { serveApi } from "../../../services/api/server.ts"
import { logFor } from "../../../services/log.ts"
import { hashes, readEvents } from "../../../services/rewards/close.ts"
import { epochsOf } from "../../../services/store/reward-epochs.ts"
import { eventsPath } from "../../../services/store/reward-files.ts"
import { aTask, tasks } from "../../core/rewards/builders.ts"
import { NOW, somebody } from "../compliance/office.ts"
import { AR, aWorld, HOUR_MS, type World } from "./world.ts"

const [shop, stranger] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")]
const [ada, bob] = [somebody(), somebody()]
const window = [NOW / 1_000, NOW / 1_000 + 5 * 3_600] as const

let world: World
let api: RewardsApi

beforeAll(async () => {
  const quiz = { ...aTask({ kind: "external", asset: "AR", min: AR }), id: "quiz", window }
  const bridge = { ...aTask({ kind: "first-bridge", asset: "AR", min: AR }), window }
  const { x } = shop.publicKey.export({ format: "jwk" })
  world = await aWorld({ accrual: null, tasks: tasks([bridge, quiz]), issuers: { shop: x! } })
  for (const who of [ada, bob]) {
    await world.signsIn(who)
    await world.minted(60_000, who, 10n * AR)
  }
  await world.look(120_000)
  const { sql, bridge: facts } = world.office
  const served = await serveApi({ sql, ...facts } as never, "127.0.0.1:0", logFor("api", "silent"))
  api = rewardsApi(served.url)
  // A word is of the moment in which it comes.
  vi.useFakeTimers({ now: NOW + 200_000, toFake: ["Date"] })
  return () => {
    vi.useRealTimers()
    return served.close()
  }
})

const said = { task: "quiz", account: ada, issuer: "shop", note: "all ten answers" }
type Said = typeof said

/** As an issuer signs it; `told` is what is handed in when that is something else. */
function vouched(
  parts: Partial<Said> = {},
  told: Partial<Said> = {},
  by = shop,
  campaign = "taox",
) {
  const one = { ...said, ...parts }
  const signature = signWith(by.privateKey)(evidenceText(campaign, one))
  return api.vouch({ ...one, ...told, campaign: "taox", signature })
}

const quizOf = async (account: string) =>
  (await api.points(account)).lines.find(({ reason }) => reason === "quiz") ?? null

test.each<[string, () => Promise<void>, string]>([
  ["by another key", () => vouched({}, {}, stranger), "bad-signature"],
  ["of another campaign", () => vouched({}, {}, shop, "other"), "bad-signature"],
  ["of somebody else", () => vouched({}, { account: bob }), "bad-signature"],
  ["with another note", () => vouched({}, { note: "some answers" }), "bad-signature"],
  [
    "by an issuer whom the campaign does not name",
    () => vouched({ issuer: "toString" }),
    "bad-signature",
  ],
  ["of a task that it has not", () => vouched({ task: "essay" }), "bad-signature"],
  [
    "of a task that the bridge itself sees",
    () => vouched({ task: "first-bridge" }),
    "bad-signature",
  ],
  ["in another spelling", () => vouched({ account: `0x${"AB".repeat(20)}` }), "bad-address"],
])("a word %s counts for nothing", async (_, word, code) => {
  await expect(word()).rejects.toMatchObject({ code })
})

test("what its issuer says of an account counts what the account has bridged, once, and others' not", async () => {
  await world.look(180_000)
  expect(await quizOf(ada)).toBeNull()

  await vouched()
  await vouched()
  await vouched({ note: "again" })
  await world.look(240_000)

  expect(await quizOf(ada)).toMatchObject({ times: "10" })
  expect(await quizOf(bob)).toBeNull()
})

test("whoever has the events of an epoch sees the issuer's word in it, and makes the same artifact", async () => {
  await world.block(HOUR_MS + 1)
  await world.look(HOUR_MS)
  const [stored] = await epochsOf(world.office.sql, "taox")

  const input = await readEvents(eventsPath(world.folder, stored!))

  const words = input.events.flatMap((event) => (event.kind === "external" ? [event] : []))
  expect(words).toMatchObject([said])
  expect(artifactHash(artifactOf(input, hashes), hashes.hash)).toBe(stored!.hash)
})

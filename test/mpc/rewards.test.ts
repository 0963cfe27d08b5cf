// What a signer makes sure of before it helps to give points, and that it gives them but once.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { orderMessage } from "../../chains/ao/campaign.ts"
import type { Deployment } from "../../chains/chain.ts"
import { seals } from "../../chains/seals.ts"
import { BridgeError } from "../../core/errors.ts"
import type { Input } from "../../core/rewards/artifact.ts"
import { rulesHash } from "../../core/rewards/campaign.ts"
import type { CampaignFacts, RootFacts } from "../../core/rewards/payable.ts"
import { approveEpoch, remade, withdrawEpoch } from "../../mpc/approving.ts"
import { Pledges } from "../../mpc/pledges.ts"
import { digestOf, type RewardsRequest, readRequest } from "../../mpc/protocol.ts"
import { type ApprovedEpoch, readApproved, writeApproved } from "../../mpc/rewards.ts"
import { type Desk, sign } from "../../mpc/signing.ts"
import { anId } from "../builders.ts"
import {
  AR,
  aCampaign as aRewardCampaign,
  aTask,
  DAY,
  EPOCH,
  mint,
  POINT,
  people,
  START,
  says,
  sorted,
  tasks,
} from "../core/rewards/builders.ts"

const OWNER = Buffer.alloc(512, 7).toString("base64url")
const deployment: Deployment = {
  ...{ network: "devnet", owner: OWNER, vault: anId("vault"), tokens: { AR: anId("token") } },
}
const campaign = {
  ...{ id: "taox", rules: "5".repeat(64), process: anId("taox"), allocation: 1_000n },
  ...{ claimS: 1_000, pushMax: 100n },
}
const row = { index: 0, account: anId("alice"), amount: 40n }
const NOW_MS = 5_000

let folder: string
let pledges: Pledges

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-approved-"))
  pledges = await Pledges.open(join(folder, "journal"))
})

afterEach(async () => {
  await pledges.close()
  await rm(folder, { recursive: true, force: true })
})

interface Parts {
  readonly root?: Partial<RootFacts>
  readonly approved?: Partial<ApprovedEpoch>
}

const anApproved = ({ root = {}, approved = {} }: Parts = {}) => ({
  ...{ campaign: "taox", epoch: 1, rules: campaign.rules, credits: [[row]] },
  witnessed: { slots: 10, events: 3 },
  artifact: "b".repeat(64),
  ...approved,
  root: {
    ...{ epoch: 1, root: "a".repeat(64), total: 900n, artifact: "b".repeat(64) },
    ...{ opensAtMs: NOW_MS, closesAtMs: NOW_MS + 1_000 },
    ...root,
  },
})

/** A desk with a share of the RSA key that marks what it is asked to sign. */
const aDesk = (parts: Partial<Desk> = {}) =>
  ({
    view: { deployment, chains: {}, stops: { demand: () => {} } },
    ...{
      pledges,
      index: 1,
      version: 1,
      versionMin: 1,
      newcomer: null,
      successors: {},
    },
    signers: { rsa: { partial: async ({ message }: { message: Uint8Array }) => message } },
    ...{ now: () => NOW_MS, campaign, folder },
    ...parts,
  }) as unknown as Desk

const stopped = {
  ...{ deployment, chains: {} },
  stops: {
    demand: (...what: string[]) => {
      if (what.join(" ") === "ao out") throw new BridgeError("paused", { chain: "ao" })
    },
  },
} as unknown as Desk["view"]

const asked = (part: RewardsRequest["part"] = "root", rewards = 1): RewardsRequest => ({
  ...{ version: 1, session: "a-session", scheme: "rsa", rewards, part },
})

async function outcome(request = asked(), desk = aDesk()) {
  const reply = await sign(desk, request)
  return "refused" in reply ? `${reply.refused[0]!.code}: ${reply.refused[0]!.detail}` : reply
}

describe("a signer gives no points", () => {
  test.each<[string, string, Parts | null, Partial<Desk>, RewardsRequest?]>([
    ["that its operator has not approved", "has not approved", null, {}],
    ["where no campaign is", "not-supported", {}, { campaign: undefined }],
    ["of another campaign", "another campaign", { approved: { campaign: "other" } }, {}],
    ["of other rules", "other rules", { approved: { rules: "6".repeat(64) } }, {}],
    ["whose events nobody looked for", "own endpoints", { approved: { witnessed: null } }, {}],
    ["beyond the allocation", "than the campaign ever gives", { root: { total: 1_001n } }, {}],
    ["while they may be challenged", "not-yet", {}, { now: () => NOW_MS - 1 }],
    ["when their time is over", "is over", {}, { now: () => NOW_MS + 1_000 }],
    ["while AO is stopped", "paused", {}, { view: stopped }],
    ["of a credit that does not follow", "no such credit", {}, {}, asked(1)],
    ["of an epoch that is not the approved one", "has not approved", {}, {}, asked("root", 2)],
  ])("%s", async (_, reason, approved, desk, request = asked()) => {
    if (approved) await writeApproved(folder, anApproved(approved))

    expect(await outcome(request, aDesk(desk))).toContain(reason)
    // It promised nothing either.
    expect(pledges.records).toBe(0)
  })
})

test("what is approved is signed, byte for byte as everybody builds it, and again as often as it is asked", async () => {
  const approved = anApproved()
  await writeApproved(folder, approved)
  const root = orderMessage({ kind: "root", facts: approved.root }, campaign.process, deployment)
  const credit = { kind: "credit", epoch: 1, rows: [row] } as const

  expect(await readApproved(folder, 1)).toEqual(approved)
  for (let n = 0; n < 2; n++)
    expect(await outcome()).toMatchObject({ partials: [root], digest: digestOf([root]) })
  const message = orderMessage(credit, campaign.process, deployment)
  expect(await outcome(asked(0))).toMatchObject({ partials: [message] })
})

test("one root an epoch is signed, ever, and no credit of another artifact", async () => {
  await writeApproved(folder, anApproved())
  await outcome()
  await pledges.close()

  pledges = await Pledges.open(join(folder, "journal"))
  await writeApproved(folder, anApproved({ root: { root: "c".repeat(64) } }))
  expect(await outcome()).toContain("slot-taken")
  await writeApproved(folder, anApproved({ root: { artifact: "d".repeat(64) } }))
  expect(await outcome(asked(0))).toContain("slot-taken")
  await writeApproved(folder, anApproved())
  expect(await outcome()).toMatchObject({ index: 1, partials: [expect.anything()] })
  expect(await outcome(asked(0))).toMatchObject({ partials: [expect.anything()] })
})

test("a request for points names an epoch and a part of it, and nothing else", () => {
  expect(readRequest({ ...asked(3) })).toMatchObject({ rewards: 1, part: 3 })
  for (const wrong of [{ rewards: 0 }, { part: "all" }, { part: -1 }, { message: "AA" }])
    expect(() => readRequest({ ...asked(), ...wrong })).toThrow("bad-request")
})

describe("an operator approves", () => {
  const { ada, bob } = people
  const rules = aRewardCampaign({
    allocation: 1_000n * POINT,
    tasks: tasks([aTask({ kind: "bridge", asset: "AR", min: AR })], { budget: 1_000n * POINT }),
  })
  const facts = {
    ...{ ...campaign, rules: rulesHash(rules, seals.hash), allocation: rules.allocation },
    pushMax: 5n * POINT,
  }
  const events = [
    ...[says(0, ada, "allow"), says(0, bob, "allow")],
    ...[mint(1, ada, 3n * AR), mint(2, bob, 40n * AR), mint(11, ada, AR)],
  ]
  const anInput = (epoch: number, previous: Input["previous"] = null): Input => {
    const known = sorted(events).filter(({ atS }) => atS < START + epoch * EPOCH)
    return { campaign: rules, epoch, events: known, ranges: [], previous }
  }

  const witness = async () => ({ slots: 10, events: 3 })

  test("what happened by their own endpoints, and nothing else", async () => {
    const liar = async () => {
      throw new BridgeError("rpc-disagrees", { why: "your own endpoints do not show it" })
    }

    await expect(approveEpoch(folder, facts, anInput(1), { witness: liar })).rejects.toThrow(
      "do not show it",
    )

    expect(await readApproved(folder, 1)).toBeNull()
  })

  test("what the events give, of this campaign and its rules, on what was approved before", async () => {
    const first = remade(anInput(1))
    const second = anInput(2, first.artifact)
    const refused = (input: Input, parts: Partial<CampaignFacts> | null = {}, hash?: string) =>
      approveEpoch(folder, parts === null ? undefined : { ...facts, ...parts }, input, {
        ...{ expected: hash, witness },
      })

    await expect(refused(anInput(1), null)).rejects.toThrow("names no campaign")
    await expect(refused(anInput(1), { id: "other" })).rejects.toThrow("another campaign")
    await expect(refused(anInput(1), { rules: "6".repeat(64) })).rejects.toThrow("other rules")
    await expect(refused(anInput(1), { allocation: 1n })).rejects.toThrow("another allocation")
    await expect(refused(anInput(1), {}, "7".repeat(64))).rejects.toThrow("another artifact")
    await expect(refused(second)).rejects.toThrow("before is not approved")
    expect(await readApproved(folder, 1)).toBeNull()

    const approved = await refused(anInput(1), {}, first.hash)
    expect(approved.root).toMatchObject({ total: 43n * POINT, root: first.artifact.root })
    const row = { index: first.artifact.rows.find((one) => one.account === ada)!.index }
    expect(approved.credits).toEqual([[{ ...row, account: ada, amount: 3n * POINT }]])
    const forged = { ...first.artifact, code: "other" }
    await expect(refused(anInput(2, forged))).rejects.toThrow("another epoch before")
    expect((await refused(second)).root?.total).toBe(44n * POINT)
  })

  test("and takes it back as long as nothing is signed", async () => {
    await approveEpoch(folder, facts, anInput(1), { witness })
    const desk = aDesk({
      ...{ campaign: facts, folder },
      now: () => 1000 * (START + 14 * DAY),
    })

    expect(await withdrawEpoch(folder, 1)).toBe(true)

    expect(await outcome(asked(), desk)).toContain("has not approved")
    expect(await withdrawEpoch(folder, 1)).toBe(false)
  })
})

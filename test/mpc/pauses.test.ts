// A pause stops the signers themselves, whoever brings it and whoever keeps it to himself; what was planned waits.

import { generateKeyPairSync, sign as signBytes } from "node:crypto"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { orderText, type PauseWish, pauseText, type SignedOrder } from "../../core/orders.ts"
import { answering, type Counter } from "../../mpc/answering.ts"
import { Pauses } from "../../mpc/pauses.ts"
import { requestJson, type SignRequest } from "../../mpc/protocol.ts"
import type { Asking } from "../../mpc/transport.ts"
import { aBurn, aSighting } from "../builders.ts"
import { deployment } from "../chains/builders.ts"
import { aModelDesk, type ModelDesk } from "./desk.ts"
import { mint, onArweave } from "./requests.ts"

const keys = new Map(
  ["ann", "ben", "watchman", "eve"].map((name) => [name, generateKeyPairSync("ed25519")] as const),
)
const personOf = (name: string) => ({
  ...{ name },
  key: String(keys.get(name)!.publicKey.export({ format: "jwk" }).x),
})
const given = (body: string, by: string): SignedOrder => {
  const text = Buffer.from(orderText(deployment, body))
  const signature = signBytes(null, text, keys.get(by)!.privateKey).toString("base64url")
  return { body, operator: by, signature }
}
const NOW = 1_800_000_000_000
const HOUR_MS = 3_600_000
const wish = (parts: Partial<PauseWish> = {}) =>
  pauseText({
    ...{ what: "all", direction: "both", reason: "theft" },
    ...{ until: new Date(NOW + HOUR_MS).toISOString(), ...parts },
  })

let folder: string
let clock: number
let model: ModelDesk | null = null
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-pauses-"))
  clock = NOW
})
afterEach(async () => {
  await model?.close()
  model = null
  await rm(folder, { recursive: true })
})

const open = () =>
  Pauses.open(folder, {
    bridge: deployment,
    operators: [personOf("ann"), personOf("ben")],
    pausers: [personOf("watchman")],
    now: () => clock,
  })
const stopsOf = (pauses: Pauses) =>
  pauses.stops.map(({ chain, direction }) => `${chain} ${direction}`).sort()

describe("an order", () => {
  //
  test("of one pause key stops what it names, at once and over a restart", async () => {
    const pauses = await open()
    await pauses.hear({ orders: [given(wish({ what: "ethereum", direction: "out" }), "watchman")] })
    await pauses.hear({ orders: [given(wish({ what: "USDC", direction: "both" }), "ann")] })

    expect(stopsOf(pauses)).toEqual(["ao-usdc in", "ao-usdc out", "ethereum out"])
    expect(() => pauses.demand("ethereum", "out")).toThrow(
      `paused: chain ethereum, direction out, reason theft, until ${new Date(NOW + HOUR_MS).toISOString()}`,
    )
    pauses.demand("ethereum", "in")
    expect(stopsOf(await open())).toEqual(stopsOf(pauses))
  })

  test("that stops everything stops every chain both ways", async () => {
    const pauses = await open()
    await pauses.hear({ orders: [given(wish(), "watchman")] })

    for (const chain of ["arweave", "ao", "bsc", "bitcoin", "ao-btc"] as const)
      for (const direction of ["in", "out"] as const)
        expect(() => pauses.demand(chain, direction)).toThrow("paused")
  })

  test.each<[rule: string, order: () => SignedOrder, code: string]>([
    ["of a stranger", () => ({ ...given(wish(), "eve"), operator: "watchman" }), "bad-signature"],
    ["of nobody that is known", () => given(wish(), "eve"), "bad-signature"],
    [
      "changed on its way",
      () => ({ ...given(wish(), "ann"), body: wish({ reason: "x" }) }),
      "bad-signature",
    ],
    [
      "that has ended",
      () => given(wish({ until: new Date(NOW - 1).toISOString() }), "ann"),
      "bad-request",
    ],
    [
      "for longer than a week",
      () => given(wish({ until: new Date(NOW + 8 * 24 * HOUR_MS).toISOString() }), "ann"),
      "bad-request",
    ],
    ["to pay", () => given(`approve ${aSighting().id} 1`, "ann"), "bad-request"],
    ["to go on, by a key that pauses", () => given(`lift ${wish()}`, "watchman"), "bad-signature"],
  ])("%s is refused, and what came with it is heard", async (_, order, code) => {
    const pauses = await open()
    const good = given(wish({ what: "bsc", direction: "in" }), "watchman")

    await expect(pauses.hear({ orders: [order(), good] })).rejects.toThrow(code)
    expect(stopsOf(pauses)).toEqual(["bsc in"])
  })

  // Case 132.
  test("is ended by two operators, by one of them twice not, and never begins again", async () => {
    const pauses = await open()
    const pause = given(wish(), "watchman")
    await pauses.hear({ orders: [pause] })

    await pauses.hear({ orders: [given(`lift ${wish()}`, "ann"), given(`lift ${wish()}`, "ann")] })
    expect(stopsOf(pauses).length).toBeGreaterThan(0)
    await pauses.hear({ orders: [given(`lift ${wish()}`, "ben")] })
    expect(stopsOf(pauses)).toEqual([])

    await pauses.hear({ orders: [pause, given(wish(), "ann")] })
    expect(stopsOf(pauses)).toEqual([])
    expect(stopsOf(await open())).toEqual([])
    await pauses.hear({ orders: [given(wish({ reason: "again" }), "watchman")] })
    expect(stopsOf(pauses).length).toBeGreaterThan(0)
  })

  test("comes to the same in whatever order it is heard, and its planned end ends nothing", async () => {
    const pauses = await open()
    const other = wish({ what: "ao", direction: "out" })
    for (const by of ["ben", "ann"]) await pauses.hear({ orders: [given(`lift ${wish()}`, by)] })
    await pauses.hear({ orders: [given(wish(), "watchman"), given(other, "watchman")] })

    expect(stopsOf(pauses)).toEqual(["ao out"])
    clock += 9 * 24 * HOUR_MS
    expect(stopsOf(await open())).toEqual(["ao out"])
  })

  test("list that cannot be read stops the start", async () => {
    await writeFile(join(folder, "pauses.json"), "[")
    await expect(open()).rejects.toThrow("bad-config")
  })
})

describe("a signer", () => {
  /** Its door, as coordinators, members and strangers find it. */
  async function aDoor() {
    const pauses = await open()
    model = await aModelDesk(
      {},
      { stops: { demand: (chain, direction) => pauses.demand(chain, direction) } },
    )
    const counter = {
      ...{ desk: model.desk, pauses, load: { busy: 0 }, meter: { note: () => {} } },
      restsUntilMs: 0,
    } as unknown as Counter
    const config = { manifest: { members: [] } }
    const answer = answering({ config, log: () => {}, fail: () => {} } as never, counter)
    const ask = async (role: "coordinator" | "signer", path: string, body: unknown) => {
      const asking = { peer: { role, name: role, certificate: "" }, method: "POST", path, body }
      return answer({ ...asking, signal: new AbortController().signal } satisfies Asking)
    }
    const sign = async (request: SignRequest) => {
      const { body } = await ask(
        "coordinator",
        "/sign",
        JSON.parse(JSON.stringify(requestJson(request))),
      )
      const { refused, partials } = body as { refused?: { code: string }[]; partials?: string[] }
      return partials ?? refused?.map(({ code }) => code)
    }
    return { ...model, ask, sign, pauses }
  }

  // Cases 127 and 128.
  test("hears a pause that the coordinator hides from another member, and signs what it pledged only after the end", async () => {
    const { ask, sign, world, desk, left } = await aDoor()
    const [deposit, later] = world.add([aSighting(), aSighting()])
    const [burn] = world.add([aBurn()])
    const planned = mint([deposit!])
    const before = await sign(planned)
    expect(left.count).toBe(1)
    const records = desk.pledges.records

    const { status } = await ask("signer", "/orders", {
      orders: [given(wish({ what: "ao", direction: "out" }), "watchman")],
    })
    expect(status).toBe(200)

    // The coordinator goes on asking, for what it had and for more.
    for (let again = 0; again < 3; again += 1) {
      expect(await sign(planned)).toEqual(["paused"])
      expect(await sign(mint([later!]))).toEqual(["paused"])
    }
    expect(left.count).toBe(1)
    expect(desk.pledges.records).toBe(records)
    // The other direction goes on.
    expect(await sign({ ...onArweave(burn!, 1), session: "session-9" })).toHaveLength(1)

    for (const by of ["ann", "ben"]) {
      const lift = given(`lift ${wish({ what: "ao", direction: "out" })}`, by)
      await ask("signer", "/orders", { orders: [lift] })
    }
    expect(await sign({ ...planned, session: "after-the-pause" })).toEqual(before)
    expect(await readFile(join(model!.folder, "journal.log"), "latin1")).not.toContain(later!.id)
  })

  test("stops what comes from a chain, transfer by transfer", async () => {
    const { ask, sign, world } = await aDoor()
    const [deposit] = world.add([aSighting()])
    const [burn] = world.add([aBurn()])
    await ask("coordinator", "/orders", {
      orders: [given(wish({ what: "arweave", direction: "in" }), "watchman")],
    })

    expect(await sign(mint([deposit!]))).toEqual(["paused"])
    expect(await sign({ ...onArweave(burn!, 1), session: "session-9" })).toHaveLength(1)
  })
})

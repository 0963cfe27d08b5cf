// A message is signed with the share of the key that it names, whichever of the group's keys that is.

import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Codec, Unsigned } from "../../chains/chain.ts"
import { byKey } from "../../mpc/by-key.ts"
import { digestOf, type SignRequest } from "../../mpc/protocol.ts"
import type { Signer, Signing } from "../../mpc/schemes/scheme.ts"
import { type Desk, sign } from "../../mpc/signing.ts"
import { aBurn } from "../builders.ts"
import { aModelDesk, type ModelDesk } from "./desk.ts"
import { onArweave } from "./requests.ts"
import { AR } from "./world.ts"

const hex = (byte: number) => Buffer.alloc(512, byte).toString("hex")
const [PRESENT, FORMER, STRANGE] = [hex(1), hex(2), hex(3)]
const messages = [11, 12, 13].map((byte) => new Uint8Array(32).fill(byte))

describe("a signer", () => {
  let one: ModelDesk
  /** The message and the key of each partial that left. */
  let left: (readonly [number, string])[]
  let keys: readonly string[] | undefined
  let desk: Desk

  const share = (key: string) =>
    ({
      key: { scheme: "rsa", publicKey: Buffer.from(key, "hex") },
      partial: async ({ message }: Signing) => {
        left.push([message[0]!, key])
        return new Uint8Array(8)
      },
    }) as unknown as Signer

  beforeEach(async () => {
    left = []
    one = await aModelDesk({ signers: { rsa: share(PRESENT) }, formers: [share(FORMER)] })
    const { arweave } = one.desk.view.chains
    const build: Codec["build"] = (payouts): Unsigned => {
      const slots = new Map(payouts.map(({ transfer }) => [transfer, `slot ${transfer}`]))
      return { messages, slots, ...(keys && { keys }) }
    }
    const codec = { ...arweave!.codec, build }
    const chains = { ...one.desk.view.chains, arweave: { ...arweave!, codec } }
    desk = { ...one.desk, view: { ...one.desk.view, chains } }
  })

  afterEach(() => one.close())

  async function asked(parts: Partial<SignRequest> = {}) {
    const burn = one.world.add([aBurn({ amount: 2n * AR })])[0]!
    return sign(desk, { ...onArweave(burn, 1), ...parts })
  }

  test("signs each message with the share of the key that it names, and no other", async () => {
    keys = [FORMER, PRESENT, FORMER]

    const former = await asked({ session: "of the former", key: FORMER })
    const present = await asked({ session: "of the present", key: PRESENT })

    expect(left).toEqual([
      [11, FORMER],
      [13, FORMER],
      [12, PRESENT],
    ])
    expect(former).toMatchObject({ digest: digestOf([messages[0]!, messages[2]!]) })
    expect(present).toMatchObject({ digest: digestOf([messages[1]!]) })
  })

  test("signs all of them when they name one key, or none, and nobody names another", async () => {
    keys = [FORMER, FORMER, FORMER]
    await asked({ session: "under the former" })
    keys = undefined
    await asked({ session: "under the present" })

    expect(left.map(([, key]) => key)).toEqual([FORMER, FORMER, FORMER, PRESENT, PRESENT, PRESENT])
  })

  test.each<[string, readonly string[] | undefined, string | undefined, string]>([
    ["under several keys at once", [FORMER, PRESENT, FORMER], undefined, "bad-request"],
    ["under a key that none of them names", [PRESENT, PRESENT, PRESENT], FORMER, "bad-request"],
    ["under a key when they name none", undefined, FORMER, "bad-request"],
    [
      "under a key that is not the group's",
      [STRANGE, STRANGE, STRANGE],
      undefined,
      "not-supported",
    ],
  ])("signs nothing %s", async (_, named, key, code) => {
    keys = named

    expect(await asked({ ...(key && { key }) })).toMatchObject({ refused: [{ code }] })
    expect(left).toEqual([])
  })
})

describe("a coordinator", () => {
  const signatures = (some: readonly Uint8Array[], key = "present") =>
    some.map((message) => Buffer.from(`${message[0]} ${key}`))

  test("has each key sign its own messages, and puts the signatures in the order of the messages", async () => {
    const made = await byKey(
      { messages, keys: [FORMER, PRESENT, FORMER] },
      async (key, some, isPart) => {
        expect(isPart).toBe(true)
        return { signatures: signatures(some, key), signers: key === FORMER ? [3, 1] : [1, 2] }
      },
    )

    expect(made.signatures.map(String)).toEqual([`11 ${FORMER}`, `12 ${PRESENT}`, `13 ${FORMER}`])
    expect(made.signers).toEqual([1, 2, 3])
  })

  test("names no key to signers when there is one", async () => {
    for (const keys of [undefined, [FORMER, FORMER, FORMER]]) {
      const made = await byKey({ messages, keys }, async (key, some, isPart) => {
        expect([key, isPart]).toEqual([keys?.[0], false])
        return { signatures: signatures(some), signers: [1] }
      })
      expect(made.signatures).toHaveLength(3)
    }
  })
})

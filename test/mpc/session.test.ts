import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { BridgeError } from "../../core/errors.ts"
import type { Refusal, SignReply } from "../../mpc/protocol.ts"
import type { Contribution, Index, Scheme } from "../../mpc/schemes/scheme.ts"
import { type Blame, runSession, type Signatures } from "../../mpc/session.ts"
import { aSighting } from "../builders.ts"

const message = Buffer.from("a message")
const right = (index: Index, of: Uint8Array = message) =>
  createHash("sha256").update(of).update(String(index)).digest()
const digest = createHash("sha256").update(message).digest("hex")

/** Combines as RSA does: from the right ones, and only with one more than the threshold names the wrong. */
const scheme: Scheme = {
  name: "rsa",
  rounds: 1,
  aggregate: async ({ threshold }, _, partials: readonly Contribution[]) => {
    const wrong = partials.filter(({ from, bytes }) => !right(from).equals(bytes))
    const signature = partials.length - wrong.length >= threshold ? Buffer.from("signature") : null
    return { signature, cheaters: signature ? wrong.map(({ from }) => from) : [] }
  },
  verify: () => true,
  ...(Object.fromEntries(
    ["encode", "decode", "open", "isPartial", "join"].map((name) => [name, () => {}]),
  ) as unknown as Pick<Scheme, "encode" | "decode" | "open" | "isPartial" | "join">),
}

const rowA = aSighting().id
const rowB = aSighting().id
const refusal = (transfer: Refusal["transfer"], code: Refusal["code"] = "not-yet"): Refusal => ({
  transfer,
  code,
  detail: code,
})

type Manner = "honest" | "liar" | "down" | "silent" | "other" | readonly Refusal[]

async function reply(index: Index, manner: Manner, signal: AbortSignal): Promise<SignReply> {
  if (manner === "honest") return { version: 1, index, partials: [right(index)], digest }
  if (manner === "liar") return { version: 1, index, partials: [Buffer.from("junk")], digest }
  if (manner === "other")
    return { version: 1, index, partials: [right(index, Buffer.from("x"))], digest: "0".repeat(64) }
  if (manner === "silent") await new Promise((resolve) => signal.addEventListener("abort", resolve))
  if (manner === "silent" || manner === "down")
    throw new BridgeError("signer-unreachable", { signer: index })
  return { version: 1, index, refused: manner }
}

/** A session with one signer for each manner; they are asked in order. */
async function aSession(manners: readonly Manner[], { threshold = 3, hedgeMs = 60_000 } = {}) {
  const asked: Index[] = []
  const blamed: Blame[] = []
  const key = { scheme: "rsa", epoch: 0, threshold, parties: manners.length } as const
  const outcome = await runSession({
    scheme,
    key: { ...key, publicKey: Buffer.alloc(0) },
    session: "session-1",
    messages: [message],
    parties: manners.map((manner, place) => ({
      index: place + 1,
      name: `signer ${place + 1}`,
      commit: () => expect.unreachable(),
      sign: (_session, _commitments, signal) => {
        asked.push(place + 1)
        return reply(place + 1, manner, signal)
      },
    })),
    ...{ hedgeMs, versionMin: 1 },
    onBlame: (blame) => blamed.push(blame),
  }).catch((error: BridgeError) => error)
  return { outcome, asked, blamed: blamed.map(({ signer, kind }) => `${signer} ${kind}`) }
}

describe("a quorum that can sign, signs", () => {
  test("only a quorum is asked when all goes well", async () => {
    const { outcome, asked, blamed } = await aSession([
      "honest",
      "honest",
      "honest",
      "honest",
      "honest",
    ])

    expect(outcome).toMatchObject({ signers: [1, 2, 3] })
    expect(asked).toEqual([1, 2, 3])
    expect(blamed).toEqual([])
  })

  test("a liar is named and left out, and costs one more question", async () => {
    const { outcome, asked, blamed } = await aSession([
      "honest",
      "liar",
      "honest",
      "honest",
      "honest",
    ])

    expect(outcome).toMatchObject({ signers: [1, 3, 4] })
    expect(asked).toEqual([1, 2, 3, 4])
    expect(blamed).toEqual(["2 bad-partial"])
  })

  test("two liars of five are both named", async () => {
    const { outcome, blamed } = await aSession(["liar", "liar", "honest", "honest", "honest"])

    expect(outcome).toMatchObject({ signers: [3, 4, 5] })
    expect(blamed).toEqual(["1 bad-partial", "2 bad-partial"])
  })

  test("a silent signer costs the hedge and no more", async () => {
    const { outcome, asked, blamed } = await aSession(
      ["silent", "honest", "honest", "honest", "honest"],
      {
        hedgeMs: 5,
      },
    )

    expect(outcome).toMatchObject({ signers: [2, 3, 4] })
    expect(asked).toEqual([1, 2, 3, 4, 5])
    expect(blamed).toEqual(["1 slow"])
  })

  test("a signer that is down is replaced at once, without the hedge", async () => {
    const { outcome, blamed } = await aSession(["down", "honest", "down", "honest", "honest"])

    expect(outcome).toMatchObject({ signers: [2, 4, 5] })
    expect(blamed).toEqual(["1 unreachable", "3 unreachable"])
  })

  test("a signer that sees another message is left out and named", async () => {
    const { outcome, blamed } = await aSession(["other", "honest", "honest", "honest", "honest"])

    expect(outcome).toMatchObject({ signers: [2, 3, 4] })
    expect(blamed).toEqual(["1 other-message"])
  })

  test("a refusal of a minority does not matter", async () => {
    const no = [refusal(rowA)]
    const { outcome } = await aSession([no, "honest", no, "honest", "honest"])

    expect(outcome).toMatchObject({ signers: [2, 4, 5] })
  })

  test("any mix with a quorum of honest signers gives a signature by honest signers alone", async () => {
    const manner = fc.constantFrom<Manner>("honest", "liar", "down", "silent", "other", [
      refusal(rowA),
    ])
    await fc.assert(
      fc.asyncProperty(fc.array(manner, { minLength: 2, maxLength: 7 }), async (manners) => {
        const honest = manners.flatMap((one, place) => (one === "honest" ? [place + 1] : []))
        fc.pre(honest.length >= 2)

        const { outcome } = await aSession(manners, { threshold: 2, hedgeMs: 1 })

        expect(outcome).toMatchObject({ signatures: [Buffer.from("signature")] })
        const { signers } = outcome as Signatures
        expect(honest).toEqual(expect.arrayContaining([...signers]))
      }),
    )
  })
})

describe("a quorum that cannot sign, says why", () => {
  // Case 115.
  test("one short of a quorum waits, and says who is missing", async () => {
    const { outcome } = await aSession(["down", "honest", "down", "honest", "down"])

    expect(outcome).toMatchObject({
      code: "quorum-missing",
      remedy: "retry",
      detail: { needed: 3, have: 2, missing: ["signer 1", "signer 3", "signer 5"] },
    })
  })

  test("a transfer that more than a minority refuses is listed, so that it can be left out", async () => {
    const no = [refusal(rowA)]
    const { outcome, asked } = await aSession([no, no, no, "honest", "honest"])

    expect(outcome).toMatchObject({
      code: "signer-refused",
      detail: { refusals: [{ transfer: rowA, code: "not-yet" }] },
    })
    expect(asked.length).toBeGreaterThanOrEqual(3)
  })

  test("when each refuses another transfer, only as many are listed as a quorum lacks", async () => {
    const both = [refusal(rowA), refusal(rowB)]
    const { outcome } = await aSession(["honest", "honest", both, [refusal(rowB)], both])

    expect(outcome).toMatchObject({
      code: "signer-refused",
      detail: { refusals: [{ transfer: rowB }] },
    })
    expect((outcome as BridgeError).detail.refusals).toHaveLength(1)
  })

  test("a refusal of the whole request is not blamed on a transfer", async () => {
    const no = [refusal(null, "rpc-unavailable")]
    const { outcome } = await aSession([no, no, no, "honest", "honest"])

    expect(outcome).toMatchObject({
      code: "signer-refused",
      detail: { refusals: [{ transfer: null, code: "rpc-unavailable" }] },
    })
  })

  test("when a majority sees another message, it is we who err", async () => {
    const { outcome } = await aSession(["other", "other", "other", "honest", "honest"])

    expect(outcome).toMatchObject({
      code: "signer-refused",
      detail: { refusals: [{ transfer: null }] },
    })
  })

  test("too many liars give no signature and accuse nobody wrongly", async () => {
    const { outcome, blamed } = await aSession(["liar", "honest", "liar", "honest", "liar"])

    expect(outcome).toMatchObject({ code: "quorum-missing" })
    expect(blamed).toEqual([])
  })
})

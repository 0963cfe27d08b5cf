// One more token in the bridge file, and what somebody may ask for it.

import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { bridgeJson, parseBridge } from "../../../chains/bridge.ts"
import { usualGovernor } from "../../../core/usual-limits.ts"
import { wishIn } from "../../../services/cli/asset-wish.ts"
import {
  type Listing,
  listingJson,
  readListing,
  withListing,
} from "../../../services/cli/listing.ts"
import { anId, aPolicy } from "../../builders.ts"
import { deployment } from "../../chains/builders.ts"

const CONTRACT = `0x${"d1".repeat(20)}`
const GUARDIAN = anId("guardian")
const words = (change: object = {}) => ({
  ...{ terms: "fee=1,least=2,most=25000,refund=1,dust=0.1,day=1000000", guardian: GUARDIAN },
  ...change,
})
const wanted = `USDC=${CONTRACT}:250000/86400`
const listing: Listing = {
  ...wishIn(wanted, words()),
  ...{ process: anId("token of USDC"), order: null },
}

/** That of a bridge which has a vault on Ethereum, and carries nothing there yet. */
function aBridge(): unknown {
  const { depths, payoutDepths, ...policy } = aPolicy()
  const at = { chainId: 1, vault: `0x${"aa".repeat(20)}`, key: `0x${"bb".repeat(32)}` }
  return bridgeJson({
    deployment: { ...deployment, vaults: { ethereum: { ...at, heightMin: 9, contracts: {} } } },
    policy: {
      ...policy,
      depths: { ...depths, ethereum: 1 },
      payoutDepths: { ...payoutDepths, ethereum: 1 },
    },
  })
}

describe("the bridge file", () => {
  test("gets the token, its contract and its terms, and is the same when it has them", () => {
    const once = withListing(aBridge(), listing)
    const { deployment, policy } = parseBridge(once)

    expect(deployment.tokens.USDC).toBe(listing.process)
    expect(deployment.vaults?.ethereum?.contracts.USDC).toBe(CONTRACT)
    expect(policy.fees.filter(({ asset }) => asset === "USDC")).toMatchObject([
      { source: "ethereum", flat: 0n },
      { source: "ao-usdc", flat: 1_000_000n },
    ])
    expect(policy.limits.filter(({ asset }) => asset === "USDC")).toMatchObject([
      { source: "ethereum", minimum: 2_000_000n, cap: 25_000_000_000n, dust: 100_000n },
      { source: "ao-usdc", refundFee: 1_000_000n },
    ])
    expect(withListing(once, listing)).toEqual(once)
  })

  test("that has windows of a day gets those of the token", () => {
    const { policy, ...bridge } = parseBridge(aBridge())
    const governed = bridgeJson({
      ...bridge,
      policy: { ...policy, governor: usualGovernor(["AR"]) },
    })

    const { policy: after } = parseBridge(withListing(governed, listing))

    expect(after.governor?.windows.filter(({ asset }) => asset === "USDC")).toHaveLength(2)
  })

  test("that names another process or contract for the asset stays as it is", () => {
    const once = withListing(aBridge(), listing)
    const refused = expect.objectContaining({ code: "bad-config" })

    for (const other of [{ process: anId("another") }, { contract: `0x${"d2".repeat(20)}` }])
      expect(() => withListing(once, { ...listing, ...other })).toThrow(refused)
  })
})

describe("what is asked for", () => {
  test.each<[string, string, object, string]>([
    ["of an asset without a row", `DOGE=${CONTRACT}:1/86400`, {}, "core/assets.ts"],
    ["of a chain's own coin", "ETH=native:1/86400", {}, "from the start"],
    ["of a chain that has no vaults", "AR=native:1/86400", {}, "Ethereum and BSC"],
    ["with a window of seconds", `USDC=${CONTRACT}:250000/60`, {}, "an hour"],
    ["without a guardian", wanted, { guardian: undefined }, "--guardian"],
    ["without all terms", wanted, { terms: "fee=1,least=2" }, "--terms"],
    [
      "with a fee that eats the least",
      wanted,
      { terms: "fee=2,least=2,most=25000,refund=1,dust=0.1,day=1000000" },
      "more than the fee",
    ],
    [
      "with more than the vault lets out",
      wanted,
      { terms: "fee=1,least=2,most=250001,refund=1,dust=0.1,day=1000000" },
      "capacity lets out",
    ],
  ])("%s is refused", (_, text, change, reason) => {
    expect(() => wishIn(text, words(change))).toThrow(reason)
  })
})

describe("a listing's file", () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "causeway-listing-"))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const order = {
    ...({ chain: "ethereum", kind: "limit", number: 3, token: CONTRACT } as const),
    ...{ vault: `0x${"aa".repeat(20)}`, capacity: listing.capacity, windowS: 86_400 },
  }
  const written = async (text: string) => {
    const file = join(folder, "USDC.json")
    await writeFile(file, text)
    return file
  }

  test("is read as it was written", async () => {
    const whole = { ...listing, order }

    expect(await readListing(await written(listingJson(whole)))).toEqual(whole)
  })

  test.each([
    ["another token", { token: `0x${"d2".repeat(20)}` }],
    ["another limit", { capacity: 10n ** 30n }],
    ["another window", { windowS: 3_600 }],
  ])("whose order is about %s is refused", async (_, change) => {
    const file = await written(listingJson({ ...listing, order: { ...order, ...change } }))

    await expect(readListing(file)).rejects.toMatchObject({ code: "bad-config" })
  })
})

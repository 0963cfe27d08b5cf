// The public description of a bridge: read whole or refused with everything that is wrong.

import { expect, test } from "vitest"
import { type Bridge, bridgeJson, parseBridge } from "../../chains/bridge.ts"
import { aPolicy } from "../builders.ts"
import { deployment } from "./builders.ts"

const bridge: Bridge = { deployment, policy: aPolicy() }

test("a bridge is written and read back the same", () => {
  const text = JSON.stringify(bridgeJson(bridge))

  expect(parseBridge(JSON.parse(text))).toEqual(bridge)
})

test("amounts travel as text, because JSON numbers end at 2^53", () => {
  const great = { ...bridge, policy: aPolicy({ cap: 10n ** 38n - 1n }) }

  const json = bridgeJson(great) as { policy: { limits: { cap: unknown }[] } }

  expect(json.policy.limits[0]?.cap).toBe("9".repeat(38))
  expect(parseBridge(json).policy.limits[0]?.cap).toBe(10n ** 38n - 1n)
})

test("a limit of nothing is allowed", () => {
  const free = { ...bridge, policy: aPolicy({ dust: 0n, refundFee: 0n }) }

  expect(parseBridge(bridgeJson(free))).toEqual(free)
})

// Case 11
test.each(["", "-1", "+1", "01", "1e3", "1.5", " 1", "1 ", `1${"0".repeat(38)}`, 5, null])(
  "%j is no amount",
  (flat) => {
    expect(problemsOf((json) => setAt(json, ["policy", "fees", 0, "flat"], flat))).toContain(
      "policy.fees[0].flat",
    )
  },
)

test.each([
  { name: "an unknown network", path: ["deployment", "network"], value: "moon" },
  { name: "a short modulus", path: ["deployment", "owner"], value: deployment.owner.slice(1) },
  { name: "a vault that is no address", path: ["deployment", "vault"], value: "0xabc" },
  { name: "a token that is no process", path: ["deployment", "tokens", "AR"], value: "token" },
  { name: "a missing token", path: ["deployment", "tokens"], value: {} },
  { name: "an unknown asset", path: ["deployment", "tokens", "DOGE"], value: deployment.vault },
  { name: "an unknown chain", path: ["policy", "limits", 0, "source"], value: "solana" },
  { name: "a depth of none", path: ["policy", "depths", "ao"], value: 0 },
  { name: "a depth in parts", path: ["policy", "depths", "arweave"], value: 1.5 },
  { name: "a missing depth", path: ["policy", "depths"], value: { ao: 3 } },
  { name: "a negative height", path: ["policy", "fees", 0, "heightMin"], value: -1 },
  { name: "a misspelt field", path: ["policy", "limit"], value: [] },
])("$name is refused where it stands", ({ path, value }) => {
  const problems = problemsOf((json) => setAt(json, path, value))

  expect(problems).toContain(`${path[1]}`)
  expect(problems).toMatch(/^bad-config/)
})

test.each([null, undefined, 5, "text", [], {}])("%j is no bridge", (json) => {
  expect(() => parseBridge(json)).toThrow(expect.objectContaining({ code: "bad-config" }))
})

test("everything wrong is said at once", () => {
  const problems = problemsOf((json) => {
    setAt(json, ["deployment", "vault"], "x")
    setAt(json, ["policy", "depths", "ao"], 0)
    setAt(json, ["policy", "limits", 1, "cap"], "1e3")
  })

  for (const place of ["deployment.vault", "policy.depths.ao", "policy.limits[1].cap"])
    expect(problems).toContain(place)
})

function problemsOf(damage: (json: unknown) => void): string {
  const json = bridgeJson(bridge)
  damage(json)
  try {
    parseBridge(json)
  } catch (error) {
    return (error as Error).message
  }
  return "none"
}

function setAt(json: unknown, path: readonly (string | number)[], value: unknown): void {
  const parent = path.slice(0, -1).reduce((node, key) => (node as never)[key], json)
  ;(parent as Record<string | number, unknown>)[path.at(-1)!] = value
}

test("a vault that came after another is read back with it, and none is named twice", () => {
  const [vault, before] = ["1", "2"].map((digit) => `0x${digit.repeat(40)}`) as [string, string]
  const moved = (former: string): Bridge => ({
    ...bridge,
    deployment: {
      ...deployment,
      vaults: {
        ethereum: {
          ...{ chainId: 1, vault, key: `0x${"3".repeat(64)}`, heightMin: 9, contracts: {} },
          former: [{ vault: former, heightMin: 4 }],
        },
      },
    },
  })

  expect(parseBridge(bridgeJson(moved(before)))).toEqual(moved(before))
  expect(() => parseBridge(bridgeJson(moved(vault)))).toThrow(/named twice/)
})

test("a way without a fee from its first block, or without limits, is found before it is travelled", () => {
  const policy = aPolicy()
  const gaps = {
    fees: policy.fees.filter(({ source }) => source !== "ao"),
    limits: [...policy.limits, policy.limits[0]!],
  }

  const read = () => parseBridge(bridgeJson({ ...bridge, policy: { ...policy, ...gaps } }))

  expect(read).toThrow(/no rule for AR from ao/)
  expect(read).toThrow(/2 rows for AR from arweave/)
})

const windows = (["arweave", "ao"] as const).map((target) => {
  return { asset: "AR", target, day: 10n, large: 5n } as const
})
const worth = { days: [], prices: [{ asset: "AR", least: 2n, most: 3n }], freshMs: 1 } as const
const limited = (governor: Bridge["policy"]["governor"]): Bridge => ({
  deployment,
  policy: { ...aPolicy(), governor },
})

test("limits of a day are read back as they were written", () => {
  const whole = limited({ delayMs: 1, windows, worth })

  expect(parseBridge(bridgeJson(whole))).toEqual(whole)
})

test.each([
  ["a way without a window", { delayMs: 1, windows: windows.slice(1), worth: null }],
  ["a window twice", { delayMs: 1, windows: [...windows, windows[0]!], worth: null }],
  [
    "a window in which nothing has room",
    { delayMs: 1, windows: windows.map((row) => ({ ...row, day: 0n })), worth: null },
  ],
  [
    "an asset that is worth at least more than at most",
    { delayMs: 1, windows, worth: { ...worth, prices: [{ asset: "AR", least: 4n, most: 3n }] } },
  ],
] as const)("limits with %s are refused", (_, governor) => {
  expect(() => parseBridge(bridgeJson(limited(governor)))).toThrow("policy.governor")
})

test("a live network that names no limits of a day has those that AOX published", () => {
  const officers = { needed: 2, keys: { ann: "A".repeat(43), ben: `${"A".repeat(42)}E` } }
  const live = {
    deployment: { ...deployment, network: "mainnet" },
    ...{ policy: aPolicy(), compliance: { id: "ours", officers } },
  } as const

  const { policy } = parseBridge(bridgeJson(live))

  const units = 10n ** 12n
  expect(policy.governor?.delayMs).toBe(86_400_000)
  expect(policy.governor?.windows).toEqual([
    { asset: "AR", target: "arweave", day: 20_000n * units, large: 5_000n * units },
    { asset: "AR", target: "ao", day: 20_000n * units, large: 5_000n * units },
  ])
  const elsewhere = { ...live, deployment: { ...live.deployment, network: "testnet" as const } }
  expect(parseBridge(bridgeJson(elsewhere)).policy.governor).toBeUndefined()
})

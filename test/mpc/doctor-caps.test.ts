// Caps of one's own may be as low as one likes; that nobody is paid for it should be no surprise.

import { expect, test } from "vitest"
import type { AssetName } from "../../core/assets.ts"
import { capFindings } from "../../mpc/doctor-caps.ts"
import { aPolicy } from "../builders.ts"

const [row] = aPolicy().limits
const limits = [
  { ...row!, asset: "AR", source: "arweave", cap: 500n },
  { ...row!, asset: "AR", source: "ao", cap: 300n },
  { ...row!, asset: "BTC", source: "ao-btc", cap: 70n },
] as const

const said = (...caps: (readonly [AssetName, bigint, bigint])[]) =>
  capFindings({
    bridge: { policy: { ...aPolicy(), limits } },
    settings: { caps: caps.map(([asset, signature, day]) => ({ asset, signature, day })) },
  } as never).map(({ verdict, said }) => `${verdict}: ${said}`)

test("caps that hold the greatest transfer are well", () => {
  expect(said(["AR", 500n, 500n], ["BTC", 70n, 1_000n])).toEqual([
    "ok: they hold the greatest transfer of each asset",
  ])
})

test("each that does not is told, with what it would have to hold", () => {
  expect(said(["AR", 499n, 10_000n])).toEqual([
    "watch: 499 of AR is less than one transfer may be, 500",
    "watch: none for BTC: it signs nothing of it",
  ])
  expect(said(["AR", 500n, 500n], ["BTC", 70n, 69n])).toEqual([
    "watch: 69 of BTC is less than one transfer may be, 70",
  ])
})

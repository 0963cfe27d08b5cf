// What an operator wants of one more token, read from the words of a command.

import { fromUnits } from "../../core/amount.ts"
import { ASSET_NAMES, ASSETS, type AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { isAccount } from "../../lua/bundle.ts"
import type { Values } from "./asset.ts"
import { listedIn } from "./evm-plan.ts"
import { homeOfListed, type Listing, TERMS, type Terms } from "./listing.ts"

/** All that people decide; the rest is made of it. */
export type Wish = Omit<Listing, "process" | "module" | "order">

/** `ASSET`, or `ASSET=CONTRACT:CAPACITY/SECONDS`. Throws `bad-request` for what has no row in `core/assets.ts`. */
export function assetNamed(wanted: string): AssetName {
  const name = wanted.split("=")[0]
  const asset = ASSET_NAMES.find((one) => one === name)
  if (asset) return asset
  throw new BridgeError("bad-request", {
    ...{ asset: name?.slice(0, 40), hint: "a row in core/assets.ts is what names an asset" },
    known: ASSET_NAMES.join(", "),
  })
}

/** Throws `bad-request` that names what is missing or wrong, `bad-amount` for an amount that is none. */
export function wishIn(wanted: string, { terms, guardian }: Values): Wish {
  const asset = assetNamed(wanted)
  const { token, capacity, window } = listedIn(wanted, homeOfListed(asset), "ASSET")
  if (/^0x0+$/.test(token))
    throw wrong("a token: a chain's own coin is in its vault from the start")
  if (window < 3_600) throw wrong("a window of an hour or more: within it the capacity refills")
  if (!guardian || !isAccount(guardian)) throw wrong("--guardian: an account on AO")
  const said = termsIn(asset, terms)
  if (said.fee >= said.least) throw wrong("--terms: a least that is more than the fee")
  if (said.most > capacity) throw wrong("--terms: a most that the vault's capacity lets out")
  if (said.day < capacity) throw wrong("--terms: a day that is no less than the capacity")
  return { asset, contract: token, capacity, windowS: window, terms: said, guardian }
}

/** `fee=1,least=2,most=25000,refund=1,dust=0.1,day=1000000`, in whole units. */
function termsIn(asset: AssetName, text = ""): Terms {
  const rows = text.split(",").map((part) => part.split("=") as [string, string | undefined])
  const given = new Map(rows)
  const isAll = given.size === TERMS.length && rows.length === TERMS.length
  if (!isAll || TERMS.some((name) => !given.get(name)))
    throw wrong(`--terms: ${TERMS.map((name) => `${name}=AMOUNT`).join(",")}, whole units`)
  const amount = (name: (typeof TERMS)[number]) =>
    [name, fromUnits(given.get(name)!, ASSETS[asset].decimals)] as const
  return Object.fromEntries(TERMS.map(amount)) as unknown as Terms
}

function wrong(wanted: string): BridgeError {
  return new BridgeError("bad-request", { wanted })
}

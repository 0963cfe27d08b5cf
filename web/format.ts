// How amounts, times, chains and addresses are written for people. Pure.

import { formatUnits } from "../core/amount.ts"
import {
  ASSET_NAMES,
  ASSETS,
  type AssetName,
  type ChainName,
  isLedger,
  type NetworkName,
  networkOf,
} from "../core/assets.ts"

const NETWORKS: Readonly<Record<NetworkName, string>> = {
  ...{ arweave: "Arweave", ethereum: "Ethereum", bsc: "BNB Smart Chain", bitcoin: "Bitcoin" },
  ao: "AO",
}

export function networkName(chain: ChainName | string): string {
  return NETWORKS[networkOf(chain as ChainName)] ?? chain
}

/** A chain by its own name; a ledger by the token that it is. */
export function chainName(chain: string): string {
  const wrapped = ASSET_NAMES.find((asset) => ASSETS[asset].wrapped.ledger === chain)
  return wrapped ? `AO, ${ASSETS[wrapped].wrapped.ticker}` : networkName(chain)
}

/** What the asset is called on a chain. */
export function tickerOn(asset: AssetName, chain: ChainName | string): string {
  return isLedger(chain as ChainName) ? ASSETS[asset].wrapped.ticker : homeTicker(asset)
}

export function homeTicker(asset: AssetName): string {
  return asset === "USDT-BSC" ? "USDT" : asset
}

/** Whole units with thin groups of three, to the last digit: `1 234.5`. */
export function amountText(units: bigint | string, decimals: number): string {
  const [whole = "0", fraction] = formatUnits(BigInt(units), decimals).split(".")
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f")
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** The same, cut after six decimals where there are more: for a heading or a list, never for what is decided by it. */
export function amountBrief(units: bigint | string, decimals: number): string {
  const text = amountText(units, decimals)
  const point = text.indexOf(".")
  const end = point + 1 + BRIEF_DECIMALS
  return point >= 0 && text.length > end ? `${text.slice(0, end)}…` : text
}

const BRIEF_DECIMALS = 6

/** Points of a campaign: their tokens have the decimals of AO. */
export function pointsText(units: bigint | string): string {
  return amountText(units, POINT_DECIMALS)
}

const POINT_DECIMALS = 12

/** Both ends of what is too long to read: `0x12ab…90ef`. */
export function shortened(text: string, ends = 6): string {
  return text.length <= 2 * ends + 3 ? text : `${text.slice(0, ends)}…${text.slice(-ends)}`
}

/** In the reader's own clock, to the minute; `exact`: to the second. */
export function timeText(iso: string, language: string, exact = false): string {
  const timeStyle = exact ? "medium" : "short"
  const format = new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeStyle })
  return format.format(new Date(iso))
}

/** The day before the month, and a clock of 24 hours. */
export function localeOf(language: string): string {
  return language === "en" ? "en-GB" : language
}

/** `3 min`, `1 h 20 min`: the two greatest parts. */
export function durationText(
  ms: number,
  language: string,
  display: "short" | "long" = "short",
): string {
  const parts: string[] = []
  let left = Math.max(0, Math.round(ms / 1_000))
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(left / seconds)
    left -= count * seconds
    if (count > 0 && parts.length < 2) parts.push(unitText(count, unit, language, display))
    else if (parts.length > 0) break
  }
  return parts.join(" ") || unitText(0, "second", language, display)
}

/** What is only guessed, no finer than it is known: `10 seconds`, `20 minutes`, `1 hour 20 minutes`. */
export function estimateText(ms: number, language: string): string {
  const step = STEPS.find(([below]) => ms < below)?.[1] ?? HOUR_MS
  return durationText(Math.max(step, Math.round(ms / step) * step), language, "long")
}

const HOUR_MS = 3_600_000
/** Below how long, rounded to what. */
const STEPS = [
  [60_000, 5_000],
  [HOUR_MS, 60_000],
  [24 * HOUR_MS, 10 * 60_000],
] as const

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const

function unitText(
  count: number,
  unit: string,
  language: string,
  unitDisplay: "short" | "long",
): string {
  return new Intl.NumberFormat(localeOf(language), {
    style: "unit",
    unit,
    unitDisplay,
  }).format(count)
}

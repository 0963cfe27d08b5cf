// The wrapped token as one Lua text: evaluated by a fresh aos process, or run as it is by HyperBEAM's lua@5.3a.

import { CHAINS, type HomeChain, isLedger, type Ledger } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import { forAos, forHyper, type LuaValue, type Parts } from "./assembly.ts"

/** A chain that backs the token. Amounts are base units. */
export interface TokenSource {
  readonly chain: HomeChain
  /** The asset there; a chain's native coin is 43 x "A" on Arweave, the zero address on EVM chains, "BTC" on Bitcoin. */
  readonly token: string
  /** Where deposits go. No burn can name it as its recipient. */
  readonly vault: string
  /** What stays in custody of each burn; less than `minBurn`. */
  readonly burnFee: bigint
  /** The least that can be burned. */
  readonly minBurn: bigint
}

export interface TokenConfig {
  readonly name: string
  readonly ticker: string
  /** Names the burns of this token: `ledger:message:number`. */
  readonly ledger: Ledger
  /** Digits after the point: those of the source asset, which is never scaled. */
  readonly denomination: number
  /** Arweave id of the picture that wallets show. */
  readonly logo?: string
  /** Address of the cluster's RSA key: alone it mints, resumes, changes limits and Evals. */
  readonly bridge: string
  /** The account that may pause, and nothing else. */
  readonly guardian: string
  /** Published in Info for AOX's clients; the fees themselves stay in custody on the source chain. */
  readonly feeRecipient: string
  /** Published in Info, base units; what a deposit was charged stands in its row of a mint. */
  readonly mintFee: bigint
  /** At least one; a burn that names no chain goes to the first. */
  readonly sources: readonly TokenSource[]
  readonly limits: TokenLimits
}

/** What can be minted, base units: `row <= message <= window`. A single burn is at most `row` too. */
export interface TokenLimits {
  readonly row: bigint
  readonly message: bigint
  /** In any `windowMs` milliseconds. */
  readonly window: bigint
  readonly windowMs: number
}

/**
 * The Lua text. Its last act gives the process to `config.bridge`, so that afterwards no other key can
 * Eval; it fails, and changes nothing, in a process that has no Authority tag. Evaluated again in the
 * same process (by the bridge) it replaces the code and keeps the books, limits and fees as they are.
 * Throws `bad-config` with every mistake in words.
 */
export function bundle(config: TokenConfig): string {
  return forAos(PARTS, checked(config))
}

/**
 * The module of a process with `execution-device=lua@5.3a`: the same rules behind another door. Its code and
 * its configuration are fixed for ever; what the bridge can set by a message it still can. Throws `bad-config`.
 */
export function hyperBundle(config: TokenConfig): string {
  return forHyper(PARTS, checked(config))
}

/** Each finds the ones before it in `modules`. */
const PARTS: Parts = {
  modules: [
    ...["amounts", "bitcoin", "addresses", "tags", "jsontext", "batch", "window", "accounts"],
    ...["books", "messages", "stopping", "succession", "holders", "bridge", "controls", "door"],
  ],
  rules: "books",
  offers: ["holders", "bridge", "stopping", "succession", "controls"],
}

function checked(config: TokenConfig): LuaValue {
  const problems = problemsOf(config)
  if (problems.length > 0) throw new BridgeError("bad-config", { token: problems.join("; ") })
  return settingsOf(config)
}

function settingsOf(config: TokenConfig): LuaValue {
  const { logo, limits } = config
  return {
    name: config.name,
    ticker: config.ticker,
    denomination: String(config.denomination),
    ledger: config.ledger,
    ...(logo !== undefined && { logo }),
    bridge: config.bridge,
    guardian: config.guardian,
    feeRecipient: config.feeRecipient,
    mintFee: String(config.mintFee),
    limits: {
      row: String(limits.row),
      message: String(limits.message),
      window: String(limits.window),
      windowMs: limits.windowMs,
    },
    sources: config.sources.map(({ chain, token, vault, burnFee, minBurn }) => ({
      ...{ chain, token, vault, burnFee: String(burnFee), minBurn: String(minBurn) },
    })),
  }
}

function problemsOf(config: TokenConfig): string[] {
  const problems: string[] = []
  const must = (holds: boolean, claim: string) => {
    if (!holds) problems.push(claim)
  }
  must(isText(config.name, 64), "name is 1 to 64 printable characters")
  must(/^[A-Za-z0-9.-]{1,16}$/.test(config.ticker), "ticker is 1 to 16 letters and digits")
  must(CHAINS.includes(config.ledger) && isLedger(config.ledger), "ledger is one on AO")
  must(isWhole(config.denomination, 0, 30), "denomination is a whole number from 0 to 30")
  must(config.logo === undefined || isArweaveId(config.logo), "logo is an Arweave id")
  must(isArweaveId(config.bridge), "bridge is the 43-character address of an RSA key")
  must(isAccount(config.guardian), "guardian is an AO account")
  must(isAccount(config.feeRecipient), "feeRecipient is an AO account")
  must(isAmount(config.mintFee) || config.mintFee === 0n, "mintFee is zero or an amount")

  const { row, message, window, windowMs } = config.limits
  must([row, message, window].every(isAmount), "limits are positive and have at most 38 digits")
  must(row <= message && message <= window, "limits grow: row <= message <= window")
  must(isWhole(windowMs, 1, 1e12), "windowMs is a positive whole number of milliseconds")

  const chains = config.sources.map(({ chain }) => chain)
  must(chains.length > 0, "sources has at least one chain")
  must(new Set(chains).size === chains.length, "sources has each chain once")
  for (const { chain, token, vault, burnFee, minBurn } of config.sources) {
    const grammar = GRAMMARS[chain]
    must(grammar !== undefined, `sources has only ${Object.keys(GRAMMARS).join(", ")}`)
    if (grammar === undefined) continue
    must(grammar.pattern.test(token), `${chain}: token is an address of ${chain}`)
    must(grammar.pattern.test(vault) && vault !== grammar.nobody, `${chain}: vault is an address`)
    must(isAmount(burnFee) || burnFee === 0n, `${chain}: burnFee is zero or an amount`)
    must(isAmount(minBurn) && minBurn > burnFee, `${chain}: minBurn is more than burnFee`)
    must(minBurn <= row, `${chain}: minBurn is within the cap of a row`)
  }
  return problems
}

/** The last character of 43 has two unused bits, which are zero in the one spelling of an id. */
const ARWEAVE_ID = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
const EVM_ADDRESS = /^0x[0-9a-fA-F]{40}$/
const ARWEAVE = { pattern: ARWEAVE_ID, nobody: "A".repeat(43) }
const EVM = { pattern: EVM_ADDRESS, nobody: `0x${"0".repeat(40)}` }
/** A look at it: the process itself checks the checksum, and opens nothing for another one. */
const BITCOIN = { pattern: /^BTC$|^(bc|tb|bcrt)1p[ac-hj-np-z02-9]{58}$/, nobody: "BTC" }
const GRAMMARS: Readonly<Record<HomeChain, { pattern: RegExp; nobody: string }>> = {
  ...{ arweave: ARWEAVE, ethereum: EVM, bsc: EVM, bitcoin: BITCOIN },
}

export function isArweaveId(text: string): boolean {
  return ARWEAVE_ID.test(text) && text !== ARWEAVE.nobody
}

export function isAccount(text: string): boolean {
  return isArweaveId(text) || EVM_ADDRESS.test(text)
}

export function isAmount(value: bigint): boolean {
  return typeof value === "bigint" && value > 0n && value < 10n ** 38n
}

export function isWhole(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max
}

export function isText(text: string, lengthMax: number): boolean {
  return text.length > 0 && text.length <= lengthMax && !/\p{C}/u.test(text)
}

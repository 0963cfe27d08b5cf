// A campaign's token as one Lua text: for a fresh aos process, or for HyperBEAM's lua@5.3a.

import { BridgeError } from "../core/errors.ts"
import { forAos, forHyper, type LuaValue, type Parts } from "./assembly.ts"
import { isAccount, isAmount, isArweaveId, isText, isWhole } from "./bundle.ts"

export interface TaoxConfig {
  readonly name: string
  readonly ticker: string
  readonly denomination: number
  /** Arweave id of the picture that wallets show. */
  readonly logo?: string | undefined
  /** Address of the cluster's RSA key: alone it names roots, credits, resumes and Evals. */
  readonly bridge: string
  /** The account that may pause, and hold claims, and nothing else. */
  readonly guardian: string
  /** Whose claims the token pays: it stands in each of them. */
  readonly campaign: string
  /** All that is ever given, base units. */
  readonly allocation: bigint
  /** Milliseconds between the coming of a root and its first payment, for a guardian who looks. */
  readonly delayMs: number
}

/**
 * The Lua text. As the wrapped token's it gives the process to `config.bridge` with its last act, and a later Eval
 * keeps the books. Throws `bad-config` with every mistake in words.
 */
export function taoxBundle(config: TaoxConfig): string {
  return forAos(PARTS, settingsOf(config))
}

/** The module of a process with `execution-device=lua@5.3a`. Throws `bad-config`. */
export function taoxHyperBundle(config: TaoxConfig): string {
  return forHyper(PARTS, settingsOf(config))
}

const PARTS: Parts = {
  modules: [
    ...["amounts", "bitcoin", "addresses", "tags", "jsontext", "accounts", "hashes", "proofs"],
    ...["holds", "taox", "messages", "stopping", "succession", "holders", "campaign", "door"],
  ],
  rules: "taox",
  offers: ["holders", "stopping", "succession", "campaign"],
}

function settingsOf(config: TaoxConfig): LuaValue {
  const problems = problemsOf(config)
  if (problems.length > 0) throw new BridgeError("bad-config", { token: problems.join("; ") })
  const { denomination, logo, allocation, ...plain } = config
  return {
    ...plain,
    ...(logo !== undefined && { logo }),
    denomination: String(denomination),
    allocation: String(allocation),
  }
}

function problemsOf(config: TaoxConfig): string[] {
  const claims: readonly (readonly [boolean, string])[] = [
    [isText(config.name, 64), "name is 1 to 64 printable characters"],
    [/^[A-Za-z0-9.-]{1,16}$/.test(config.ticker), "ticker is 1 to 16 letters and digits"],
    [isWhole(config.denomination, 0, 30), "denomination is a whole number from 0 to 30"],
    [config.logo === undefined || isArweaveId(config.logo), "logo is an Arweave id"],
    [isArweaveId(config.bridge), "bridge is the 43-character address of an RSA key"],
    [isAccount(config.guardian), "guardian is an AO account"],
    [/^[a-z0-9][a-z0-9-]{0,31}$/.test(config.campaign), "campaign is a name in lower case"],
    [isAmount(config.allocation), "allocation is positive and has at most 38 digits"],
    [isWhole(config.delayMs, 0, 1e12), "delayMs is a whole number of milliseconds"],
  ]
  return claims.flatMap(([holds, claim]) => (holds ? [] : [claim]))
}

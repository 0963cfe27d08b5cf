// Four answers in one order, for three purposes: the worst one wins.

/**
 * allow: it happens. hold: nothing moves, a case is open. reject: it is not done, and goes back to the declared
 * refund address. block: it is frozen where it is, not even given back, and reported.
 */
export const ACTIONS = ["allow", "hold", "reject", "block"] as const
export type Action = (typeof ACTIONS)[number]

/**
 * bridge: mint or release. refund: pay back. reward: count for rewards. Each has its own decision: who may not be
 * rewarded may still bridge, and what is not bridged may still go back.
 */
export const SCOPES = ["bridge", "refund", "reward"] as const
export type Scope = (typeof SCOPES)[number]

/** What a rule does where it applies; a scope that is not named is not touched. */
export type Effects = { readonly [S in Scope]?: Exclude<Action, "allow"> }

export interface Reason {
  /** Id of the policy's rule, or `data.…` and `facts.…` where the decision could not be made at all. */
  readonly rule: string
  /** Whom or what it was found in: a role and a key, a place, a list. Never an IP address. */
  readonly about: string
  readonly effects: Effects
}

export interface Decision extends Readonly<Record<Scope, Action>> {
  /** In the order of the policy's rules; empty when everything is allowed. */
  readonly reasons: readonly Reason[]
}

/** How bad, from 0. */
export const SEVERITY: Readonly<Record<Action, number>> = { allow: 0, hold: 1, reject: 2, block: 3 }

export function worse(a: Action, b: Action): Action {
  return SEVERITY[a] >= SEVERITY[b] ? a : b
}

/** Everything stops until people or better data say more: the answer to not knowing. */
export const HOLD_ALL: Effects = { bridge: "hold", refund: "hold", reward: "hold" }

/** The worst that any of the reasons asks for, scope by scope. */
export function decisionOf(reasons: readonly Reason[]): Decision {
  let bridge: Action = "allow"
  let refund: Action = "allow"
  let reward: Action = "allow"
  for (const { effects } of reasons) {
    if (effects.bridge) bridge = worse(bridge, effects.bridge)
    if (effects.refund) refund = worse(refund, effects.refund)
    if (effects.reward) reward = worse(reward, effects.reward)
  }
  return { bridge, refund, reward, reasons }
}

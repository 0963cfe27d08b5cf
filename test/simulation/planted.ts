// The rules, each broken once: a simulation that does not notice is not worth its time.

import { REORG_MAX } from "../../chains/arweave/planning.ts"
import { BridgeError } from "../../core/errors.ts"
import { HOMES, isHome, KINDS, LEDGER_DEPTH } from "./kinds.ts"
import { RULES, type Rules } from "./rules.ts"

/** Nothing is waited for. */
const SHALLOW = Object.fromEntries([...HOMES, "ao"].map((chain) => [chain, 1]))

/** Each fault by what it does wrong. */
export const PLANTED: Readonly<Record<string, Rules>> = {
  "a replan takes a second slot": {
    ...RULES,
    waitsForSlow: false,
    step: (before, event) =>
      event.kind === "Planned" && before?.state === "sent"
        ? RULES.step({ ...before, slot: event.slot }, event)
        : RULES.step(before, event),
  },
  "a settlement is not legal in signing": {
    ...RULES,
    step: (before, event) => {
      if (before?.state === "signing" && event.kind === "Settled")
        throw new BridgeError("illegal-move", { state: "signing", event: "Settled" })
      return RULES.step(before, event)
    },
  },
  "a mint that was given up is not known when it lands": {
    ...RULES,
    step: (before, event) =>
      RULES.step(before, event.kind === "Settled" ? { ...event, slot: undefined } : event),
  },
  "versions are not compared": { ...RULES, comparesVersions: false },
  "a signed transaction leaves before it is recorded": { ...RULES, recordsBeforeBroadcast: false },
  "a deposit is confirmed one block early": {
    ...RULES,
    isFinal: (policy, chain, height, tip) => RULES.isFinal(policy, chain, height, tip + 1),
  },
  "a vanished deposit is not reported": { ...RULES, reportsVanished: false },
  "a vanished deposit stays in the books": {
    ...RULES,
    step: (before, event) => {
      const next = RULES.step(before, event)
      return event.kind === "Vanished" ? { ...next, entries: [] } : next
    },
  },
  "an anchor is taken for dead 18 blocks too early": {
    ...RULES,
    isExpired: (tip, anchor) => RULES.isExpired(tip + REORG_MAX, anchor),
  },
  "a signer keeps no journal": { ...RULES, journals: false },
  "a signer trusts the coordinator's amounts": { ...RULES, derivesPayouts: false },
  "a signer does not wait for finality": {
    ...RULES,
    owed: (policy, ...asked) => RULES.owed({ ...policy, depths: SHALLOW }, ...asked),
  },
  "a refund and a mint race": {
    ...RULES,
    decidesOnlyHeld: false,
    redirectsOnlyUnplanned: false,
    step: (before, event) =>
      before && event.kind === "Redirected"
        ? RULES.step({ ...before, state: "held", slot: null, plan: null, transaction: null }, event)
        : RULES.step(before, event),
  },
  "a transfer is redirected after it was planned on AO": {
    ...RULES,
    redirectsOnlyUnplanned: false,
    paysWhereItMayLand: false,
  },
  "the fee is charged twice": {
    ...RULES,
    payoutOf: (transfer) => {
      const payout = RULES.payoutOf(transfer)
      return { ...payout, amount: payout.amount - payout.fee }
    },
  },
  "the network fee is not booked": {
    ...RULES,
    step: (before, event) =>
      RULES.step(before, event.kind === "Settled" ? { ...event, networkFee: 0n } : event),
  },
  "everything goes through": {
    ...RULES,
    screened: (_, { id, version }) => [
      { transfer: id, key: `Cleared:${version}`, version, event: { kind: "Cleared" } },
    ],
  },
  "an outbox row is done before the deed": { ...RULES, marksDoneAfterDeed: false },
  "event keys are not compared": { ...RULES, comparesKeys: false },
  "an event key does not name the stay": { ...RULES, keysNameTheStay: false },
  "facts are told before their blocks are recorded": { ...RULES, movesCursorWithFacts: false },
  "a mint that nobody signs is never given up": { ...RULES, givesUp: false, skew: 5 },
  "a refused mint is tried again with the same bytes": { ...RULES, attemptOf: () => 1 },
  "a transfer is planned again without a second look": { ...RULES, rechecksBeforeReplan: false },
  "a payout settles at the depth of a deposit": {
    ...RULES,
    settledDepthOf: (chain) => (isHome(chain) ? KINDS[chain].depth : LEDGER_DEPTH),
  },
  "a payout of coins is taken for dead before the fork that killed it is": {
    ...RULES,
    deathDepth: 1,
    takesTurns: false,
  },
  "a replacement spends another coin than what it replaces": { ...RULES, bumpsInSlot: false },
  "a payout of coins offers more than any signer takes": {
    ...RULES,
    planned: (known, ...asked) => RULES.planned({ ...known, estimate: 60_000n }, ...asked),
  },
  "a payout of coins forgets its change": {
    ...RULES,
    planned: (...asked) => {
      const { choice, rate } = RULES.planned(...asked)
      return { choice: choice && { ...choice, change: [] }, rate }
    },
  },
  "a batch pays its first transfer twice": {
    ...RULES,
    payoutsOf: (transfers, owed) => {
      const payouts = RULES.payoutsOf(transfers, owed)
      return [payouts[0]!, ...payouts]
    },
  },
  "a release is anchored to a block of long ago": { ...RULES, anchorAt: (tip) => tip - 40 },
  "a release that can never land is waited for": { ...RULES, isExpired: () => false },
  "a release offers less than the network asks for": { ...RULES, rewardFor: () => 1n },
  "a plan that every signer derives otherwise is waited for": {
    ...RULES,
    givenUp: (refusals, rounds) =>
      RULES.givenUp(
        refusals.filter(({ transfer }) => transfer !== null),
        rounds,
      ),
  },
  "whatever a network takes is paid": {
    ...RULES,
    isCovered: () => true,
    rewardFor: (price) => price * 3n,
  },
  "books that came back plan before they have asked": { ...RULES, recoversFirst: false },
  "payments are told before what they pay for": { ...RULES, readsAllFirst: false },
  "books that came back give an order of before": {
    ...RULES,
    ...{ countsLostAttempts: false, forgetful: 0, skew: 5 },
  },
  "new members do not know what old ones have signed": {
    ...RULES,
    ...{ journalsAreHandedOver: false, skew: 5 },
  },
  "a share leaves before its promise is on the disk": { ...RULES, waitsForDisk: false },
  "a transfer is let go while its slot lives": { ...RULES, rivalFate: () => "dead" },
  "what was spent is not counted after a restart": {
    ...RULES,
    reread: (entry) => (entry.kind === "plan" ? { ...entry, spent: [] } : entry),
  },
  "a signer counts what is locked twice": { ...RULES, counted: (sum) => 2n * sum },
  "the books count what is locked twice": {
    ...RULES,
    depositedBy: (applied) => RULES.depositedBy([...applied, ...applied]),
  },
  "a signer that came back from a backup does not rest": {
    ...RULES,
    ...{ restHours: 0, forgetful: 1, skew: 5 },
  },
  "whoever has just joined helps with as much as all others": { ...RULES, newcomerPercent: 100 },
  "what is large is signed at once": {
    ...RULES,
    heeded: ({ caps, governor }) => ({ caps, governor: { ...governor, delayMs: 0 } }),
  },
  "no window bounds what is signed in a day": {
    ...RULES,
    heeded: ({ caps, governor }) => ({ caps, governor: { ...governor, windows: [] } }),
  },
  "work goes on while a chain is paused": { ...RULES, heedsPauses: false },
}

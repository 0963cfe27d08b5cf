// What the doctor says of a signer's policy and lists: without them it would start, and pay nobody.

import { PolicyShelf } from "../chains/policy-shelf.ts"
import { judge } from "../chains/screening.ts"
import type { Quorum } from "../core/compliance/document.ts"
import { isBlind, type Rulebook } from "../core/compliance/evaluate.ts"
import { askerKeyOf } from "./attestors.ts"
import type { Identity } from "./certificate.ts"
import type { SignerConfig } from "./config.ts"
import type { Finding } from "./findings.ts"
import type { Member } from "./manifest.ts"

export async function policyFindings(
  { folder, bridge, settings, identity, member }: SignerConfig,
  nowMs: number,
): Promise<readonly Finding[]> {
  const finding = (verdict: Finding["verdict"], said: string): Finding => {
    return { about: "policy", verdict, said }
  }
  if (!bridge.compliance)
    return [finding("watch", "the bridge file names no officers: nobody is screened")]
  try {
    const shelf = await PolicyShelf.open(folder, bridge.compliance)
    const standing = shelf.at(nowMs)
    if (!standing) return [finding("bad", "none is in force: causeway policy activate")]
    // What no facts could mend: lists that are missing, stale or others.
    const nothing = { usdCents: null, recentUsdCents: null, parties: [], answers: [], chains: [] }
    const facts = { ...nothing, direction: "in", asset: "AR", session: "attested" } as const
    const { reasons } = judge(standing, facts, nowMs)
    const amiss = reasons.filter(({ rule }) => rule.startsWith("data."))
    const { version, attestors } = standing.book.document
    const unseen = unseenBy(standing.book, attestors, settings.attestors ?? {})
    return amiss.length === 0
      ? [
          finding("ok", `version ${version}, all its lists fresh`),
          ...unseen.map((said) => finding("watch", said)),
          ...(settings.attestors && attestors ? [finding("ok", askerOf(member, identity))] : []),
        ]
      : amiss.map(({ rule, about }) => finding("bad", `${about}: ${rule}: causeway lists import`))
  } catch (error) {
    return [finding("bad", String(error))]
  }
}

function askerOf({ name }: Member, identity: Identity): string {
  return `it asks attestors itself, among their askers as "${name}": "${askerKeyOf(identity)}"`
}

/** What this policy leaves to the services' word, and so to a coordinator that lies. */
function unseenBy(
  book: Rulebook,
  attestors: Quorum | null,
  asked: Readonly<Record<string, string>>,
): readonly string[] {
  if (!isBlind(book, "in", "bridge")) return []
  if (!attestors) return ["rules act by sessions or outside sources, and no attestor is named"]
  const names = Object.keys(attestors.keys)
  const unasked = names.filter((name) => !Object.hasOwn(asked, name))
  // Of those that this signer does not ask, enough must be brought for the rest to be as many as are needed.
  const spare = Math.min(unasked.length, names.length - attestors.needed)
  return spare > 0
    ? [
        `the objection of ${spare} of its attestors can be left out unseen: name them in settings.json`,
      ]
    : []
}

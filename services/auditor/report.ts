// What an auditor publishes after each look: a JSON text, signed, that names the block of each chain it is about.

import { seals } from "../../chains/seals.ts"
import { canonical, type Json } from "../../core/compliance/canonical.ts"
import type { Sign } from "../../core/compliance/seals.ts"
import { BridgeError } from "../../core/errors.ts"
import type { OrderedBridge } from "../../core/orders.ts"
import { type Audit, chainOf, type Finding, type Statement } from "../../core/solvency.ts"

/** `none`: a chain could not be read to its tip, and nothing is said about the money. */
export type Verdict = "whole" | "broken" | "none"

/** Amounts are base units as text. */
export interface Report {
  readonly bridge: { readonly network: string; readonly vault: string }
  readonly auditor: string
  readonly at: string
  readonly verdict: Verdict
  /** Why there is no verdict; what was found. */
  readonly why: readonly string[]
  /** The block, on AO the slot, up to which each chain was read. */
  readonly chains: readonly {
    readonly chain: string
    readonly height: number
    readonly id: string
  }[]
  readonly assets: readonly {
    readonly asset: string
    readonly custody: string
    readonly supply: string
    readonly depositsPending: string
    readonly burnsPending: string
  }[]
  /** Carried by the bridge, and no part of this audit. */
  readonly leftOut: readonly string[]
}

export interface SignedReport {
  /** As `reportText` wrote it. */
  readonly report: string
  /** Ed25519 public key, base64url. */
  readonly key: string
  readonly signature: string
}

export interface Auditing {
  readonly bridge: OrderedBridge
  readonly auditor: string
  readonly leftOut: readonly string[]
  readonly at: Date
}

export function reportOf(
  { bridge: { network, vault }, auditor, leftOut, at }: Auditing,
  statements: readonly Statement[],
  audit: Audit | null,
  gaps: readonly string[],
): Report {
  const findings = audit?.findings ?? []
  return {
    ...{ bridge: { network, vault }, auditor, at: at.toISOString(), leftOut },
    verdict: audit === null ? "none" : findings.length > 0 ? "broken" : "whole",
    why: audit === null ? gaps : findings.map(sentenceOf),
    chains: statements.map(({ chain, block: { height, id } }) => ({ chain, height, id })),
    assets: (audit?.assets ?? []).map(({ asset, ...amounts }) => ({
      asset,
      custody: String(amounts.custody),
      supply: String(amounts.supply),
      depositsPending: String(amounts.depositsPending),
      burnsPending: String(amounts.burnsPending),
    })),
  }
}

export function signedReport(report: Report, key: string, sign: Sign): SignedReport {
  const text = canonical(report as unknown as Json)
  return { report: text, key, signature: sign(signedText(text)) }
}

/** The report that was signed; throws `bad-signature` when it was not by that key. */
export function openReport({ report, key, signature }: SignedReport, trusted: string): Report {
  if (key !== trusted || !seals.verify(key, signedText(report), signature))
    throw new BridgeError("bad-signature", { signedBy: key, wanted: trusted })
  return JSON.parse(report) as Report
}

function signedText(report: string): string {
  return `causeway audit report\n${report}`
}

export function sentenceOf(finding: Finding): string {
  if (finding.kind === "shortfall")
    return `${finding.asset}: ${finding.missing} more in circulation than in custody`
  if (finding.kind === "other-supply") {
    const { asset, counted, supply, held } = finding
    return `${asset}: its token states ${supply} and its accounts hold ${held}, where ${counted} were counted`
  }
  const { transaction, recipient, amount, asset, transfer } = finding.outflow
  const said = transfer === null ? "naming no transfer" : `naming ${transfer}`
  return `${chainOf(finding)}: ${finding.fault}: ${transaction} gave ${amount} of ${asset ?? "a strange token"} to ${recipient}, ${said}`
}

// What the doctor says of a signer's own caps, beside the bridge's.

import type { SignerConfig } from "./config.ts"
import { type Finding, good, watch } from "./findings.ts"

/** A transfer that the bridge carries and this signer's caps do not hold is paid by the others, or by nobody. */
export function capFindings({
  bridge,
  settings,
}: Pick<SignerConfig, "bridge" | "settings">): readonly Finding[] {
  const about = "caps"
  const greatest = new Map<string, bigint>()
  for (const { asset, cap } of bridge.policy.limits)
    if (cap > (greatest.get(asset) ?? 0n)) greatest.set(asset, cap)
  const low = [...greatest].flatMap(([asset, cap]) => {
    const own = settings.caps.find((row) => row.asset === asset)
    if (!own) return [watch(about, `none for ${asset}: it signs nothing of it`)]
    return [own.signature, own.day]
      .filter((held) => held < cap)
      .map((held) => watch(about, `${held} of ${asset} is less than one transfer may be, ${cap}`))
  })
  return low.length > 0 ? low : [good(about, "they hold the greatest transfer of each asset")]
}

// What the doctor says of a signer's providers: how often they disagreed, and what that has stopped.

import { bad, type Finding, good, watch } from "./findings.ts"
import { incidentFiles, readHalts } from "./incidents.ts"

export async function incidentFindings(folder: string): Promise<readonly Finding[]> {
  const [halts, files] = await Promise.all([
    readHalts(folder).catch((error: unknown) => String(error)),
    incidentFiles(folder),
  ])
  if (typeof halts === "string") return [bad("incidents", halts)]
  const told = `${files.length} times its providers disagreed`
  return [
    ...halts.map(({ chain, since, incident }) =>
      bad(
        "incidents",
        `${chain} halted since ${since}: see incidents/${incident}, then signer lift`,
      ),
    ),
    files.length === 0 ? good("incidents", "none") : watch("incidents", told),
  ]
}

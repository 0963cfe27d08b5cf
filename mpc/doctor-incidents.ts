// What the doctor says of a signer's providers: how often they disagreed, and what that has stopped.

import type { Finding } from "./doctor.ts"
import { incidentFiles, readHalts } from "./incidents.ts"

export async function incidentFindings(folder: string): Promise<readonly Finding[]> {
  const finding = (verdict: Finding["verdict"], said: string): Finding => {
    return { about: "incidents", verdict, said }
  }
  const [halts, files] = await Promise.all([
    readHalts(folder).catch((error: unknown) => String(error)),
    incidentFiles(folder),
  ])
  if (typeof halts === "string") return [finding("bad", halts)]
  const told = `${files.length} times its providers disagreed`
  return [
    ...halts.map(({ chain, since, incident }) =>
      finding("bad", `${chain} halted since ${since}: see incidents/${incident}, then signer lift`),
    ),
    files.length === 0 ? finding("ok", "none") : finding("watch", told),
  ]
}

// `causeway case`: an officer looks at held money, orders what becomes of it, and has it on paper.

import { writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { BridgeError } from "../../core/errors.ts"
import type { CaseReport } from "../compliance/case-report.ts"
import type { Terminal } from "./commands.ts"
import { localNetwork } from "./local.ts"
import { askSigned, officerKey } from "./officer-key.ts"

const RESOLUTIONS = ["release", "return", "freeze", "unfreeze"]

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      key: { type: "string" },
      api: { type: "string" },
      folder: { type: "string" },
      authority: { type: "string" },
      state: { type: "string" },
      out: { type: "string" },
      json: { type: "boolean", default: false },
    },
  })
  const [act = "", id = ""] = positionals
  const officer = await officerKey(values.key)
  const api = values.api ?? (await localNetwork(values.folder)).apiUrl
  const get = (url: string) => askSigned(api, officer, { method: "GET", url })
  const path = `/compliance/cases/${encodeURIComponent(id)}`
  if (act === "list") {
    const query = values.state ? `?state=${values.state}` : ""
    const { cases } = (await (await get(`/compliance/cases${query}`)).json()) as { cases: Row[] }
    const text = cases.map((one) => `${one.state.padEnd(9)} ${one.transfer}  ${rulesOf(one)}`)
    terminal.out(values.json ? JSON.stringify({ cases }) : text.join("\n") || "no cases")
    return 0
  }
  if (act === "show") {
    const report = (await (await get(path)).json()) as CaseReport
    terminal.out(JSON.stringify(report, null, values.json ? 0 : 2))
    return 0
  }
  if (act === "pdf") {
    const out = values.out ?? "case.pdf"
    await writeFile(out, Buffer.from(await (await get(`${path}/report.pdf`)).arrayBuffer()))
    terminal.out(values.json ? JSON.stringify({ out }) : `written to ${out}`)
    return 0
  }
  if (!RESOLUTIONS.includes(act) || !values.authority)
    throw new BridgeError("bad-request", {
      known: `list, show, pdf, ${RESOLUTIONS.join(", ")} TRANSFER --authority WHY`,
    })
  const report = (await (await get(path)).json()) as CaseReport
  const body = { version: report.case.version, resolution: act, authority: values.authority }
  const asked = { method: "POST", url: `${path}/proposals`, body } as const
  const answer = (await (await askSigned(api, officer, asked)).json()) as Answer
  const text =
    answer.proposals > 0
      ? `proposed; another officer must say the same (${answer.state})`
      : `the case is ${answer.state}`
  terminal.out(values.json ? JSON.stringify({ ok: true, ...answer }) : text)
  return 0
}

interface Answer {
  readonly state: string
  readonly version: number
  readonly proposals: number
}

interface Row {
  readonly transfer: string
  readonly state: string
  readonly decision: { readonly reasons: readonly { readonly rule: string }[] }
}

function rulesOf({ decision }: Row): string {
  return decision.reasons.map(({ rule }) => rule).join(", ")
}

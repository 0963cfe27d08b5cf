// `causeway policy`: what decides who is paid, as a file: shown, compared, tried on the past, signed and put in force.

import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { parseBridge } from "../../chains/bridge.ts"
import { PolicyShelf } from "../../chains/policy-shelf.ts"
import { seals } from "../../chains/seals.ts"
import { type Change, changesBetween, type DryRun } from "../../core/compliance/changes.ts"
import { documentIn, nameOf, type PolicyDocument } from "../../core/compliance/document.ts"
import {
  listsNeededBy,
  PRESET_NAMES,
  type PresetName,
  rulesOf,
} from "../../core/compliance/presets.ts"
import { wordsFor } from "../../core/compliance/rules.ts"
import {
  inForce,
  policyText,
  type SignedPolicy,
  signedPolicyIn,
} from "../../core/compliance/succession.ts"
import { BridgeError } from "../../core/errors.ts"
import type { Terminal } from "./commands.ts"
import { jsonFile } from "./json-file.ts"
import { localNetwork } from "./local.ts"
import { askSigned, officerKey } from "./officer-key.ts"

const HOUR_MS = 3_600_000
/** A list whose publisher was not asked for so long holds everything. */
const LIST_AGE_MS = 36 * HOUR_MS

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      folder: { type: "string", multiple: true },
      key: { type: "string" },
      api: { type: "string" },
      last: { type: "string", default: "10000" },
      presets: { type: "string" },
      effective: { type: "string" },
      out: { type: "string" },
      json: { type: "boolean", default: false },
    },
  })
  const [act = "", file] = positionals
  const say = (value: object, text: string) =>
    terminal.out(values.json ? JSON.stringify(value) : text)
  switch (act) {
    case "show": {
      const document = file ? (await signedIn(file)).document : await currentIn(values.folder)
      say({ name: nameOf(document, seals.hash), document }, inWords(document))
      return 0
    }
    case "draft": {
      const document = await draftOf(values.folder, values.presets, values.effective)
      await writeFile(values.out ?? "draft.json", `${JSON.stringify(document, null, 2)}\n`)
      say({ draft: values.out ?? "draft.json" }, `written to ${values.out ?? "draft.json"}`)
      return 0
    }
    case "diff": {
      const changes = changesBetween(
        await currentIn(values.folder),
        (await signedIn(file)).document,
      )
      say({ changes }, changesInWords(changes))
      return 0
    }
    case "dry-run": {
      const { document } = await signedIn(file)
      const officer = await officerKey(values.key)
      const api = values.api ?? (await localNetwork(undefined)).apiUrl
      const body = { document, last: Number(values.last) }
      const asked = { method: "POST", url: "/compliance/dry-runs", body } as const
      const answer = (await (await askSigned(api, officer, asked)).json()) as Tried
      say(answer, triedInWords(answer))
      return 0
    }
    case "sign": {
      const officer = await officerKey(values.key)
      const signed = await signedIn(file)
      const name = nameOf(signed.document, seals.hash)
      const signature = officer.sign(policyText(signed.document.id, name))
      const others = signed.signatures.filter((one) => one.officer !== officer.name)
      const signatures = [...others, { officer: officer.name, signature }]
      await writeFile(file!, `${JSON.stringify({ ...signed, signatures }, null, 2)}\n`)
      say(
        { policy: name, signatures: signatures.length },
        `${name} is signed by ${signatures.map((one) => one.officer).join(", ")}`,
      )
      return 0
    }
    case "activate": {
      const signed = await signedIn(file)
      for (const folder of foldersIn(values.folder)) {
        const { name, document } = await (await shelfIn(folder)).activate(signed)
        const from = new Date(document.effectiveMs).toISOString()
        say({ folder, policy: name, from }, `${folder}: version ${document.version} from ${from}`)
      }
      return 0
    }
    default:
      throw new BridgeError("bad-request", { known: "show, draft, diff, dry-run, sign, activate" })
  }
}

interface Tried {
  readonly changes: readonly Change[]
  readonly run: DryRun
}

/** A bare document, or one with signatures. */
async function signedIn(file: string | undefined): Promise<SignedPolicy> {
  if (!file) throw new BridgeError("bad-request", { missing: "a file" })
  const json = (await jsonFile(file)) as object
  return "document" in json ? signedPolicyIn(json) : { document: documentIn(json), signatures: [] }
}

/** The folder of a signer, or of services: beside `bridge.json`, which names the first officers. */
async function shelfIn(folder: string): Promise<PolicyShelf> {
  const bridge = parseBridge(await jsonFile(join(folder, "bridge.json")))
  if (!bridge.compliance)
    throw new BridgeError("bad-config", { folder, why: "the bridge file names no officers" })
  return PolicyShelf.open(folder, bridge.compliance)
}

function foldersIn(folders: readonly string[] | undefined): readonly string[] {
  if (!folders?.length) throw new BridgeError("bad-request", { missing: "--folder DIR" })
  return folders
}

async function currentIn(folders: readonly string[] | undefined): Promise<PolicyDocument> {
  const shelf = await shelfIn(foldersIn(folders)[0]!)
  const version = inForce(shelf.versions, Date.now())
  if (!version) throw new BridgeError("not-found", { policy: "none is in force" })
  return version.document
}

/** The next version, with the rules of presets; officers as now, lists as they are in the folder. */
async function draftOf(
  folders: readonly string[] | undefined,
  presets: string | undefined,
  effective: string | undefined,
): Promise<PolicyDocument> {
  const [folder] = foldersIn(folders)
  const shelf = await shelfIn(folder!)
  const before = shelf.versions.at(-1) ?? null
  const bridge = parseBridge(await jsonFile(join(folder!, "bridge.json")))
  const names = presets?.split(",") ?? []
  const odd = names.find((name) => !PRESET_NAMES.includes(name as PresetName))
  if (odd !== undefined)
    throw new BridgeError("bad-request", { preset: odd, known: PRESET_NAMES.join() })
  const rules = presets ? rulesOf(...(names as PresetName[])) : (before?.document.rules ?? [])
  const pins = listsNeededBy(rules).map((list) => {
    const held = shelf.lists.held.get(list)
    const known = before?.document.lists[list]
    if (!held && !known) throw new BridgeError("not-found", { list, hint: "causeway lists import" })
    const { digest, publishedAt } = held ?? known!
    return [list, { exact: false, maxAgeMs: LIST_AGE_MS, ...known, digest, publishedAt }] as const
  })
  return documentIn({
    id: bridge.compliance!.id,
    version: (before?.document.version ?? 0) + 1,
    prev: before?.name ?? null,
    effectiveMs: Math.max(
      effective ? Date.parse(effective) : Date.now(),
      before?.document.effectiveMs ?? 0,
    ),
    officers: before?.document.officers ?? bridge.compliance!.officers,
    attestors: before?.document.attestors ?? null,
    lists: Object.fromEntries(pins),
    rules,
    exceptions: before?.document.exceptions ?? [],
  })
}

function inWords(document: PolicyDocument): string {
  const { id, version, effectiveMs, officers, attestors, lists, rules } = document
  return [
    `${id}, version ${version}, from ${new Date(effectiveMs).toISOString()}`,
    `name ${nameOf(document, seals.hash)}`,
    `officers: ${officers.needed} of ${Object.keys(officers.keys).join(", ")}`,
    attestors
      ? `attestors: ${attestors.needed} of ${Object.keys(attestors.keys).join(", ")}`
      : "attestors: none",
    ...Object.entries(lists).map(
      ([list, { digest, publishedAt }]) => `list ${list} of ${publishedAt}: ${digest}`,
    ),
    ...rules.map(({ id: rule, when, effects, authority }) => {
      const acts = Object.entries(effects).map(([scope, action]) => `${scope} ${action}`)
      return `  ${rule}: ${wordsFor(when)}: ${acts.join(", ")} (${authority})`
    }),
  ].join("\n")
}

function changesInWords(changes: readonly Change[]): string {
  if (changes.length === 0) return "nothing changes"
  return changes
    .flatMap(({ part, id, before, after }) => [
      `${part} ${id}`,
      ...(before === null ? [] : [`  - ${before}`]),
      ...(after === null ? [] : [`  + ${after}`]),
    ])
    .join("\n")
}

function triedInWords({ changes, run }: Tried): string {
  const counts = Object.entries(run.counts).map(([what, count]) => `  ${count}: ${what}`)
  const turned = run.turned
    .slice(0, 20)
    .map(
      ({ transfer, scope, before, after, rules }) =>
        `  ${transfer}: ${scope} ${before} -> ${after} (${rules.join(", ")})`,
    )
  return [
    changesInWords(changes),
    `${run.judged} decisions tried, ${run.turned.length} would be others`,
    ...counts,
    ...turned,
  ].join("\n")
}

// The compliance officers of the local network, and the policy that they have signed for it: nobody listed, rewards wait.

import { createPrivateKey, generateKeyPairSync } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { PolicyShelf } from "../chains/policy-shelf.ts"
import { seals, signWith } from "../chains/seals.ts"
import { nameOf, type PolicyDocument } from "../core/compliance/document.ts"
import { digestOf, listOf } from "../core/compliance/lists.ts"
import { listsNeededBy, rulesOf } from "../core/compliance/presets.ts"
import type { Sign } from "../core/compliance/seals.ts"
import { type PolicyRoot, policyText, type SignedPolicy } from "../core/compliance/succession.ts"

export interface Officer {
  readonly name: string
  /** Ed25519 public key, base64url. */
  readonly key: string
  readonly sign: Sign
}

const NAMES = ["ada", "ben"] as const
const POLICY_ID = "causeway-devnet"

/** Made at the first start; `<name>.json` is what `--key` of the officers' commands takes. */
export async function officersIn(folder: string): Promise<readonly Officer[]> {
  await mkdir(folder, { recursive: true })
  return Promise.all(NAMES.map((name) => officerIn(folder, name)))
}

export function rootOf(officers: readonly Officer[]): PolicyRoot {
  const keys = Object.fromEntries(officers.map(({ name, key }) => [name, key]))
  return { id: POLICY_ID, officers: { needed: 2, keys } }
}

/** Empty lists, and the policy of the local network in its first version; what is there already stays. */
export async function writeCompliance(folder: string, officers: readonly Officer[]): Promise<void> {
  const root = rootOf(officers)
  const shelf = await PolicyShelf.open(folder, root)
  if (shelf.versions.length > 0) return
  for (const list of LISTS) await shelf.lists.put(emptyList(list), 0)
  await shelf.activate(signedBy(firstPolicy(root), officers))
}

/** A document with these officers' signatures. */
export function signedBy(document: PolicyDocument, officers: readonly Officer[]): SignedPolicy {
  const name = nameOf(document, seals.hash)
  const signatures = officers.map((officer) => ({
    officer: officer.name,
    signature: officer.sign(policyText(document.id, name)),
  }))
  return { document, signatures }
}

/** Nobody on one machine is anywhere: rewards wait for a session here, and not for a place as well. */
const RULES = rulesOf("aox-like", "known-reward", "minimal", "own-lists").filter(
  ({ when }) => when.kind !== "place-unknown",
)
const LISTS = listsNeededBy(RULES)

function firstPolicy({ id, officers }: PolicyRoot): PolicyDocument {
  const pins = LISTS.map((list) => {
    const { publishedAt } = emptyList(list)
    const digest = digestOf(emptyList(list), seals.hash)
    // They are ours, and do not grow stale.
    return [list, { digest, publishedAt, exact: false, maxAgeMs: null }] as const
  })
  return {
    ...{ id, version: 1, prev: null, effectiveMs: 0, officers, attestors: null },
    ...{ lists: Object.fromEntries(pins), rules: RULES, exceptions: [] },
  }
}

function emptyList(list: string) {
  return listOf(list, "2026-01-01", [])
}

async function officerIn(folder: string, name: string): Promise<Officer> {
  const file = join(folder, `${name}.json`)
  const fresh = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })
  const text = JSON.stringify({ name, key: fresh })
  await writeFile(file, text, { mode: 0o600, flag: "wx" }).catch(() => {})
  const { key } = JSON.parse(await readFile(file, "utf8")) as { key: { x: string } }
  const sign = signWith(createPrivateKey({ format: "jwk", key }))
  return { name, key: key.x, sign }
}

// `causeway signer prove|proofs|answers`: what an operator shows others of the own signer, and sees of theirs.

import { readFile, writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import type { Connection } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { chainNamed } from "../../chains/served.ts"
import { type ChainName, isLedger, NETWORKS, networkOf } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { lastAnswer } from "../../mpc/answers.ts"
import { copyAnswers } from "../../mpc/answers-copy.ts"
import { readSignerConfig, type SignerConfig } from "../../mpc/config.ts"
import { judge, makeProof, monthOf } from "../../mpc/independence.ts"
import type { Terminal } from "./commands.ts"

/** Signs the word of this month, by the newest block that the own endpoints show. */
export async function prove(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      ...{ folder: { type: "string" }, json: { type: "boolean" } },
      out: { type: "string", default: "proof.json" },
    },
  })
  const folder = needed(values.folder, "--folder DIR")
  const config = await readSignerConfig(folder)
  const proof = await withChains(config, async (chainOf) => {
    const chain = NETWORKS.find((one) => one !== "ao" && config.settings.endpoints[one])
    if (!chain) throw new BridgeError("bad-config", { missing: "endpoints of a home chain" })
    const connection = chainOf(chain)
    const tip = await connection.tip()
    const block = await connection.block(tip.height)
    if (!block) throw new BridgeError("not-yet", { chain, height: tip.height })
    return makeProof(config, chain, block, await lastAnswer(folder))
  })
  await writeFile(values.out, `${JSON.stringify(proof, null, 2)}\n`)
  const { chain, height } = proof.block
  if (values.json) terminal.out(JSON.stringify({ file: values.out, proof }))
  else terminal.out(`${values.out}: signed by block ${height} of ${chain}; publish it`)
  return 0
}

/** Judges the proofs of all members by the own endpoints. */
export async function proofs(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    ...{ args: [...words], allowPositionals: true },
    options: {
      ...{ folder: { type: "string" }, json: { type: "boolean" } },
      month: { type: "string", default: monthOf(Date.now()) },
    },
  })
  const config = await readSignerConfig(needed(values.folder, "--folder DIR"))
  const texts = await Promise.all(positionals.map((file) => readFile(file, "utf8")))
  const given = texts.map((text): unknown => JSON.parse(text))
  const { proven, missing, shared } = await withChains(config, (chainOf) =>
    judge(config.manifest, given, values.month, (chain, height) => chainOf(chain).block(height)),
  )
  const isWell = missing.length + shared.length === 0
  if (values.json) terminal.out(JSON.stringify({ ok: isWell, proven, missing, shared }))
  else
    terminal.out(
      [
        ...proven.map(({ index, name, block: { chain, height }, answers }) => {
          return `${index} ${name}: by block ${height} of ${chain}; its answers end with ${answers}`
        }),
        ...missing.map((words) => `missing  ${words}`),
        ...shared.map((words) => `shared  ${words}`),
      ].join("\n"),
    )
  return isWell ? 0 : 1
}

/** `answers copy`: adds what is new to a copy elsewhere, and looks whether it is the same as before. */
export async function answers(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    ...{ args: [...words], allowPositionals: true },
    options: {
      ...{ folder: { type: "string" }, to: { type: "string" }, json: { type: "boolean" } },
    },
  })
  if (positionals.join(" ") !== "copy")
    throw new BridgeError("bad-request", { act: positionals.join(" ") || "none", known: "copy" })
  const to = needed(values.to, "--to DIR")
  const { lines, head } = await copyAnswers(needed(values.folder, "--folder DIR"), to)
  if (values.json) terminal.out(JSON.stringify({ ok: true, lines, head }))
  else terminal.out(`${lines} new lines in ${to}, which ends with ${head ?? "nothing"}`)
  return 0
}

async function withChains<Value>(
  { settings, bridge }: SignerConfig,
  work: (chainOf: (chain: ChainName) => Connection) => Promise<Value>,
): Promise<Value> {
  const open = new Map<ChainName, Connection>()
  const chainOf = (chain: ChainName) => {
    const known = open.get(chain)
    if (known) return known
    const endpoints = isLedger(chain) ? undefined : settings.endpoints[networkOf(chain)]
    if (!endpoints) throw new BridgeError("bad-config", { missing: `endpoints of ${chain}` })
    const made = chainNamed(CHAIN_OF, chain).connect(endpoints, bridge.deployment)
    open.set(chain, made)
    return made
  }
  try {
    return await work(chainOf)
  } finally {
    await Promise.all([...open.values()].map((one) => one.close()))
  }
}

function needed(value: string | undefined, missing: string): string {
  if (value === undefined) throw new BridgeError("bad-request", { missing })
  return value
}

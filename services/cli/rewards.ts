// `causeway rewards`: points and tasks for people; for whoever checks, an epoch made again from its events alone; for
// operators, the console of a campaign.

import { createPrivateKey, sign } from "node:crypto"
import { createWriteStream } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { pipeline } from "node:stream/promises"
import { parseArgs } from "node:util"
import { seals } from "../../chains/seals.ts"
import { formatUnits } from "../../core/amount.ts"
import { BridgeError } from "../../core/errors.ts"
import {
  type Artifact,
  artifactHash,
  artifactOf,
  artifactText,
  type Input,
} from "../../core/rewards/artifact.ts"
import { rulesHash } from "../../core/rewards/campaign.ts"
import { campaignIn } from "../../core/rewards/campaign-form.ts"
import { differences } from "../../core/rewards/differences.ts"
import { costOf } from "../../core/rewards/dry-run.ts"
import { artifactIn } from "../../core/rewards/events-file.ts"
import { parseRewardOrder, rewardOrderText } from "../../core/rewards/orders.ts"
import { bridgeApi } from "../../sdk/client.ts"
import { type RewardsApi, rewardsApi } from "../../sdk/rewards.ts"
import { hashes, readEvents, readLines } from "../rewards/close.ts"
import type { Terminal } from "./commands.ts"
import { jsonFile } from "./json-file.ts"
import { localNetwork } from "./local.ts"
import { keyFile } from "./operator.ts"
import { claim } from "./rewards-claim.ts"
import { appeal, report } from "./rewards-report.ts"

/** Of the tokens of campaigns, as of AO. */
const DECIMALS = 12

/** An address that begins like an option: one in 64 does. */
const DASHED = /^-[A-Za-z0-9_-]{42}$/

interface Options {
  readonly api?: string | undefined
  readonly folder?: string | undefined
  readonly campaign?: string | undefined
  readonly epoch?: string | undefined
  readonly events?: string | undefined
  readonly artifact?: string | undefined
  readonly out?: string | undefined
  readonly key?: string | undefined
  readonly wallet?: string | undefined
  readonly json: boolean
}

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words.map((word) => (DASHED.test(word) ? ` ${word}` : word)),
    allowPositionals: true,
    options: {
      ...{ api: { type: "string" }, folder: { type: "string" }, campaign: { type: "string" } },
      ...{ epoch: { type: "string" }, events: { type: "string" }, artifact: { type: "string" } },
      ...{ out: { type: "string" }, key: { type: "string" }, wallet: { type: "string" } },
      json: { type: "boolean", default: false },
    },
  })
  const [act = "", ...about] = positionals.map((word) => word.trimStart())
  const say = (value: object, text: string) =>
    terminal.out(values.json ? JSON.stringify(value) : text)
  const command = ACTS[act]
  if (command) return command(values, about, say)
  if (ORDERS.has(act)) return order(values, [act, ...about], say)
  throw new BridgeError("bad-request", { known: [...Object.keys(ACTS), ...ORDERS].join(", ") })
}

type Say = (value: object, text: string) => void
type Act = (options: Options, about: readonly string[], say: Say) => Promise<number>

const ORDERS: ReadonlySet<string> = new Set(["freeze", "thaw", "kill", "void", "stand"])

const ACTS: Readonly<Record<string, Act>> = {
  points: async (options, [address], say) => {
    if (!address) throw new BridgeError("bad-request", { missing: "ADDRESS" })
    const found = await (await apiOf(options)).points(address, options.campaign)
    const units = (amount: string) => formatUnits(BigInt(amount), DECIMALS)
    const place = found.rank === null ? "no rank yet" : `rank ${found.rank}`
    say(
      found,
      [
        `${units(found.total)} in ${found.campaign}, ${place}; for rewards: ${found.standing}`,
        ...found.lines.map(
          ({ reason, times, amount }) =>
            `  ${reason.padEnd(24)} ${times === null ? "" : `${times} x `}${units(amount)}`,
        ),
        `  earned ${units(found.earned)}, waiting ${units(found.waiting)}, returned ${units(found.returned)}`,
        found.claim
          ? `  claim of epoch ${found.claim.epoch}: ${units(found.claim.amount)} in all`
          : "  nothing to claim yet",
        ...(found.held
          ? [
              `  the token holds its claims up to epoch ${found.held.epoch} until ${found.held.until}: held, not lost`,
            ]
          : []),
      ].join("\n"),
    )
    return 0
  },

  tasks: async (options, _, say) => {
    const all = await (await apiOf(options)).campaigns()
    const lines = all.flatMap((one) => [
      `${one.id} (${one.state}), ${one.starts} to ${one.ends}`,
      ...one.tasks.map(({ id, title, points, min, asset }) => {
        const each = `${formatUnits(BigInt(points), DECIMALS)} for each ${min} base units of ${asset}`
        return `  ${id.padEnd(24)} ${title}: ${each}`
      }),
    ])
    say({ campaigns: all }, lines.join("\n") || "no campaigns")
    return 0
  },

  clusters: async (options, [account], say) => {
    const clusters = await (await apiOf(options)).clusters(account, options.campaign)
    const lines = clusters.flatMap(
      ({ person, accounts, counts, edges, appeals, heard, foundAt, evidence }) => [
        `${person}: ${accounts.length} accounts, ${counts === "hold" ? "held until people have looked" : `${counts / 100} % counts`}, found ${foundAt}`,
        ...edges.map(
          (one) => `  ${one.accounts.join(" and ")}: ${one.reason} (${one.by ?? "one place"})`,
        ),
        ...appeals.map((account) => `  ${account} says that this is wrong`),
        ...heard.map((account) => `  ${account} was heard, and is joined to nobody`),
        `  evidence ${evidence}`,
      ],
    )
    say({ clusters }, lines.join("\n") || "no clusters")
    return 0
  },

  report: async (options, others, say) => {
    const { account, until } = await report(options, others)
    say(
      { ok: true, account, others, until },
      `${account} says that it is one person with ${others.join(", ")}`,
    )
    return 0
  },

  appeal: async (options, [evidence], say) => {
    const { account, until } = await appeal(options, evidence)
    say(
      { ok: true, account, evidence, until },
      `${account} says that this is wrong; operators see it with the cluster`,
    )
    return 0
  },

  claim: async (options, [account], say) => {
    const { facts, text } = await claim(options, account)
    say({ ok: true, ...facts }, text)
    return 0
  },

  export: async (options, _, say) => {
    const epoch = epochIn(options)
    const text = await (await apiOf(options)).artifact(epoch, options.campaign)
    const path = options.out ?? `epoch-${epoch}.json`
    await writeFile(path, text)
    say({ artifact: path, hash: seals.hash(text) }, `${path}: ${seals.hash(text)}`)
    return 0
  },

  "export-events": async (options, _, say) => {
    const epoch = epochIn(options)
    const body = await (await apiOf(options)).events(epoch, options.campaign)
    const path = options.out ?? `epoch-${epoch}.jsonl`
    await pipeline(body, createWriteStream(path))
    say({ events: path }, path)
    return 0
  },

  epoch: async (options, _, say) => {
    const made = artifactOf(await inputOf(options), hashes)
    const hash = artifactHash(made, seals.hash)
    if (options.out) await writeFile(options.out, artifactText(made))
    const { campaign, epoch, root, totals } = made
    say({ campaign, epoch, hash, root, totals }, `${campaign} ${epoch}\nhash ${hash}\nroot ${root}`)
    return 0
  },

  recompute: async (options, _, say) => {
    const made = artifactOf(await inputOf(options), hashes)
    const claimed = await claimedBy(options, made)
    const hash = artifactHash(made, seals.hash)
    const found = differences(claimed, made)
    const ok = found.length === 0 && artifactHash(claimed, seals.hash) === hash
    const { campaign, epoch, root } = made
    say(
      { ok, campaign, epoch, hash, root, differences: found },
      [
        ok ? `${campaign} ${epoch} is as claimed` : `${campaign} ${epoch} IS NOT AS CLAIMED`,
        ...[`hash ${hash}`, `root ${root}`, ...found.map((one) => `  ${one}`)],
      ].join("\n"),
    )
    return ok ? 0 : 1
  },

  "dry-run": async (options, [file], say) => {
    if (!file) throw new BridgeError("bad-request", { missing: "a campaign's FILE" })
    const campaign = campaignIn(await jsonFile(file))
    const past = options.events ? await readEvents(options.events) : null
    const cost = costOf(campaign, past?.events, past?.campaign.startS)
    const units = (amount: bigint) => formatUnits(amount, DECIMALS)
    const rules = rulesHash(campaign, seals.hash)
    const plain = JSON.parse(
      JSON.stringify(cost, (_, value) => (typeof value === "bigint" ? `${value}` : value)),
    ) as object
    say(
      { campaign: campaign.id, rules, ...plain },
      [
        `${campaign.id}, rules ${rules}`,
        `at most ${units(cost.most)} of ${units(cost.allocation)}: pools ${units(cost.pools)}, tasks ${units(cost.budget)}`,
        ...cost.tasks.map(
          (one) =>
            `  ${one.id.padEnd(24)} a person: at most ${units(one.personMax)}; in the trial ${one.accounts} accounts, ${units(one.points)}`,
        ),
        `in the trial ${cost.accounts} accounts: ${units(cost.points)} of tasks${cost.isBudgetSpent ? " (the whole budget)" : ""}, ${units(cost.accrued)} of pools`,
      ].join("\n"),
    )
    return 0
  },
}

/** An operator's signed order; `freeze` takes one key, the others two. */
async function order(options: Options, words: readonly string[], say: Say): Promise<number> {
  const url = options.api ?? (await localNetwork(options.folder)).apiUrl
  const { name, key } = await keyFile(options.key)
  const [kind, campaign, ...rest] = words
  // A freeze is of this moment, so that the same order does not work again after a thaw.
  const moment = kind === "freeze" && rest.length === 1 ? [new Date().toISOString()] : []
  const text = [kind, campaign, ...moment, ...rest].join(" ")
  parseRewardOrder(text)
  const info = (await bridgeApi(url).info()) as { network: "devnet"; bridgePid: string }
  const signed = rewardOrderText({ network: info.network, vault: info.bridgePid }, text)
  const signature = sign(null, Buffer.from(signed), createPrivateKey({ format: "jwk", key }))
  const answer = await rewardsApi(url).order({
    ...{ order: text, operator: name, signature: signature.toString("base64url") },
  })
  const { given, needed, done } = answer
  const missing = `given by ${given.join(", ")}; ${needed - given.length} more must give: ${text}`
  say({ ok: true, order: text, ...answer }, done ? `done, by ${given.join(" and ")}` : missing)
  return 0
}

async function apiOf({ api, folder }: Options): Promise<RewardsApi> {
  return rewardsApi(api ?? (await localNetwork(folder)).apiUrl)
}

/** From a file, or as the API hands it out. */
async function inputOf(options: Options): Promise<Input> {
  if (options.events) {
    const input = await readEvents(options.events)
    if (options.epoch && input.epoch !== epochIn(options))
      throw new BridgeError("bad-request", { epoch: options.epoch, file: input.epoch })
    return input
  }
  return readLines(await (await apiOf(options)).events(epochIn(options), options.campaign))
}

async function claimedBy(options: Options, made: Artifact): Promise<Artifact> {
  const text = options.artifact
    ? await readFile(options.artifact, "utf8")
    : await (await apiOf(options)).artifact(made.epoch, made.campaign)
  const claimed = artifactIn(text.trimEnd())
  if (!claimed) throw new BridgeError("bad-request", { artifact: "none" })
  return claimed
}

function epochIn({ epoch = "" }: Options): number {
  if (!/^[1-9][0-9]{0,4}$/.test(epoch))
    throw new BridgeError("bad-request", { missing: "--epoch N" })
  return Number(epoch)
}

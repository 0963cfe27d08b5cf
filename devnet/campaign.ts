// The campaign of a local network: its token is deployed at the first start, and kept with its rules.

import { createHash } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { moduleOf, spawnProcess } from "../chains/ao/spawn.ts"
import { parseBridge } from "../chains/bridge.ts"
import { openHttp } from "../chains/http.ts"
import { assert } from "../core/assert.ts"
import { type Campaign, campaignJson, rulesHash } from "../core/rewards/campaign.ts"
import type { CampaignFacts } from "../core/rewards/payable.ts"
import type { SybilRules } from "../core/rewards/sybil.ts"
import { type TaoxConfig, taoxBundle, taoxHyperBundle } from "../lua/taox.ts"
import { createJwk, type Jwk, rsaWallet } from "./arweave/wallet.ts"
import { type AoKind, foreignNodes, spawnEvaluated, type Units } from "./token.ts"

export interface CampaignPlans {
  /** Null: none is begun here; one that was begun before goes on. */
  readonly campaign: Campaign | null
  /** The bridge's address. */
  readonly bridge: string
  readonly units: Units
  readonly kind: AoKind
  /** The key that deploys; one is made when there is none. */
  readonly known: Jwk | undefined
  /** Whose `campaigns/` gets the file of the rules. */
  readonly servicesFolder: string
}

/** Of the campaign's token, in the services' folder. */
export const GUARDIAN_FILE = "guardian.json"

const AR = 10n ** 12n
const WEEK_S = 604_800

/** Points for bridging AR, by rules that look for accounts of one person, in epochs of ten minutes. `nowS`: seconds since 1970. */
export function localCampaign(nowS: number): Campaign {
  const window = [nowS, nowS + WEEK_S] as const
  const task = { points: 10n * AR, repeat: 100, cap: 1_000n * AR, window, needs: [] }
  return {
    ...{ id: "taox", version: 1, asOf: "2026-11-29", authority: "this local network" },
    ...{ startS: nowS, epochS: 600, epochs: WEEK_S / 600, pendingS: 86_400, challengeS: 60 },
    allocation: 1_000_000n * AR,
    tasks: {
      ...{ budget: 1_000_000n * AR, personMax: 10_000n * AR, dayMax: 10_000n * AR },
      whole: { AR },
      list: [
        { ...task, ...named("first-bridge", "Bridge AR for the first time"), repeat: 1 },
        { ...task, ...named("bridge", "Bridge a whole AR") },
        { ...task, ...named("round-trip", "Bridge a whole AR there and back") },
      ],
    },
    ...{ accrual: null, issuers: {}, sybil: SYBIL },
  }
}

/** Everybody here is at one place and has their first coins from one faucet: neither says anything of anybody. */
const SYBIL: SybilRules = {
  says: { funding: 2, gas: 0, session: 0, refund: 2, "round-trip": 2 },
  ...{ needed: 2, windowS: WEEK_S, crowd: 20, exempt: [], returned: 9_000 },
  sizes: [
    { from: 2, counts: 5_000 },
    { from: 5, counts: "hold" },
  ],
  selfReported: 8_000,
}

function named(kind: "first-bridge" | "bridge" | "round-trip", title: string) {
  return { id: kind, title, predicate: { kind, asset: "AR", min: AR } as const }
}

/** The campaign in the bridge file of an earlier start, or the one that begins now; undefined for none. */
export async function campaignIn(
  bridgeFile: string,
  plans: CampaignPlans,
): Promise<CampaignFacts | undefined> {
  const text = await readFile(bridgeFile, "utf8").catch(() => null)
  const { campaign } = plans
  if (text !== null || campaign === null)
    return text === null ? undefined : parseBridge(JSON.parse(text)).campaign
  const folder = join(plans.servicesFolder, "campaigns")
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${campaign.id}.json`), JSON.stringify(campaignJson(campaign)))
  const hash = (of: string) => createHash("sha256").update(of).digest("hex")
  return {
    ...{
      id: campaign.id,
      rules: rulesHash(campaign, hash),
      process: await deploy(plans, campaign),
    },
    ...{ allocation: campaign.allocation, claimS: WEEK_S, pushMax: 20n * AR },
  }
}

async function deploy(
  { bridge, units, kind, known, servicesFolder }: CampaignPlans,
  { id, allocation }: Campaign,
): Promise<string> {
  const deployer = known ?? (await createJwk())
  // Whoever looks after rewards here is the token's guardian, too: it holds claims.
  await writeFile(join(servicesFolder, GUARDIAN_FILE), JSON.stringify(deployer), { mode: 0o600 })
  const config: TaoxConfig = {
    ...{ name: "Causeway test points", ticker: "TAOX", denomination: 12, campaign: id },
    ...{ bridge, guardian: rsaWallet(deployer).address, allocation, delayMs: 0 },
  }
  if (kind === "hyperbeam") {
    const node = foreignNodes()[0] ?? units.url
    const bundler = process.env.HYPERBEAM_BUNDLER ?? node
    const http = openHttp({ timeoutMs: 30_000, atOnce: 4, pipelining: 1, readsErrors: true })
    try {
      const module = moduleOf(deployer, taoxHyperBundle(config))
      return await spawnProcess(http, { node, bundler, module, key: deployer })
    } finally {
      http.close()
    }
  }
  const { process: token, info } = await spawnEvaluated(units, deployer, taoxBundle(config))
  assert(info("Campaign") === id, "the campaign's token tells its campaign")
  return token
}

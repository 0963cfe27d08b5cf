// `causeway handover`: the group's vault on a chain, or a token on AO, passes to the group's next key, or the guardian says no.

import { writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { hexToBytes } from "@noble/hashes/utils.js"
import { signByWallet } from "../../chains/ao/by-wallet.ts"
import { connectCampaign } from "../../chains/ao/campaign-link.ts"
import { cancellationTags } from "../../chains/ao/handover.ts"
import { decode, idOf } from "../../chains/ao/item.ts"
import type { Chain, Connection, Sealed } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { chainNamed } from "../../chains/served.ts"
import type { Standing } from "../../chains/vault.ts"
import {
  ASSET_NAMES,
  ASSETS,
  CHAINS,
  type ChainName,
  isLedger,
  networkOf,
} from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { parseManifest } from "../../mpc/client.ts"
import { groupKeyBytes } from "../../mpc/manifest.ts"
import { schemeOf } from "../../mpc/schemes/index.ts"
import { hexOf } from "../../mpc/schemes/scheme.ts"
import { clusterIn } from "../cluster.ts"
import { readServicesConfig, type ServicesConfig } from "../config.ts"
import { type CampaignToken, handOver } from "../payout/handover.ts"
import type { Terminal } from "./commands.ts"
import { jsonFile } from "./json-file.ts"
import { walletFile } from "./local.ts"

interface Options {
  readonly folder?: string | undefined
  readonly next?: string | undefined
  readonly out: string
  readonly send?: string | undefined
  readonly token?: string | undefined
  readonly cancel?: boolean | undefined
  readonly wallet?: string | undefined
  readonly json?: boolean | undefined
}

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      folder: { type: "string" },
      next: { type: "string" },
      out: { type: "string", default: "handover.json" },
      send: { type: "string" },
      token: { type: "string" },
      cancel: { type: "boolean" },
      wallet: { type: "string" },
      json: { type: "boolean" },
    },
  })
  const name = CHAINS.find((one) => one === positionals[0])
  const { folder, next, send, cancel } = values
  const isNeeded = {
    ...{ "a chain": name, "--folder DIR": folder },
    "--next MANIFEST": next ?? send ?? cancel,
  }
  const [missing] = Object.entries(isNeeded).find(([, value]) => !value) ?? []
  if (!name || !folder || missing) throw new BridgeError("bad-request", { missing })
  const config = await readServicesConfig(folder)
  const place = placeOf(config, name, values.token)
  try {
    if (next) return await signed(config, place, { ...values, next }, terminal)
    return await (cancel ? cancelled : sent)(place, values, terminal)
  } finally {
    await place.close()
  }
}

/** What is handed over, and the way to it. */
interface Place {
  readonly chain: Chain
  readonly connection: Connection
  readonly campaign?: CampaignToken | undefined
  /** Of a token, its process. */
  readonly process: string | undefined
  submit(sealed: Sealed): Promise<void>
  standing(): Promise<Standing>
  close(): Promise<void>
}

/** `token`: the campaign whose token is meant. Throws `bad-request` for one that the bridge file does not name. */
function placeOf({ settings, bridge }: ServicesConfig, name: ChainName, token?: string): Place {
  const { deployment, campaign } = bridge
  const chain = chainNamed(CHAIN_OF, name)
  const endpoints = settings.endpoints[networkOf(name)]!
  const connection = chain.connect(endpoints, deployment)
  if (token === undefined) {
    const asset = ASSET_NAMES.find((one) => ASSETS[one].wrapped.ledger === name)
    return {
      ...{ chain, connection, process: asset && deployment.tokens[asset] },
      submit: (sealed) => connection.submit(sealed),
      standing: async () => {
        if (connection.handover) return connection.handover()
        throw new BridgeError("not-supported", { chain: name, missing: "a vault to hand over" })
      },
      close: () => connection.close(),
    }
  }
  const handed = campaign?.id === token ? chain.tokenAt?.(campaign.process) : undefined
  if (!campaign || !handed)
    throw new BridgeError("bad-request", { token, known: campaign ? `ao ${campaign.id}` : "none" })
  const link = connectCampaign(endpoints, campaign.process)
  return {
    ...{ chain, connection, process: campaign.process },
    campaign: { codec: handed.codec, standing: () => link.standing() },
    submit: (sealed) => link.submit(sealed),
    standing: () => link.standing(),
    async close() {
      link.close()
      await connection.close()
    },
  }
}

/** Has both keys sign, and writes down what they signed. */
async function signed(
  config: ServicesConfig,
  { chain, connection, campaign }: Place,
  { next: file, out, json }: Options & { readonly next: string },
  terminal: Terminal,
): Promise<number> {
  const next = parseManifest(await jsonFile(file))
  const cluster = await clusterIn(config, {
    nextFile: file,
    onBlame: (blame) => terminal.note(`signer ${blame.signer}: ${blame.kind}, ${blame.detail}`),
  })
  const { name } = chain
  try {
    const key = schemeOf(chain.scheme).decode(groupKeyBytes(next, chain.scheme))
    const successor = hexOf(key)
    const { deployment } = config.bridge
    const calls = await handOver({ chain, connection, campaign, deployment, cluster, successor })
    await writeFile(out, `${JSON.stringify({ chain: name, successor, ...calls }, null, 2)}\n`)
    if (json) terminal.out(JSON.stringify({ ok: true, file: out, successor, ...calls }))
    else
      terminal.out(
        [
          `${out}: ${isLedger(name) ? "the token" : "the vault"} ${calls.to} on ${name} passes to ${successor}.`,
          `Anybody sends "propose" to it now, and "execute" ${calls.delayS / 3_600} hours later or more, within ${calls.lifeS / 86_400} days${isLedger(name) ? " (--send propose, --send execute)" : ""}.`,
          "Until then the present key pays, and the guardian can cancel it.",
        ].join("\n"),
      )
    return 0
  } finally {
    cluster.close()
  }
}

/** Hands in one of the messages of the file, where that costs nothing: on AO. */
async function sent(
  place: Place,
  { send: which, out: file, json }: Options,
  terminal: Terminal,
): Promise<number> {
  const { name } = place.chain
  const said = (await jsonFile(file)) as Record<string, string>
  const call = which === "propose" || which === "execute" ? said[which] : undefined
  if (call === undefined || said.chain !== name || said.to !== place.process)
    throw new BridgeError("bad-request", { send: which, why: "propose or execute, of AO alone" })
  const raw = hexToBytes(call.slice(2))
  const item = decode(raw)
  if (item === null) throw new BridgeError("bad-request", { file, why: "not a signed message" })
  const id = idOf(item.signature)
  await place.submit({ id, raw })
  if (json) terminal.out(JSON.stringify({ ok: true, chain: name, sent: which, id }))
  else terminal.out(`The token on ${name} has "${which}" as message ${id}.`)
  return 0
}

/** The guardian's word, by a wallet file: what was proposed last does not open. */
async function cancelled(
  place: Place,
  { wallet, json }: Options,
  terminal: Terminal,
): Promise<number> {
  const { name } = place.chain
  if (!isLedger(name) || place.process === undefined)
    throw new BridgeError("not-supported", {
      cancel: name,
      why: "of AO; a vault has a call for it",
    })
  const key = await walletFile(wallet)
  const tags = cancellationTags(await place.standing())
  const sealed = signByWallet(key, { target: place.process, tags })
  await place.submit(sealed)
  const number = tags.find((tag) => tag.name === "Number")!.value
  if (json)
    terminal.out(JSON.stringify({ ok: true, chain: name, cancelled: number, id: sealed.id }))
  else
    terminal.out(
      `The token on ${name} is told as message ${sealed.id} that proposal ${number} is off; it believes its guardian alone.`,
    )
  return 0
}

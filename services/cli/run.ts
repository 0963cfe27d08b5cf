// `causeway run`: a whole local network, or the services of a configured bridge; stays until Ctrl-C.

import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { ASSETS, type AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { localCampaign } from "../../devnet/campaign.ts"
import { startNetwork } from "../../devnet/network.ts"
import { buildPage } from "./build-web.ts"
import type { Terminal } from "./commands.ts"
import { FOLDER_DEFAULT } from "./local.ts"
import { approveLocally, quorumBeside } from "./local-approvals.ts"

const BLOCK_MS = 3_000

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      folder: { type: "string" },
      only: { type: "string" },
      "block-time": { type: "string" },
      json: { type: "boolean" },
    },
  })
  const folder = resolve(values.folder ?? FOLDER_DEFAULT)
  if (positionals[0] === "services") {
    const { runServices } = await import("../main.ts")
    await buildPage((text) => terminal.note(text))
    await runServices(folder, { only: values.only?.split(",") })
    return 0
  }
  if (positionals.length > 0)
    throw new BridgeError("bad-request", { unknown: positionals.join(" ") })
  const blockTimeMs = values["block-time"] ? milliseconds(values["block-time"]) : BLOCK_MS
  const stopping = stopSignal()
  const onStep = (text: string) => terminal.note(text)
  await buildPage(onStep)
  const campaign = localCampaign(Math.floor(Date.now() / 1000))
  const network = await startNetwork({ folder, blockTimeMs, onStep, campaign })
  const { places, apiUrl } = network
  if (values.json) terminal.out(JSON.stringify({ ok: true, folder, apiUrl, places }))
  else
    terminal.out(
      [
        "",
        "The bridge is up.",
        `  Page      ${apiUrl}/`,
        `  Console   ${network.consoleUrl}/ (for ${folder}/operators/one.json)`,
        `  API       ${apiUrl}   (try ${apiUrl}/info)`,
        `  Arweave   ${places.arweaveUrl}`,
        `  AO        ${places.ao.muUrl} (MU), ${places.ao.cuUrl} (CU)`,
        ...Object.entries(places.evm).map(
          ([name, { rpcUrl, vault }]) => `  ${name.padEnd(9)} ${rpcUrl}, vault ${vault}`,
        ),
        ...(places.bitcoin ? [`  bitcoin   ${places.bitcoin.rpcUrl}`] : []),
        `  vault     ${places.vault} (AR)`,
        ...Object.entries(places.tokens).map(([asset, token]) => `  ${wrapped(asset)} ${token}`),
        ...(places.campaign ? [`  points    ${places.campaign.process} (TAOX)`] : []),
        `  data      ${folder} (a second start goes on from it)`,
        "",
        "Next, in another terminal:",
        "  npm run causeway -- devnet wallet alice.json",
        "  npm run causeway -- devnet faucet <address> 10",
        "  npm run causeway -- deposit --wallet alice.json --amount 3 --wait",
        "",
        "Ctrl-C stops everything.",
      ].join("\n"),
    )
  const folders = quorumBeside(network.servicesFolder)
  const stopApproving = places.campaign && approveLocally({ apiUrl, folders }, onStep)
  const death = await Promise.race([stopping, network.failed])
  terminal.note(death === null ? "stopping…" : `stopping, because ${death}`)
  await stopApproving?.()
  await network.stop()
  terminal.note("stopped")
  return death === null ? 0 : 1
}

function wrapped(asset: string): string {
  return ASSETS[asset as AssetName].wrapped.ticker.padEnd(9)
}

/** Resolves to null when we are asked to stop. */
function stopSignal(): Promise<null> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve(null))
    process.once("SIGTERM", () => resolve(null))
  })
}

function milliseconds(text: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw new BridgeError("bad-request", { "block-time": text })
  return Number(text)
}

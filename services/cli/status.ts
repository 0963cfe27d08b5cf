// `causeway status`: a transfer, the transfers of an address, or the bridge.

import { parseArgs } from "node:util"
import { formatUnits } from "../../core/amount.ts"
import { BridgeError } from "../../core/errors.ts"
import { bridgeApi, type TransferBrief, type TransferStatus } from "../../sdk/client.ts"
import type { Terminal } from "./commands.ts"
import { localNetwork } from "./local.ts"
import { describe } from "./progress.ts"

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { api: { type: "string" }, folder: { type: "string" }, json: { type: "boolean" } },
  })
  const api = bridgeApi(values.api ?? (await localNetwork(values.folder)).apiUrl)
  const print = (answer: unknown, text: () => string) =>
    terminal.out(values.json ? JSON.stringify(answer) : text())
  const [what] = positionals
  if (what?.includes(":")) {
    const transfer = await api.transfer(what)
    if (!transfer) throw new BridgeError("not-found", { transfer: what })
    print(transfer, () => transferText(transfer))
  } else if (what) {
    const page = await api.transfers({ address: what })
    print(page, () => page.transfers.map(lineOf).join("\n") || "no transfers of this address")
  } else {
    const [health, ledger, page] = await Promise.all([
      api.health(),
      api.ledger(),
      api.transfers({ count: 10 }),
    ])
    print({ health, ledger, ...page }, () =>
      [
        `health   ${health.ok ? "well" : "not well"}  ${JSON.stringify(health.heights)}`,
        ...health.pauses.map((pause) => `paused   ${JSON.stringify(pause)}`),
        ...Object.entries(ledger).map(
          ([asset, row]) => `${asset.padEnd(8)} ${JSON.stringify(row)}`,
        ),
        ...page.transfers.map(lineOf),
      ].join("\n"),
    )
  }
  return 0
}

function lineOf(transfer: TransferBrief): string {
  const { id, state, amount, decimals, asset } = transfer
  return `${id.padEnd(56)} ${formatUnits(BigInt(amount), decimals)} ${asset}  ${state}`
}

function transferText(transfer: TransferStatus): string {
  const { decimals, asset, source, target } = transfer
  const units = (text: string) => `${formatUnits(BigInt(text), decimals)} ${asset}`
  return [
    `${transfer.id}`,
    `  ${source} -> ${transfer.refund ? `${source} (a refund)` : target}`,
    `  amount   ${units(transfer.amount)}, fee ${units(transfer.fee)}, arrives ${units(transfer.arrives)}`,
    `  from     ${transfer.sender}`,
    `  to       ${transfer.recipient ?? "nobody yet"}`,
    `  now      ${describe(transfer)}`,
    ...(transfer.waiting ? [`  since    ${transfer.waiting.since}`] : []),
    ...transfer.history.map(({ at, event }) => `  ${at}  ${event}`),
  ].join("\n")
}

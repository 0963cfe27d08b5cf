// `causeway status`: a transfer, the transfers of an address, or the bridge.

import { parseArgs } from "node:util"
import { formatUnits } from "../../core/amount.ts"
import { ASSETS, type AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { ACCOUNTS } from "../../core/ledger.ts"
import {
  bridgeApi,
  type Health,
  type LedgerStatus,
  type TransferBrief,
  type TransferStatus,
} from "../../sdk/client.ts"
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
    print({ health, ledger, ...page }, () => bridgeText(health, ledger, page.transfers))
  }
  return 0
}

/** How the bridge is, where it has read to, what it holds against what is out, and its newest transfers. */
export function bridgeText(
  health: Pick<Health, "ok" | "heights" | "pauses" | "underWay" | "incidents">,
  ledger: Readonly<Record<string, LedgerStatus>>,
  transfers: readonly TransferBrief[],
): string {
  const heights = Object.entries(health.heights)
  const books = Object.entries(ledger).map(([asset, row]) => {
    const { decimals } = ASSETS[asset as AssetName]
    const amounts = ACCOUNTS.map((account) => formatUnits(BigInt(row[account]), decimals))
    return [asset, ...amounts, row.balanced ? "" : "DOES NOT BALANCE"]
  })
  return [
    health.ok ? "The bridge is well." : "The bridge is not well.",
    ...health.pauses.map(pauseText),
    ...health.incidents.map(
      ({ chain, count, last }) =>
        `Providers of ${chain} disagreed ${count} times in 24 hours, at ${last} the last time.`,
    ),
    ...health.underWay.map(({ count, source, state }) => `${count} from ${source}: ${state}`),
    "",
    ...columns([
      ["read up to", ""],
      ...heights.map(([chain, height]) => [chain, `${height ?? "-"}`]),
    ]),
    "",
    ...columns([["", ...ACCOUNTS, ""], ...books]),
    ...(transfers.length > 0 ? ["", ...transfers.map(lineOf)] : []),
  ].join("\n")
}

function pauseText({
  chain,
  direction,
  reason,
  by,
  since,
  until,
}: Health["pauses"][number]): string {
  const end = until ? `, planned until ${until}` : ""
  return `PAUSED ${chain} ${direction}: ${reason} (by ${by}, since ${since}${end})`
}

/** Numbers stand under each other; the first column is words. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)))
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join("  ")
      .trimEnd(),
  )
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

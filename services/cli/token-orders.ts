// `causeway token pause|order`: a token on AO stops by its guardian's word, and goes on or obeys another one by the group's.

import { stat } from "node:fs/promises"
import { setTimeout as delay } from "node:timers/promises"
import { parseArgs } from "node:util"
import { signByWallet } from "../../chains/ao/by-wallet.ts"
import { addressOf } from "../../chains/ao/item.ts"
import { pauseTags } from "../../chains/ao/order.ts"
import { fromBase64url } from "../../chains/bytes.ts"
import type { Connection } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { nextOrderAt } from "../../chains/next-order.ts"
import { chainNamed } from "../../chains/served.ts"
import type { NextOrder, VaultOrder } from "../../chains/vault.ts"
import { networkOf } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { clusterIn } from "../cluster.ts"
import { readServicesConfig, type ServicesConfig } from "../config.ts"
import { orderMessage } from "../payout/vault-order.ts"
import type { Terminal } from "./commands.ts"
import { walletFile } from "./local.ts"
import { deskFor, ordersOf, tokenIn } from "./order-place.ts"
import { fileIn } from "./signer-orders.ts"
import { orderText } from "./vault-words.ts"

/** By the guardian's own wallet, at once; nobody else is asked. */
export async function pause(words: readonly string[], terminal: Terminal): Promise<number> {
  const text = { type: "string" } as const
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      ...{ folder: text, wallet: text, scope: text, until: text, token: text },
      json: { type: "boolean" },
    },
  })
  const [name = "", ...reason] = positionals
  const config = await configIn(values.folder)
  const key = await walletFile(values.wallet)
  const { mode } = await stat(values.wallet!)
  if ((mode & 0o077) !== 0)
    throw new BridgeError("bad-config", {
      wallet: values.wallet,
      reason: "others may read it: chmod 600",
    })
  const { scope, until } = values
  const untilMs = until === undefined ? undefined : Date.parse(until)
  const tags = pauseTags({ reason: reason.join(" "), scope, untilMs })
  const named = tokenIn(config.bridge, name, values.token)
  const { chain, vault: token } = named
  const connection = deskOf(config, named)
  try {
    const before = await standing(connection, token, terminal)
    const { guardian } = before?.stopped ?? {}
    const own = addressOf(fromBase64url(key.n)!)
    if (guardian !== undefined && guardian !== own)
      throw new BridgeError("bad-request", {
        wallet: own,
        guardian,
        why: "the token believes its guardian alone",
      })
    const sealed = signByWallet(key, { target: token, tags })
    await connection.submit(sealed)
    const after =
      before &&
      (await seen(connection, token, ({ stopped }) => stopped!.pauses > before.stopped!.pauses))
    const paused = after?.stopped?.paused ?? null
    terminal.out(
      values.json
        ? JSON.stringify({ ok: true, chain, id: sealed.id, paused })
        : [
            `The token on ${chain} is told as message ${sealed.id}.`,
            paused
              ? `It is paused now: ${paused}.`
              : "It has not said yet that it is paused: look again.",
            `It goes on by an order of the group alone: causeway signer order ${chain} --resume`,
          ].join("\n"),
    )
    return 0
  } finally {
    await connection.close()
  }
}

/** Has the group sign what enough operators approved, and hands it in: the token obeys at once. */
export async function order(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { folder: { type: "string" }, json: { type: "boolean" } },
  })
  const [file] = positionals
  if (!file) throw new BridgeError("bad-request", { missing: "an order's file" })
  const config = await configIn(values.folder)
  const wanted = await fileIn(file)
  const { deployment } = config.bridge
  const { chain } = wanted
  const orders = ordersOf(config.bridge, wanted)
  const connection = deskOf(config, wanted)
  const cluster = await clusterIn(config, {
    onBlame: (blame) => terminal.note(`signer ${blame.signer}: ${blame.kind}, ${blame.detail}`),
  })
  try {
    const giving = { chain: chainNamed(CHAIN_OF, chain), orders, deployment, cluster }
    const sealed = await orderMessage({ ...giving, place: connection, order: wanted })
    await connection.submit(sealed)
    const after = await seen(connection, wanted.vault, ({ number }) => number > wanted.number)
    terminal.out(
      values.json
        ? JSON.stringify({ ok: true, chain, id: sealed.id, done: after !== null })
        : [
            `The token on ${chain} is told as message ${sealed.id}: ${orderText(wanted, deployment)}.`,
            after
              ? "It has obeyed."
              : "It has not said yet that it obeys: look again, or run this again.",
          ].join("\n"),
    )
    return 0
  } finally {
    cluster.close()
    await connection.close()
  }
}

type Desk = Pick<Connection, "chain" | "handover" | "nextOrder">

function deskOf({ settings, bridge }: ServicesConfig, named: Pick<VaultOrder, "chain" | "of">) {
  return deskFor(named, bridge, settings.endpoints[networkOf(named.chain)]!)
}

/** Null when it can't be told: a pause is sent all the same. */
async function standing(
  connection: Desk,
  token: string,
  terminal: Terminal,
): Promise<NextOrder | null> {
  try {
    return await nextOrderAt(connection, token)
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error
    terminal.note(`how the token stands is not known: ${error.message}`)
    return null
  }
}

const LOOKS = 20
const LOOK_MS = 500

/** How the token stands once that is so; null when it was not in time. */
async function seen(
  connection: Desk,
  token: string,
  isSo: (now: NextOrder) => boolean,
): Promise<NextOrder | null> {
  for (let look = 0; look < LOOKS; look += 1) {
    const now = await nextOrderAt(connection, token).catch(() => null)
    if (now && isSo(now)) return now
    await delay(LOOK_MS)
  }
  return null
}

async function configIn(folder: string | undefined): Promise<ServicesConfig> {
  if (folder === undefined) throw new BridgeError("bad-request", { missing: "--folder DIR" })
  return readServicesConfig(folder)
}

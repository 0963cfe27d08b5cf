// `causeway demo`: the whole loop on a network of its own, checked to the last winston.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { formatUnits, fromUnits } from "../../core/amount.ts"
import { assert } from "../../core/assert.ts"
import { ASSETS } from "../../core/assets.ts"
import { createJwk } from "../../devnet/arweave/wallet.ts"
import { type Network, startNetwork } from "../../devnet/network.ts"
import { bridgeApi, type TransferStatus } from "../../sdk/client.ts"
import { walletOf } from "../../sdk/wallet.ts"
import type { Terminal } from "./commands.ts"
import { describe, liveLine } from "./progress.ts"

const { decimals } = ASSETS.AR
const ar = (text: string) => fromUnits(text, decimals)
const show = (amount: bigint | string) => formatUnits(BigInt(amount), decimals)

/** Blocks come fast, so that ten confirmations are a matter of seconds. */
const BLOCK_MS = 400

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: { json: { type: "boolean" }, keep: { type: "string" } },
  })
  const startedAt = performance.now()
  const folder = values.keep ?? (await mkdtemp(join(tmpdir(), "causeway-demo-")))
  const step = (text: string) => {
    if (!values.json) terminal.note(text)
  }
  const quiet: Terminal = { ...terminal, note: step, isTty: terminal.isTty && !values.json }
  let network: Network | null = null
  const stop = async () => {
    await network?.stop()
    if (!values.keep) await rm(folder, { recursive: true, force: true })
  }
  const interrupted = () => void stop().finally(() => process.exit(130))
  process.once("SIGINT", interrupted)
  process.once("SIGTERM", interrupted)
  try {
    network = await startNetwork({ folder, blockTimeMs: BLOCK_MS, onStep: step })
    const loop = await play(network, step, quiet)
    const elapsedMs = Math.round(performance.now() - startedAt)
    if (values.json) terminal.out(JSON.stringify({ ok: true, ...loop, elapsedMs }))
    else
      terminal.out(
        `${table(loop)}\n\nbalanced to the last winston, in ${Math.round(elapsedMs / 1000)} s`,
      )
    return 0
  } finally {
    process.off("SIGINT", interrupted)
    process.off("SIGTERM", interrupted)
    await stop()
  }
}

type Loop = Awaited<ReturnType<typeof play>>

async function play(network: Network, step: (text: string) => void, terminal: Terminal) {
  const api = bridgeApi(network.apiUrl)
  const alice = await walletOf(await createJwk(), network.places)
  const bob = await walletOf(await createJwk(), network.places)
  const given = ar("10")
  await network.faucet(alice.address, given)
  step(`alice is ${alice.address} and has ${show(given)} AR`)

  const amount = ar("3")
  step(`alice sends ${show(amount)} AR to the vault ${network.places.vault}`)
  const deposit = await alice.deposit(amount)
  const minted = await paid(api, deposit.transfer, terminal)
  const held = await alice.wrappedBalance()
  step(`alice holds ${show(held)} wAR on AO, minted by ${minted.transaction}`)
  assert(held === amount, "the deposit arrived in full")

  const gift = ar("1")
  await alice.send(gift, bob.address)
  step(`alice sends ${show(gift)} wAR to bob; he holds ${show(await bob.wrappedBalance())} wAR`)
  assert((await bob.wrappedBalance()) === gift, "bob has what alice sent")

  const before = await alice.balance()
  const burned = ar("2")
  step(`alice burns ${show(burned)} wAR`)
  const burn = await alice.burn(burned, alice.address)
  const released = await paid(api, burn.transfer, terminal)
  const received = (await alice.balance()) - before
  step(`alice receives ${show(received)} AR by ${released.transaction}`)
  assert(received === burned - burn.fee, "the release is the burn less the fee")
  assert((await alice.wrappedBalance()) === 0n, "alice has no wAR left")

  const ledger = (await api.ledger()).AR!
  const vault = await network.arweaveBalance(network.places.vault)
  const supply = held - burned
  assert(ledger.balanced, "custody is supply, pending and fees")
  assert(BigInt(ledger.custody) === vault, "the vault holds what the books say")
  assert(BigInt(ledger.supply) === supply, "the tokens in circulation are those in the books")
  assert(ledger.pending === "0", "nothing is owed any more")
  assert(
    (await alice.balance()) === given - amount - deposit.networkFee + received,
    "alice paid nothing else",
  )
  return {
    deposit: { ...deposit, networkFee: String(deposit.networkFee), amount: String(amount) },
    mint: { transaction: minted.transaction, amount: String(held), recipient: alice.address },
    burn: {
      transfer: burn.transfer,
      message: burn.message,
      amount: String(burned),
      fee: String(burn.fee),
    },
    release: {
      transaction: released.transaction,
      amount: String(received),
      recipient: alice.address,
    },
    ledger: { ...ledger, vault: String(vault), circulating: String(supply) },
  }
}

/** Shows a transfer on its way, and stops when it did not get there. */
async function paid(
  api: ReturnType<typeof bridgeApi>,
  id: string,
  terminal: Terminal,
): Promise<TransferStatus> {
  const line = liveLine(terminal)
  const done = await api.follow(id, ({ state }) => state === "paid" || state === "held", {
    onChange: (transfer) => line.show(describe(transfer)),
    pollMs: 150,
    signal: AbortSignal.timeout(120_000),
  })
  line.end()
  assert(done.state === "paid" && !done.refund, `${id} was paid`)
  return done
}

function table({ ledger }: Loop): string {
  const rows: [string, bigint][] = [
    ["vault on Arweave", BigInt(ledger.vault)],
    ["custody in the books", BigInt(ledger.custody)],
    ["= wAR in circulation", BigInt(ledger.supply)],
    ["+ pending", BigInt(ledger.pending)],
    ["+ fees kept", BigInt(ledger.fees)],
  ]
  return rows
    .map(([name, amount]) => `  ${name.padEnd(22)} ${withAll(amount).padStart(20)} AR`)
    .join("\n")
}

/** Every digit, so that a winston would show. */
function withAll(amount: bigint): string {
  const digits = amount.toString().padStart(decimals + 1, "0")
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

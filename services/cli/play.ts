// One asset's whole loop, as a person goes through it, checked to the last unit.

import { fromUnits } from "../../core/amount.ts"
import { assert } from "../../core/assert.ts"
import { ASSETS, type AssetName } from "../../core/assets.ts"
import type { Network } from "../../devnet/network.ts"
import { bridgeApi, type TransferStatus } from "../../sdk/client.ts"
import type { Terminal } from "./commands.ts"
import { type Person, shown, somebody, vaultBalance } from "./people.ts"
import { describe, liveLine } from "./progress.ts"

/** What alice has, sends into the bridge, gives to bob and burns; in whole units. */
const AMOUNTS: Readonly<Partial<Record<AssetName, readonly string[]>>> = {
  AR: ["10", "3", "1", "2"],
  ETH: ["2", "0.3", "0.1", "0.2"],
  BNB: ["10", "3", "1", "2"],
  BTC: ["0.1", "0.03", "0.01", "0.02"],
}
const OF_A_TOKEN = ["1000", "300", "100", "200"]

export type Loop = Awaited<ReturnType<typeof play>>

/** Throws `assertion` with the claim that does not hold. */
export async function play(
  network: Network,
  asset: AssetName,
  step: (text: string) => void,
  terminal: Terminal,
) {
  const { ticker } = ASSETS[asset].wrapped
  const show = (amount: bigint | string) => shown(asset, amount)
  const [given, amount, gift, burned] = (AMOUNTS[asset] ?? OF_A_TOKEN).map((text) =>
    fromUnits(text, ASSETS[asset].decimals),
  ) as [bigint, bigint, bigint, bigint]
  const api = bridgeApi(network.apiUrl)
  const [alice, bob] = await Promise.all([
    somebody(network, asset, given),
    somebody(network, asset, 0n),
  ])
  step(`alice is ${alice.address} and has ${show(given)} ${asset}`)
  step(`alice sends ${show(amount)} ${asset} to the vault ${vaultOf(network, asset)}`)
  const deposit = await alice.deposit(amount)
  const minted = await paid(api, deposit.transfer, terminal)
  const held = await alice.wrapped.wrappedBalance()
  step(`alice holds ${show(held)} ${ticker} on AO, minted by ${minted.transaction}`)
  assert(held === amount, "the deposit arrived in full")

  await alice.wrapped.send(gift, bob.account)
  const gifted = await bob.wrapped.wrappedBalance()
  step(`alice sends ${show(gift)} ${ticker} to bob; he holds ${show(gifted)} ${ticker}`)
  assert(gifted === gift, "bob has what alice sent")

  const before = await alice.balance()
  step(`alice burns ${show(burned)} ${ticker}`)
  const burn = await alice.wrapped.burn(burned, alice.address)
  const released = await paid(api, burn.transfer, terminal)
  const received = (await alice.balance()) - before
  step(`alice receives ${show(received)} ${asset} by ${released.transaction}`)
  assert(received === burned - burn.fee, "the release is the burn less the fee")
  assert((await alice.wrapped.wrappedBalance()) === 0n, `alice has no ${ticker} left`)

  const ledger = (await api.ledger())[asset]!
  const vault = await vaultBalance(network, asset)
  const supply = held - burned
  assert(ledger.balanced, "custody is supply, pending and fees")
  assert(BigInt(ledger.custody) === vault, "the vault holds what the books say")
  assert(BigInt(ledger.supply) === supply, "the tokens in circulation are those in the books")
  assert(ledger.pending === "0", "nothing is owed any more")
  assert(
    (await alice.balance()) === given - amount - deposit.networkFee + received,
    "alice paid nothing else",
  )
  for (const person of [alice, bob] satisfies Person[]) person.close()
  return {
    asset,
    deposit: { ...deposit, networkFee: String(deposit.networkFee), amount: String(amount) },
    mint: { transaction: minted.transaction, amount: String(held), recipient: alice.account },
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

function vaultOf({ places }: Network, asset: AssetName): string {
  const { home } = ASSETS[asset]
  if (home === "bitcoin") return "by an address of her own"
  return (home === "arweave" ? null : places.evm[home]?.vault) ?? places.vault
}

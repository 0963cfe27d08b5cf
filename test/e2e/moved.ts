// The bridge leaves a vault for another one while it runs, as its operators would have it do.

import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Wallet } from "ethers"
import { vi } from "vitest"
import type { VaultCalls } from "../../chains/vault.ts"
import { deployVault } from "../../devnet/evm/vault.ts"
import { evmWallet } from "../../sdk/evm.ts"
import { run as evm } from "../../services/cli/evm.ts"
import { run as signer } from "../../services/cli/signer.ts"
import { FINAL, foldersOf, quorumOf, told } from "./operators.ts"
import { PATIENT, type Scene } from "./scene.ts"

export interface Moved {
  /** A deposit that the vault before took last, and whose amount. */
  readonly transfer: string
  readonly amount: bigint
  /** Once everybody goes by the new file: the money follows. */
  after(): Promise<void>
}

/** Everything on BSC, for `account` on AO a last deposit before. */
export async function movedFrom(scene: Scene, account: string): Promise<Moved> {
  const { network } = scene
  const { vault, key, contracts, rpcUrl, chainId, heightMin } = network.places.evm.bsc!
  const chain = network.evm.bsc!
  const files = foldersOf(scene).map((folder) => join(folder, "bridge.json"))
  const next = await deployVault(chain, { key, listed: Object.values(contracts) })
  const amount = 3n * 10n ** 17n
  const token = contracts.BNB!
  const last = Wallet.createRandom().privateKey
  const home = evmWallet(last, { chain: "bsc", rpcUrl, chainId, vault, token })
  await chain.faucet(home.address, 10n ** 18n)
  const { transfer } = await home.deposit(amount, account)
  home.close()
  await chain.mine(FINAL)
  const orders: VaultCalls[] = []
  for (const asset of Object.keys(contracts)) {
    const file = join(scene.folder, `move-${asset}.json`)
    const [folder = ""] = foldersOf(scene)
    const what = ["order", "bsc", "--migrate", `${asset}=${next.address}`]
    await told(signer, [...what, "--folder", folder, "--out", file])
    for (const one of quorumOf(scene)) await told(signer, ["approve", file, "--folder", one])
    // A signer's look at the chain may be older than the other vault for a moment.
    const propose = ["propose", file, "--folder", network.servicesFolder, "--out", `${file}.calls`]
    const calls = await vi.waitFor(() => told<VaultCalls>(evm, propose), PATIENT)
    await chain.send({ to: calls.to, data: calls.propose })
    await chain.mine(FINAL)
    orders.push(calls)
  }
  for (const file of [...files, join(network.servicesFolder, "bridge.json")]) {
    const json = JSON.parse(await readFile(file, "utf8"))
    const { bsc } = json.deployment.vaults
    const now = { vault: next.address, heightMin: next.height, former: [{ vault, heightMin }] }
    Object.assign(bsc, now)
    await writeFile(file, JSON.stringify(json))
  }
  const after = async () => {
    await chain.rpc("evm_increaseTime", 7 * 86_400 + 60)
    for (const { to, execute } of orders) await chain.send({ to, data: execute })
    await chain.mine(FINAL)
  }
  return { transfer, amount, after }
}

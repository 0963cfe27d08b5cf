// A token that a local network does not carry is listed on it while it runs, as its operators would.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Wallet } from "ethers"
import { ASSETS, type AssetName } from "../../core/assets.ts"
import { rsaWallet } from "../../devnet/arweave/wallet.ts"
import { tokenArtifact } from "../../devnet/evm/contracts.ts"
import { give } from "../../devnet/homes.ts"
import { run as asset } from "../../services/cli/asset.ts"
import { run as signer } from "../../services/cli/signer.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { FINAL, quorumOf, restarted, told } from "./operators.ts"
import type { Scene } from "./scene.ts"

export interface Listed {
  /** What the command said each time, in order. */
  readonly states: readonly string[]
  /** Each that it ever named. */
  readonly processes: ReadonlySet<string>
  /** Why an operator's signer did not take in what somebody had changed on the way. */
  readonly refusal: unknown
}

const DAY_S = 86_400

/**
 * `meanwhile` is called when everybody is about to be started again, as they are once in this, and what it gives when they
 * have been.
 */
export async function listed(
  scene: Scene,
  name: AssetName,
  meanwhile: () => Promise<() => Promise<void>>,
): Promise<Listed> {
  const { network } = scene
  const { home } = ASSETS[name]
  const chain = network.evm[home as "ethereum" | "bsc"]!
  const contract = await chain.deploy(tokenArtifact("SilentToken"))
  await give(chain, contract, `0x${"31".repeat(20)}`, 10n ** 9n)
  const files = await mkdtemp(join(tmpdir(), "causeway-listing-"))
  const [wallet, key] = [join(files, "wallet.json"), join(files, "gas.key")]
  const payer = Wallet.createRandom()
  await writeFile(wallet, JSON.stringify(TEST_WALLETS.dave))
  await writeFile(key, payer.privateKey, { mode: 0o600 })
  await chain.faucet(payer.address, 10n ** 18n)
  const said: { state: string; file: string; process: string }[] = []
  const again = async (...words: readonly string[]) => {
    const common = ["--folder", network.servicesFolder, "--api", network.apiUrl]
    said.push(await told(asset, ["list", ...common, ...words]))
    return said.at(-1)!
  }
  const paying = ["--key", key]
  const first = () =>
    again(
      ...[`${name}=${contract}:250000/${DAY_S}`, "--wallet", wallet],
      ...["--guardian", rsaWallet(TEST_WALLETS.dave).address],
      ...["--terms", "fee=1,least=2,most=25000,refund=1,dust=0.1,day=1000000"],
    )
  await chain.mine(FINAL)

  await first()
  // As after a crash: nothing is made twice.
  await first()
  // Nobody has taken it in.
  const { file } = await again(name)
  // Two of three operators take it in, which is enough.
  const folders = quorumOf(scene)
  const refusal = await takenIn(await changed(file, files), folders[0]!).catch(
    (error: unknown) => error,
  )
  for (const one of folders) await takenIn(file, one)
  const after = await meanwhile()
  await restarted(scene)
  await after()
  await again(name)
  await again(name, ...paying)
  await chain.mine(FINAL)
  await again(name, ...paying)
  await chain.rpc("evm_increaseTime", DAY_S + 60)
  await chain.mine(FINAL)
  await again(name, ...paying, "--api", "http://127.0.0.1:9")
  await again(name, ...paying)
  await chain.mine(FINAL)
  await again(name)
  await rm(files, { recursive: true })
  return {
    ...{ states: said.map(({ state }) => state), refusal },
    processes: new Set(said.map(({ process }) => process)),
  }
}

function takenIn(file: string, folder: string): Promise<unknown> {
  return told(signer, ["list", file, "--cap", "2500000/125000000", "--folder", folder])
}

/** Somebody on the way makes burns cheaper than the process that lies there does. */
async function changed(file: string, folder: string): Promise<string> {
  const listing = JSON.parse(await readFile(file, "utf8")) as { terms: object }
  const path = join(folder, "changed.json")
  await writeFile(path, JSON.stringify({ ...listing, terms: { ...listing.terms, fee: "1" } }))
  return path
}

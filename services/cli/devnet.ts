// `causeway devnet`: commands to the chains of the local network, and wallets to play with.

import { writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { fromUnits } from "../../core/amount.ts"
import { ASSET_NAMES, ASSETS, type AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { createJwk, rsaWallet } from "../../devnet/arweave/wallet.ts"
import type { Terminal } from "./commands.ts"
import { localNetwork } from "./local.ts"
import { movable } from "./movable.ts"

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { folder: { type: "string" }, json: { type: "boolean" } },
  })
  const [what = "", first, second, third] = positionals
  const on = async (chain: string) => movable(chain, (await localNetwork(values.folder)).places)
  const print = (answer: object, text: string) =>
    terminal.out(values.json ? JSON.stringify({ ok: true, ...answer }) : text)
  switch (what) {
    case "mine": {
      const [chain, count = "1"] = isChain(first) ? [first, second] : ["arweave", first]
      const n = whole(count)
      await (await on(chain)).mine(n)
      print({ mined: n, chain }, `mined ${n} on ${chain}`)
      return 0
    }
    case "reorg": {
      const [chain, blocks] = isChain(first) ? [first, second] : ["arweave", first]
      const depth = whole(blocks)
      const said = await (await on(chain)).reorg(depth)
      print({ depth, chain }, `${chain}: ${said}`)
      return 0
    }
    case "faucet": {
      const [asset, address = "", text = ""] = third
        ? [assetNamed(first), second, third]
        : (["AR", first, second] as const)
      const amount = fromUnits(text, ASSETS[asset].decimals)
      await (await on(ASSETS[asset].home)).give(asset, address, amount)
      print({ address, asset, amount: String(amount) }, `${address} has ${text} ${asset} more`)
      return 0
    }
    case "wallet": {
      if (!first) throw new BridgeError("bad-request", { missing: "FILE" })
      const jwk = await createJwk()
      await writeFile(first, JSON.stringify(jwk), { mode: 0o600, flag: "wx" })
      const { address } = rsaWallet(jwk)
      print({ file: first, address }, `${address} in ${first}`)
      return 0
    }
    default:
      throw new BridgeError("bad-request", { command: what, known: "mine, reorg, faucet, wallet" })
  }
}

/** A word that is no number names a chain. */
function isChain(word: string | undefined): word is string {
  return word !== undefined && /^[a-z]+$/.test(word)
}

function assetNamed(text: string | undefined): AssetName {
  const asset = ASSET_NAMES.find((name) => name === text)
  if (!asset) throw new BridgeError("bad-request", { asset: text, known: ASSET_NAMES.join(", ") })
  return asset
}

function whole(text: string | undefined): number {
  if (!text || !/^[1-9][0-9]{0,5}$/.test(text))
    throw new BridgeError("bad-request", { number: text ?? "missing" })
  return Number(text)
}

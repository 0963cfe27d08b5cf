// `causeway devnet`: commands to the local Arweave node, and wallets to play with.

import { writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { fromUnits } from "../../core/amount.ts"
import { ASSETS } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { createJwk, rsaWallet } from "../../devnet/arweave/wallet.ts"
import { command } from "../../devnet/command.ts"
import type { Terminal } from "./commands.ts"
import { localNetwork } from "./local.ts"

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { folder: { type: "string" }, json: { type: "boolean" } },
  })
  const [what = "", first, second] = positionals
  const print = (answer: object, text: string) =>
    terminal.out(values.json ? JSON.stringify({ ok: true, ...answer }) : text)
  switch (what) {
    case "mine": {
      const n = whole(first ?? "1")
      await tell(values.folder, "mine", { n })
      print({ mined: n }, `mined ${n}`)
      return 0
    }
    case "reorg": {
      const depth = whole(first)
      await tell(values.folder, "fork", { depth })
      print({ depth }, `the last ${depth} blocks were overtaken by ${depth + 1} others`)
      return 0
    }
    case "faucet": {
      const amount = fromUnits(second ?? "", ASSETS.AR.decimals)
      await tell(values.folder, "faucet", { address: first, winston: String(amount) })
      print({ address: first, winston: String(amount) }, `${first} has ${second} AR more`)
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

async function tell(folder: string | undefined, name: string, body: object): Promise<void> {
  const { places } = await localNetwork(folder)
  await command(places.arweaveUrl, name, body)
}

function whole(text: string | undefined): number {
  if (!text || !/^[1-9][0-9]{0,5}$/.test(text))
    throw new BridgeError("bad-request", { number: text ?? "missing" })
  return Number(text)
}

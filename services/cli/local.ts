// Where the local network of a folder is: what `causeway run` wrote down for the other commands.

import { join, resolve } from "node:path"
import { BridgeError } from "../../core/errors.ts"
import type { NetworkPlaces } from "../../devnet/places.ts"
import type { WalletKey } from "../../sdk/wallet.ts"
import { jsonFile } from "./json-file.ts"

/** `network.json` of the data folder. */
export interface LocalNetwork {
  readonly apiUrl: string
  readonly places: NetworkPlaces
}

export const FOLDER_DEFAULT = ".data"
const FILE = "network.json"

/** Throws `not-found` in words when no network of that folder has been started. */
export async function localNetwork(folder = FOLDER_DEFAULT): Promise<LocalNetwork> {
  const file = join(resolve(folder), FILE)
  try {
    return (await jsonFile(file)) as LocalNetwork
  } catch (cause) {
    throw new BridgeError(
      "not-found",
      { network: file, hint: "start one with `npm start`" },
      { cause },
    )
  }
}

/** A wallet file as Arweave wallets export it; throws `bad-request` that names the file. */
export async function walletFile(path: string | undefined): Promise<WalletKey> {
  if (!path) throw new BridgeError("bad-request", { missing: "--wallet FILE" })
  try {
    const key = (await jsonFile(path)) as WalletKey
    if (typeof key.n !== "string") throw new TypeError("not an RSA key")
    return key
  } catch (cause) {
    const hint = "make one with `causeway devnet wallet FILE`"
    throw new BridgeError("bad-request", { wallet: path, hint }, { cause })
  }
}

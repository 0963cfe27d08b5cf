// What a person does with their own key: deposit on Arweave, hold, send and burn on AO. Official clients only.

import Arweave from "arweave"
import {
  type AoPlaces,
  TokenRefusal,
  type TokenWallet,
  tokenWallet,
  type WalletKey,
} from "./tokens.ts"

export { TokenRefusal, type WalletKey } from "./tokens.ts"

/** Where the networks are, and what on them is the bridge's. */
export interface Places {
  readonly arweaveUrl: string
  readonly ao: Omit<AoPlaces, "gatewayUrl">
  readonly vault: string
  /** The wrapped token's process. */
  readonly token: string
}

/** All amounts are base units. */
export interface Wallet extends TokenWallet {
  readonly address: string
  /** AR on Arweave. */
  balance(): Promise<bigint>
  /** Sends AR to the vault; the tokens go to `recipient`, or to this wallet. */
  deposit(
    amount: bigint,
    options?: DepositOptions,
  ): Promise<{
    readonly transfer: string
    readonly transaction: string
    readonly networkFee: bigint
  }>
}

export interface DepositOptions {
  readonly recipient?: string
  readonly refundTo?: string
  /** `X-…` tags that arrive with the tokens. */
  readonly forward?: Readonly<Record<string, string>>
}

export async function walletOf(key: WalletKey, places: Places): Promise<Wallet> {
  const url = new URL(places.arweaveUrl)
  const arweave = Arweave.init({
    host: url.hostname,
    port: Number(url.port || (url.protocol === "https:" ? 443 : 80)),
    protocol: url.protocol.slice(0, -1),
  })
  const address = await arweave.wallets.jwkToAddress(key as never)
  const ao = { ...places.ao, gatewayUrl: places.arweaveUrl }

  return {
    ...tokenWallet(key, address, ao, places.token),
    address,
    balance: async () => BigInt(await arweave.wallets.getBalance(address)),
    async deposit(amount, { recipient, refundTo, forward = {} } = {}) {
      const tx = await arweave.createTransaction(
        { target: places.vault, quantity: String(amount) },
        key as never,
      )
      const tags = {
        ...(recipient && { Recipient: recipient }),
        ...(refundTo && { "Refund-To": refundTo }),
        ...forward,
      }
      for (const [name, value] of Object.entries(tags)) tx.addTag(name, value)
      await arweave.transactions.sign(tx, key as never)
      const { status, data } = await arweave.transactions.post(tx)
      if (status !== 200 && status !== 208)
        throw new TokenRefusal(
          "deposit-refused",
          `Arweave answered ${status}: ${JSON.stringify(data)}`,
        )
      return { transfer: `arweave:${tx.id}:0`, transaction: tx.id, networkFee: BigInt(tx.reward) }
    },
  }
}

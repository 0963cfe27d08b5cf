// The bridge in a few lines, for wallets and programs: quote, deposit, burn, and follow what becomes of it.

import type { AssetName } from "../core/assets.ts"
import { ASSETS } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import type { TransferId } from "../core/ids.ts"
import { bitcoinDeposit, type DepositWish } from "./builders.ts"
import { ApiError, type BridgeApi, bridgeApi } from "./client.ts"
import type { BridgeFacts } from "./facts.ts"
import { type Followed, type FollowOptions, follow } from "./follow.ts"
import { TokenRefusal } from "./hyperbeam.ts"
import {
  type AoOwner,
  type ArweaveWallet,
  type Ask,
  burnOnAo,
  payOnArweave,
} from "./pay-arweave.ts"
import { type Eip1193, type EvmKey, payOnEvm } from "./pay-evm.ts"
import type { QuoteWish, SignedQuote } from "./schemas/quotes.ts"
import type { burnOutcome } from "./schemas/relay.ts"
import type { Progress } from "./schemas/timeline.ts"
import type { Told } from "./schemas/words.ts"

export type { DepositWish } from "./builders.ts"
export type { BridgeFacts } from "./facts.ts"
export { TokenRefusal } from "./hyperbeam.ts"
export type { AoOwner, ArweaveWallet, WindowWallet } from "./pay-arweave.ts"
export type { Eip1193, EvmKey } from "./pay-evm.ts"

/** Who pays: the wallet of the window or a key for AR, an EIP-1193 provider or a key for Ethereum and BSC. */
export type Payer = ArweaveWallet | Eip1193 | EvmKey

/** What a deposit is known by from then on; on Bitcoin it is for its owner to pay the address. */
export type Deposited =
  | { readonly kind: "sent"; readonly transfer: TransferId; readonly transaction: string }
  | {
      readonly kind: "to-pay"
      readonly address: string
      readonly note: string
      readonly uri: string
    }

export interface Bridge {
  readonly api: BridgeApi
  /** Public, and the same at every signer: asked for once. */
  facts(): Promise<BridgeFacts>
  /** The exact terms, signed: `isQuoteOf` of `quotes.ts` checks them under a key that is known beforehand. */
  quote(wish: Omit<QuoteWish, "amount"> & { readonly amount: bigint }): Promise<SignedQuote>
  /**
   * Pays into the bridge. Throws `bad-address` and `not-supported` before anything is signed, `ApiError` for what the API
   * refuses, and what the wallet throws. For BTC there is no `wallet`, and `refundTo` is needed.
   */
  deposit(wish: DepositWish & { readonly wallet?: Payer }): Promise<Deposited>
  /**
   * Destroys wrapped tokens: the real thing, less the fee, goes to `recipient` on its home chain. Throws `TokenRefusal`
   * with the token's own word when it destroyed nothing.
   */
  burn(wish: {
    readonly asset: AssetName
    readonly amount: bigint
    readonly recipient: string
    /** Nothing is destroyed if the token would charge more. */
    readonly feeMax?: bigint
    /** Of the account that holds them: an Arweave wallet, or an Ethereum one for an account that is its address. */
    readonly wallet: AoOwner
  }): Promise<{ readonly transfer: string; readonly transaction: string }>
  /** `for await (const step of bridge.follow(transfer))`: each change once, until nothing more will happen. */
  follow(what: Followed, options?: FollowOptions): AsyncGenerator<Progress, void, void>
}

/** `url` is the API's, without a slash at its end. */
export function openBridge(url: string): Bridge {
  const api = bridgeApi(url)
  const ask: Ask = async <Answer>(path: string, body?: unknown) => {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }
    const headers = { "content-type": "application/json" }
    const response = await fetch(`${url}${path}`, body === undefined ? {} : { ...init, headers })
    const told = (await response.json()) as Answer & { error?: { code: string; message: string } }
    if (response.ok) return told
    const { code = "unknown", message = `status ${response.status}` } = told.error ?? {}
    throw new ApiError(code, message, response.status)
  }
  let known: Promise<BridgeFacts> | null = null
  const facts = () => {
    // What failed is asked for again.
    known ??= ask<BridgeFacts>("/bridge.json").catch((error: unknown) => {
      known = null
      throw error
    })
    return known
  }

  return {
    api,
    facts,
    quote: ({ amount, ...wish }) => ask("/quotes", { ...wish, amount: String(amount) }),
    async deposit({ wallet, ...wish }) {
      const { home } = ASSETS[wish.asset]
      switch (home) {
        case "bitcoin":
          return toPay(await facts(), wish, api)
        case "arweave": {
          if (!wallet || !isOfArweave(wallet)) throw wrongWallet(wish.asset)
          const transaction = await payOnArweave(await facts(), wish, wallet, ask)
          return { kind: "sent", transfer: `arweave:${transaction}:0`, transaction }
        }
        case "ethereum":
        case "bsc":
          if (!wallet || isOfArweave(wallet)) throw wrongWallet(wish.asset)
          return { kind: "sent", ...(await payOnEvm(await facts(), wish, wallet)) }
      }
    },
    async burn({ wallet, ...wish }) {
      const transaction = await burnOnAo(await facts(), wish, wallet, ask)
      return { transfer: await burned(wish.asset, transaction, ask), transaction }
    },
    follow: (what, options) => follow(url, what, options),
  }
}

const LOOK_MS = 1_000

/** The transfer of a burn, once its token has said what it made of it. */
async function burned(asset: AssetName, message: string, ask: Ask): Promise<string> {
  for (;;) {
    const outcome = await ask<BurnOutcome>(`/relay/ao/${asset}/burns/${message}`)
    if (outcome.transfer !== undefined) return outcome.transfer
    const { state, why = "refused" } = outcome
    if (state === "refused") throw new TokenRefusal(why, `${asset} burned nothing: ${why}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

type BurnOutcome = Told<typeof burnOutcome>

async function toPay(facts: BridgeFacts, wish: DepositWish, api: BridgeApi): Promise<Deposited> {
  const { refundTo } = wish
  if (refundTo === undefined) throw new BridgeError("bad-address", { missing: "refundTo" })
  const own = bitcoinDeposit(facts, { ...wish, refundTo })
  const { address } = await api.depositAddress({ recipient: wish.recipient, refundTo })
  // A server that says another address would be paid instead of the bridge.
  if (address !== own.address) throw new BridgeError("bad-address", { address, own: own.address })
  return { kind: "to-pay", ...own }
}

function isOfArweave(wallet: Payer): wallet is ArweaveWallet {
  if ("key" in wallet) return typeof wallet.key === "object"
  return "signDataItem" in wallet
}

function wrongWallet(asset: AssetName): BridgeError {
  return new BridgeError("not-supported", { asset, wallet: "of another chain, or none" })
}

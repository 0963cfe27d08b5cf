// What a person does with their own key: deposit on Arweave, hold, send and burn on AO. Official clients only.

import { connect, createDataItemSigner } from "@permaweb/aoconnect"
import Arweave from "arweave"

/** Where the networks are, and what on them is the bridge's. */
export interface Places {
  readonly arweaveUrl: string
  readonly ao: { readonly muUrl: string; readonly cuUrl: string; readonly graphqlUrl: string }
  readonly vault: string
  /** The wrapped token's process. */
  readonly token: string
}

/** An RSA key as Arweave wallets export it. */
export type WalletKey = Parameters<typeof createDataItemSigner>[0] & { readonly n: string }

/** All amounts are base units. */
export interface Wallet {
  readonly address: string
  /** AR on Arweave. */
  balance(): Promise<bigint>
  /** Wrapped tokens on AO. */
  wrappedBalance(): Promise<bigint>
  /** Sends AR to the vault; the tokens go to `recipient`, or to this wallet. */
  deposit(
    amount: bigint,
    options?: DepositOptions,
  ): Promise<{
    readonly transfer: string
    readonly transaction: string
    readonly networkFee: bigint
  }>
  /** Sends wrapped tokens on AO. */
  send(amount: bigint, recipient: string): Promise<string>
  /** Burns wrapped tokens; AR less the fee goes to `recipient` on Arweave. */
  burn(
    amount: bigint,
    recipient: string,
  ): Promise<{ readonly transfer: string; readonly message: string; readonly fee: bigint }>
}

export interface DepositOptions {
  readonly recipient?: string
  readonly refundTo?: string
  /** `X-…` tags that arrive with the tokens. */
  readonly forward?: Readonly<Record<string, string>>
}

/** The token refused; nothing changed there. `code` is its own word. */
export class TokenRefusal extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = "TokenRefusal"
    this.code = code
  }
}

export async function walletOf(key: WalletKey, places: Places): Promise<Wallet> {
  const url = new URL(places.arweaveUrl)
  const arweave = Arweave.init({
    host: url.hostname,
    port: Number(url.port || (url.protocol === "https:" ? 443 : 80)),
    protocol: url.protocol.slice(0, -1),
  })
  const ao = connect({
    MODE: "legacy",
    MU_URL: places.ao.muUrl,
    CU_URL: places.ao.cuUrl,
    GRAPHQL_URL: places.ao.graphqlUrl,
    GATEWAY_URL: places.arweaveUrl,
  })
  const signer = createDataItemSigner(key)
  const address = await arweave.wallets.jwkToAddress(key as never)
  const process = places.token

  const say = async (tags: Readonly<Record<string, string>>) => {
    const list = Object.entries(tags).map(([name, value]) => ({ name, value }))
    const message = (await ao.message({ process, signer, tags: list })) as string
    const { Messages, Error: failure } = await ao.result({ process, message })
    if (failure) throw new TokenRefusal("evaluation-failed", String(failure))
    const answers: Answer[] = Messages.map(({ Tags = [], Data = "" }: Message) => ({
      ...Object.fromEntries(Tags.map(({ name, value }) => [name, value])),
      Data,
    }))
    const refusal = answers.find(({ Action = "" }) => Action.endsWith("-Error"))
    if (refusal) throw new TokenRefusal(refusal.Error ?? "refused", refusal.Data || "refused")
    return { message, answers }
  }

  return {
    address,
    balance: async () => BigInt(await arweave.wallets.getBalance(address)),
    async wrappedBalance() {
      const { Messages } = await ao.dryrun({
        process,
        tags: [
          { name: "Action", value: "Balance" },
          { name: "Recipient", value: address },
        ],
      })
      const tag = Messages[0]?.Tags?.find(({ name }: Tag) => name === "Balance")
      return BigInt(tag?.value ?? Messages[0]?.Data ?? "0")
    },
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
    async send(amount, recipient) {
      const { message } = await say({
        Action: "Transfer",
        Recipient: recipient,
        Quantity: String(amount),
      })
      return message
    },
    async burn(amount, recipient) {
      const { message, answers } = await say({
        Action: "Burn",
        Recipient: recipient,
        Quantity: String(amount),
      })
      const notice = answers.find((answer) => answer.Action === "Burn-Notice")
      if (!notice?.["Burn-Id"])
        throw new TokenRefusal("no-notice", "the token said nothing of a burn")
      return { transfer: notice["Burn-Id"], message, fee: BigInt(notice.Fee ?? "0") }
    },
  }
}

interface Tag {
  readonly name: string
  readonly value: string
}

interface Message {
  readonly Tags?: readonly Tag[]
  readonly Data?: string
}

type Answer = Readonly<Partial<Record<string, string>>>

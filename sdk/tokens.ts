// What a person does with wrapped tokens on AO, with their own key. The official client only.

import { connect, createDataItemSigner } from "@permaweb/aoconnect"

export interface AoPlaces {
  readonly muUrl: string
  readonly cuUrl: string
  readonly graphqlUrl: string
  /** Of the Arweave gateway. */
  readonly gatewayUrl: string
}

/** An RSA key as Arweave wallets export it. */
export type WalletKey = Parameters<typeof createDataItemSigner>[0] & { readonly n: string }

/** All amounts are base units. */
export interface TokenWallet {
  wrappedBalance(): Promise<bigint>
  /** Sends wrapped tokens on AO; the message's id. */
  send(amount: bigint, recipient: string): Promise<string>
  /** Burns wrapped tokens; the real thing less the fee goes to `recipient` on its home chain. */
  burn(
    amount: bigint,
    recipient: string,
  ): Promise<{ readonly transfer: string; readonly message: string; readonly fee: bigint }>
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

/** The wallet of `account`, whose key that is, in the token of a process. */
export function tokenWallet(
  key: WalletKey,
  account: string,
  { muUrl, cuUrl, graphqlUrl, gatewayUrl }: AoPlaces,
  process: string,
): TokenWallet {
  const ao = connect({
    MODE: "legacy",
    MU_URL: muUrl,
    CU_URL: cuUrl,
    GRAPHQL_URL: graphqlUrl,
    GATEWAY_URL: gatewayUrl,
  })
  const signer = createDataItemSigner(key)

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
    async wrappedBalance() {
      const { Messages } = await ao.dryrun({
        process,
        tags: [
          { name: "Action", value: "Balance" },
          { name: "Recipient", value: account },
        ],
      })
      const tag = Messages[0]?.Tags?.find(({ name }: Tag) => name === "Balance")
      return BigInt(tag?.value ?? Messages[0]?.Data ?? "0")
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

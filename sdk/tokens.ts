// What a person does with wrapped tokens on AO, with their own key. The official client only.

import { connect, createDataItemSigner } from "@permaweb/aoconnect"
import { type Message, type Tag, TokenRefusal, tokenOnNode } from "./hyperbeam.ts"

export { TokenRefusal } from "./hyperbeam.ts"

export interface AoPlaces {
  readonly muUrl: string
  readonly cuUrl: string
  readonly graphqlUrl: string
  /** Of the Arweave gateway. */
  readonly gatewayUrl: string
  /** Of a HyperBEAM node, where the token is on one: then the others are not asked. */
  readonly nodeUrl?: string
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

/** What a token's answers say, by their names. */
export type Answer = Readonly<Partial<Record<string, string>>>

export interface Speech {
  readonly message: string
  readonly answers: readonly Answer[]
}

/** Speaks to the token of a process with a key. */
export interface Speaker {
  /** Throws `TokenRefusal` with the token's own code. */
  say(tags: Readonly<Record<string, string>>, data?: string): Promise<Speech>
  /** Asks in nobody's name; on a HyperBEAM node only balances can be asked so. */
  ask(tags: Readonly<Record<string, string>>): Promise<Message | undefined>
  readonly node: ReturnType<typeof tokenOnNode> | null
}

export function speaker(key: WalletKey, places: AoPlaces, process: string): Speaker {
  const { muUrl, cuUrl, graphqlUrl, gatewayUrl, nodeUrl } = places
  const ao = connect({
    MODE: "legacy",
    MU_URL: muUrl,
    CU_URL: cuUrl,
    GRAPHQL_URL: graphqlUrl,
    GATEWAY_URL: gatewayUrl,
  })
  const signer = createDataItemSigner(key)

  const node = nodeUrl === undefined ? null : tokenOnNode(nodeUrl, process)

  /** What the token answered to a message in its slot. */
  const told = async (tags: readonly Tag[], data: string) => {
    if (node) {
      // Signed once: what is handed in again is the same bytes, and the token knows them.
      const fields = { process, signer, tags: [...tags], data, anchor: anchor() }
      const { id, raw } = await ao.signMessage(fields)
      return { message: id, messages: await node.say(id, raw) }
    }
    const sent = { process, signer, tags: [...tags], ...(data !== "" && { data }) }
    const message = (await ao.message(sent)) as string
    const { Messages, Error: failure } = await ao.result({ process, message })
    if (failure) throw new TokenRefusal("evaluation-failed", String(failure))
    return { message, messages: Messages as Message[] }
  }

  return {
    node,
    async say(tags, data = "") {
      const { message, messages } = await told(listed(tags), data)
      const answers: Answer[] = messages.map(({ Tags = [], Data = "" }: Message) => ({
        ...Object.fromEntries(Tags.map(({ name, value }) => [name, value])),
        Data,
      }))
      const refusal = answers.find(({ Action = "" }) => Action.endsWith("-Error"))
      if (refusal) throw new TokenRefusal(refusal.Error ?? "refused", refusal.Data || "refused")
      return { message, answers }
    },
    async ask(tags) {
      return (await ao.dryrun({ process, tags: listed(tags) })).Messages[0]
    },
  }
}

function listed(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([name, value]) => ({ name, value }))
}

/** The wallet of `account`, whose key that is, in the token of a process. */
export function tokenWallet(
  key: WalletKey,
  account: string,
  places: AoPlaces,
  process: string,
): TokenWallet {
  const { node, say, ask } = speaker(key, places, process)
  return {
    async wrappedBalance() {
      if (node) return node.balance(account)
      const told = await ask({ Action: "Balance", Recipient: account })
      const tag = told?.Tags?.find(({ name }: Tag) => name === "Balance")
      return BigInt(tag?.value ?? told?.Data ?? "0")
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

/** 32 characters of chance: two messages of equal content are two messages. */
function anchor(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

// What the two chains themselves say was paid: read from blocks and slots, without anything of the bridge.

import type { Network } from "../../devnet/network.ts"

export interface Paid {
  readonly recipient: string
  readonly amount: bigint
}

export class Ledgers {
  readonly #network: Network

  constructor(network: Network) {
    this.#network = network
  }

  /** Every deposit that the token credited, slot by slot; a list of two is a double payment. */
  async mints(): Promise<ReadonlyMap<string, readonly Paid[]>> {
    const found = new Map<string, Paid[]>()
    for (const { Messages = [] } of await this.#results())
      for (const { Target, Tags } of Messages) {
        const transfer = valueIn(Tags, "Deposit-Id")
        if (valueIn(Tags, "Action") !== "Credit-Notice" || transfer === null) continue
        const paid = { recipient: Target, amount: BigInt(valueIn(Tags, "Quantity") ?? "0") }
        found.set(transfer, [...(found.get(transfer) ?? []), paid])
      }
    return found
  }

  /** Every payment out of the vault that is in a block, by the transfer that it names. */
  async releases(): Promise<ReadonlyMap<string, readonly Paid[]>> {
    const { arweaveUrl, vault } = this.#network.places
    const { height } = await json<{ height: number }>(`${arweaveUrl}/info`)
    const found = new Map<string, Paid[]>()
    for (let at = 0; at <= height; at++) {
      const { txs } = await json<{ txs: string[] }>(`${arweaveUrl}/block/height/${at}`)
      for (const id of txs) {
        const { target, quantity, owner, tags } = await json<Transaction>(`${arweaveUrl}/tx/${id}`)
        if (owner !== this.#network.deployment.owner || target === vault) continue
        const transfer = valueIn(tags.map(plain), "Transfer") ?? "none"
        const paid = { recipient: target, amount: BigInt(quantity) }
        found.set(transfer, [...(found.get(transfer) ?? []), paid])
      }
    }
    return found
  }

  /** All wrapped tokens there are. */
  async supply(): Promise<bigint> {
    return BigInt((await this.#ask("Total-Supply")) || "0")
  }

  async wrapped(account: string): Promise<bigint> {
    return BigInt((await this.#ask("Balance", { Recipient: account })) || "0")
  }

  async #results(): Promise<readonly Result[]> {
    const { token, ao } = this.#network.places
    const all: Result[] = []
    for (let from = ""; ; ) {
      const { edges } = await json<{ edges: { cursor: string; node: Result }[] }>(
        `${ao.cuUrl}/results/${token}?sort=ASC&limit=500&from=${from}`,
      )
      if (edges.length === 0) return all
      all.push(...edges.map(({ node }) => node))
      from = edges.at(-1)!.cursor
    }
  }

  async #ask(action: string, tags: Readonly<Record<string, string>> = {}): Promise<string> {
    const { token, ao } = this.#network.places
    const response = await fetch(`${ao.cuUrl}/dry-run?process-id=${token}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        ...{ Id: "1234", Target: token, Owner: "1234", Anchor: "0", Data: "1984" },
        Tags: Object.entries({ Action: action, ...tags }).map(([name, value]) => ({ name, value })),
      }),
    })
    const { Messages } = (await response.json()) as { Messages: { Data: string }[] }
    return Messages[0]?.Data ?? ""
  }
}

interface Tag {
  readonly name: string
  readonly value: string
}

interface Result {
  readonly Messages?: readonly { readonly Target: string; readonly Tags: Tag[] }[]
}

interface Transaction {
  readonly target: string
  readonly quantity: string
  readonly owner: string
  readonly tags: Tag[]
}

function valueIn(tags: readonly Tag[], name: string): string | null {
  return tags.find((tag) => tag.name === name)?.value ?? null
}

function plain({ name, value }: Tag): Tag {
  const text = (coded: string) => Buffer.from(coded, "base64url").toString()
  return { name: text(name), value: text(value) }
}

async function json<Answer>(url: string): Promise<Answer> {
  return (await (await fetch(url)).json()) as Answer
}

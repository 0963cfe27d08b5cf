// What an auditor's tests share: keys, and a token's process with real messages in its slots.

import { generateKeyPairSync } from "node:crypto"
import type { SlotItem } from "../../../chains/ao/codec.ts"
import type { Connection } from "../../../chains/chain.ts"
import { signWith } from "../../../chains/seals.ts"
import { ASSETS, type AssetName } from "../../../core/assets.ts"
import type { BridgeError } from "../../../core/errors.ts"
import type { Key } from "../../../services/auditor/auditor.ts"
import { anId } from "../../builders.ts"
import { aMessage, anAnswer, aSlot, deployment, idNumber, tagsOf } from "../../chains/builders.ts"

export function aKey(name: string): Key {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  return { name, key: String(publicKey.export({ format: "jwk" }).x), sign: signWith(privateKey) }
}

/** The token's process: real messages in slots, and what the token answered. */
export class Slots {
  readonly items: SlotItem[] = []
  readonly #asset: AssetName
  readonly #token: string
  fault: BridgeError | null = null
  /** What the token says of its supply and its accounts; by default nothing, as on the older units. */
  stated: { readonly supply: bigint; readonly held: bigint } | null = null
  #count = 0

  constructor(asset: AssetName = "AR", token: string = deployment.tokens.AR) {
    this.#asset = asset
    this.#token = token
  }

  readonly connection = {
    tip: async () => {
      if (this.fault) throw this.fault
      return this.#block(this.items.length)
    },
    stated: async (height: number) => (height === this.items.length ? this.stated : null),
    block: async (height: number) => (height > this.items.length ? null : this.#block(height)),
  } as unknown as Connection

  mint(transfer: string, recipient: string, quantity: bigint): void {
    const message = aMessage({
      ...{ id: idNumber(5_000 + ++this.#count), owner: deployment.vault, target: this.#token },
      tags: tagsOf({ Action: "Mint" }),
      data: JSON.stringify({ rows: [{ id: transfer, recipient, quantity: String(quantity) }] }),
    })
    const tags = { Action: "Mint-Notice", "Message-Id": message.id }
    this.items.push(aSlot(message, [anAnswer(deployment.vault, tags)]))
  }

  burn(sender: string, recipient: string, quantity: bigint): string {
    const message = aMessage({
      id: idNumber(7_000 + ++this.#count),
      owner: sender,
      target: this.#token,
    })
    const { home, wrapped } = ASSETS[this.#asset]
    const id = `${wrapped.ledger}:${message.id}:1`
    const tags = {
      ...{ Action: "Burn-Notice", "Message-Id": message.id, "Burn-Id": id, Fee: "0" },
      ...{ Sender: sender, Recipient: recipient, Quantity: String(quantity) },
      "Target-Chain": home,
    }
    this.items.push(aSlot(message, [anAnswer(deployment.vault, tags)]))
    return id
  }

  #block(height: number) {
    const items = height === 0 ? [] : [this.items[height - 1]!]
    const name = (at: number) => anId(`slot ${at}`)
    const chain = ASSETS[this.#asset].wrapped.ledger
    const block = { chain, height, id: name(height), parent: name(height - 1) }
    return { ...block, timestampMs: 0, items }
  }
}

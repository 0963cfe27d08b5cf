// Plain transfers that were claimed, as this operator's providers prove them: who sent what, and that no deposit explains it.

import { ASSET_NAMES } from "../../core/assets.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { BlockRef } from "../../core/transfer.ts"
import { numberIn, selectorOf, word } from "./abi.ts"
import { type ClaimNote, claimDigest, claimedLog, claimNoteIn, signerOf } from "./claim.ts"
import type { EvmSide } from "./codec.ts"
import type { Heads } from "./heads.ts"
import { toHex } from "./hex.ts"
import type { Panel } from "./panel.ts"
import { PassedOn } from "./passed.ts"
import { depositsIn, plainIn, unexplained } from "./plain.ts"
import type { ProvenLog, Reader } from "./reader.ts"

export interface ClaimsOptions {
  readonly panel: Panel
  readonly heads: Heads
  /** The present vault and those before it, the newest first, each with its reader. */
  readonly sides: readonly EvmSide[]
  readonly readers: readonly Reader[]
}

export class ClaimedTransfers {
  readonly #options: ClaimsOptions
  readonly #passed: PassedOn
  readonly #notes = new Map<string, ClaimNote>()
  readonly #proven = new Map<string, { readonly block: BlockRef; readonly log: ProvenLog }>()

  constructor(options: ClaimsOptions) {
    this.#options = options
    this.#passed = new PassedOn(options.heads, options.sides, options.readers)
  }

  /** Claims are known still, and proven anew when somebody asks. */
  forget(): void {
    this.#proven.clear()
    this.#passed.forget()
  }

  /** Remembers a claim. The first one of a transfer stays. */
  learn(note: string): void {
    const read = claimNoteIn(note)
    const name = read && nameOf(read.transaction, read.logIndex)
    if (name && !this.#notes.has(name)) this.#notes.set(name, read)
  }

  /** Height of the final block in which its signer sent what a note claims, and no deposit explains it; else null. */
  async prove(note: string, transaction: string): Promise<number | null> {
    const read = claimNoteIn(note)
    if (read?.transaction !== transaction) return null
    const known = this.#proven.get(nameOf(transaction, read.logIndex))
    if (known) return known.block.height
    const found = await this.#find(read)
    if (found === null) return null
    this.learn(note)
    this.#proven.set(nameOf(transaction, read.logIndex), found)
    return found.block.height
  }

  /** Proves the claim that a transfer's id names, if it is known here. */
  async proveId(id: TransferId): Promise<void> {
    const { transaction, index } = originOf(id)
    const logIndex = claimedLog(index)
    const name = logIndex === null ? null : nameOf(transaction, logIndex)
    const note = name === null ? undefined : this.#notes.get(name)
    if (name === null || note === undefined || this.#proven.has(name)) return
    const found = await this.#find(note)
    if (found !== null) this.#proven.set(name, found)
  }

  /** Those in a block, each as the token's log with who is to be paid. */
  in({ id }: BlockRef): readonly ProvenLog[] {
    const all = [...this.#proven.values()]
    return all.flatMap(({ block, log }) => (block.id === id ? [log] : []))
  }

  /** Tokens that a former vault was sent count when it has sent them on: the present one pays. */
  async #find(note: ClaimNote) {
    const { sides, readers } = this.#options
    const [side, reader] = [sides[0]!, readers[0]!]
    const tokens = ASSET_NAMES.flatMap((name) => side.contracts[name] ?? []).filter(isContract)
    for (const height of await reader.heightsOf(note.transaction)) {
      const read = (contract: string) => reader.logsOf(height, contract)
      const vaults = await Promise.all(sides.map(({ vault }) => read(vault)))
      const logs = (await Promise.all(tokens.map(read))).flatMap((row) => row?.logs ?? [])
      const { transaction, logIndex, to } = note
      const log = logs.find(({ index }) => index === logIndex)
      const found = sides.flatMap(({ vault }, at) => {
        const plain = unexplained(plainIn(logs, vault, height), depositsIn(vaults[at]?.logs ?? []))
        return plain
          .filter((one) => one.transaction === transaction && one.index === logIndex)
          .map((one) => ({ at, one }))
      })
      const [{ at, one } = { at: 0, one: null }] = found
      const block = vaults[at]?.block
      if (!one || !log || !block || !(await this.#isSigned(note, one))) continue
      if (!(await this.#passed.isHere(one.token, at, one))) continue
      return {
        block,
        log: { ...log, claimed: { from: one.from, to, signature: note.signature } },
      }
    }
    return null
  }

  /** By the sender's own key, or by a contract at the final head (EIP-1271). */
  async #isSigned(
    { transaction, logIndex, to, signature }: ClaimNote,
    {
      token,
      amount,
      from,
    }: { readonly token: string; readonly amount: bigint; readonly from: string },
  ): Promise<boolean> {
    const { panel, heads, sides } = this.#options
    const digest = claimDigest({ transaction, logIndex, token, amount, to }, sides[0]!)
    if (signerOf(digest, signature) === from) return true
    const { id } = await heads.fresh()
    const said = await panel.collect(async (node) => {
      const answer = await node.read(from, isValidCall(digest, signature), id).catch(() => "0x")
      return answer.startsWith(MAGIC) && numberIn(answer.slice(10).padEnd(56, "1")) === 0n
    })
    return panel.shared(said, String, `whether ${from} signed`)
  }
}

function nameOf(transaction: string, logIndex: number): string {
  return `${transaction} ${logIndex}`
}

function isContract(token: string): boolean {
  return !/^0x0+$/.test(token)
}

/** EIP-1271. */
const IS_VALID = selectorOf("isValidSignature(bytes32,bytes)")
const MAGIC = "0x1626ba7e"

function isValidCall(digest: Uint8Array, signature: Uint8Array): string {
  const bytes = toHex(signature).slice(2)
  const padded = bytes.padEnd(Math.ceil(bytes.length / 64) * 64, "0")
  return [IS_VALID, word(toHex(digest)), word(64), word(signature.length), padded].join("")
}

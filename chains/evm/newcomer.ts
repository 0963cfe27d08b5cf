// A token that a vault is to take, as an operator's own providers tell it: what it is, and whether it moves whole.

import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import type { NewToken, TokenFacts } from "../vault.ts"
import { numberIn, selectorOf, topicOf, word } from "./abi.ts"
import { type CallTo, tried } from "./account.ts"
import { fromHex, hexNumber } from "./hex.ts"
import { isRefusal } from "./jsonrpc.ts"
import { type EvmNode, shaped } from "./node.ts"
import type { Said } from "./panel.ts"
import { address, data, hash } from "./shape.ts"
import type { Asked } from "./vault-state.ts"

/**
 * Each claim by a quorum of providers. Throws `unfit-token` with the reason: there is no code, it has other decimals than
 * were meant, it has a function by which balances change or a part is kept, or a move to the vault and back, which is
 * only played, does not bring all of it. Null for `moves`: no holder was found, or providers cannot play it.
 */
export async function demandToken(
  asked: Asked & { readonly vault: string },
  token: NewToken,
): Promise<TokenFacts> {
  const { panel, heads, vault } = asked
  const { contract, decimals: wanted } = token
  const unfit = (reason: string, detail: object = {}) =>
    new BridgeError("unfit-token", { reason, token: contract, ...detail })
  const { id, height } = await heads.fresh()
  const agreed = async (what: string, ask: (node: EvmNode) => Promise<string>) =>
    panel.shared(await panel.collect(ask), (text) => text, `${what} of ${contract}`)
  // A contract that reverts has answered: no fault of a provider's.
  const told = (name: string, ...args: readonly string[]) =>
    agreed(name, (node) => answerOf(node, contract, selectorOf(name) + args.map(word).join("")))

  if ((await agreed("the code", (node) => node.code(contract, id))) === "0x")
    throw unfit("there is no contract")
  const [decimals, symbol, own] = await Promise.all([
    told("decimals()"),
    told("symbol()"),
    told("balanceOf(address)", vault),
  ])
  if (!isNumber(decimals) || numberIn(decimals.slice(2)) !== BigInt(wanted))
    throw unfit("it has other decimals than its asset", {
      decimals: isNumber(decimals) ? numberIn(decimals.slice(2)) : "none",
      wanted,
    })
  if (!isNumber(own)) throw unfit("it tells no balance")
  for (const name of KEEPING)
    if (!isNothing(await told(name))) throw unfit("it keeps a part of what moves", { name })
  for (const name of CHANGING)
    if (isNumber(await told(name, ...(name.endsWith("(address)") ? [vault] : []))))
      throw unfit("its balances change by themselves", { name })
  const moves = await playedBy(asked, token, height)
  if (moves !== null && moves !== "whole") throw unfit(moves)
  return { symbol: textIn(symbol), moves }
}

/** Tether has them, and has set them to nothing. */
const KEEPING = ["basisPointsRate()", "maximumFee()"]
/** Of tokens whose balances are shares of something else. */
const CHANGING = [
  ...["getTotalShares()", "sharesOf(address)", "scaledTotalSupply()", "scaledBalanceOf(address)"],
  "rebasingCreditsPerToken()",
]

/** What a contract answers at the newest state; `0x` when it reverts. */
async function answerOf(node: EvmNode, to: string, input: string): Promise<string> {
  const { answer } = await tried(node, { from: NOBODY, to, data: input }).catch(
    (error: unknown) => {
      // Some nodes tell a revert without its data.
      if (isRefusal(error) && /revert|invalid|opcode/i.test(String(error))) return { answer: null }
      throw error
    },
  )
  return answer ?? "0x"
}

const NOBODY = `0x${"0".repeat(40)}`

/** "whole", or what was wrong; null when it could not be played. */
async function playedBy(
  { panel, vault }: Asked & { readonly vault: string },
  { contract, holder }: NewToken,
  height: number,
): Promise<string | null> {
  const found = await panel.collect((node) =>
    holder === undefined ? holderBy(node, contract, vault, height) : Promise.resolve(holder),
  )
  // Any of them: whether it holds something every provider sees for itself.
  const one = found.find(({ value }) => value !== null)?.value ?? null
  if (one === null) return null
  const said = await panel.collect((node) => play(node, { contract, vault, holder: one }))
  const able = said.filter((each): each is Said<string> => each.value !== null)
  if (able.length < panel.quorum) return null
  return panel.shared(able, (text) => text, `what a move of ${contract} brings`)
}

/** Somebody who got some of it lately and still has it, by a provider's word. */
async function holderBy(
  node: EvmNode,
  contract: string,
  vault: string,
  height: number,
): Promise<string | null> {
  const filter = {
    ...{ address: contract, topics: [TRANSFER] },
    ...{ fromBlock: hexNumber(Math.max(0, height - LOOK_BACK)), toBlock: hexNumber(height) },
  }
  const answer = await node.rpc.call("eth_getLogs", filter).catch((error: unknown) => {
    if (isRefusal(error)) return []
    throw error
  })
  const logs = shaped(transfers, answer, node.url).filter(({ topics }) => topics.length === 3)
  const recent = logs.reverse().map(({ topics }) => `0x${topics[2]!.slice(26)}`)
  for (const account of [...new Set(recent)].slice(0, HOLDERS_MAX)) {
    if (account === vault || account === NOBODY) continue
    const held = await answerOf(node, contract, BALANCE + word(account))
    if (isNumber(held) && numberIn(held.slice(2)) >= ENOUGH) return account
  }
  return null
}

interface Move {
  readonly contract: string
  readonly vault: string
  readonly holder: string
}

/**
 * All that a holder has goes to the vault and back, in a block that is only played (`eth_simulateV1`). Null when the
 * provider cannot.
 */
async function play(node: EvmNode, { contract, vault, holder }: Move): Promise<string | null> {
  const held = await answerOf(node, contract, BALANCE + word(holder))
  const amount = isNumber(held) ? numberIn(held.slice(2)) : 0n
  if (amount === 0n) return `${holder} holds none of it`
  const balance = (account: string): CallTo => ({
    ...{ from: NOBODY, to: contract },
    data: BALANCE + word(account),
  })
  const move = (from: string, to: string): CallTo => ({
    ...{ from, to: contract },
    data: MOVE + word(to) + word(amount),
  })
  const calls = [
    ...[balance(vault), move(holder, vault), balance(vault), balance(holder)],
    ...[move(vault, holder), balance(vault), balance(holder)],
  ]
  const answer = await node.rpc
    .call("eth_simulateV1", { blockStateCalls: [{ calls }] }, "latest")
    .catch((error: unknown) => {
      if (isRefusal(error)) return null
      throw error
    })
  if (answer === null) return null
  const results = shaped(played, answer, node.url)[0]!.calls
  const [before, come, after, left, gone, last, back] = results
  if (results.length !== calls.length) return null
  if (!isDone(come!)) return "it does not move to the vault"
  if (numberOf(after!) - numberOf(before!) !== amount) return "less than what is sent arrives"
  if (!isDone(gone!)) return "it does not move from the vault"
  if (numberOf(last!) !== numberOf(before!)) return "the vault pays something else than it sends"
  if (numberOf(back!) - numberOf(left!) !== amount) return "less than what the vault sends arrives"
  return "whole"
}

interface Played {
  readonly status: string
  readonly returnData: string
}

/** Tokens that answer nothing are many; one that answers false has not moved. */
function isDone({ status, returnData }: Played): boolean {
  return status === "0x1" && (returnData === "0x" || !isNothing(returnData))
}

function numberOf({ returnData }: Played): bigint {
  return isNumber(returnData) ? numberIn(returnData.slice(2)) : -1n
}

function isNumber(answer: string): boolean {
  return /^0x[0-9a-f]{64}$/.test(answer)
}

function isNothing(answer: string): boolean {
  return /^0x0*$/.test(answer)
}

/** A text of ABI, or the 32 bytes that older tokens tell; never longer than a line, and printable. */
function textIn(answer: string): string {
  const digits = answer.slice(2)
  const isText = digits.length > 128 && numberIn(digits.slice(0, 64)) === 32n
  const bytes = fromHex(`0x${isText ? digits.slice(128) : digits.slice(0, 64)}`)
  return new TextDecoder()
    .decode(bytes)
    .replace(/[^\x20-\x7e]/g, "")
    .slice(0, 32)
}

const TRANSFER = topicOf("Transfer(address,address,uint256)")
const BALANCE = selectorOf("balanceOf(address)")
const MOVE = selectorOf("transfer(address,uint256)")
/** Blocks; providers commonly take as many in one question. */
const LOOK_BACK = 1_000
const HOLDERS_MAX = 10
/** A part of a thousandth that is kept must show. */
const ENOUGH = 10_000n

const transfers = z.array(z.object({ address, data, topics: z.array(hash) }))
const played = z
  .array(z.object({ calls: z.array(z.object({ status: z.string(), returnData: data })) }))
  .min(1)

// A local EVM chain: anvil with money, blocks and misfortune on command, and contracts of ours put on it.

import { Interface, type InterfaceAbi } from "ethers"
import type { Artifact } from "../../contracts/build.ts"
import { BridgeError } from "../../core/errors.ts"
import { type AnvilOptions, startAnvil } from "./anvil.ts"

/** Wei throughout; addresses in lower case. */
export interface EvmDevnet extends EvmControl {
  readonly port: number
  stop(): Promise<void>
}

/** What can be done to a chain that somebody has started. */
export interface EvmControl {
  readonly url: string
  readonly chainId: number
  /** Has all the ether it could want; its transactions need no signature. */
  readonly rich: string
  rpc<Answer = unknown>(method: string, ...params: readonly unknown[]): Promise<Answer>
  height(): Promise<number>
  mine(blocks?: number): Promise<void>
  /**
   * The last `depth` blocks are replaced by as many others, with these raw transactions in them: each in
   * the block of its offset, 0 being the first. Finality does not protect from it.
   */
  reorg(
    depth: number,
    transactions?: readonly (readonly [raw: string, offset: number])[],
  ): Promise<void>
  /** Adds to an account's balance. */
  faucet(address: string, wei: bigint): Promise<void>
  /** Sends as anybody, without a signature, and waits for the block. Throws `bad-request` when it reverts. */
  send(transaction: Sent): Promise<Mined>
  /** Puts a contract on the chain; its address. */
  deploy(artifact: Artifact, args?: readonly unknown[]): Promise<string>
}

export interface Sent {
  /** `rich` by default. */
  readonly from?: string
  readonly to?: string
  readonly data?: string
  readonly value?: bigint
  /** At most so much gas; by default as much as it takes. */
  readonly gas?: number
}

export interface Mined {
  readonly transaction: string
  readonly height: number
  readonly contract: string | null
  readonly gasUsed: number
}

/** Its first dev account, of the words that everybody knows. */
const RICH = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"

/** Listens on 127.0.0.1 when it resolves. Throws as `startAnvil`. */
export async function startEvm(options: AnvilOptions): Promise<EvmDevnet> {
  const anvil = await startAnvil(options)
  const control = evmAt(anvil.url, options.chainId)
  await control.rpc("anvil_autoImpersonateAccount", true)
  return { ...control, port: anvil.port, stop: () => anvil.stop() }
}

/** The chain of `startEvm` at its URL, in whichever process that was. */
export function evmAt(url: string, chainId: number): EvmControl {
  const rpc = caller(url)
  let last: Promise<unknown> = Promise.resolve()

  const send = async ({ from = RICH, value = 0n, gas, ...rest }: Sent): Promise<Mined> => {
    const submit = () =>
      rpc<string>("eth_sendTransaction", {
        ...{ from, ...rest, value: hex(value) },
        ...(gas !== undefined && { gas: hex(gas) }),
      })
    // One after the other: two at once are given the same nonce.
    const submitted = last.then(submit)
    last = submitted.catch(() => {})
    const transaction = await submitted
    const mined = await receiptOf(rpc, transaction)
    if (mined.status !== "0x1") throw new BridgeError("bad-request", { reverted: transaction })
    return {
      transaction,
      height: Number(mined.blockNumber),
      contract: mined.contractAddress,
      gasUsed: Number(mined.gasUsed),
    }
  }

  return {
    url,
    chainId,
    rich: RICH,
    rpc,
    send,
    height: async () => Number(await rpc("eth_blockNumber")),
    async mine(blocks = 1) {
      await rpc("anvil_mine", hex(blocks))
    },
    async reorg(depth, transactions = []) {
      await rpc("anvil_reorg", depth, transactions)
    },
    async faucet(address, wei) {
      const balance = BigInt(await rpc<string>("eth_getBalance", address, "latest"))
      await rpc("anvil_setBalance", address, hex(balance + wei))
    },
    async deploy({ abi, bytecode }, args = []) {
      const creation = new Interface(abi as InterfaceAbi).encodeDeploy([...args])
      const { contract } = await send({ data: bytecode + creation.slice(2) })
      return contract!.toLowerCase()
    },
  }
}

interface Receipt {
  readonly status: string
  readonly blockNumber: string
  readonly contractAddress: string | null
  readonly gasUsed: string
}

async function receiptOf(rpc: EvmDevnet["rpc"], transaction: string): Promise<Receipt> {
  for (;;) {
    const receipt = await rpc<Receipt | null>("eth_getTransactionReceipt", transaction)
    if (receipt) return receipt
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function caller(url: string): EvmDevnet["rpc"] {
  return async <Answer>(method: string, ...params: readonly unknown[]) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    })
    const { result, error } = (await response.json()) as { result: Answer; error?: object }
    if (error) throw new BridgeError("bad-request", { method, answer: JSON.stringify(error) })
    return result
  }
}

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`
}

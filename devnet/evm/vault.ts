// Our vault and the tokens it knows, put on a local EVM chain; and what people do with them.

import { Interface, type InterfaceAbi } from "ethers"
import { tokenArtifact, vaultArtifact } from "./contracts.ts"
import type { EvmDevnet, Mined } from "./index.ts"

export interface VaultOptions {
  /** x of the group's BIP340 key, 32 bytes in hex with 0x. */
  readonly key: string
  readonly guardian?: string
  readonly council?: string
  /** Names of contracts in `contracts/test/Tokens.sol`, by the name that they get here. */
  readonly tokens?: Readonly<Record<string, TokenKind | { readonly decimals: number }>>
  /** Tokens that are there already, by their addresses. */
  readonly listed?: readonly string[]
  /** The most that may leave of each token within a window, base units; as much as there is by default. */
  readonly capacity?: bigint
}

/** `usdc` and `usdt` are what people mean by them; the others misbehave on command. */
export type TokenKind = "usdc" | "usdt" | "fee" | "blacklist" | "reverting"

export interface VaultDevnet {
  readonly address: string
  /** The block that it came with. */
  readonly height: number
  /** Addresses by the names that were asked for. */
  readonly tokens: Readonly<Record<string, string>>
  /** Deposits the chain's own coin. */
  depositNative(from: string, wei: bigint, to: Destination): Promise<Mined>
  /** Gives `amount` of a token to `from`, who deposits it. */
  depositToken(token: string, from: string, amount: bigint, to: Destination): Promise<Mined>
  /** Gives to anybody, out of nothing. */
  mintToken(token: string, to: string, amount: bigint): Promise<void>
  tokenBalance(token: string, account: string): Promise<bigint>
}

export interface Destination {
  /** 32 bytes, hex with 0x. */
  readonly recipient: string
  readonly refundTo: string
  readonly quoteId?: string
}

const CONTRACTS = {
  usdc: ["Token", "USD Coin", "USDC", 6],
  usdt: ["SilentToken"],
  fee: ["FeeToken"],
  blacklist: ["BlacklistToken"],
  reverting: ["RevertingToken"],
} as const satisfies Record<TokenKind, readonly [contract: string, ...args: unknown[]]>

const NATIVE = `0x${"00".repeat(20)}`
const DAY_S = 86_400
const ROLES = { guardian: `0x${"6a".repeat(20)}`, council: `0x${"c0".repeat(20)}` }

export async function deployVault(chain: EvmDevnet, options: VaultOptions): Promise<VaultDevnet> {
  const { key, capacity = 2n ** 100n, guardian = ROLES.guardian, council = ROLES.council } = options
  const tokens: Record<string, string> = {}
  for (const [name, kind] of Object.entries(options.tokens ?? {})) {
    const [contract, ...args] =
      typeof kind === "string" ? CONTRACTS[kind] : (["Token", name, name, kind.decimals] as const)
    tokens[name] = await chain.deploy(tokenArtifact(contract), args)
  }
  const all = new Set([NATIVE, ...Object.values(tokens), ...(options.listed ?? [])])
  const limits = [...all].map((token) => [token, capacity, DAY_S])
  const artifact = vaultArtifact()
  const address = await chain.deploy(artifact, [key, guardian, council, limits])
  const height = await chain.height()
  const vault = new Interface(artifact.abi as InterfaceAbi)
  const erc20 = new Interface(tokenArtifact("Token").abi as InterfaceAbi)
  const destination = ({ recipient, refundTo, quoteId = `0x${"00".repeat(32)}` }: Destination) => [
    ...[recipient, refundTo, quoteId],
  ]
  const call = (from: string, to: string, data: string, value = 0n) =>
    chain.send({ from, to, data, value })

  const mintToken = async (token: string, to: string, amount: bigint) => {
    await call(chain.rich, token, erc20.encodeFunctionData("mint", [to, amount]))
  }

  return {
    address,
    height,
    tokens,
    mintToken,
    async depositNative(from, wei, to) {
      await chain.faucet(from, wei + 10n ** 18n)
      const data = vault.encodeFunctionData("depositNative", [destination(to)])
      return call(from, address, data, wei)
    },
    async depositToken(token, from, amount, to) {
      await chain.faucet(from, 10n ** 18n)
      await mintToken(token, from, amount)
      await call(from, token, erc20.encodeFunctionData("approve", [address, amount]))
      const data = vault.encodeFunctionData("deposit", [token, amount, destination(to)])
      return call(from, address, data)
    },
    async tokenBalance(token, account) {
      const data = erc20.encodeFunctionData("balanceOf", [account])
      return BigInt(await chain.rpc<string>("eth_call", { to: token, data }, "latest"))
    },
  }
}

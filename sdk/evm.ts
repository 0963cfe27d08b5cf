// What a person does with their own key on Ethereum and BSC: deposit coins or tokens in the bridge's vault. By ethers.

import {
  Contract,
  getBytes,
  hexlify,
  JsonRpcProvider,
  Wallet,
  ZeroAddress,
  ZeroHash,
  zeroPadValue,
} from "ethers"
import type { Approval } from "./client.ts"
import { depositIndex } from "./vault-call.ts"

export interface EvmPlaces {
  readonly rpcUrl: string
  readonly chainId: number
  /** Names the chain in transfer ids. */
  readonly chain: "ethereum" | "bsc"
  readonly vault: string
  /** Contract of the asset; the zero address for the chain's own coin. */
  readonly token: string
  /** Vaults that the bridge had there before, as its file names them. */
  readonly former?: readonly unknown[] | undefined
}

/** All amounts are base units. */
export interface EvmWallet {
  readonly address: string
  /** Of the asset. */
  balance(): Promise<bigint>
  /**
   * Puts `amount` into the vault for `recipient` on AO (43 characters of base64url, or an Ethereum address);
   * it goes back to this wallet if it cannot be carried. A token is approved first. `networkFee` in wei.
   */
  deposit(
    amount: bigint,
    recipient: string,
  ): Promise<{
    readonly transfer: string
    readonly transaction: string
    readonly networkFee: bigint
  }>
  /**
   * Has a payout paid that the group has signed, when nobody else hands it in: the recipient gets it, this
   * wallet pays the gas. Rejects with the vault's own error, and for the approval of another vault.
   */
  claim(approval: Approval): Promise<{ readonly transaction: string; readonly networkFee: bigint }>
  /**
   * Signs that tokens which this wallet sent to the vault without depositing them go to an address of this chain:
   * for `BridgeApi.claim`. `transaction`, `index` and `amount` as `BridgeApi.unattributed` tells them.
   */
  signClaim(claim: {
    readonly transaction: string
    readonly index: number
    readonly amount: bigint
    readonly to: string
  }): Promise<string>
  close(): void
}

const VAULT = [
  "function depositNative((bytes32 recipient, address refundTo, bytes32 quoteId) d) payable",
  "function deposit(address token, uint256 amount, (bytes32 recipient, address refundTo, bytes32 quoteId) d)",
  "function release((uint8 kind, address token, address to, uint256 amount, uint256 number, bytes32 id) item, bytes32[] proof, (uint256 rx, uint256 ry, uint256 s) signature)",
  "error AlreadyReleased()",
  "event Deposited(uint64 indexed id, address indexed token, address indexed from, uint256 amount, bytes32 recipient, address refundTo, bytes32 quoteId)",
]
const CLAIM = [
  { name: "transaction", type: "bytes32" },
  { name: "logIndex", type: "uint256" },
  { name: "token", type: "address" },
  { name: "amount", type: "uint256" },
  { name: "to", type: "address" },
]
const TOKEN = [
  "function balanceOf(address) view returns (uint256)",
  "function allowance(address, address) view returns (uint256)",
  // USDT returns nothing, and ethers does not mind.
  "function approve(address, uint256)",
]

/** One whose listeners, asking while it is destroyed, hear nothing more: their failure nobody awaits, and it ended the process. */
export class QuietProvider extends JsonRpcProvider {
  override async getBlockNumber(): Promise<number> {
    try {
      return await super.getBlockNumber()
    } catch (error) {
      if (this.destroyed) return new Promise<never>(() => {})
      throw error
    }
  }
}

/** `key`: 32 bytes, hexadecimal with 0x. */
export function evmWallet(key: string, places: EvmPlaces): EvmWallet {
  const provider = new QuietProvider(places.rpcUrl, places.chainId, {
    ...{ staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1, pollingInterval: 250 },
  })
  const wallet = new Wallet(key, provider)
  const vault = new Contract(places.vault, VAULT, wallet)
  const token = new Contract(places.token, TOKEN, wallet)
  const isNative = places.token === ZeroAddress

  const approve = async (amount: bigint): Promise<bigint> => {
    const allowed = (await token.getFunction("allowance")(wallet.address, places.vault)) as bigint
    if (allowed >= amount) return 0n
    const sent = await token.getFunction("approve")(places.vault, amount)
    return (await sent.wait()).fee
  }

  return {
    address: wallet.address,
    balance: () =>
      isNative
        ? provider.getBalance(wallet.address)
        : token.getFunction("balanceOf")(wallet.address),
    async deposit(amount, recipient) {
      const to = { recipient: word(recipient), refundTo: wallet.address, quoteId: ZeroHash }
      const fee = isNative ? 0n : await approve(amount)
      const sent = isNative
        ? await vault.getFunction("depositNative")(to, { value: amount })
        : await vault.getFunction("deposit")(places.token, amount, to)
      const receipt = await sent.wait()
      const logs = receipt.logs as readonly { topics: string[]; data: string; address: string }[]
      const deposited = logs
        .filter(({ address }) => address.toLowerCase() === places.vault.toLowerCase())
        .map((log) => vault.interface.parseLog(log))
        .find((event) => event?.name === "Deposited")
      return {
        transfer: `${places.chain}:${receipt.hash}:${depositIndex(deposited!.args.id, places.former)}`,
        transaction: receipt.hash,
        networkFee: fee + receipt.fee,
      }
    },
    async claim({ chainId, vault: of, release, proof, signature }) {
      if (chainId !== places.chainId || of.toLowerCase() !== places.vault.toLowerCase())
        throw new Error(`an approval of vault ${of} on chain ${chainId}, which is not ours`)
      const call = vault.getFunction("release")
      // A refusal costs nothing here, and has a name.
      await call.staticCall(release, proof, signature)
      const receipt = await (await call(release, proof, signature)).wait()
      return { transaction: receipt.hash, networkFee: receipt.fee }
    },
    signClaim: ({ transaction, index, amount, to }) =>
      wallet.signTypedData(
        {
          name: "Causeway",
          version: "1",
          chainId: places.chainId,
          verifyingContract: places.vault,
        },
        { Claim: CLAIM },
        { transaction, logIndex: index, token: places.token, amount, to },
      ),
    close: () => provider.destroy(),
  }
}

/** The vault's one rule: an address on AO as it stands, an Ethereum owner behind twelve zero bytes. */
function word(recipient: string): string {
  if (/^0x[0-9a-fA-F]{40}$/.test(recipient)) return zeroPadValue(getBytes(recipient), 32)
  const text = recipient.replaceAll("-", "+").replaceAll("_", "/")
  return hexlify(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)))
}

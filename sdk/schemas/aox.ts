// AOX's API as wallets use it: its shapes, its spelling and its status words, so that they switch by base URL.

import { z } from "zod"
import { ledger, pauseView } from "./bridge.ts"
import { address, amount, asset, count, cursor, type Told, transaction } from "./words.ts"

export const AOX_STATUSES = [
  "unPackaged",
  "waiting",
  "confirmed",
  "wrapping",
  "burning",
  "executing",
  "success",
  "failed",
  "submintAosFailed",
  "notOnChain",
] as const

const whole = z.number().int()

export const aoxRecord = z
  .object({
    rawId: whole,
    txType: z.enum(["mint", "burn"]),
    chainType: z.string(),
    txId: z.string(),
    sender: z.string(),
    recipient: z.string(),
    quantity: amount,
    symbol: z.string(),
    decimals: whole,
    blockHeight: whole,
    fromTokenId: z.string(),
    toTokenId: z.string(),
    fee: amount,
    feeRecipient: z.string(),
    confirmNum: whole,
    confirmRange: whole,
    status: z.enum(AOX_STATUSES),
    targetChainTxHash: z.string(),
    errMsg: z.string(),
  })
  .meta({ id: "AoxRecord" })

export const aoxRecords = z.array(aoxRecord)

export const aoxPath = z.object({ id: transaction })
export const aoxQuery = z.object({ address, count, cursor })

/** What a wallet has just sent, before any block holds it. */
export const announcement = z.object({
  txType: z.enum(["mint", "burn"]),
  chainType: z.string().max(32),
  tokenId: z.string().max(128),
  wrappedTokenId: z.string().max(128),
  txId: transaction,
  sender: address,
  recipient: address,
  amount: z.union([amount, whole.nonnegative().transform(String)]),
})

export const announcementQuery = z.object({
  timestamp: z
    .string()
    .max(32)
    .optional()
    .meta({ description: "As AOX's clients send it; of no use." }),
})

export const announced = z.object({ status: z.literal("ok") })

export const info = z
  .object({
    bridgePid: z.string(),
    arLocker: z.string(),
    chainTokens: z.array(
      z.object({
        chainType: z.string(),
        chainId: z.string(),
        symbol: z.string(),
        decimals: whole,
        stableRange: whole,
        locker: z.string(),
        tokenId: z.string(),
        wrappedTokenId: z.string(),
      }),
    ),
    wrappedTokens: z.array(
      z.object({
        wrappedTokenId: z.string(),
        name: z.string(),
        ticker: z.string(),
        denomination: whole,
        totalSupply: z.string(),
        minBurnAmt: amount,
        burnFee: amount,
        feeRecipient: z.string(),
        mintFee: amount,
        holderNum: whole.nullable(),
        bridgeProcessId: z.string(),
      }),
    ),
    mintLimits: z.record(z.string(), amount),
    burnLimits: z.record(
      z.string(),
      z.object({
        dailyDate: z.string().optional(),
        dailyLimit: amount.optional(),
        dailyBurned: amount.optional(),
        perLimit: amount,
      }),
    ),
    closeServer: z.record(z.string(), z.boolean()),
    // Ours from here on.
    network: z.enum(["devnet", "testnet", "mainnet"]),
    minimums: z.partialRecord(asset, z.object({ deposit: amount, burn: amount })),
    depths: z.record(z.string(), whole),
    payoutDepths: z.record(z.string(), whole),
    pauses: z.array(pauseView),
    ledger,
  })
  .meta({ id: "Info" })

export type AoxRecord = Told<typeof aoxRecord>
export type Announcement = Told<typeof announcement>
export type Info = Told<typeof info>

// The claim of one account in an epoch, in the one text that the campaign's token takes. Pure.

/** One account's claim in an epoch: it covers all epochs before. Amounts are base units as decimal text. */
export interface PointsClaim {
  readonly epoch: number
  readonly index: number
  readonly account: string
  /** All that the account was ever given. */
  readonly amount: string
  /** 64 hexadecimal digits each. */
  readonly proof: readonly string[]
}

/** The Data of a Claim message, in the one spelling that the token takes (`lua/campaign.lua`). */
export function claimText({ epoch, index, account, amount, proof }: PointsClaim): string {
  return JSON.stringify({ epoch: `${epoch}`, index: `${index}`, account, amount, proof })
}

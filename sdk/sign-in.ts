// Signing in to a bridge with a wallet: what is shown and signed, and what the API is told. It moves nothing.

import { toBase64url } from "../chains/bytes.ts"
import { type SignIn, signInText } from "../chains/sign-in-text.ts"

/** A month less a day: nothing is promised for longer. */
const UNTIL_MS = 30 * 86_400_000

export interface SignInWish {
  /** The bridge's network and vault, of its facts. */
  readonly deployment: { readonly network: string; readonly vault: string }
  /** An address of Arweave, or of an EVM chain. */
  readonly account: string
  /** Version of the terms: `GET /campaigns` names it. */
  readonly terms: string
  /** Words that the bridge's policy asks for; `not-us-person` for rewards. */
  readonly statements: readonly string[]
  /** How long it lasts, milliseconds: thirty days when left out. */
  readonly lastsMs?: number
}

/** The text that the wallet shows, for now. A second one is another text. */
export function signInWish(
  { deployment, account, terms, statements, lastsMs = UNTIL_MS }: SignInWish,
  nowMs = Date.now(),
): string {
  const signIn: SignIn = {
    ...{
      account,
      terms,
      statements,
      bridge: `${deployment.network} ${deployment.vault}`,
      refundTo: null,
    },
    ...{ issuedMs: nowMs, untilMs: nowMs + lastsMs },
    nonce: toBase64url(crypto.getRandomValues(new Uint8Array(16))),
  }
  return signInText(signIn)
}

// The text by which the owner of a wallet signs in, as its wallet shows it: who, to which bridge, on which terms.

export interface SignIn {
  /** The bridge's network and vault: a signature for one bridge is none for another. */
  readonly bridge: string
  /** The address that signs: of Arweave, or of an EVM chain. */
  readonly account: string
  readonly terms: string
  /** What its owner states, for example `not-us-person`; each a word. */
  readonly statements: readonly string[]
  readonly refundTo: string | null
  readonly issuedMs: number
  readonly untilMs: number
  readonly nonce: string
}

/** Nobody is bound by, or gains by, what was signed longer ago than this. */
export const SIGN_IN_MS_MAX = 31 * 86_400_000

/** The text that the wallet shows and signs. */
export function signInText(signIn: SignIn): string {
  const { bridge, account, terms, statements, refundTo, issuedMs, untilMs, nonce } = signIn
  return [
    "Causeway sign-in",
    `Bridge: ${bridge}`,
    `Account: ${account}`,
    `Terms: ${terms}`,
    `I state: ${statements.length > 0 ? statements.join(", ") : "nothing"}`,
    `Refund to: ${refundTo ?? "the sender"}`,
    `From: ${new Date(issuedMs).toISOString()}`,
    `Until: ${new Date(untilMs).toISOString()}`,
    `Nonce: ${nonce}`,
  ].join("\n")
}

/** What such a text says; null for any other text, and for one that would hold too long. */
export function signInOf(text: string): SignIn | null {
  const match = SHAPE.exec(text)
  if (!match) return null
  const [, bridge, account, terms, stated, refund, from, until, nonce] =
    match as unknown as string[]
  const signIn: SignIn = {
    bridge: bridge!,
    account: account!,
    terms: terms!,
    statements: stated === "nothing" ? [] : stated!.split(", "),
    refundTo: refund === "the sender" ? null : refund!,
    issuedMs: Date.parse(from!),
    untilMs: Date.parse(until!),
    nonce: nonce!,
  }
  const life = signIn.untilMs - signIn.issuedMs
  if (!(life > 0 && life <= SIGN_IN_MS_MAX)) return null
  // One text for one meaning: no other spelling of a date or a list.
  return signInText(signIn) === text ? signIn : null
}

const WORD = "[!-~]{1,120}"
const SHAPE = new RegExp(
  [
    "^Causeway sign-in",
    `Bridge: (${WORD}(?: ${WORD})?)`,
    `Account: (${WORD})`,
    `Terms: (${WORD})`,
    "I state: ([a-z0-9-]{1,64}(?:, [a-z0-9-]{1,64}){0,15})",
    `Refund to: (the sender|${WORD})`,
    "From: ([0-9TZ:.-]{24})",
    "Until: ([0-9TZ:.-]{24})",
    "Nonce: ([A-Za-z0-9_-]{22})$",
  ].join("\n"),
)

// Hashes and signatures as the core sees them: arguments, like time and chance.

/** SHA-256 of a text's UTF-8, 64 hexadecimal digits. */
export type Hash = (text: string) => string

/** Whether the owner of an Ed25519 key (32 bytes, base64url) signed a text's UTF-8 (64 bytes, base64url). */
export type Verify = (key: string, text: string, signature: string) => boolean

/** Ed25519 signature of a text's UTF-8, 64 bytes in base64url. */
export type Sign = (text: string) => string

export interface Seals {
  readonly hash: Hash
  readonly verify: Verify
}

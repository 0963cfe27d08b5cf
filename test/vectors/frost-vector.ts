// What a published FROST signature shows, step by step; everything in hexadecimal.

export interface FrostVector {
  readonly secret: string
  /** 33 bytes. */
  readonly publicKey: string
  readonly message: string
  /** Of the polynomial, beside the secret. */
  readonly coefficient: string
  /** Of parties 1, 2 and 3. */
  readonly shares: readonly string[]
  readonly signers: readonly SignerVector[]
  readonly signature: string
}

export interface SignerVector {
  readonly index: number
  readonly hidingRandom: string
  readonly bindingRandom: string
  readonly hiding: string
  readonly binding: string
  readonly hidingPoint: string
  readonly bindingPoint: string
  readonly factor: string
  readonly part: string
}

// How a call fails: Bitcoin Core's codes and words.

/** The codes that are used here, by the names that Bitcoin Core's `protocol.h` has for them. */
export const CODES = {
  invalidRequest: -32600,
  methodNotFound: -32601,
  parseError: -32700,
  internalError: -32603,
  miscError: -1,
  typeError: -3,
  invalidAddressOrKey: -5,
  invalidParameter: -8,
  deserializationError: -22,
  verifyError: -25,
  verifyRejected: -26,
  verifyAlreadyInUtxoSet: -27,
} as const

export class RpcError extends Error {
  readonly code: number

  constructor(code: keyof typeof CODES, message: string) {
    super(message)
    this.name = "RpcError"
    this.code = CODES[code]
  }
}

// A request to the local units, as their handlers take it.

export interface Asked {
  readonly method: string
  /** Between the slashes. */
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly body: Buffer
}

/** The value, or null when it is no JSON. */
export function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return null
  }
}

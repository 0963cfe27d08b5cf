// An answer of the local node, before it goes over HTTP.

export interface Reply {
  readonly status: number
  readonly type: "text/plain" | "application/json" | "application/octet-stream"
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

export function text(status: number, body: string): Reply {
  return { status, type: "text/plain", body }
}

export function json(status: number, body: unknown): Reply {
  return { status, type: "application/json", body: JSON.stringify(body) }
}

/** A refusal in the node's second style: `{ "error": code }`. */
export function refusal(status: number, error: string): Reply {
  return json(status, { error })
}

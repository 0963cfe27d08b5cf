// Questions to the bridge that served this page: its API, and what it asks the chains for us.

import { ApiError } from "../../sdk/client.ts"

/** Throws `ApiError` for a refusal, and one with code `unreachable` when nobody answers. */
export async function ask<Answer>(
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(path, {
    headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  }).catch(() => null)
  if (response === null) throw new ApiError("unreachable", "the bridge does not answer", 0)
  const answer = (await response.json().catch(() => ({}))) as Answer & {
    error?: { code: string; message: string }
  }
  if (response.ok) return answer
  const { code = "unknown", message = `status ${response.status}` } = answer.error ?? {}
  throw new ApiError(code, message, response.status)
}

/** Null for what is not there. */
export async function find<Answer>(path: string): Promise<Answer | null> {
  try {
    return await ask<Answer>(path)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}

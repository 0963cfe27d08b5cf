// Commands to the parts of a local network: `POST {url}/devnet/{name}`.

import { BridgeError } from "../core/errors.ts"

/** The answer; throws `bad-request` with what the part said. */
export async function command<Answer = unknown>(
  url: string,
  name: string,
  body: object,
): Promise<Answer> {
  const response = await fetch(`${url}/devnet/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new BridgeError("bad-request", { devnet: name, answer: text })
  return JSON.parse(text) as Answer
}

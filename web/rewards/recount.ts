// An epoch made again in this very browser, from its events alone, by the rules that the bridge has for it.

import { ed25519 } from "@noble/curves/ed25519.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { artifactHash, artifactOf, type Hashes } from "../../core/rewards/artifact.ts"
import { differences } from "../../core/rewards/differences.ts"
import { artifactIn, eventsReader } from "../../core/rewards/events-file.ts"
import { rewardsApi } from "../../sdk/rewards.ts"

const bytesOf = (text: string) => new TextEncoder().encode(text)
const HASHES: Hashes = { hash: (text) => bytesToHex(sha256(bytesOf(text))), sha256 }

/** What is not as claimed, in words; nothing when the hash is the one that the bridge names. */
export async function recounted(
  campaign: string,
  epoch: number,
  hash: string,
): Promise<readonly string[]> {
  const api = rewardsApi("")
  const reader = eventsReader(isSigned)
  const decoder = new TextDecoder("utf-8", { fatal: true })
  const bytes = (await api.events(epoch, campaign)).getReader()
  let rest = ""
  for (;;) {
    const { value, done } = await bytes.read()
    const lines = (rest + decoder.decode(value, { stream: !done })).split("\n")
    rest = lines.pop()!
    for (const line of lines) reader.take(line)
    if (done) break
  }
  if (rest !== "") reader.take(rest)
  const made = artifactOf(reader.end(), HASHES)
  if (artifactHash(made, HASHES.hash) === hash) return []
  const claimed = artifactIn(await api.artifact(epoch, campaign))
  return claimed ? differences(claimed, made) : [`epoch ${epoch}`]
}

function isSigned(key: string, text: string, signature: string): boolean {
  try {
    return ed25519.verify(fromBase64url(signature), bytesOf(text), fromBase64url(key), {
      zip215: false,
    })
  } catch {
    return false
  }
}

function fromBase64url(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
}

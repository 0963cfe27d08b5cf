// What a vault says of itself at the final head, by a quorum of providers: what it has paid, and what it still lets out.

import { BridgeError } from "../../core/errors.ts"
import { numberIn, selectorOf, word } from "./abi.ts"
import type { Heads } from "./heads.ts"
import type { Panel } from "./panel.ts"
import { isReleasedCall, type Release } from "./release.ts"

export interface Asked {
  readonly panel: Panel
  readonly heads: Heads
}

/** Whether a vault has used up the number of a release. */
export async function hasPaid(asked: Asked, vault: string, release: Release): Promise<boolean> {
  const what = `whether ${release.kind} ${release.number} is paid`
  return (await numberOf(asked, vault, isReleasedCall(release), what)) > 0n
}

/** Whether a vault lets out any of these tokens; one that has sent all of a token on has closed it. */
export async function letsOut(
  asked: Asked,
  vault: string,
  tokens: readonly string[],
): Promise<boolean> {
  const limits = [...new Set(tokens)].map((token) =>
    numberOf(asked, vault, LIMIT_OF + word(token), `the limit of ${token}`),
  )
  return (await Promise.all(limits)).some((capacity) => capacity > 0n)
}

/** The first word of an answer. */
async function numberOf({ panel, heads }: Asked, vault: string, call: string, what: string) {
  const { id } = await heads.fresh()
  const said = await panel.collect(async (node) => firstIn(await node.read(vault, call, id)))
  return panel.shared(said, String, what)
}

function firstIn(answer: string): bigint {
  if (!/^0x([0-9a-f]{64})+$/.test(answer))
    throw new BridgeError("rpc-unavailable", { why: "a vault answers no number" })
  return numberIn(answer.slice(2, 66))
}

const LIMIT_OF = selectorOf("limitOf(address)")

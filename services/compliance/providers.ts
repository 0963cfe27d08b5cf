// Other sources that name who is listed: an oracle on chain, a provider by HTTP. A yes acts; silence is for the policy.

import type { Answer, Party } from "../../core/compliance/facts.ts"

export interface ProviderConfig {
  /** What rules of the policy call it. */
  readonly source: string
  /**
   * http: `GET <url>/<key of the address>` answers `{ "listed": true | false }`. oracle: `isSanctioned(address)` of a
   * contract, asked by `eth_call` at the endpoint, for parties with an EVM account.
   */
  readonly kind: "http" | "oracle"
  readonly url: string
  readonly contract?: string | undefined
}

export interface Providers {
  /** The answers about each transfer's parties. It never throws: who does not answer in time has said nothing. */
  ask(transfers: readonly (readonly Party[])[]): Promise<readonly (readonly Answer[])[]>
}

const PATIENCE_MS = 3_000
/** The first four bytes of keccak256("isSanctioned(address)"). */
const IS_SANCTIONED = "0xdf592f7d"

export function providersOf(configs: readonly ProviderConfig[]): Providers {
  return {
    async ask(transfers) {
      const asked = new Map<string, Promise<Answer["said"] | null>>()
      const said = (config: ProviderConfig, key: string) => {
        const name = `${config.source} ${key}`
        const known = asked.get(name) ?? saidOf(config, key)
        asked.set(name, known)
        return known
      }
      return Promise.all(
        transfers.map(async (parties) => {
          const rows = configs.flatMap((config) =>
            parties.map(async ({ role, key }): Promise<Answer[]> => {
              const answer = await said(config, key)
              return answer ? [{ source: config.source, said: answer, about: role }] : []
            }),
          )
          return (await Promise.all(rows)).flat()
        }),
      )
    },
  }
}

/** Null when the source cannot know the address at all. */
async function saidOf(config: ProviderConfig, key: string): Promise<Answer["said"] | null> {
  const account = /^evm:(0x[0-9a-f]{40})$/.exec(key)?.[1]
  if (config.kind === "oracle" && account === undefined) return null
  try {
    const said = config.kind === "http" ? await byHttp(config, key) : await byCall(config, account!)
    return said ? "listed" : "clear"
  } catch {
    return "none"
  }
}

async function byHttp({ url }: ProviderConfig, key: string): Promise<boolean> {
  const response = await fetch(`${url}/${encodeURIComponent(key)}`, patiently())
  const { listed } = (await response.json()) as { listed: unknown }
  if (!response.ok || typeof listed !== "boolean") throw new TypeError("no answer")
  return listed
}

async function byCall({ url, contract }: ProviderConfig, account: string): Promise<boolean> {
  const data = `${IS_SANCTIONED}${account.slice(2).padStart(64, "0")}`
  const call = {
    ...{ jsonrpc: "2.0", id: 1, method: "eth_call" },
    params: [{ to: contract, data }, "latest"],
  }
  const response = await fetch(url, {
    ...patiently(),
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(call),
  })
  const { result } = (await response.json()) as { result: unknown }
  if (typeof result !== "string" || !/^0x[0-9a-f]{64}$/i.test(result))
    throw new TypeError("no answer")
  return BigInt(result) === 1n
}

function patiently(): RequestInit {
  return { signal: AbortSignal.timeout(PATIENCE_MS), redirect: "error" }
}

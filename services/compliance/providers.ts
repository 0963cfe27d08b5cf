// Other sources that name who is listed: oracles and issuers on chain, a provider by HTTP. A yes acts; silence is for the policy.

import { keccak_256 } from "@noble/hashes/sha3.js"
import type { AssetName } from "../../core/assets.ts"
import type { Answer, Party } from "../../core/compliance/facts.ts"

export interface ProviderConfig {
  /** What rules of the policy call it. */
  readonly source: string
  /**
   * http: `GET <url>/<key of the address>` answers `{ "listed": true | false }`. call: a contract answers a method
   * that takes an address (`isSanctioned`, `isBlacklisted`, `isBlackListed`), asked by `eth_call` at the endpoint for
   * every party with an EVM account.
   */
  readonly kind: "http" | "call"
  readonly url: string
  readonly contract?: string | undefined
  readonly method?: string | undefined
  /** Only transfers of this asset concern it: an issuer freezes its own token. */
  readonly asset?: AssetName | undefined
  /** Our vault there, which is asked for too: a frozen vault pays nobody. */
  readonly vault?: string | undefined
}

/** Whom to ask for. */
export interface Asked {
  readonly asset: AssetName
  readonly parties: readonly Party[]
}

export interface Providers {
  /** The answers about each transfer. It never throws: who does not answer in time has said nothing. */
  ask(transfers: readonly Asked[]): Promise<readonly (readonly Answer[])[]>
}

const PATIENCE_MS = 3_000

export function providersOf(configs: readonly ProviderConfig[]): Providers {
  return {
    async ask(transfers) {
      const asked = new Map<string, Promise<Answer["said"] | null>>()
      const said = (config: ProviderConfig, key: string) => {
        const name = `${configs.indexOf(config)} ${key}`
        const known = asked.get(name) ?? saidOf(config, key)
        asked.set(name, known)
        return known
      }
      return Promise.all(
        transfers.map(async ({ asset, parties }) => {
          const concerned = configs.filter((one) => (one.asset ?? asset) === asset)
          const rows = concerned.flatMap((config) => {
            const vault = config.vault && `evm:${config.vault.toLowerCase()}`
            const whom: readonly Pick<Party, "role" | "key">[] = [
              ...parties,
              ...(vault ? [{ role: "vault" as const, key: vault }] : []),
            ]
            return whom.map(async ({ role, key }): Promise<Answer[]> => {
              const answer = await said(config, key)
              return answer ? [{ source: config.source, said: answer, about: role }] : []
            })
          })
          return (await Promise.all(rows)).flat()
        }),
      )
    },
  }
}

/** Null when the source cannot know the address at all. */
async function saidOf(config: ProviderConfig, key: string): Promise<Answer["said"] | null> {
  const account = /^evm:(0x[0-9a-f]{40})$/.exec(key)?.[1]
  if (config.kind === "call" && account === undefined) return null
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

async function byCall(
  { url, contract, method }: ProviderConfig,
  account: string,
): Promise<boolean> {
  const selector = Buffer.from(keccak_256(Buffer.from(`${method}(address)`))).subarray(0, 4)
  const data = `0x${selector.toString("hex")}${account.slice(2).padStart(64, "0")}`
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
  // A contract that is not there answers nothing at all, which is not a no.
  if (typeof result !== "string" || !/^0x0{63}[01]$/.test(result)) throw new TypeError("no answer")
  return result.endsWith("1")
}

function patiently(): RequestInit {
  return { signal: AbortSignal.timeout(PATIENCE_MS), redirect: "error" }
}

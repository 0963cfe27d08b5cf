// One's own look at a token that is to be carried: what it is on its home chain, and what its process on AO runs.

import type { SlotItem } from "../../chains/ao/codec.ts"
import { decode, type ItemTag, idOf } from "../../chains/ao/item.ts"
import { isGenuine } from "../../chains/ao/slots.ts"
import { fromBase64url, textOf } from "../../chains/bytes.ts"
import type { Connection, Deployment, Endpoints } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { assetsOf, chainNamed } from "../../chains/served.ts"
import { tagOf } from "../../chains/tags.ts"
import type { NewcomersDesk, TokenFacts } from "../../chains/vault.ts"
import {
  ASSETS,
  type AssetName,
  type ChainName,
  type NetworkName,
  networkOf,
} from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { bundle, hyperBundle } from "../../lua/bundle.ts"
import { homeOfListed, type Listing, tokenOf } from "./listing.ts"

export interface Eyes {
  readonly deployment: Deployment
  readonly endpoints: Readonly<Partial<Record<NetworkName, Endpoints>>>
}

/** A connection by these endpoints, for as long as `use` takes. */
export async function looking<Value>(
  { deployment, endpoints }: Eyes,
  chain: ChainName,
  use: (connection: Connection) => Promise<Value>,
): Promise<Value> {
  const at = endpoints[networkOf(chain)]
  if (!at) throw new BridgeError("bad-config", { missing: `endpoints of ${networkOf(chain)}` })
  const connection = chainNamed(CHAIN_OF, chain).connect(at, deployment)
  try {
    return await use(connection)
  } finally {
    await connection.close()
  }
}

export function deskOf({ newcomers, chain }: Connection): NewcomersDesk {
  if (newcomers) return newcomers
  throw new BridgeError("not-supported", { chain, list: "its vault takes no further tokens" })
}

/** Throws `unfit-token`; also when nobody's move of it could be played, unless `untried`. */
export function vetted(
  eyes: Eyes,
  { asset, contract }: Pick<Listing, "asset" | "contract">,
  { holder, untried }: { readonly holder?: string | undefined; readonly untried: boolean },
): Promise<TokenFacts> {
  return looking(eyes, homeOfListed(asset), async (connection) => {
    const { decimals } = ASSETS[asset]
    const facts = await deskOf(connection).vet({ contract, decimals, holder })
    if (facts.moves === null && !untried)
      throw new BridgeError("unfit-token", {
        ...{ token: contract, reason: "no move of it could be played" },
        hint: "name somebody who has some with --holder, or leave it untried with --untried",
      })
    return facts
  })
}

/**
 * The process obeys the bridge, runs the very script that these sources make of the listing, and was spawned like the
 * bridge's other tokens. Throws `bad-config` with what is another.
 */
export async function demandProcess(eyes: Eyes, listing: Listing): Promise<void> {
  const { asset, process } = listing
  const wrong = (what: string) => new BridgeError("bad-config", { process, asset, wrong: what })
  const tokens = { ...eyes.deployment.tokens, [asset]: process }
  const there = { ...eyes, deployment: { ...eyes.deployment, tokens } }
  const others = assetsOf(eyes.deployment).filter((one) => one !== asset)
  const config = tokenOf(listing, eyes.deployment)
  await looking(there, ASSETS[asset].wrapped.ledger, async (connection) => {
    const { present } = await handedBy(connection)
    if (present !== eyes.deployment.vault) throw wrong(`it obeys ${present}`)
    const born = await slotOf(connection, 0)
    const { tags } = born.message
    if (tagOf(tags, "execution-device") === null) {
      const given = await slotOf(connection, 1)
      const isEval = tagOf(given.message.tags, "Action") === "Eval"
      if (!isEval || given.result.error !== null || given.message.data !== bundle(config))
        throw wrong("its code is not what these sources make of the listing")
    } else {
      const item = decode(fromBase64url(listing.module ?? "") ?? new Uint8Array())
      if (!item || !isGenuine(item) || idOf(item.signature) !== tagOf(tags, "Module"))
        throw wrong("the listing's module is not the one that it names")
      if (textOf(item.data) !== hyperBundle(config))
        throw wrong("its code is not what these sources make of the listing")
    }
    await Promise.all(others.slice(0, 1).map((other) => demandAlike(there, other, tags, wrong)))
  })
}

async function demandAlike(
  eyes: Eyes,
  other: AssetName,
  tags: readonly ItemTag[],
  wrong: (what: string) => BridgeError,
): Promise<void> {
  const known = await tagsOf(eyes, other)
  const isNode = tagOf(tags, "execution-device") !== null
  const of = (list: readonly ItemTag[]) =>
    list
      .filter(({ name }) => SAME.has(name.toLowerCase()) || (!isNode && name === "Module"))
      .map(({ name, value }) => `${name.toLowerCase()}=${value}`)
      .sort()
      .join(", ")
  if (of(tags) !== of(known))
    throw wrong(`it was spawned with ${of(tags)}, and that of ${other} with ${of(known)}`)
}

/** What the process of an asset was spawned with. */
export async function tagsOf(eyes: Eyes, asset: AssetName): Promise<readonly ItemTag[]> {
  const born = await looking(eyes, ASSETS[asset].wrapped.ledger, (one) => slotOf(one, 0))
  return born.message.tags
}

/** Who runs it, and who is believed when they say which process a message is from. */
const SAME = new Set(["scheduler", "authority", "execution-device", "scheduler-device"])

async function handedBy(connection: Connection) {
  if (!connection.handover) throw new BridgeError("not-supported", { chain: connection.chain })
  return connection.handover()
}

async function slotOf(connection: Connection, slot: number): Promise<SlotItem> {
  const block = await connection.block(slot)
  const [item] = (block?.items ?? []) as readonly SlotItem[]
  if (!item) throw new BridgeError("not-yet", { chain: connection.chain, slot })
  return item
}

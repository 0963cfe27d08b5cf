// What the other members would say, asked by this one itself: who objects is heard here, whatever a coordinator leaves out.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { markOf } from "../chains/file-mark.ts"
import type { Vote } from "../core/compliance/votes.ts"
import { BridgeError } from "../core/errors.ts"
import type { TransferId } from "../core/ids.ts"
import { type BallotRow, votesOf } from "./ballot.ts"
import { ROSTER_FILE } from "./ceremony/start.ts"
import { FILES, parseSettings, type SignerConfig } from "./config.ts"
import { addressesOf } from "./peers.ts"
import { PROTOCOL_VERSION, type Refusal, refusalOf } from "./protocol.ts"
import type { Index } from "./schemes/scheme.ts"
import { type Link, openLink } from "./transport.ts"

/** The other members of the group, as one of them reaches them. */
export interface Others {
  /** For each row what those say that answer in time; one that failed lately is not asked. */
  votes(rows: readonly BallotRow[]): Promise<readonly (readonly Vote[])[]>
  close(): void
}

/**
 * Refusals of those transfers to which another member objects: by its own lists, and whatever all others say. Nobody's
 * silence is an objection, or a member that is away would stop the bridge.
 */
export async function objectionsTo(
  others: Others | undefined,
  ballots: ReadonlyMap<TransferId, BallotRow>,
): Promise<readonly Refusal[]> {
  if (!others || ballots.size === 0) return []
  const votes = await others.votes([...ballots.values()])
  return [...ballots.keys()].flatMap((transfer, at) => {
    const against = (votes[at] ?? []).filter(({ action }) => action !== "allow")
    if (against.length === 0) return []
    const objections = against.map(({ signer, action }) => `${signer} ${action}`).join(", ")
    return [refusalOf(transfer, new BridgeError("screening-hold", { objections }))]
  })
}

/** Connects when first asked, to where the settings or the last ceremony's roster say, as these are then. */
export function othersOf(config: SignerConfig): Others {
  const { folder, manifest, member, identity } = config
  const distrusted = new Map<Index, number>()
  const links = new Map<Index, Link>()
  let seen = ""
  const look = async () => {
    const marks = [FILES.settings, ROSTER_FILE].map((name) => markOf(join(folder, name))).join()
    if (marks === seen) return
    const settings = parseSettings(JSON.parse(await readFile(join(folder, FILES.settings), "utf8")))
    const addresses = await addressesOf({ ...config, settings })
    const deaf = settings.disregarded ?? []
    for (const link of links.values()) link.close()
    links.clear()
    distrusted.clear()
    for (const peer of manifest.members) {
      const address = addresses.get(peer.index)
      if (!address || peer.index === member.index || deaf.includes(peer.index)) continue
      links.set(peer.index, openLink(identity, { ...peer, role: "signer" }, address))
    }
    seen = marks
  }
  return {
    votes: async (rows) => {
      // Settings that are half written, or wrong: as before, and again the next time.
      await look().catch(() => {})
      const voters = [...links].map(([index, link]) => ({ index, link }))
      return votesOf(voters, rows, PROTOCOL_VERSION, distrusted)
    },
    close: () => {
      for (const link of links.values()) link.close()
    },
  }
}

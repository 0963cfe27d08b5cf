// A token passes from one key of the group to the next: what both sign, the messages that say it, and whose a key is. Pure.

import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"
import { BridgeError } from "../../core/errors.ts"
import { fromBase64url, toBase64url, utf8 } from "../bytes.ts"
import type { Deployment, PublicKeyHex, Terms } from "../chain.ts"
import { firstKey, keysEver, vaultsEver } from "../owners.ts"
import type { HandoverCodec, Standing } from "../vault.ts"
import { addressOf, encode, type ItemTag, messageOf, targetOf, type UnsignedItem } from "./item.ts"
import type { Obeyed } from "./units.ts"

/** As `lua/succession.lua` has them. */
const DELAY_S = 86_400
const LIFE_S = 14 * DELAY_S

/** That of a token; `tokenOf` names its process. Terms: `number` (decimal), of the token's next proposal. */
export function handoverOf(tokenOf: (deployment: Deployment) => string): HandoverCodec {
  return {
    told: addressOfKey,

    build({ present, successor }, terms, deployment) {
      const token = tokenOf(deployment)
      return {
        order: messageOf(proposal(token, present, successor, terms)),
        possession: messageOf(acceptance(token, successor, terms)),
      }
    },

    calls({ present, successor }, terms, deployment, { order, possession }) {
      const token = tokenOf(deployment)
      const raw = (item: UnsignedItem, signature: Uint8Array) =>
        `0x${bytesToHex(encode({ ...item, signature }))}`
      return {
        to: token,
        propose: raw(proposal(token, present, successor, terms), order),
        execute: raw(acceptance(token, successor, terms), possession),
        ...{ delayS: DELAY_S, lifeS: LIFE_S },
      }
    },
  }
}

/** Throws `not-supported` for a token too old to pass on, which says nothing. */
export function standingOf(token: string, obeyed: Obeyed | null): Standing {
  if (obeyed === null) throw new BridgeError("not-supported", { token, why: "it is too old" })
  return { present: obeyed.bridge, terms: { number: obeyed.number } }
}

/** What the guardian sends so that a proposal never opens: of the last one, which a token counts when it is made. */
export function cancellationTags({ terms }: Standing): readonly ItemTag[] {
  const last = Number(numberIn(terms)) - 1
  if (last < 0) throw new BridgeError("not-found", { proposal: "none was ever made" })
  return tagList({ Action: "Cancel-Bridge", Number: `${last}` })
}

/** Moduli, base64url, of all keys of the group that a token may obey, or did; the bridge's own first. */
export function ownersOf(deployment: Deployment): readonly string[] {
  const { otherOwners = [] } = deployment
  return [...keysEver(deployment).map(({ owner }) => owner), ...otherOwners]
}

/** The modulus that terms name by leaving it out. */
export function firstOwner(deployment: Deployment): string {
  return firstKey(deployment).owner
}

/** Their addresses: `From` on AO. */
export function bridgesOf(deployment: Deployment): readonly string[] {
  const { otherOwners = [] } = deployment
  return [
    ...vaultsEver(deployment),
    ...otherOwners.map((owner) => addressOf(fromBase64url(owner)!)),
  ]
}

/** Whether a token that obeys a key obeyed the other one before; it never goes back. */
export function isBefore(one: string, obeyed: string, deployment: Deployment): boolean {
  const { former = [], owner, otherOwners = [] } = deployment
  const inTime = [...former.map((key) => key.owner).reverse(), owner]
  if (otherOwners.includes(obeyed)) return inTime.includes(one)
  return inTime.indexOf(one) >= 0 && inTime.indexOf(one) < inTime.indexOf(obeyed)
}

function addressOfKey(key: PublicKeyHex): string {
  return toBase64url(sha256(hexToBytes(key)))
}

/** By the key that the token obeys. */
function proposal(token: string, present: PublicKeyHex, successor: PublicKeyHex, terms: Terms) {
  const Successor = addressOfKey(successor)
  return itemOf(token, present, { Action: "Propose-Bridge", Successor, Number: numberIn(terms) })
}

/** By the next one, which so shows that somebody can sign with it. */
function acceptance(token: string, successor: PublicKeyHex, terms: Terms) {
  return itemOf(token, successor, { Action: "Accept-Bridge", Number: numberIn(terms) })
}

/** One message for one content, whoever builds it. */
export function itemOf(
  token: string,
  signer: PublicKeyHex,
  said: Readonly<Record<string, string>>,
): UnsignedItem {
  const tags = tagList(said)
  const content = JSON.stringify([token, tags.map(({ name, value }) => [name, value])])
  return {
    ...{ type: 1, owner: hexToBytes(signer), target: targetOf(token), tags, data: utf8("") },
    anchor: utf8(bytesToHex(sha256(utf8(content))).slice(0, 32)),
  }
}

/** As a message to a process says it. */
export function tagList(said: Readonly<Record<string, string>>): readonly ItemTag[] {
  return Object.entries({ ...COMMON, ...said }).map(([name, value]) => ({ name, value }))
}

const COMMON = {
  ...{ "Data-Protocol": "ao", Variant: "ao.TN.1", Type: "Message", SDK: "causeway" },
}

function numberIn({ number = "", ...rest }: Terms): string {
  if (!/^(0|[1-9][0-9]{0,8})$/.test(number) || Object.keys(rest).length > 0)
    throw new BridgeError("bad-request", { terms: JSON.stringify({ number, ...rest }) })
  return number
}

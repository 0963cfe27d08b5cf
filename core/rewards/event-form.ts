// An event as one line of an events file, and back: what was not written by `lineOf` is refused.

import { ASSET_NAMES, CHAINS } from "../assets.ts"
import { canonical, type Json } from "../compliance/canonical.ts"
import { ACTIONS } from "../compliance/decision.ts"
import {
  bad,
  DIGEST,
  type Form,
  fields,
  form,
  oneOf,
  orNull,
  text,
  whole,
} from "../compliance/form.ts"
import { BridgeError } from "../errors.ts"
import { OFFICE, type Place, type RewardEvent, type RewardFact } from "./event.ts"

const ACCOUNT = /^([A-Za-z0-9_-]{43}|0x[0-9a-fA-F]{40})$/
const AMOUNT = /^[1-9][0-9]{0,37}$/
const TRANSFER = /^[a-z]+(?:-[a-z]+)*:[A-Za-z0-9_-]{1,128}:(?:0|[1-9][0-9]{0,15})$/
const ID = /^[a-z0-9][a-z0-9-]{0,31}$/

const PLACE = ["kind", "atS", "chain", "block", "index"] as const
const FIELDS = {
  mint: ["account", "asset", "amount", "transfer", "source", "sender", "referrer"],
  burn: ["account", "asset", "amount", "transfer"],
  refund: ["account", "asset", "amount", "transfer"],
  move: ["account", "asset", "amount", "to", "message"],
  terms: ["account", "version"],
  standing: ["account", "action", "epoch", "evidence"],
  verdict: ["account", "person", "weight", "evidence"],
  external: ["account", "task", "issuer", "note", "signature"],
} as const satisfies Record<RewardFact["kind"], readonly string[]>

const KINDS = Object.keys(FIELDS) as readonly RewardFact["kind"][]

/**
 * Canonical JSON, without a line end: as `canonical` writes it, which a million events cannot wait for. What no reader
 * takes with a quotation mark in it is written as it is.
 */
export function lineOf(event: RewardEvent): string {
  const { account, atS, block, chain, index, kind } = event
  const place = `"atS":${atS},"block":${block},"chain":"${chain}"`
  const end = `"index":${index},"kind":"${kind}"`
  switch (event.kind) {
    case "mint": {
      const { asset, amount, referrer, sender, source, transfer } = event
      const named = referrer === null ? "null" : `"${referrer}"`
      return `{"account":"${account}","amount":"${amount}","asset":"${asset}",${place},${end},"referrer":${named},"sender":${quoted(sender)},"source":"${source}","transfer":"${transfer}"}`
    }
    case "burn":
    case "refund":
      return `{"account":"${account}","amount":"${event.amount}","asset":"${event.asset}",${place},${end},"transfer":"${event.transfer}"}`
    case "move":
      return `{"account":"${account}","amount":"${event.amount}","asset":"${event.asset}",${place},${end},"message":${quoted(event.message)},"to":"${event.to}"}`
    case "standing":
      return `{"account":"${account}","action":"${event.action}",${place},"epoch":${event.epoch},"evidence":"${event.evidence}",${end}}`
    default:
      // Interfaces have no index signature, so the compiler cannot see that this is plain data.
      return canonical(event as unknown as Json)
  }
}

const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/** Most texts need no second look. */
function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : canonical(text)
}

/** Throws `bad-config` that names the place, for anything that `lineOf` does not write. */
export function eventIn(line: string, path: string): RewardEvent {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    throw new BridgeError("bad-config", { problems: `${path}: not JSON` })
  }
  const from = form(json, path)
  const kind = oneOf(form((json as { kind?: unknown } | null)?.kind, `${path}.kind`), KINDS)
  const file = fields(from, [...PLACE, ...FIELDS[kind]]) as Readonly<Record<string, Form>>
  const isChain = kind === "mint" || kind === "burn" || kind === "refund" || kind === "move"
  const place: Place = {
    atS: whole(file.atS!, 1),
    chain: oneOf(file.chain!, isChain ? CHAINS : [OFFICE]),
    block: whole(file.block!),
    index: whole(file.index!),
  }
  const event = { ...place, kind, account: text(file.account!, ACCOUNT), ...factIn(kind, file) }
  if (lineOf(event as RewardEvent) !== line) bad(from, "in canonical form")
  return event as RewardEvent
}

function factIn(kind: RewardFact["kind"], file: Readonly<Record<string, Form>>) {
  switch (kind) {
    case "mint":
      return {
        ...movedIn(file),
        transfer: text(file.transfer!, TRANSFER),
        source: oneOf(file.source!, CHAINS),
        sender: text(file.sender!, /^[^\0]{0,200}$/),
        referrer: orNull(file.referrer!, (one) => text(one, ACCOUNT)),
      }
    case "burn":
    case "refund":
      return { ...movedIn(file), transfer: text(file.transfer!, TRANSFER) }
    case "move":
      return { ...movedIn(file), to: text(file.to!, ACCOUNT), message: text(file.message!) }
    case "terms":
      return { version: text(file.version!) }
    case "standing":
      return {
        action: oneOf(file.action!, ACTIONS),
        epoch: orNull(file.epoch!, (one) => whole(one, 1)),
        evidence: text(file.evidence!, DIGEST),
      }
    case "verdict":
      return {
        person: text(file.person!),
        weight: whole(file.weight!, 0, 10_000),
        evidence: text(file.evidence!, DIGEST),
      }
    case "external":
      return {
        task: text(file.task!, ID),
        issuer: text(file.issuer!),
        note: text(file.note!),
        signature: text(file.signature!, /^[A-Za-z0-9_-]{86}$/),
      }
  }
}

function movedIn(file: Readonly<Record<string, Form>>) {
  return { asset: oneOf(file.asset!, ASSET_NAMES), amount: BigInt(text(file.amount!, AMOUNT)) }
}

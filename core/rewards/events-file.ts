// The file from which anybody can make an epoch's artifact again: the campaign, the epoch before, and every event.

import { CHAINS } from "../assets.ts"
import { canonical, type Json } from "../compliance/canonical.ts"
import {
  bad,
  DIGEST,
  type Form,
  fields,
  form,
  items,
  oneOf,
  orNull,
  text,
  whole,
} from "../compliance/form.ts"
import type { Verify } from "../compliance/seals.ts"
import { BridgeError } from "../errors.ts"
import { type Artifact, artifactText, type Input, type Range, type Row } from "./artifact.ts"
import { boundsOf, campaignJson } from "./campaign.ts"
import { campaignIn } from "./campaign-form.ts"
import { inOrder, type RewardEvent } from "./event.ts"
import { eventIn, lineOf } from "./event-form.ts"
import { isEvidence } from "./evidence.ts"

const SCHEMA = "causeway-reward-events/v1"

/** Its lines: a head, the artifact of the epoch before (or `null`), and one event each, in their order. */
export function* linesOf({ campaign, epoch, events, ranges, previous }: Input): Generator<string> {
  const head = { schema: SCHEMA, epoch, events: events.length, campaign: campaignJson(campaign) }
  yield canonical({ ...head, ranges: ranges as unknown as Json })
  yield previous ? artifactText(previous) : "null"
  for (const event of events) yield lineOf(event)
}

/** Reads lines one by one; `end` gives all of it. Throws `bad-config` that names the line. */
export function eventsReader(verify: Verify) {
  let input: Omit<Input, "events" | "previous"> | null = null
  let previous: Artifact | null = null
  let expected = 0
  let number = 0
  const events: RewardEvent[] = []
  return {
    take(line: string): void {
      number += 1
      const path = `line ${number}`
      if (input === null) {
        const head = headIn(line, path)
        input = head.input
        expected = head.events
      } else if (number === 2) previous = artifactIn(line, path)
      else events.push(checked(eventIn(line, path), events.at(-1), input, path, verify))
    },

    end(): Input {
      if (!input || number < 2 || events.length !== expected)
        throw new BridgeError("bad-config", {
          problems: `the file has ${events.length} events of ${expected}: cut short, or too long`,
        })
      return { ...input, events, previous }
    },
  }
}

function headIn(line: string, path: string) {
  const file = fields(form(parsed(line, path), path), [
    ...(["schema", "epoch", "events", "campaign", "ranges"] as const),
  ])
  text(file.schema, /^causeway-reward-events\/v1$/)
  const campaign = campaignIn(file.campaign.value)
  const epoch = whole(file.epoch, 1, campaign.epochs)
  return {
    input: { campaign, epoch, ranges: items(file.ranges).map(rangeIn) },
    events: whole(file.events),
  }
}

function checked(
  event: RewardEvent,
  before: RewardEvent | undefined,
  { campaign, epoch }: Pick<Input, "campaign" | "epoch">,
  path: string,
  verify: Verify,
): RewardEvent {
  const at = form(event, path)
  if (before && inOrder(before, event) >= 0) bad(at, "after the event before it")
  if (event.atS >= boundsOf(campaign, epoch)[1]) bad(at, "before the end of the epoch")
  if (event.kind === "external" && !isEvidence(campaign, event, verify))
    bad(at, "signed by an issuer of the campaign")
  return event
}

function rangeIn(from: Form): Range {
  const file = fields(from, ["chain", "from", "to"])
  return { chain: oneOf(file.chain, CHAINS), from: blockIn(file.from), to: blockIn(file.to) }
}

function blockIn(from: Form) {
  const file = fields(from, ["height", "id"])
  return { height: whole(file.height), id: text(file.id, /^[A-Za-z0-9_-]{1,128}$/) }
}

/** Reads an artifact's text; throws `bad-config` for what is none. `null` for the text `null`. */
export function artifactIn(line: string, path = "artifact"): Artifact | null {
  if (line === "null") return null
  const from = form(parsed(line, path), path)
  const file = fields(from, [
    ...(["schema", "campaign", "epoch", "code", "rules", "fromS", "untilS", "table"] as const),
    ...(["events", "eligibility", "previous", "totals", "rows", "root"] as const),
  ])
  text(file.schema, /^causeway-epoch\/v1$/)
  whole(file.epoch, 1)
  orNull(file.previous, (one) => text(one, DIGEST))
  orNull(file.root, (one) => text(one, DIGEST))
  for (const row of items(file.rows)) rowIn(row)
  // All that is read of it has been looked at, and a hash holds the rest.
  const artifact = from.value as Artifact
  if (artifactText(artifact) !== line) bad(from, "in canonical form")
  return artifact
}

function rowIn(from: Form): void {
  const row = from.value as Row
  const isText = (value: unknown) =>
    typeof value === "string" && /^(0|[1-9][0-9]{0,37})$/.test(value)
  if (typeof row?.account !== "string" || !isText(row.given)) bad(from, "a row")
}

function parsed(line: string, path: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new BridgeError("bad-config", { problems: `${path}: not JSON` })
  }
}

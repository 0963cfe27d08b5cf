// `causeway signer rewards`: what an operator lets their signer tell a campaign's token.

import { parseArgs } from "node:util"
import { CHAIN_OF } from "../../chains/index.ts"
import { BridgeError } from "../../core/errors.ts"
import { approveEpoch, readEvents, withdrawEpoch } from "../../mpc/approving.ts"
import { readSignerConfig } from "../../mpc/config.ts"
import { witness } from "../../mpc/epoch-events.ts"
import { type ApprovedEpoch, readApproved } from "../../mpc/rewards.ts"
import type { Terminal } from "./commands.ts"

export async function rewards(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: {
      folder: { type: "string" },
      artifact: { type: "string" },
      json: { type: "boolean", default: false },
    },
    allowPositionals: true,
  })
  const [act, what] = positionals
  const { folder } = values
  if (!folder || !what || positionals.length !== 2 || !ACTS.includes(act ?? ""))
    throw new BridgeError("bad-request", { usage: `signer rewards ${ACTS.join("|")} … --folder` })
  const say = (text: string, facts: object) =>
    terminal.out(values.json ? JSON.stringify({ ok: true, ...facts }) : text)
  if (act === "approve") {
    const config = await readSignerConfig(folder)
    const approved = await approveEpoch(folder, config.bridge.campaign, await readEvents(what), {
      expected: values.artifact,
      witness: (input) => witness(config, CHAIN_OF, input),
    })
    say(told("Approved", approved), factsOf(approved))
    return 0
  }
  const epoch = epochIn(what)
  if (act === "withdraw") {
    if (!(await withdrawEpoch(folder, epoch))) throw new BridgeError("not-found", { epoch })
    say(`Epoch ${epoch} is not approved any more; what was signed of it stays signed.`, { epoch })
    return 0
  }
  const approved = await readApproved(folder, epoch)
  if (!approved) throw new BridgeError("not-found", { epoch })
  say(told("Approved is", approved), factsOf(approved))
  return 0
}

const ACTS = ["approve", "show", "withdraw"]

function factsOf({ campaign, epoch, artifact, root, credits, witnessed }: ApprovedEpoch) {
  const { slots = 0, events = 0 } = witnessed ?? {}
  const { root: hash = null, total = 0n, opensAtMs = null, closesAtMs = null } = root ?? {}
  const rows = credits.reduce((sum, { length }) => sum + length, 0)
  return {
    ...{ campaign, epoch, artifact, root: hash, total: `${total}` },
    ...{ slots, events },
    ...{ opensAtMs, closesAtMs, credits: credits.length, credited: rows },
  }
}

function told(word: string, approved: ApprovedEpoch): string {
  const { campaign, epoch, artifact, root, total, credited, opensAtMs, slots, events } =
    factsOf(approved)
  if (root === null) return `${word}: ${campaign} ${epoch}, in which nothing is given.`
  return [
    `${word}: ${campaign} ${epoch}, artifact ${artifact}`,
    `  ${events} events, as your own endpoints show them in ${slots} slots`,
    `  root ${root}`,
    `  ${total} given in all; ${credited} accounts are credited without a claim`,
    `  signed from ${new Date(opensAtMs!).toISOString()} on, when its challenge is over`,
  ].join("\n")
}

function epochIn(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text)
  throw new BridgeError("bad-request", { epoch: text })
}

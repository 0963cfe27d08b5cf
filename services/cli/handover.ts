// `causeway handover`: the group's vault on a chain, or its token on AO, passes to the group's next key.

import { readFile, writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { hexToBytes } from "@noble/hashes/utils.js"
import { decode, idOf } from "../../chains/ao/item.ts"
import type { Connection } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { chainNamed } from "../../chains/served.ts"
import { CHAINS, isLedger, networkOf } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { parseManifest } from "../../mpc/client.ts"
import { groupKeyBytes } from "../../mpc/manifest.ts"
import { schemeOf } from "../../mpc/schemes/index.ts"
import { hexOf } from "../../mpc/schemes/scheme.ts"
import { clusterIn } from "../cluster.ts"
import { readServicesConfig } from "../config.ts"
import { handOver } from "../payout/handover.ts"
import type { Terminal } from "./commands.ts"

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      folder: { type: "string" },
      next: { type: "string" },
      out: { type: "string", default: "handover.json" },
      send: { type: "string" },
      json: { type: "boolean" },
    },
  })
  const name = CHAINS.find((one) => one === positionals[0])
  const { folder, next: file, out, send } = values
  const isNeeded = { "a chain": name, "--folder DIR": folder, "--next MANIFEST": file ?? send }
  const [missing] = Object.entries(isNeeded).find(([, value]) => !value) ?? []
  if (!name || !folder || missing) throw new BridgeError("bad-request", { missing })
  const config = await readServicesConfig(folder)
  const { settings, bridge } = config
  if (!file) {
    const connection = chainNamed(CHAIN_OF, name).connect(
      settings.endpoints[networkOf(name)]!,
      bridge.deployment,
    )
    try {
      return await sent(connection, { which: send, file: out, json: values.json }, terminal)
    } finally {
      await connection.close()
    }
  }
  const next = parseManifest(JSON.parse(await readFile(file, "utf8")))
  const cluster = await clusterIn(config, {
    nextFile: file,
    onBlame: (blame) => terminal.note(`signer ${blame.signer}: ${blame.kind}, ${blame.detail}`),
  })
  const chain = chainNamed(CHAIN_OF, name)
  const connection = chain.connect(settings.endpoints[networkOf(name)]!, bridge.deployment)
  try {
    const key = schemeOf(chain.scheme).decode(groupKeyBytes(next, chain.scheme))
    const successor = hexOf(key)
    const { deployment } = bridge
    const calls = await handOver({ chain, connection, deployment, cluster, successor })
    await writeFile(out, `${JSON.stringify({ chain: name, successor, ...calls }, null, 2)}\n`)
    if (values.json) terminal.out(JSON.stringify({ ok: true, file: out, successor, ...calls }))
    else
      terminal.out(
        [
          `${out}: ${isLedger(name) ? "the token" : "the vault"} ${calls.to} on ${name} passes to ${successor}.`,
          `Anybody sends "propose" to it now, and "execute" ${calls.delayS / 3_600} hours later or more, within ${calls.lifeS / 86_400} days${isLedger(name) ? " (--send propose, --send execute)" : ""}.`,
          "Until then the present key pays, and the guardian can cancel it.",
        ].join("\n"),
      )
    return 0
  } finally {
    cluster.close()
    await connection.close()
  }
}

/** Hands in one of the messages of the file, where that costs nothing: on AO. */
async function sent(
  connection: Connection,
  { which, file, json }: { which?: string | undefined; file: string; json?: boolean | undefined },
  terminal: Terminal,
): Promise<number> {
  const said = JSON.parse(await readFile(file, "utf8")) as Record<string, string>
  const call = which === "propose" || which === "execute" ? said[which] : undefined
  if (call === undefined || said.chain !== connection.chain || !isLedger(connection.chain))
    throw new BridgeError("bad-request", { send: which, why: "propose or execute, of AO alone" })
  const raw = hexToBytes(call.slice(2))
  const item = decode(raw)
  if (item === null) throw new BridgeError("bad-request", { file, why: "not a signed message" })
  const id = idOf(item.signature)
  await connection.submit({ id, raw })
  if (json) terminal.out(JSON.stringify({ ok: true, chain: connection.chain, sent: which, id }))
  else terminal.out(`The token on ${connection.chain} has "${which}" as message ${id}.`)
  return 0
}

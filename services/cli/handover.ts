// `causeway handover`: the group's vault on a chain passes to the group's next key.

import { readFile, writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { CHAIN_OF } from "../../chains/index.ts"
import { chainNamed } from "../../chains/served.ts"
import { CHAINS, networkOf } from "../../core/assets.ts"
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
      json: { type: "boolean" },
    },
  })
  const name = CHAINS.find((one) => one === positionals[0])
  const { folder, next: file, out } = values
  if (!name || !folder || !file)
    throw new BridgeError("bad-request", {
      missing: name ? (folder ? "--next MANIFEST" : "--folder DIR") : "a chain",
    })
  const config = await readServicesConfig(folder)
  const { settings, bridge } = config
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
          `${out}: the vault ${calls.to} on ${name} passes to ${successor}.`,
          `Anybody sends "propose" to it now, and "execute" ${calls.delayS / 3_600} hours later or more, within ${calls.lifeS / 86_400} days.`,
          "Until then the present key pays, and the guardian can cancel it.",
        ].join("\n"),
      )
    return 0
  } finally {
    cluster.close()
    await connection.close()
  }
}

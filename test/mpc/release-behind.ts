// A signer of the release before: it knows the fields of a request that there were then, and refuses any other.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { ClusterConfig } from "../../mpc/client.ts"
import { FILES } from "../../mpc/config.ts"
import { openDoor, openLink } from "../../mpc/transport.ts"

/** All that a request to sign had before a key could be named in it. */
const KNOWN = ["version", "session", "scheme", "commitments", "chain", "transfers", "terms"]
const ROUNDS = ["/commit", "/sign"]

/** Its door, with its own certificate, before the signer of this release that runs at its address. */
export async function releaseBehind(
  folder: string,
  index: number,
  { addresses, identity, manifest }: ClusterConfig,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const own = (file: string) => readFile(join(folder, file), "utf8")
  const member = manifest.members.find((one) => one.index === index)!
  const link = openLink(identity, { ...member, role: "signer" }, addresses[index]!)
  const door = await openDoor({
    identity: { certificate: await own(FILES.certificate), key: await own(FILES.identity) },
    peers: manifest.coordinators.map((one) => ({ ...one, role: "coordinator" })),
    listen: "127.0.0.1:0",
    answer: async ({ method, path, body }) => {
      const fields = ROUNDS.includes(path) ? Object.keys(body as object) : []
      const unknown = fields.filter((field) => !KNOWN.includes(field))
      if (unknown.length > 0)
        return { status: 400, body: { error: `bad-request: unrecognized ${unknown}` } }
      return link.ask(method as "GET" | "POST", path, body, { timeoutMs: 20_000 })
    },
  })
  const close = async () => {
    link.close()
    await door.close(0)
  }
  return { address: door.address, close }
}

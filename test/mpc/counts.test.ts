// What a signer has counted outlives it, and is worth nothing for another bridge or another chain.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, onTestFinished, test } from "vitest"
import { arweaveCodec } from "../../chains/arweave/codec.ts"
import { connectArweave } from "../../chains/arweave/rpc.ts"
import type { Block, Codec, Connection } from "../../chains/chain.ts"
import { lockCounter } from "../../chains/locked.ts"
import { Counts } from "../../mpc/counts.ts"
import { deployment } from "../chains/builders.ts"
import { AR, alice, aWorld } from "../devnet/arweave-builders.ts"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-counts-"))
  return () => rm(folder, { recursive: true })
})

/** A signer's life on a chain: counts, and which blocks it read for that. */
async function aLife(url: string, bridge = deployment, heightMin = {}) {
  const connection = connectArweave({ urls: { node: [url] } }, bridge, { freshMs: 0 })
  onTestFinished(() => connection.close())
  const reads: number[] = []
  const source = {
    codec: arweaveCodec as Codec,
    connection: {
      ...{ chain: "arweave", tip: () => connection.tip() },
      block: (height: number): Promise<Block | null> => {
        reads.push(height)
        return connection.block(height)
      },
    } as Connection,
  }
  const counts = await Counts.open(folder, bridge, heightMin)
  const count = lockCounter({ arweave: source }, bridge, heightMin, counts)
  return { count, reads, flush: () => counts.flush() }
}

async function aCountedChain() {
  const world = await aWorld()
  await world.send(alice, { target: deployment.vault, quantity: AR })
  world.node.mine(60)
  const first = await aLife(world.node.url)
  expect(await first.count()).toEqual({ AR: AR })
  await first.flush()
  return world
}

test("a signer that starts again goes on where it was", async () => {
  const { node, send } = await aCountedChain()
  await send(alice, { target: deployment.vault, quantity: 2n * AR })
  node.mine()

  const second = await aLife(node.url)

  expect(await second.count()).toEqual({ AR: 3n * AR })
  expect(Math.min(...second.reads)).toBeGreaterThan(60 - 25)
})

// Case 27.
test("a count whose block is the chain's no more is made anew", async () => {
  const { node } = await aCountedChain()
  const path = join(folder, "counts.json")
  const text = await readFile(path, "utf8")
  const { id } = JSON.parse(text).counts.arweave
  await writeFile(
    path,
    text
      .replace(id, `${id.startsWith("x") ? "y" : "x"}${id.slice(1)}`)
      .replace(`${AR}`, `${9n * AR}`),
  )

  const second = await aLife(node.url)

  expect(await second.count()).toEqual({ AR: AR })
  expect(Math.min(...second.reads)).toBe(0)
})

test.each<[string, Partial<typeof deployment>, object]>([
  ["another vault", { vault: "v".repeat(43) } as never, {}],
  ["another first block", {}, { arweave: 1 }],
])("a count is worth nothing for %s", async (_, parts, heightMin) => {
  const { node } = await aCountedChain()

  const second = await aLife(node.url, { ...deployment, ...parts }, heightMin)
  await second.count()

  expect(Math.min(...second.reads)).toBeLessThanOrEqual(1)
})

test.each(["", "{", "[]", '{"about":"x","counts":{}}'])(
  "a file that is no count is none: %s",
  async (text) => {
    const { node } = await aCountedChain()
    await writeFile(join(folder, "counts.json"), text)

    const second = await aLife(node.url)

    expect(await second.count()).toEqual({ AR: AR })
    expect(Math.min(...second.reads)).toBe(0)
  },
)

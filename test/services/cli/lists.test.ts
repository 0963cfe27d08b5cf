// `causeway lists`: a publisher's file becomes an operator's list, and a list that would lose most of itself does not.

import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import { ListShelf } from "../../../chains/list-shelf.ts"
import { keyOf } from "../../../chains/party.ts"
import { run } from "../../../services/cli/lists.ts"
import { LAZARUS, TORNADO } from "../../vectors/ofac.ts"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-lists-"))
  return () => rm(folder, { recursive: true })
})

async function imported(addresses: readonly string[], published: string, ...more: string[]) {
  const file = join(folder, "list.txt")
  await writeFile(file, addresses.join("\n"))
  const lines: string[] = []
  const terminal = { out: (text: string) => void lines.push(text), note: () => {}, isTty: false }
  const words = ["import", file, "--list", "own-block", "--published", published]
  await run([...words, "--folder", join(folder, "signer"), ...more, "--json"], terminal)
  return JSON.parse(lines[0]!) as { added: string[]; removed: string[] }
}

test("an import says what is new and what is gone, and is there for the signer", async () => {
  const first = await imported([TORNADO, LAZARUS], "2024-09-27")
  const second = await imported(
    [LAZARUS.toUpperCase().replace("0X", "0x")],
    "2025-06-20",
    "--shrink",
  )

  expect(first.added.sort()).toEqual([TORNADO, LAZARUS].map(keyOf).sort())
  expect(second).toMatchObject({ added: [], removed: [keyOf(TORNADO)] })
  const { lists } = await ListShelf.open(join(folder, "signer", "lists"))
  expect([...lists.exact.keys()]).toEqual([keyOf(LAZARUS)])
})

test("a list that is cut short, or older than the one that is there, changes nothing", async () => {
  const many = [TORNADO, LAZARUS, "1CF46Rfbp97absrs7zb7dFfZS6qBXUm9EP"]
  await imported(many, "2025-06-20")

  await expect(imported([LAZARUS], "2025-11-27")).rejects.toThrow("removed 2")
  await expect(imported(many, "2024-09-27")).rejects.toThrow("current 2025-06-20")
})

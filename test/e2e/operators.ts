// What operators of a local network do: commands at their folders, and everybody started again.

import { join } from "node:path"
import type { Scene } from "./scene.ts"

/** Blocks until what is in the newest one is final, on either EVM chain. */
export const FINAL = 8

const SIGNERS = [1, 2, 3, 4, 5]

export function foldersOf({ folder }: Scene): readonly string[] {
  return SIGNERS.map((index) => join(folder, "signers", `signer-${index}`))
}

/** Services and signers, which read their files then. */
export async function restarted({ network }: Scene): Promise<void> {
  await network.killServices()
  await Promise.all([
    network.startServices(),
    ...SIGNERS.map(async (index) => {
      await network.killSigner(index)
      await network.startSigner(index)
    }),
  ])
}

/** What a command says to a program. */
export async function told<Answer>(
  run: (
    words: readonly string[],
    terminal: { out(text: string): void; note(text: string): void; isTty: false },
  ) => Promise<number>,
  words: readonly string[],
): Promise<Answer> {
  const lines: string[] = []
  await run([...words, "--json"], { out: (text) => lines.push(text), note() {}, isTty: false })
  return JSON.parse(lines.join("\n")) as Answer
}

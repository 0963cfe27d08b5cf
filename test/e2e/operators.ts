// What operators of a local network do: commands at their folders, and everybody started again.

import { join } from "node:path"
import type { Scene } from "./scene.ts"

/** Blocks until what is in the newest one is final, on either EVM chain. */
export const FINAL = 8

/** Of every signer. */
export function foldersOf({ folder, network }: Scene): readonly string[] {
  return signersOf(network).map((index) => join(folder, "signers", `signer-${index}`))
}

/** Of as many operators as it takes. */
export function quorumOf(scene: Scene): readonly string[] {
  const all = foldersOf(scene)
  return all.slice(0, Math.floor(all.length / 2) + 1)
}

const signersOf = ({ providers }: Scene["network"]) => Object.keys(providers).map(Number)

/** Services and signers, which read their files then. */
export async function restarted({ network }: Scene): Promise<void> {
  await network.killServices()
  await Promise.all([network.startServices(), signersRestarted(network)])
}

export async function signersRestarted(network: Scene["network"]): Promise<void> {
  await Promise.all(
    signersOf(network).map(async (index) => {
      await network.killSigner(index)
      await network.startSigner(index)
    }),
  )
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

// `causeway btc refund`: its owner takes a deposit back alone, once the time is over and not before.

import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { REFUND_DELAY } from "../../../chains/bitcoin/deposit.ts"
import { destinationIn } from "../../../chains/bitcoin/destination.ts"
import { bridgeJson } from "../../../chains/bridge.ts"
import { DEVNET_POLICY } from "../../../devnet/terms.ts"
import { depositAddress } from "../../../sdk/bitcoin.ts"
import { run } from "../../../services/cli/btc.ts"
import {
  aDestination,
  hex,
  keyOf,
  REFUND_TO,
  secretNumber,
  vault,
} from "../../chains/bitcoin/builders.ts"
import { aWorld, connect, factsAt } from "../../chains/bitcoin/world.ts"
import { deployment, idNumber } from "../../chains/builders.ts"

const { recipient } = aDestination()
const VALUE = 250_000n

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-refund-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const network = { apiUrl: "http://127.0.0.1:9", places: { bitcoin: { key: hex(vault.key) } } }
  await writeFile(join(folder, "network.json"), JSON.stringify(network))
  return folder
}

async function btc(...words: string[]) {
  const said: string[] = []
  await run([...words, "--json"], { out: (text) => said.push(text), note() {}, isTty: false })
  return JSON.parse(said.join(""))
}

test("a deposit is taken back alone, by a node's own rules not before 4,320 blocks, and is nobody's then", async () => {
  const folder = await aFolder()
  const file = join(folder, "refund.key")
  const { refundKey } = await btc("key", file)
  expect((await stat(file)).mode & 0o077).toBe(0)
  const bridge = { network: "devnet", key: hex(vault.key) } as const
  const { address, note } = depositAddress({ recipient, refundTo: REFUND_TO, refundKey }, bridge)
  const { chain } = await aWorld()
  const connection = connect([chain.url])
  await connection.learn([note])
  const txid = chain.faucet(address, VALUE)
  chain.mine(1)
  const { sightings } = await factsAt({ connection }, chain.height)
  const [{ id }] = sightings as [(typeof sightings)[0]]
  expect(destinationIn(note, "devnet")?.refundKey).toBe(refundKey)

  const { raw, transaction, amount } = await btc(
    ...["refund", "--folder", folder, "--key", file, "--note", note, "--to", REFUND_TO],
    ...["--deposit", `${txid}:${id.split(":")[2]}`, "--value", `${VALUE}`, "--fee-rate", "2.5"],
  )

  const send = async () => {
    const { username, password, origin } = new URL(chain.url)
    const authorization = `Basic ${btoa(`${username}:${password}`)}`
    const body = JSON.stringify({ method: "sendrawtransaction", params: [raw], id: 1 })
    const answer = await fetch(origin, { method: "POST", headers: { authorization }, body })
    return (await answer.json()) as { result: string | null; error: { message: string } | null }
  }
  // BIP68 counts the block that may hold it: 4,320 above the deposit's own.
  chain.mine(REFUND_DELAY - 2)
  expect((await send()).error?.message).toContain("non-BIP68-final")
  chain.mine(1)
  expect((await send()).result).toBe(transaction)
  chain.mine(1)

  const facts = await factsAt({ connection }, chain.height)
  expect(facts.takenBack).toEqual([{ transfer: id, transaction }])
  expect([facts.settlements, facts.strays, facts.sightings]).toEqual([[], [], []])
  expect(await connection.locate(id)).toBeNull()
  expect(await connection.isLeaving(id)).toBe(true)
  expect(BigInt(amount)).toBeGreaterThan(VALUE - 1_000n)
})

test("a key that others may read is not used, and no key is written over another", async () => {
  const folder = await aFolder()
  const file = join(folder, "refund.key")
  const { refundKey } = await btc("key", file)
  const bridge = { network: "devnet", key: hex(vault.key) } as const
  const { note } = depositAddress({ recipient, refundTo: REFUND_TO, refundKey }, bridge)
  await chmod(file, 0o644)

  const refund = btc(
    ...["refund", "--folder", folder, "--key", file, "--note", note, "--to", REFUND_TO],
    ...["--deposit", `${"ab".repeat(32)}:0`, "--value", "250000"],
  )

  await expect(refund).rejects.toThrow("others may read it")
  await expect(btc("key", file)).rejects.toThrow("EEXIST")
})

test("an address is computed and proven from the bridge file alone, with its former keys", async () => {
  const folder = await aFolder()
  const file = join(folder, "bridge.json")
  const former = hex(keyOf(secretNumber(9)))
  const vaults = { bitcoin: { key: hex(vault.key), former: [former], heightMin: 0 } }
  const tokens = { AR: idNumber(8), BTC: idNumber(9) }
  const bridge = { deployment: { ...deployment, tokens, vaults }, policy: DEVNET_POLICY }
  await writeFile(file, JSON.stringify(bridgeJson(bridge)))
  const asked = ["--recipient", recipient, "--refund-to", REFUND_TO]

  const { address, note } = await btc("address", ...asked, "--bridge", file)

  const known = { network: "devnet", key: hex(vault.key) } as const
  const wish = { recipient, refundTo: REFUND_TO }
  expect({ address, note }).toEqual(depositAddress(wish, known))
  const old = depositAddress(wish, { network: "devnet", key: former }).address
  const strange = depositAddress({ ...wish, index: 1 }, known).address
  for (const one of [address, old])
    expect(await btc("verify", "--address", one, "--note", note, "--bridge", file)).toMatchObject({
      ...{ address: one, recipient, refundTo: REFUND_TO, index: 0 },
    })
  await expect(
    btc("verify", "--address", strange, "--note", note, "--bridge", file),
  ).rejects.toMatchObject({ code: "bad-address" })
})

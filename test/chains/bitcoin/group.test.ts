// A group whose key nobody holds: what is paid to it is spent by its signatures, on a chain that validates all.

import { deepEqual, equal } from "node:assert/strict"
import { test } from "vitest"
import { bitcoinCodec } from "../../../chains/bitcoin/codec.ts"
import { depositOutput, type Vault, vaultAddress } from "../../../chains/bitcoin/deposit.ts"
import { noteOf } from "../../../chains/bitcoin/destination.ts"
import { taproot } from "../../../mpc/schemes/frost.ts"
import { aFrostGroup, holding, partialsOf, roundOne } from "../../mpc/schemes/frost-group.ts"
import { aDestination, userKey } from "./builders.ts"
import { aRelease, aWorld, connect, deploymentOf } from "./world.ts"

test("deposits of both kinds and the vault's own coins are spent by three of five", async () => {
  const group = aFrostGroup(3, 5)
  const deployment = deploymentOf(group.key.publicKey)
  const vault: Vault = { network: "devnet", key: group.key.publicKey }
  const destinations = [aDestination(), aDestination({ refundKey: userKey, index: 1 })]
  const { chain } = await aWorld()
  const connection = connect([chain.url], {}, deployment)
  await connection.learn(destinations.map((to) => noteOf(to, "devnet")))
  for (const to of destinations) chain.faucet(depositOutput(vault, to).address, 100_000n)
  chain.faucet(vaultAddress(vault), 100_000n)
  chain.mine(6)
  const release = aRelease({ amount: 290_000n })
  const quorum = await Promise.all([1, 3, 5].map((index) => taproot.open(holding(group, index))))

  const terms = await connection.terms([release], 0, {})
  const { messages } = bitcoinCodec.build([release], terms, deployment)
  const signatures: Uint8Array[] = []
  for (const message of messages) {
    const signing = await roundOne(quorum, Uint8Array.from(message))
    const partials = await partialsOf(quorum, signing)
    signatures.push((await taproot.aggregate(group.key, signing, partials)).signature!)
  }
  await Promise.all(quorum.map((signer) => signer.close()))
  const sealed = bitcoinCodec.seal([release], terms, deployment, signatures)
  await connection.submit(sealed)
  chain.mine(1)

  equal(messages.length, 3)
  equal(await connection.fate([release], terms), "landed")
  const block = await connection.block(chain.height)
  const { settlements } = bitcoinCodec.facts(block!, deployment)
  deepEqual(
    settlements.map(({ transaction }) => transaction),
    [sealed.id],
  )
})

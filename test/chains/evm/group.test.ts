// A group whose key nobody holds: the vault pays by its signatures, single and in batches, and by nobody else's.

import { deepEqual, equal, rejects } from "node:assert/strict"
import { onTestFinished, test } from "vitest"
import { DEVNET } from "../../../chains/evm/finality.ts"
import { toHex } from "../../../chains/evm/hex.ts"
import { claimOf, paidBy } from "../../../chains/evm/release.ts"
import { connectEvm } from "../../../chains/evm/rpc.ts"
import type { Payout } from "../../../core/payout.ts"
import { deployVault } from "../../../devnet/evm/vault.ts"
import { evm } from "../../../mpc/schemes/frost.ts"
import { aFrostGroup, holding, partialsOf, roundOne } from "../../mpc/schemes/frost-group.ts"
import { account, groupKey } from "./builders.ts"
import { aBurn, aWorld, codec, terms, type World, word } from "./world.ts"

async function sealedBy(
  group: ReturnType<typeof aFrostGroup>,
  payouts: readonly Payout[],
  { deployment }: World,
) {
  const quorum = await Promise.all([1, 3, 5].map((index) => evm.open(holding(group, index))))
  onTestFinished(async () => {
    await Promise.all(quorum.map((signer) => signer.close()))
  })
  const [message] = codec.build(payouts, terms, deployment).messages
  const signing = await roundOne(quorum, Uint8Array.from(message!))
  const partials = await partialsOf(quorum, signing)
  const { signature } = await evm.aggregate(group.key, signing, partials)
  return codec.seal(payouts, terms, deployment, [signature!])
}

test("burns and refunds are paid by three of five", async () => {
  const group = aFrostGroup(3, 5, "evm")
  const world = await aWorld({ USDC: "usdc" }, toHex(group.key.publicKey))
  const { chain, vault, side, deployment } = world
  const to = { recipient: word(account(4)), refundTo: account(9) }
  await vault.depositNative(account(99), 10n ** 18n, to)
  const back = await vault.depositToken(side.contracts.USDC!, account(99), 10n ** 9n, to)
  const payouts = [
    ...[aBurn(1), aBurn(2, { asset: "USDC" })],
    aBurn(2, { transfer: `ethereum:${back.transaction}:2`, asset: "USDC", refund: true }),
  ]
  const connection = connectEvm("ethereum", DEVNET, { urls: { rpc: [chain.url] } }, deployment)
  onTestFinished(() => connection.close())

  for (const some of [payouts, [aBurn(7)]]) {
    const { raw } = await sealedBy(group, some, world)
    await chain.send({ to: side.vault, data: toHex(raw) })
  }
  await chain.mine(3)

  equal(await connection.fate([...payouts, aBurn(7)], terms), "landed")
  deepEqual(await vault.tokenBalance(side.contracts.USDC!, account(2)), 2_004n)
})

test("what the group signed is good for one vault and one key, and each release of it once", async () => {
  const group = aFrostGroup(3, 5, "evm")
  const key = toHex(group.key.publicKey)
  const world = await aWorld({}, key)
  const { chain, vault, side } = world
  const twin = await deployVault(chain, { key })
  const stranger = await deployVault(chain, { key: groupKey })
  const to = { recipient: word(account(4)), refundTo: account(9) }
  for (const one of [vault, twin, stranger]) await one.depositNative(account(99), 10n ** 18n, to)

  const { raw } = await sealedBy(group, [aBurn(1), aBurn(2)], world)

  for (const { address } of [twin, stranger])
    await rejects(chain.send({ to: address, data: toHex(raw) }), { code: "bad-request" })
  const { releases, signature } = paidBy(raw)!
  const claims = [1, 0].map((at) => toHex(claimOf(releases, at, signature)))
  for (const data of claims) await chain.send({ to: side.vault, data })
  for (const data of claims)
    await rejects(chain.send({ to: side.vault, data }), { code: "bad-request" })
})

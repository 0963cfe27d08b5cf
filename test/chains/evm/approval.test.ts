// What anybody may hand in: one release of several that the group has signed together, paid through the wallet of people.

import { deepEqual, equal, rejects, throws } from "node:assert/strict"
import { Interface, Wallet } from "ethers"
import { describe, test } from "vitest"
import { vaultArtifact } from "../../../devnet/evm/contracts.ts"
import { evmWallet } from "../../../sdk/evm.ts"
import { account } from "./builders.ts"
import { aBurn, aWorld, codec, NATIVE, seal, word } from "./world.ts"

describe("an approval", () => {
  test("has its one payout paid by whoever claims it, once, and leaves the others as they were", async () => {
    const world = await aWorld()
    const { chain, vault, side, deployment } = world
    const to = { recipient: word(account(4)), refundTo: account(9) }
    await vault.depositNative(account(1), 10n ** 18n, to)
    const payouts = [1, 2, 3, 4, 5].map((n) => aBurn(n))
    const { raw } = seal(world, payouts)
    const wallet = evmWallet(Wallet.createRandom().privateKey, {
      ...{ chain: "ethereum", rpcUrl: chain.url, chainId: Number(side.chainId) },
      ...{ vault: side.vault, token: NATIVE },
    })
    await chain.faucet(wallet.address, 10n ** 18n)

    for (const { transfer, amount } of payouts.slice(2)) {
      const approval = codec.approval!(raw, transfer, deployment)
      equal(approval.release.amount, `${amount}`)
      await wallet.claim(approval)
      await rejects(wallet.claim(approval), /AlreadyReleased/)
    }

    const owned = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => chain.rpc<string>("eth_getBalance", account(n), "latest")),
    )
    // The first one paid for the deposit.
    deepEqual(owned.slice(1).map(BigInt), [0n, 1_003n, 1_004n, 1_005n])
    wallet.close()
  })

  test("is one call of the vault with the same fields, and stands alone without a proof", async () => {
    const world = await aWorld()
    const { transfer } = aBurn(7)
    const alone = codec.approval!(seal(world, [aBurn(7)]).raw, transfer, world.deployment)
    const { raw } = seal(world, [aBurn(7), aBurn(8)])
    const { calldata, release, proof, signature } = codec.approval!(raw, transfer, world.deployment)

    deepEqual(alone.proof, [])
    equal(proof.length, 1)
    equal(vaultAbi.encodeFunctionData("release", [release, proof, signature]), calldata)
  })

  test("is of what the bytes pay, and of nothing else", async () => {
    const world = await aWorld()
    const { raw } = seal(world, [aBurn(1)])
    const notFound = { code: "not-found" }

    throws(() => codec.approval!(raw, aBurn(2).transfer, world.deployment), notFound)
    throws(() => codec.approval!(raw.slice(1), aBurn(1).transfer, world.deployment), notFound)
  })

  test("of another vault is refused before anything is sent", async () => {
    const world = await aWorld()
    const approval = codec.approval!(
      seal(world, [aBurn(1)]).raw,
      aBurn(1).transfer,
      world.deployment,
    )
    const wallet = evmWallet(Wallet.createRandom().privateKey, {
      ...{ chain: "ethereum", rpcUrl: world.chain.url, chainId: Number(world.side.chainId) },
      ...{ vault: account(5), token: NATIVE },
    })

    await rejects(wallet.claim(approval), /not ours/)
    wallet.close()
  })
})

const vaultAbi = new Interface(JSON.stringify(vaultArtifact().abi))

// Tokens that came without a word: their sender alone says who is to have them back, and the vault pays that once.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { readFileSync } from "node:fs"
import { Interface, Wallet } from "ethers"
import fc from "fast-check"
import { onTestFinished, test } from "vitest"
import {
  claimDigest,
  claimedBy,
  claimIndex,
  claimNoteIn,
  claimNoteOf,
  claimNumber,
} from "../../../chains/evm/claim.ts"
import { DEVNET } from "../../../chains/evm/finality.ts"
import { fromHex, toHex } from "../../../chains/evm/hex.ts"
import { connectEvm } from "../../../chains/evm/rpc.ts"
import { transferId } from "../../../core/ids.ts"
import { payoutOf } from "../../../core/payout.ts"
import { evmWallet } from "../../../sdk/evm.ts"
import { VECTORS_FILE, type Vectors } from "../../contracts/vectors.ts"
import { account, CHAIN_ID } from "./builders.ts"
import { aWorld, checksummed, codec, seal, terms, type World, word } from "./world.ts"

const { approvals }: Vectors = JSON.parse(readFileSync(VECTORS_FILE, "utf8"))
const AMOUNT = 5_000_000n
const HOME = account(40)
const TOKEN = new Interface(["function transfer(address to, uint256 amount)"])

function connect({ deployment, chain }: World) {
  const options = { freshMs: 0 }
  const connection = connectEvm(
    "ethereum",
    DEVNET,
    { urls: { rpc: [chain.url] } },
    deployment,
    options,
  )
  onTestFinished(() => connection.close())
  return connection
}

/** Sends tokens to the vault without a word, and waits until that is final. */
async function sendPlainly({ chain, vault, side }: World, from: string) {
  const token = side.contracts.USDC!
  await chain.faucet(from, 10n ** 18n)
  await vault.mintToken(token, from, AMOUNT)
  const data = TOKEN.encodeFunctionData("transfer", [side.vault, AMOUNT])
  const { transaction, height } = await chain.send({ from, to: token, data })
  await chain.mine(2)
  return { transaction, height, token }
}

const key = Wallet.createRandom().privateKey
const { address } = new Wallet(key)

/** The sender's word, as their wallet signs it, that `to` is to be paid. */
async function noteBy(secret: string, { side, chain }: World, transaction: string, to = HOME) {
  const token = side.contracts.USDC!
  const places = {
    rpcUrl: chain.url,
    chainId: CHAIN_ID,
    chain: "ethereum",
    vault: side.vault,
    token,
  }
  const wallet = evmWallet(secret, places as Parameters<typeof evmWallet>[1])
  const signature = await wallet.signClaim({ transaction, index: 0, amount: AMOUNT, to })
  wallet.close()
  return claimNoteOf({ transaction, logIndex: 0, to, signature: fromHex(signature) })
}

test("what is signed, and the number that is paid once, are the vault's known answers", () => {
  const { transaction, logIndex, token, amount, to, number, digest } = approvals.claim
  const claim = { transaction, logIndex: Number(logIndex), token, amount: BigInt(amount), to }
  const domain = { chainId: BigInt(approvals.chainId), vault: approvals.vault }

  equal(toHex(claimDigest(claim, domain)), digest)
  equal(claimNumber(transaction, claim.logIndex), BigInt(number))
  equal(claimedBy(transaction, BigInt(number)), claim.logIndex)
})

test("a note is read as it was written, and nothing else is a note", () => {
  const bytes = (size: number, max = size) => fc.uint8Array({ minLength: size, maxLength: max })
  fc.assert(
    fc.property(
      bytes(32),
      fc.nat(99_999),
      bytes(20),
      bytes(1, 240),
      (id, logIndex, to, signature) => {
        const note = { transaction: toHex(id), logIndex, to: toHex(to), signature }
        const text = claimNoteOf(note)
        ok(text.length <= 400)
        deepEqual(claimNoteIn(text), note)
        equal(claimNoteIn(text.slice(0, 70)), null)
      },
    ),
  )
  for (const text of ["", "AQ", "not base64!", "A".repeat(500)]) equal(claimNoteIn(text), null)
})

// Case 69.
test("a plain transfer goes back to whom its sender names, by a release that is told as this transfer's", async () => {
  const world = await aWorld({ USDC: "usdc" })
  const { chain, vault, side, deployment } = world
  const connection = connect(world)
  const { transaction, height, token } = await sendPlainly(world, address.toLowerCase())
  const note = await noteBy(key, world, transaction)
  const id = transferId({ chain: "ethereum", transaction, index: claimIndex(0) })
  equal(await connection.locate(id), null)

  deepEqual(await connection.claim(note, transaction), { from: height, to: height })

  const located = await connection.locate(id)
  const { sightings } = codec.facts((await connection.block(height))!, deployment)
  deepEqual(sightings, [located!.sighting])
  deepEqual(located!.sighting, {
    ...{ id, asset: "USDC", source: "ethereum", target: "ao-usdc", amount: AMOUNT, note },
    ...{ sender: address, recipient: null, refundTo: checksummed(HOME), problem: "unattributed" },
    ...{ forward: {}, fee: null },
  })
  const owed = { ...located!.sighting, fee: 1_000_000n, refund: true, block: located!.block }
  const payout = payoutOf(owed)
  await connection.vet([payout], terms, {})
  const sealed = seal(world, [payout])
  deepEqual(
    codec.read(sealed.raw, deployment).map(({ transfer, amount }) => ({ transfer, amount })),
    [{ transfer: id, amount: 4_000_000n }],
  )
  const call = { from: account(1), to: side.vault, data: toHex(sealed.raw) }
  await chain.faucet(account(1), 10n ** 18n)
  const paid = await chain.send(call)
  await chain.mine(2)

  equal(await vault.tokenBalance(token, HOME), 4_000_000n)
  const { settlements, strays } = codec.facts((await connection.block(paid.height))!, deployment)
  deepEqual(strays, [])
  deepEqual(settlements[0]!.transfers, [id])
  equal(await connection.fate([payout], terms), "landed")
  await rejects(chain.send(call))
  // A signer that starts anew has the note, and proves it again.
  const later = connect(world)
  await later.learn([note])
  deepEqual((await later.locate(id))?.sighting, located!.sighting)
})

test("nobody else claims it, nobody claims what is not final, and a deposit is no plain transfer", async () => {
  const world = await aWorld({ USDC: "usdc" })
  const { chain, vault, side } = world
  const connection = connect(world)
  const { transaction } = await sendPlainly(world, address.toLowerCase())
  const thief = Wallet.createRandom().privateKey
  const note = await noteBy(key, world, transaction)
  const { signature } = claimNoteIn(note)!

  equal(await connection.claim(await noteBy(thief, world, transaction), transaction), null)
  const elsewhere = { transaction, logIndex: 0, to: account(41), signature }
  equal(await connection.claim(claimNoteOf(elsewhere), transaction), null)
  equal(
    await connection.claim(claimNoteOf({ ...elsewhere, to: HOME, logIndex: 1 }), transaction),
    null,
  )
  equal(await connection.claim(note, `0x${"77".repeat(32)}`), null)

  const token = side.contracts.USDC!
  const destination = { recipient: word(account(4)), refundTo: account(9) }
  const deposit = await vault.depositToken(token, account(6), AMOUNT, destination)
  await chain.mine(2)
  // A contract's wallet that agrees to everything (EIP-1271): what it deposited stays a deposit.
  await chain.rpc("anvil_setCode", account(6), AGREES)
  await chain.mine(3)
  const logs = await chain.rpc<{ logs: { logIndex: string; address: string }[] }>(
    ...(["eth_getTransactionReceipt", deposit.transaction] as const),
  )
  for (const { logIndex } of logs.logs) {
    const claim = { transaction: deposit.transaction, logIndex: Number(logIndex), to: HOME }
    equal(await connection.claim(claimNoteOf({ ...claim, signature }), deposit.transaction), null)
  }
})

test("a contract claims by its own rule what it has sent, at a final block", async () => {
  const world = await aWorld({ USDC: "usdc" })
  const { chain } = world
  const connection = connect(world)
  const { transaction, height } = await sendPlainly(world, account(7))
  const note = claimNoteOf({ transaction, logIndex: 0, to: HOME, signature: Uint8Array.of(1) })

  equal(await connection.claim(note, transaction), null)
  await chain.rpc("anvil_setCode", account(7), REFUSES)
  await chain.mine(3)
  equal(await connection.claim(note, transaction), null)
  await chain.rpc("anvil_setCode", account(7), AGREES)
  await chain.mine(3)

  deepEqual(await connection.claim(note, transaction), { from: height, to: height })
})

/** Answers one word to every call: EIP-1271's, or another. */
const answering = (word: string) => `0x7f${word.padEnd(64, "0")}60005260206000f3`
const AGREES = answering("1626ba7e")
const REFUSES = answering("ffffffff")

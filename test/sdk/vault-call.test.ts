// The page's own bytes for the vault are those that the official library makes of the vault's interface.

import { Interface, ZeroHash } from "ethers"
import { expect, test } from "vitest"
import {
  allowanceCall,
  approveCall,
  balanceCall,
  DEPOSITED,
  depositCall,
  depositNativeCall,
} from "../../sdk/vault-call.ts"
import { anId } from "../builders.ts"

const vault = new Interface([
  "function depositNative((bytes32 recipient, address refundTo, bytes32 quoteId) d) payable",
  "function deposit(address token, uint256 amount, (bytes32 recipient, address refundTo, bytes32 quoteId) d)",
  "function approve(address, uint256)",
  "function allowance(address, address)",
  "function balanceOf(address)",
  "event Deposited(uint64 indexed id, address indexed token, address indexed from, uint256 amount, bytes32 recipient, address refundTo, bytes32 quoteId)",
])
const ALICE = "0x52908400098527886E0F7030069857D2E4169EE7"
const TOKEN = "0xde709f2102306220921060314715629080e2fb77"
const account = anId("account")
const word = `0x${Buffer.from(account, "base64url").toString("hex")}`

test("a deposit names its account on AO, who gets it back, and its quote", () => {
  const quoteId = "ab".repeat(32)

  expect(depositNativeCall({ recipient: account, refundTo: ALICE })).toBe(
    vault.encodeFunctionData("depositNative", [[word, ALICE, ZeroHash]]),
  )
  expect(depositCall(TOKEN, 2n ** 100n, { recipient: account, refundTo: ALICE, quoteId })).toBe(
    vault.encodeFunctionData("deposit", [TOKEN, 2n ** 100n, [word, ALICE, `0x${quoteId}`]]),
  )
})

test("an Ethereum owner on AO stands behind twelve zero bytes", () => {
  const owner = `0x${"0".repeat(24)}${ALICE.slice(2).toLowerCase()}`

  expect(depositNativeCall({ recipient: ALICE, refundTo: TOKEN })).toBe(
    vault.encodeFunctionData("depositNative", [[owner, TOKEN, ZeroHash]]),
  )
})

test("a token is approved and asked as it expects", () => {
  expect(approveCall(ALICE, 5n)).toBe(vault.encodeFunctionData("approve", [ALICE, 5n]))
  expect(allowanceCall(ALICE, TOKEN)).toBe(vault.encodeFunctionData("allowance", [ALICE, TOKEN]))
  expect(balanceCall(ALICE)).toBe(vault.encodeFunctionData("balanceOf", [ALICE]))
  expect(DEPOSITED).toBe(vault.getEvent("Deposited")!.topicHash)
})

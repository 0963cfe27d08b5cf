// Who first paid an account is found in old states of the chain, by the word of a quorum, and never guessed.

import { expect, onTestFinished, test } from "vitest"
import { funderOf } from "../../../chains/evm/funder.ts"
import { evmNode } from "../../../chains/evm/node.ts"
import { type Incident, Panel } from "../../../chains/evm/panel.ts"
import { openHttp } from "../../../chains/http.ts"
import type { EvmDevnet } from "../../../devnet/evm/index.ts"
import { aChain, account, aProvider, CHAIN_ID, type Manner, Refused } from "./builders.ts"

const ETHER = 10n ** 18n

/** Asks through these providers, of which more than half must say the same. */
function asking(urls: readonly string[]) {
  const http = openHttp({ timeoutMs: 5_000, atOnce: 16, pipelining: 1 })
  onTestFinished(() => http.close())
  const incidents: Incident[] = []
  const nodes = urls.map((url) => evmNode(url, BigInt(CHAIN_ID), http))
  const quorum = Math.floor(urls.length / 2) + 1
  const panel = new Panel({ nodes, quorum, report: (one) => incidents.push(one) })
  return { incidents, funderOf: (who: string, head: number) => funderOf(panel, who, head) }
}

/** Payer, then a hundred blocks in which the account spends and is paid again. */
async function aPaidAccount(chain: EvmDevnet) {
  const [payer, paid] = [account(1), account(2)]
  await chain.faucet(payer, 10n * ETHER)
  const first = await chain.send({ from: payer, to: paid, value: ETHER })
  await chain.mine(100)
  await chain.send({ from: account(2), to: account(3), value: ETHER / 2n })
  await chain.send({ to: paid, value: ETHER })
  await chain.mine(2)
  return { payer, paid, first, head: await chain.height() }
}

test("the first payment is found whatever came after it, and whoever nobody paid has no funder", async () => {
  const chain = await aChain()
  const { payer, paid, first, head } = await aPaidAccount(chain)
  const { funderOf, incidents } = asking([chain.url])

  const found = await funderOf(paid, head)
  expect(found).toMatchObject({ transaction: first.transaction, height: first.height })
  expect(found!.account.toLowerCase()).toBe(payer)
  // Coins that no transaction of a block has brought, as a contract's inner call would.
  expect(await funderOf(payer, head)).toBeNull()
  expect(await funderOf(account(9), head)).toBeNull()
  expect(incidents).toEqual([])
})

test("a provider without old states is at no fault, and one that invents a payer is not believed", async () => {
  const chain = await aChain()
  const { payer, paid, head } = await aPaidAccount(chain)
  const pruned: Manner = ({ method, params, result }) => {
    const isOld = method === "eth_getBalance" && Number(params[1]) < head - 80
    return isOld ? new Refused("missing trie node") : result
  }
  const lying: Manner = ({ method, result }) => {
    if (method !== "eth_getBlockByNumber") return result
    return JSON.parse(JSON.stringify(result).replaceAll(payer.slice(2), account(7).slice(2)))
  }
  const without = asking([(await aProvider(chain, pruned)).url])
  const split = asking([chain.url, (await aProvider(chain, lying)).url])
  const among = asking([
    chain.url,
    (await aProvider(chain, lying)).url,
    (await aProvider(chain)).url,
  ])

  expect(await split.funderOf(paid, head)).toBeNull()
  expect(await without.funderOf(paid, head)).toBeNull()
  expect(without.incidents).toEqual([])
  expect((await among.funderOf(paid, head))!.account.toLowerCase()).toBe(payer)
  // What stays different about money stops the chain; this may not.
  expect(among.incidents).toEqual([])
})

// A wallet on Ethereum and BSC that is closed while its listeners ask.

import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { QuietProvider } from "../../sdk/evm.ts"

/** Answers two questions with the number of a block, in their order, when it is told. */
async function aSlowNode() {
  const answers: (() => void)[] = []
  let hear = () => {}
  const heard = new Promise<void>((resolve) => {
    hear = resolve
  })
  const server = createServer(async (request, response) => {
    let body = ""
    for await (const chunk of request) body += String(chunk)
    const { id } = JSON.parse(body) as { id: number }
    answers.push(() => response.end(JSON.stringify({ jsonrpc: "2.0", id, result: "0x7" })))
    if (answers.length === 2) hear()
  }).listen(0, "127.0.0.1")
  await new Promise((resolve) => server.once("listening", resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, heard, answer: () => answers.map((one) => one()) }
}

const aProvider = (url: string) =>
  new QuietProvider(url, 1, { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 })

test("a listener that asks while its wallet is closed leaves no failure that nobody awaits", async () => {
  const node = await aSlowNode()
  const provider = aProvider(node.url)
  let ended = "not"
  const asked = provider.getBlockNumber().then(
    () => "answered",
    (error: { code: string }) => error.code,
  )
  void asked.then((how) => {
    ended = how
  })
  // As a reader beside it, which says when the answer has come.
  const beside = provider.send("eth_chainId", []).catch((error: { code: string }) => error.code)
  await node.heard

  provider.destroy()
  node.answer()

  expect(await beside).toBe("UNSUPPORTED_OPERATION")
  expect(ended).toBe("not")
})

test("a failure before that is told", async () => {
  const provider = aProvider("http://127.0.0.1:1")

  await expect(provider.getBlockNumber()).rejects.toThrow("ECONNREFUSED")

  provider.destroy()
})

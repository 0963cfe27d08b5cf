// The signers as they run in earnest, mpc/node.ts over the local Arweave and AO, asked by a bare coordinator.

import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { bridgeJson } from "../../chains/bridge.ts"
import type { Connection, Deployment, Endpoints, Locks } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { lockCounter } from "../../chains/locked.ts"
import type { TransferId } from "../../core/ids.ts"
import { type AoDevnet, startAo } from "../../devnet/ao/index.ts"
import { type ArweaveDevnet, type ArweaveView, startArweave } from "../../devnet/arweave/index.ts"
import { type SignerCluster, startCluster } from "../../devnet/cluster.ts"
import { DEVNET_POLICY } from "../../devnet/terms.ts"
import { deployToken } from "../../devnet/token.ts"
import { type DealtCluster, dealDevnetCluster } from "../../mpc/ceremony/devnet.ts"
import { type ClusterClient, connectCluster } from "../../mpc/client.ts"
import { FILES, settingsJson } from "../../mpc/config.ts"
import { owed } from "../../mpc/verify.ts"
import { type Wallet, walletOf } from "../../sdk/wallet.ts"
import { ORDINARY_PRIMES } from "../fixtures/rsa-primes.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { clientConfig } from "./signers.ts"

const AR = 10n ** 12n
/** The signer whose Arweave endpoint lies, in the test that says so. */
const MISLED = 2

let folder: string
let node: ArweaveDevnet
let units: AoDevnet
let liar: ArweaveView
let dealt: DealtCluster
let deployment: Deployment
let cluster: SignerCluster
let client: ClusterClient
let connections: Record<Model, Connection>
let locks: () => Promise<Locks>
let alice: Wallet

type Model = "arweave" | "ao"

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-cluster-"))
  const inFolder = (name: string) => join(folder, name)
  node = await startArweave({ folder: await mkdtemp(inFolder("arweave-")) })
  units = await startAo({
    folder: inFolder("ao"),
    wallet: TEST_WALLETS.dave,
    height: () => node.height,
  })
  dealt = await dealDevnetCluster({
    folder: inFolder("signers"),
    t: 3,
    n: 5,
    primes: ORDINARY_PRIMES,
  })
  const { owner, vault } = dealt
  const deployer = TEST_WALLETS.carol
  const token = await deployToken(units, { deployer, bridge: vault, guardian: vault })
  deployment = { network: "devnet", owner, vault, tokens: { AR: token } }
  liar = await node.view()
  for (const signer of dealt.signers) {
    const settings = settingsJson({
      network: "devnet",
      listen: "127.0.0.1:0",
      endpoints: endpoints(signer.index === MISLED ? liar.url : node.url),
      caps: [{ asset: "AR", signature: 1_000n * AR, day: 1_000n * AR }],
    })
    const bridge = JSON.stringify(bridgeJson({ deployment, policy: DEVNET_POLICY }))
    await writeFile(join(signer.folder, FILES.settings), settings)
    await writeFile(join(signer.folder, FILES.bridge), bridge)
  }
  cluster = await startCluster({ signers: dealt.signers })
  const config = await clientConfig({ cluster: dealt, deployment, folder }, cluster.addresses)
  client = connectCluster({ ...config, patience: { hedgeMinMs: 60_000, hedgeMaxMs: 60_000 } })
  const connect = (name: Model) => CHAIN_OF[name]!.connect(endpoints(node.url)[name], deployment)
  connections = { arweave: connect("arweave"), ao: connect("ao") }
  const { codec } = CHAIN_OF.arweave!
  locks = lockCounter({ arweave: { codec, connection: connections.arweave } }, deployment)
  const { muUrl, cuUrl, graphqlUrl } = units
  alice = await walletOf(TEST_WALLETS.alice, {
    ...{ arweaveUrl: node.url, ao: { muUrl, cuUrl, graphqlUrl }, vault, token },
  })
  node.faucet(alice.address, 100n * AR)
  node.mine(20)
})

afterAll(async () => {
  client?.close()
  await cluster?.stop()
  for (const connection of Object.values(connections ?? {})) await connection.close()
  await units?.stop()
  await node?.stop()
  await rm(folder, { recursive: true, force: true })
})

function endpoints(arweave: string): Record<Model, Endpoints> {
  const { muUrl, suUrl, cuUrl } = units
  return {
    arweave: { urls: { node: [arweave] } },
    ao: { urls: { mu: [muUrl], su: [suUrl], cu: [cuUrl] } },
  }
}

/**
 * What an honest coordinator does with one transfer: find, plan, have it signed, seal and submit. It comes
 * again while somebody does not see the newest block yet.
 */
function pay(id: TransferId, source: Model, target: Model) {
  return vi.waitFor(() => payNow(id, source, target), { timeout: 10_000 })
}

async function payNow(id: TransferId, source: Model, target: Model) {
  const { codec, scheme } = CHAIN_OF[target]!
  const located = await connections[source].locate(id)
  const payouts = [owed(DEVNET_POLICY, { id, refund: false }, located)]
  const terms = await connections[target].terms(payouts, 0, await locks())
  const { messages } = codec.build(payouts, terms, deployment)
  const transfers = [{ id, refund: false }]
  const signed = await client.sign({ chain: target, scheme, transfers, terms, messages })
  await connections[target].submit(codec.seal(payouts, terms, deployment, signed.signatures))
  return { ...signed, fate: () => connections[target].fate(payouts, terms) }
}

test("a deposit is minted and a burn is paid, both under the key that nobody holds", async () => {
  const deposit = await alice.deposit(3n * AR)
  node.mine(DEVNET_POLICY.depths.arweave!)
  const mint = await pay(deposit.transfer as TransferId, "arweave", "ao")
  await expect.poll(mint.fate).toBe("landed")
  expect(await alice.wrappedBalance()).toBe(3n * AR)

  const before = await alice.balance()
  const { transfer, fee } = await alice.burn(2n * AR, alice.address)
  for (let slot = 1; slot < DEVNET_POLICY.depths.ao!; slot += 1) await connections.ao.tick?.()
  const release = await pay(transfer as TransferId, "ao", "arweave")
  node.mine(1)
  await expect.poll(release.fate).toBe("landed")
  expect(await alice.balance()).toBe(before + 2n * AR - fee)
})

// Case 41.
test("a signer whose endpoint lies refuses, also when all depends on it; the others pay", async () => {
  const { transfer, transaction } = await alice.deposit(1n * AR)
  liar.setFaults({ lie: { [transaction]: { quantity: 50n * AR } } })
  node.mine(DEVNET_POLICY.depths.arweave!)
  await cluster.kill(4)
  await cluster.kill(5)
  const before = await alice.wrappedBalance()
  const refused = () =>
    payNow(transfer as TransferId, "arweave", "ao").catch(({ message }) => message)

  await expect.poll(refused).toMatch(/signer-refused.*rpc-disagrees/)

  await cluster.start(4)
  const { signers, fate } = await pay(transfer as TransferId, "arweave", "ao")
  await expect.poll(fate).toBe("landed")
  expect([...signers].sort()).toEqual([1, 3, 4])
  expect(await alice.wrappedBalance()).toBe(before + AR)
  await cluster.start(5)
  liar.setFaults({})
})

test("all signers see the same chains and hold the same key", async () => {
  const keys = () => client.health().then((all) => all.map(({ health }) => health?.keys.rsa))
  const tips = () => client.health().then((all) => all.map(({ health }) => health?.tips.arweave))

  await expect.poll(tips).toEqual(dealt.signers.map(() => node.height))
  expect(new Set(await keys()).size).toBe(1)
})

import { spawn } from "node:child_process"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { type SignerCluster, startCluster } from "../../devnet/cluster.ts"
import { bundle } from "../../mpc/bundle.ts"
import { type Blame, connectCluster } from "../../mpc/client.ts"
import { FILES } from "../../mpc/config.ts"
import { aBurn, aSighting } from "../builders.ts"
import { aDealtCluster, clientConfig, type DealtFolder, remove, wanted } from "./signers.ts"
import { aoTerms, arweaveTerms, chainsOf, World } from "./world.ts"
import { serveWorld, type WorldServer } from "./world-http.ts"

const PROGRAM = new URL("./signer-process.ts", import.meta.url)
const world = new World()
const chains = chainsOf(world)
const deaths: string[] = []
const logs: string[] = []
let endpoints: WorldServer
let dealt: DealtFolder
let cluster: SignerCluster

beforeAll(async () => {
  endpoints = await serveWorld(world)
  dealt = await aDealtCluster({}, endpoints.url)
  cluster = await startCluster({
    signers: dealt.cluster.signers,
    program: PROGRAM,
    onDeath: (index, reason) => deaths.push(`${index} ${reason}`),
    onLog: (_, line) => logs.push(line),
  })
})

beforeEach(() => {
  world.faults.clear()
})

afterEach(async () => {
  for (const index of [1, 2, 3, 4, 5]) if (!(index in cluster.pids)) await cluster.start(index)
})

afterAll(async () => {
  await cluster.stop()
  await endpoints.close()
  await remove(dealt)
})

async function aClient(hedgeMs = 60_000) {
  const blamed: Blame[] = []
  const config = await clientConfig(dealt, cluster.addresses, {
    hedgeMinMs: hedgeMs,
    hedgeMaxMs: hedgeMs,
  })
  const client = connectCluster({ ...config, onBlame: (blame) => blamed.push(blame) })
  return { blamed, client }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe("five signers, each a process of its own", () => {
  test("sign a full batch of a hundred deposits", async () => {
    const rows = world.add(Array.from({ length: 100 }, () => aSighting()))
    const { client } = await aClient()

    const { signers } = await client.sign(wanted(dealt, chains.ao, rows, aoTerms()))
    client.close()

    expect(signers).toHaveLength(3)
    expect(new Set(Object.values(cluster.pids)).size).toBe(5)
  })

  test("one killed in the middle of a session is replaced, and nobody waits for the hedge", async () => {
    const { client, blamed } = await aClient()
    const [deposit] = world.add([aSighting()])
    const asked = wanted(dealt, chains.ao, [deposit!], aoTerms())
    let killed = Promise.resolve()
    // Whoever looks the deposit up first dies while it waits for the answer.
    const answer = world.answer.bind(world)
    world.answer = (view, chain, question) => {
      if (question.kind === "locate") {
        world.answer = answer
        killed = cluster.kill(view)
        world.faults.set(view, { fails: "rpc-unavailable" })
      }
      return answer(view, chain, question)
    }

    const { signers } = await client.sign(asked)
    await killed
    client.close()

    expect(signers).toHaveLength(3)
    expect(blamed).toMatchObject([{ kind: "unreachable" }])
    expect(signers).not.toContain(blamed[0]!.signer)
  })

  test("one that stands still costs no more than the hedge", async () => {
    const { client } = await aClient(300)
    const frozen = [1, 2]
    for (const index of frozen) process.kill(cluster.pids[index]!, "SIGSTOP")

    const { signers } = await client.sign(
      wanted(dealt, chains.ao, world.add([aSighting()]), aoTerms()),
    )
    for (const index of frozen) process.kill(cluster.pids[index]!, "SIGCONT")
    client.close()

    expect([...signers].sort()).toEqual([3, 4, 5])
  })

  test("kill -9 of all of them forgets nothing: same request, same signature; another slot, refused", async () => {
    const [burn] = world.add([aBurn({ fee: 1n })])
    const first = wanted(dealt, chains.arweave, [burn!], arweaveTerms(1))
    const second = wanted(dealt, chains.arweave, [burn!], arweaveTerms(2))
    const before = await aClient()
    const { signatures } = await before.client.sign(first)
    before.client.close()

    await Promise.all([1, 2, 3, 4, 5].map((index) => cluster.kill(index)))
    await Promise.all([1, 2, 3, 4, 5].map((index) => cluster.start(index)))

    const { client } = await aClient()
    const again = await client.sign(first)
    const refused = await client.sign(second).catch((error) => error)
    client.close()
    expect(Buffer.from(again.signatures[0]!).equals(signatures[0]!)).toBe(true)
    expect(refused).toMatchObject({
      code: "signer-refused",
      detail: { refusals: [{ transfer: burn!.id, code: "slot-taken" }] },
    })
  })

  test("one that is started again keeps its address", async () => {
    const address = cluster.addresses[4]

    await cluster.kill(4)
    await cluster.start(4)

    expect(cluster.addresses[4]).toBe(address)
    expect(deaths).toEqual([])
  })

  test("a death that nobody ordered is told", async () => {
    process.kill(cluster.pids[5]!, "SIGKILL")

    await expect.poll(() => deaths).toEqual(["5 SIGKILL"])
    deaths.length = 0
    await cluster.kill(5)
  })
})

describe("what a signer's process gives away", () => {
  test("no secret is in its arguments, its environment or its log", async () => {
    for (const { index, folder, passphraseFile } of dealt.cluster.signers) {
      const passphrase = (await readFile(passphraseFile, "utf8")).trim()
      const key = (await readFile(join(folder, FILES.identity), "utf8")).split("\n")[1]!
      const pid = cluster.pids[index]!
      const shown = await Promise.all(
        ["cmdline", "environ"].map((file) => readFile(`/proc/${pid}/${file}`, "latin1")),
      )
      for (const text of [...shown, ...logs]) {
        expect(text).not.toContain(passphrase)
        expect(text).not.toContain(key)
      }
      expect(shown[1]).toBe("")
    }
  })
})

describe("how a signer's process ends", () => {
  const start = async (folder: string, passphrase: string) => {
    const child = spawn(process.execPath, [await bundle(PROGRAM), "--folder", folder])
    let said = ""
    child.stderr.on("data", (chunk) => {
      said += chunk
    })
    child.stdin.write(`${passphrase}\n`)
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve))
    return { ended, said: () => said }
  }

  test("a wrong passphrase starts nothing, and says so without saying it", async () => {
    const { folder } = dealt.cluster.signers[0]!

    const { ended, said } = await start(folder, "not the passphrase")

    expect(await ended).toBe(1)
    expect(said()).toMatch(/share-locked/)
    expect(said()).not.toContain("not the passphrase")
  })

  test("everything wrong in a folder is told at once", async () => {
    const empty = await aDealtCluster({ t: 2, n: 2 }, endpoints.url)
    const [signer] = empty.cluster.signers
    await writeFile(join(signer!.folder, FILES.settings), '{"network":"mainnet"}')
    await writeFile(join(signer!.folder, FILES.bridge), "{")

    const { ended, said } = await start(signer!.folder, "any")

    expect(await ended).toBe(1)
    for (const word of ["settings.json", "listen", "caps", "bridge.json", "not JSON"])
      expect(said()).toContain(word)
    await remove(empty)
  })

  test("it ends when its parent does, whatever the parent died of", async () => {
    const lone = await aDealtCluster({ t: 2, n: 2 }, endpoints.url)
    const script = new URL("./cluster-process.ts", import.meta.url).pathname
    const parent = spawn(
      process.execPath,
      ["--import", "tsx", script, JSON.stringify(lone.cluster.signers)],
      { stdio: ["ignore", "pipe", "inherit"] },
    )
    const said = await new Promise<Buffer>((resolve) => parent.stdout.once("data", resolve))
    const pids = JSON.parse(String(said)) as number[]
    expect(pids.map(isAlive)).toEqual([true, true])

    parent.kill("SIGKILL")

    await expect.poll(() => pids.map(isAlive), { timeout: 10_000 }).toEqual([false, false])
    await remove(lone)
  })
})

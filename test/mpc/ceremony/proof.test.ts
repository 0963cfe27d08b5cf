import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { bridgeJson } from "../../../chains/bridge.ts"
import { canonical } from "../../../mpc/ceremony/canonical.ts"
import { proveKeys } from "../../../mpc/ceremony/proof.ts"
import { keyText } from "../../../mpc/ceremony/replay.ts"
import type { Unsealed } from "../../../mpc/ceremony/session.ts"
import { namedMembers } from "../../../mpc/ceremony/start.ts"
import { FILES, readSignerConfig } from "../../../mpc/config.ts"
import { bindingOf, sealShare, writeShare } from "../../../mpc/keyshare.ts"
import type { Manifest } from "../../../mpc/manifest.ts"
import { type Running, startSigner } from "../../../mpc/signer.ts"
import { anId } from "../../builders.ts"
import { writeSettings } from "../signers.ts"
import { chainsOf, policy, World } from "../world.ts"
import { aParticipant, aStatement, identityOf, meet, names } from "./parties.ts"

const PASSPHRASE = "a passphrase"
let folder: string
let made: Unsealed
let other: Unsealed
let manifest: Manifest

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-proof-"))
  const group = (network: "testnet" | "devnet") =>
    aStatement({
      ...{ network, threshold: 2, parties: 3 },
      participants: names(3).map((name, at) => aParticipant(name, { after: at + 1 })),
    })
  made = (await meet({ statement: group("testnet") })).get(1)!.made!
  other = (await meet({ statement: group("testnet") })).get(1)!.made!
  const { certificate, key } = identityOf("signer 1")
  manifest = {
    ...{ format: 1, network: "testnet", devnet: false, coordinators: [] },
    keys: { taproot: keyText(made.key) },
    members: namedMembers(made.record.statement),
    created: "2026-01-01T00:00:00Z",
  }
  await writeFile(join(folder, FILES.identity), key, { mode: 0o600 })
  await writeFile(join(folder, FILES.certificate), certificate)
  await writeManifest(manifest)
  const owner = Buffer.alloc(512, 255)
  const { createHash } = await import("node:crypto")
  const vault = createHash("sha256").update(owner).digest("base64url")
  const deployment = {
    ...{ network: "testnet" as const, owner: owner.toString("base64url"), vault },
    tokens: { AR: anId("token") },
  }
  await writeFile(join(folder, FILES.bridge), JSON.stringify(bridgeJson({ deployment, policy })))
  await writeSettings(folder, "http://view/1")
  const settings = await readFile(join(folder, FILES.settings), "utf8")
  await writeFile(join(folder, FILES.settings), settings.replace("devnet", "testnet"))
  const sealed = await sealShare(
    made.holding!.share,
    Buffer.from(PASSPHRASE),
    bindingOf(made.key, 1),
    { devnet: false },
  )
  await writeShare(join(folder, "share-taproot.json"), sealed)
})
afterAll(() => rm(folder, { recursive: true }))

const writeManifest = (value: Manifest) =>
  writeFile(join(folder, FILES.manifest), JSON.stringify(value))
const writeTranscript = (value: unknown) =>
  writeFile(join(folder, "transcript-taproot.json"), canonical(value))

async function start(): Promise<Running> {
  return startSigner({
    config: await readSignerConfig(folder),
    passphrase: Buffer.from(PASSPHRASE),
    chains: chainsOf(new World()),
    log: () => {},
    fail: () => {},
  })
}

// Requirement R-20: a key's transcript is published, and every signer checks it.
describe("a signer of a network that is not local", () => {
  test("does not start without its key's transcript", async () => {
    await rm(join(folder, "transcript-taproot.json"), { force: true })

    await expect(start()).rejects.toMatchObject({
      code: "bad-transcript",
      detail: { reason: "there is none in the folder" },
    })
  })

  test("does not start with the transcript of another key", async () => {
    await writeTranscript({ format: 1, sessions: [other.record] })

    await expect(start()).rejects.toMatchObject({
      detail: { reason: "it ends in another key than the manifest's" },
    })
  })

  test("does not start when the manifest names other members", async () => {
    await writeTranscript({ format: 1, sessions: [made.record] })
    const [first, ...rest] = manifest.members
    const swapped = { ...rest[0]!, index: 2, certificate: identityOf("somebody").certificate }
    const changed = { ...manifest, members: [first!, swapped, rest[1]!] }

    await expect(proveKeys(folder, changed)).rejects.toMatchObject({
      detail: { reason: "its members are not the manifest's" },
    })
  })

  test("starts with it", async () => {
    await writeTranscript({ format: 1, sessions: [made.record] })

    const running = await start()

    expect(running.index).toBe(1)
    await running.close()
  })
})

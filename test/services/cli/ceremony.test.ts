// A ceremony as its people type it: three operators, each with a folder, and every paper on the way.

import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { freeAddress } from "../../mpc/ceremony/hall.ts"

const PROGRAM = new URL("../../../services/cli/causeway.js", import.meta.url).pathname
const NAMES = ["ada", "ben", "cy"]
const children = new Set<ChildProcess>()
let folder: string
let hash: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-cli-ceremony-"))
})
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL")
  await rm(folder, { recursive: true, force: true })
})

/** One command; its answer as JSON when it was asked for. */
function causeway(words: readonly string[], passphrase?: string) {
  const child = spawn(process.execPath, [PROGRAM, ...words], { cwd: folder, env: {} })
  children.add(child)
  child.stdin.on("error", () => {})
  child.stdin.end(passphrase ? `${passphrase}\n` : "")
  const said = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk) => {
    said.stdout += String(chunk)
  })
  child.stderr.on("data", (chunk) => {
    said.stderr += String(chunk)
  })
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once("close", (code) => {
      children.delete(child)
      resolve({ code, ...said })
    })
  })
}

const passphraseOf = (name: string) => `the passphrase of ${name}`

describe("a ceremony on the command line", () => {
  test("begins with an invitation and a card of each participant", async () => {
    const words = ["--group", "Ours", "--schemes", "taproot", "--threshold", "2", "--parties", "3"]
    const minter = ["ceremony", "identity", "--folder", "minter", "--name", "minter", "--json"]
    const made = JSON.parse((await causeway(minter)).stdout)
    expect(made).toMatchObject({ ok: true, file: "minter/certificate.pem", isNew: true })
    expect(await readFile(join(folder, "minter", "identity.pem"), "utf8")).toContain("PRIVATE KEY")
    const invited = await causeway([
      ...["ceremony", "invite", "--kind", "generate", "--network", "devnet", ...words],
      ...["--coordinator", `minter=${made.file}`],
    ])
    expect(invited).toMatchObject({ code: 0, stderr: "" })
    expect(invited.stdout).toContain("Ours on devnet makes its taproot key, 2 of 3")

    const joined = await Promise.all(
      NAMES.map(async (name) =>
        causeway([
          ...["ceremony", "join", "invite.json", "--folder", name, "--name", name],
          ...["--address", await freeAddress(), "--operator", `${name} Ltd`],
          ...["--hosting", `${name} rack`, "--custody", `${name} safe`, "--json"],
        ]),
      ),
    )
    for (const { code, stdout } of joined) {
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, isNew: true })
    }
  })

  test("goes on with a roster whose hash is the same for all", async () => {
    const cards = NAMES.map((name) => `card-${name}.json`)
    const verified = await Promise.all(
      NAMES.map((name, at) => {
        const order = [...cards.slice(at), ...cards.slice(0, at)]
        const words = ["ceremony", "verify", "invite.json", ...order, "--folder", name, "--json"]
        return causeway(words)
      }),
    )
    const hashes = verified.map(({ stdout }) => (JSON.parse(stdout) as { hash: string }).hash)

    expect(new Set(hashes).size).toBe(1)
    hash = hashes[0]!
  })

  test("refuses a card that was changed, and a roster of another hash", async () => {
    const card = JSON.parse(await readFile(join(folder, "card-ada.json"), "utf8")) as object
    await writeFile(join(folder, "bad.json"), JSON.stringify({ ...card, address: "evil:1" }))

    const verified = await causeway([
      "ceremony",
      "verify",
      "invite.json",
      "bad.json",
      "--folder",
      "ada",
    ])
    const other = hash.replace(/./, (first) => (first === "0" ? "1" : "0"))
    const ran = await causeway(["ceremony", "run", "--folder", "ada", "--roster", other], "x")

    expect(verified).toMatchObject({ code: 1, stdout: "" })
    expect(verified.stderr).toContain("bad.json")
    expect(verified.stderr).toContain("signature is wrong")
    expect(ran.stderr).toContain("not the one that was given")
  })

  test("is held by all at once, and attested by each", async () => {
    const run = ["ceremony", "run", "--roster", hash, "--wait", "60", "--json", "--folder"]
    const ran = await Promise.all(NAMES.map((name) => causeway([...run, name], passphraseOf(name))))
    for (const { code, stdout, stderr } of ran) {
      expect(stderr).toContain("all participants signed the transcript")
      expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({ code: 0, isDone: true })
    }

    const challenge = "block 1900000"
    const attested = await Promise.all(
      NAMES.map((name) => {
        const words = ["--folder", name, "--challenge", challenge, "--out", `${name}.attestation`]
        return causeway(["ceremony", "attest", ...words], passphraseOf(name))
      }),
    )
    for (const { code, stdout } of attested) {
      expect(code).toBe(0)
      expect(stdout).toContain("holds its shares")
    }
    const files = NAMES.map((name) => `${name}.attestation`)
    const shown = await causeway(["ceremony", "verify", "ben/transcript-taproot.json", ...files])
    expect(shown.code).toBe(0)
    expect(shown.stdout).toContain("2 of 3")
    expect(shown.stdout.split(challenge)).toHaveLength(NAMES.length + 1)
  })

  test("shows a transcript that was touched, and a wrong passphrase, for what they are", async () => {
    const file = join(folder, "ada", "transcript-taproot.json")
    const text = await readFile(file, "utf8")
    await writeFile(join(folder, "touched.json"), text.replace('"group":"Ours"', '"group":"Mine"'))

    const touched = await causeway(["ceremony", "verify", "touched.json"])
    const locked = await causeway(["ceremony", "attest", "--folder", "ada"], "a guess")

    expect(touched.code).toBe(1)
    expect(touched.stderr).toContain("bad-transcript")
    expect(locked.code).toBe(1)
    expect(locked.stderr).toContain("wrong passphrase")
  })
})

describe("a signer on the command line", () => {
  test("is examined before it is whole, and what is missing is said", async () => {
    const shown = await causeway(["signer", "doctor", "--folder", "ada", "--no-passphrase"])
    const told = await causeway([
      "signer",
      "doctor",
      "--folder",
      "ada",
      "--no-passphrase",
      "--json",
    ])

    expect(shown.code).toBe(1)
    expect(shown.stdout).toMatch(/BAD\s+folder/)
    expect(shown.stdout).toContain("bridge.json: missing")
    expect(JSON.parse(told.stdout)).toMatchObject({ ok: false })
  })

  test("is backed up and brought back with nothing but the file and the passphrase", async () => {
    const kept = await causeway(
      ["signer", "backup", "--folder", "ben", "--out", "ben.backup"],
      passphraseOf("ben"),
    )
    const restore = ["signer", "restore", "--from", "ben.backup", "--folder", "ben-again"]
    const guessed = await causeway(restore, "a guess")
    const back = await causeway(
      [...restore, "--manifest", "ada/manifest.json"],
      passphraseOf("ben"),
    )

    expect(kept.code).toBe(0)
    expect(guessed).toMatchObject({ code: 1, stdout: "" })
    expect(guessed.stderr).toContain("wrong passphrase")
    expect(back.code).toBe(0)
    expect(back.stdout).toContain("It signs nothing before")
    const read = (folder: string) => readFile(join(folder, "share-taproot.json"), "utf8")
    expect(await read(join(folder, "ben-again"))).toBe(await read(join(folder, "ben")))
  })
})

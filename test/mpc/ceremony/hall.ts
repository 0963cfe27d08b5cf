// Folders of participants, and their processes, as people would bring them together.

import { type ChildProcess, spawn } from "node:child_process"
import { randomBytes, randomInt } from "node:crypto"
import { once } from "node:events"
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bundle } from "../../../mpc/bundle.ts"
import {
  type Invite,
  inviteHash,
  makeRoster,
  type Role,
  rosterHash,
  signCard,
} from "../../../mpc/ceremony/roster.ts"
import type { Patience } from "../../../mpc/ceremony/seat.ts"
import { readTranscript } from "../../../mpc/ceremony/start.ts"
import { newIdentity } from "../../../mpc/certificate.ts"
import { endsItsProcess, type PartyTask, type PartyWord, takePart } from "./party.ts"

export const PASSPHRASE = "correct horse battery staple"

/** On a busy machine nobody shall be blamed for it. */
const PATIENT: Patience = { gatherMs: 60_000, stepMs: 60_000, graceMs: 10_000 }

export interface Guest {
  readonly name: string
  readonly folder: string
  readonly role?: Role
}

export class Town {
  readonly folder: string
  readonly #children = new Set<ChildProcess>()
  #program: Promise<string> | null = null

  constructor(folder: string) {
    this.folder = folder
  }

  static async open(): Promise<Town> {
    return new Town(await mkdtemp(join(tmpdir(), "causeway-ceremony-")))
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL")
    await rm(this.folder, { recursive: true, force: true })
  }

  /** A guest with an identity in a folder of its own. */
  async guest(name: string, role: Role = "member"): Promise<Guest> {
    const folder = join(this.folder, name.replaceAll(" ", "-"))
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const { certificate, key } = newIdentity(name, { now: new Date() })
    await writeFile(join(folder, "identity.pem"), key, { mode: 0o600 })
    await writeFile(join(folder, "certificate.pem"), certificate)
    return { name, folder, role }
  }

  /** The same guests as they are now, in folders of their own. */
  async copies(guests: readonly Guest[]): Promise<Guest[]> {
    const place = join(this.folder, randomBytes(6).toString("hex"))
    return Promise.all(
      guests.map(async (guest) => {
        const folder = join(place, guest.name.replaceAll(" ", "-"))
        await cp(guest.folder, folder, { recursive: true })
        return { ...guest, folder }
      }),
    )
  }

  guests(count: number, first = 1): Promise<Guest[]> {
    return Promise.all(Array.from({ length: count }, (_, at) => this.guest(`signer ${first + at}`)))
  }

  /** Writes one roster into all folders, and returns its hash. */
  async invite(guests: readonly Guest[], parts: Partial<Invite>): Promise<string> {
    const members = guests.filter(({ role }) => (role ?? "member") === "member").length
    const now = new Date()
    const invite: Invite = {
      ...{ format: 1, kind: "generate", network: "devnet", group: "ours", schemes: ["taproot"] },
      ...{ threshold: 3, parties: members, coordinators: [], previous: {} },
      nonce: randomBytes(32).toString("hex"),
      created: now.toISOString(),
      expires: new Date(now.getTime() + 3_600_000).toISOString(),
      ...parts,
    }
    const cards = await Promise.all(
      guests.map(async ({ name, folder, role = "member" }) => {
        const read = (file: string) => readFile(join(folder, file), "utf8")
        const key = await read("identity.pem")
        const certificate = await read("certificate.pem")
        return signCard(
          { key, certificate },
          {
            ...{ invite: inviteHash(invite), role, name, address: await freeAddress() },
            ...{ operator: `${name} Ltd`, hosting: `${name} rack`, custody: `${name} safe` },
          },
        )
      }),
    )
    const roster = makeRoster(invite, cards, now)
    for (const { folder } of guests)
      await writeFile(join(folder, "roster.json"), JSON.stringify(roster))
    return rosterHash(roster)
  }

  /**
   * Each guest's part, to its end: in a process of its own when `apart`, or when it will be killed, which
   * leaves no word; else all in this one, each behind its own door and in its own folder.
   */
  async hold(
    guests: readonly Guest[],
    hash: string,
    {
      faults = {},
      attempt = 1,
      patience = {},
      absent = [],
      apart = false,
      onStart = () => {},
    }: {
      readonly faults?: Readonly<Record<string, string>>
      readonly attempt?: number
      readonly patience?: Partial<Patience>
      readonly absent?: readonly string[]
      readonly apart?: boolean
      readonly onStart?: (child: ChildProcess) => void
    } = {},
  ): Promise<Readonly<Record<string, Ended>>> {
    const rows = guests
      .filter(({ name }) => !absent.includes(name))
      .map(async ({ name, folder }): Promise<[string, Ended]> => {
        const task: PartyTask = {
          folder,
          hash,
          attempt,
          fault: faults[name] ?? null,
          patience: { ...PATIENT, ...patience },
        }
        const isApart = apart || endsItsProcess(task.fault)
        return [name, await (isApart ? this.#one(task, onStart) : here(task))]
      })
    return Object.fromEntries(await Promise.all(rows))
  }

  async #one(task: PartyTask, onStart: (child: ChildProcess) => void): Promise<Ended> {
    this.#program ??= bundle(new URL("./party-process.ts", import.meta.url))
    const program = await this.#program
    const child = spawn(process.execPath, [program, JSON.stringify(task)], {
      stdio: ["pipe", "pipe", "pipe"],
      env: {},
    })
    this.#children.add(child)
    child.stdin.on("error", () => {})
    child.stdin.end(`${PASSPHRASE}\n`)
    onStart(child)
    let said = ""
    let noted = ""
    child.stdout.on("data", (chunk) => {
      said += String(chunk)
    })
    child.stderr.on("data", (chunk) => {
      noted += String(chunk)
    })
    return new Promise((resolve) => {
      child.once("close", (_, signal) => {
        this.#children.delete(child)
        const word = said === "" ? null : (JSON.parse(said) as PartyWord)
        resolve({ word, signal, output: `${said}${noted}` })
      })
    })
  }
}

async function here(task: PartyTask): Promise<Ended> {
  const notes: string[] = []
  const word = await takePart(task, Buffer.from(PASSPHRASE), (text) => notes.push(text))
  return { word, signal: null, output: `${JSON.stringify(word)}\n${notes.join("\n")}` }
}

export interface Ended {
  readonly word: PartyWord | null
  readonly signal: string | null
  /** All that it wrote. */
  readonly output: string
}

/** Who is to blame, in the words of those who ended with an error. */
export function blamed(ended: Readonly<Record<string, Ended>>, names: readonly string[]): string[] {
  return names.map((name) => {
    const { word, output } = ended[name]!
    if (word === null || word.ok) throw new Error(`${name}: ${output}`)
    if (word.code !== "ceremony-aborted") throw new Error(`${name}: ${JSON.stringify(word)}`)
    return word.detail.blamed!
  })
}

export function headOf(folder: string, scheme: "taproot" | "evm" | "rsa"): Promise<string> {
  return readTranscript(folder, scheme).then((read) => read!.verified.head)
}

/**
 * One that nobody listens at, and that the system gives nobody who asks it for any port: the guest comes to it some seconds
 * later, and others start servers meanwhile.
 */
export async function freeAddress(): Promise<string> {
  for (;;) {
    const server = createServer()
    try {
      server.listen(randomInt(20_000, 32_768), "127.0.0.1")
      await once(server, "listening")
      const { port } = server.address() as { port: number }
      await new Promise((resolve) => server.close(resolve))
      return `127.0.0.1:${port}`
    } catch {
      // Somebody listens there: another one.
    }
  }
}

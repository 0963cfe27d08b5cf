// What a signer's endpoints answered: a file a day in its folder, only ever added to, for whoever asks later why it signed.
//
// Each line names the one before it by its hash, and the journal names the last line before each pledge: what was
// known when it was given is all that stands in front of it (requirement R-17).

import { hash } from "node:crypto"
import { appendFile, mkdir, readdir, readFile, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import type { Heard } from "../chains/http.ts"
import { Recent } from "../chains/recent.ts"

export interface AnswersOptions {
  /** Of this signer's endpoints: a name in the log, and what is behind it may be a key. */
  readonly urls: readonly string[]
  readonly now: () => number
  /** A day's answers beyond so many bytes are kept by their hashes alone. */
  readonly dayBytesMax?: number
  /** Files that are older are deleted: an operator who wants them longer copies them away. */
  readonly days?: number
}

export const ANSWERS_FOLDER = "answers"
const DAY_MS = 86_400_000
const DAY_BYTES_MAX = 256 * 1024 * 1024
const DAYS = 30
/** A longer answer is a block, which its own hash names: the hash is enough to prove which it was. */
const BODY_MAX = 16 * 1024
const WRITE_MS = 250
const NONE = "0".repeat(64)

export class AnswerLog {
  readonly #folder: string
  readonly #options: Required<AnswersOptions>
  /** The hash of the last answer to each question: what has not changed is not written again. */
  readonly #last = new Recent<string, string>(20_000)
  readonly #names = new Recent<string, string>(100)
  #head: string
  #day: string
  #bytes: number
  #waiting: string[] = []
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> = Promise.resolve()
  #problem: string | null = null

  private constructor(
    folder: string,
    options: Required<AnswersOptions>,
    start: { head: string; day: string; bytes: number },
  ) {
    this.#folder = folder
    this.#options = options
    this.#head = start.head
    this.#day = start.day
    this.#bytes = start.bytes
  }

  static async open(signerFolder: string, options: AnswersOptions): Promise<AnswerLog> {
    const folder = join(signerFolder, ANSWERS_FOLDER)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const all = { dayBytesMax: DAY_BYTES_MAX, days: DAYS, ...options }
    const day = dayOf(options.now())
    const head = await lastAnswer(signerFolder)
    const own = await stat(join(folder, `${day}.jsonl`)).catch(() => null)
    return new AnswerLog(folder, all, { head, day, bytes: own?.size ?? 0 })
  }

  /** The hash of the last line: the journal's pledges name it. */
  get head(): string {
    return this.#head
  }

  /** Why it could not be written of late; null when it could. */
  get problem(): string | null {
    return this.#problem
  }

  /** Remembers at once and writes soon; never throws, and costs a hash of the answer. */
  hear({ url, sent, status, body }: Heard): void {
    const { name, asked } = this.#question(url, sent)
    const sha256 = hashOf(body)
    const key = `${name} ${asked}`
    const said = `${status} ${sha256}`
    if (this.#last.get(key) === said) return
    this.#last.set(key, said)
    const nowMs = this.#options.now()
    if (dayOf(nowMs) !== this.#day) this.#turnOver(dayOf(nowMs))
    const isKept = body.length <= BODY_MAX && this.#bytes < this.#options.dayBytesMax
    const line = JSON.stringify({
      ...{
        at: new Date(nowMs).toISOString(),
        after: this.#head,
        from: name,
        asked,
        status,
        sha256,
      },
      ...(isKept && { body }),
    })
    this.#head = hashOf(line)
    this.#bytes += line.length
    this.#waiting.push(line)
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_MS).unref()
  }

  /** Everything that was heard is in its file, or `problem` says why not: a signer that cannot write stops by its journal. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const lines = this.#waiting.splice(0)
    if (lines.length === 0) return this.#writing
    const path = join(this.#folder, `${this.#day}.jsonl`)
    this.#writing = this.#writing
      .then(() => appendFile(path, `${lines.join("\n")}\n`, { mode: 0o600 }))
      .then(() => {
        this.#problem = null
      })
      .catch((error: unknown) => {
        this.#problem = (error as Error).message
      })
    return this.#writing
  }

  #turnOver(day: string): void {
    void this.flush()
    this.#day = day
    this.#bytes = 0
    // A new file can be read without the old ones.
    this.#last.clear()
    const oldest = `${dayOf(this.#options.now() - this.#options.days * DAY_MS)}.jsonl`
    this.#writing = this.#writing.then(async () => {
      const names = await readdir(this.#folder).catch(() => [])
      for (const name of names.filter((one) => DAY_FILE.test(one) && one < oldest))
        await rm(join(this.#folder, name), { force: true })
    })
  }

  /** The endpoint by its host: a path may hold the key that its owner gave us. */
  #question(url: string, sent: string) {
    const base = this.#options.urls.find((one) => url.startsWith(one)) ?? new URL(url).origin
    const name = this.#nameOf(base)
    const rest = url.slice(base.length)
    return { name, asked: `${rest}${sent && ` ${sent}`}`.trim().slice(0, 2_000) }
  }

  #nameOf(base: string): string {
    const known = this.#names.get(base)
    if (known !== undefined) return known
    const at = this.#options.urls.indexOf(base)
    const name = `${at < 0 ? "?" : at + 1} ${new URL(base).host}`
    this.#names.set(base, name)
    return name
  }
}

/** The name of a day's file. */
export const DAY_FILE = /^\d{4}-\d{2}-\d{2}\.jsonl$/

/** The hash of the last line that is in a signer's folder; nobody need write there. */
export async function lastAnswer(signerFolder: string): Promise<string> {
  const folder = join(signerFolder, ANSWERS_FOLDER)
  const names = (await readdir(folder).catch(() => [])).filter((name) => DAY_FILE.test(name))
  const last = names.sort().at(-1)
  return last === undefined ? NONE : await headOf(join(folder, last))
}

/** The lines of a day, each following the one before: the hash of the last. Throws for one that does not. */
export function headAfter(lines: readonly string[], before?: string): string {
  let head = before
  for (const line of lines) {
    const { after } = JSON.parse(line) as { after: string }
    if (head !== undefined && after !== head) throw new Error(`a line does not follow ${head}`)
    head = hashOf(line)
  }
  return head ?? NONE
}

async function headOf(path: string): Promise<string> {
  const text = await readFile(path, "utf8")
  // What a crash cut short at the end is nobody's line.
  const last = text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1)
  return last ? hashOf(last) : NONE
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function hashOf(text: string): string {
  return hash("sha256", text)
}

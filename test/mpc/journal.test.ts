import { spawn } from "node:child_process"
import { once } from "node:events"
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { type Entry, openJournal } from "../../mpc/journal.ts"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-journal-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const file = () => join(folder, "journal.log")
const entry = (number: number): Entry => ({ kind: "test", number, text: "é".repeat(number % 5) })

async function replayed(): Promise<Entry[]> {
  const entries: Entry[] = []
  await (await openJournal(folder, (found) => entries.push(found))).close()
  return entries
}

async function write(count: number): Promise<Entry[]> {
  const journal = await openJournal(folder, () => {})
  const entries = Array.from({ length: count }, (_, number) => entry(number))
  for (const one of entries) await journal.append(one)
  await journal.close()
  return entries
}

describe("the journal", () => {
  test("gives back in order what was appended, over several openings", async () => {
    const first = await write(3)
    const second = await write(4)

    expect(await replayed()).toEqual([...first, ...second])
  })

  test("shares one wait for the disk among the entries of one moment", async () => {
    const journal = await openJournal(folder, () => {})

    await Promise.all(Array.from({ length: 100 }, (_, number) => journal.append(entry(number))))

    expect([journal.entries, journal.syncs]).toEqual([100, 1])
    await journal.close()
  })

  test("lets what comes during a wait share the next one, and keeps the order", async () => {
    const journal = await openJournal(folder, () => {})
    const order: number[] = []
    const append = (number: number) => journal.append(entry(number)).then(() => order.push(number))

    const first = append(0)
    await Promise.resolve().then(() => {})
    await Promise.all([first, append(1), append(2), append(3)])
    await journal.close()

    expect(order).toEqual([0, 1, 2, 3])
    expect(journal.syncs).toBeLessThanOrEqual(2)
    expect(await replayed()).toEqual([0, 1, 2, 3].map(entry))
  })

  test("drops an entry that a crash cut short, at whatever byte, and goes on behind it", async () => {
    const entries = await write(4)
    const whole = await readFile(file())
    const ends: number[] = []
    for (let count = 0; count <= entries.length; count += 1) ends.push(endOf(entries, count))
    expect(ends.at(-1)).toBe(whole.length)

    for (let cut = 0; cut < whole.length; cut += 1) {
      await writeFile(file(), whole.subarray(0, cut))
      const kept = entries.slice(0, ends.filter((end) => end <= cut).length - 1)

      const found: Entry[] = []
      const journal = await openJournal(folder, (one) => found.push(one))
      await journal.append(entry(9))
      await journal.close()

      expect(found, `cut at ${cut}`).toEqual(cut < 8 ? [] : kept)
      expect(await replayed(), `cut at ${cut}`).toEqual([...(cut < 8 ? [] : kept), entry(9)])
    }
  })

  test("refuses to open with any one byte changed, the last entry's too", async () => {
    await write(3)
    const whole = await readFile(file())

    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole)
      changed[at]! ^= 0x10
      await writeFile(file(), changed)

      await expect(replayed(), `byte ${at}`).rejects.toMatchObject({ code: "journal-damaged" })
      expect(await readFile(file())).toEqual(changed)
    }
  })

  test("refuses a hole of zeros or a missing piece in the middle", async () => {
    await write(6)
    const whole = await readFile(file())
    const hole = Buffer.from(whole).fill(0, 60, 120)
    const gap = Buffer.concat([whole.subarray(0, 60), whole.subarray(100)])

    for (const bytes of [hole, gap]) {
      await writeFile(file(), bytes)
      await expect(replayed()).rejects.toMatchObject({ code: "journal-damaged" })
    }
  })

  test("is for its owner alone", async () => {
    await write(1)

    expect((await stat(file())).mode & 0o777).toBe(0o600)
  })

  test("confirms nothing once another process has written to it", async () => {
    const older = await openJournal(folder, () => {})
    await older.append(entry(1))
    const newer = await openJournal(folder, () => {})
    await newer.append(entry(2))

    const late = older.append(entry(3))

    await expect(late).rejects.toMatchObject({ code: "journal-unwritable" })
    await expect(older.append(entry(4))).rejects.toMatchObject({ code: "journal-unwritable" })
    // The entry of the one that lost is in the file but was never confirmed; the winner halts as well.
    await expect(newer.append(entry(5))).rejects.toMatchObject({ code: "journal-unwritable" })
    await Promise.all([older.close(), newer.close()])
  })

  test("confirms nothing after a write that failed", async () => {
    const journal = await openJournal(folder, () => {})
    await appendFile(file(), "x")

    const results = await Promise.allSettled([journal.append(entry(1)), journal.append(entry(2))])

    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"])
    await journal.close()
    await expect(journal.append(entry(3))).rejects.toMatchObject({ code: "journal-unwritable" })
  })

  test("has every confirmed entry after kill -9 at any moment", async () => {
    for (const after of [1, 40, 400]) {
      const confirmed = await confirmedUntilKilled(after)
      const found = (await replayed()).map((one) => Number(one.number))

      expect(found.slice(0, confirmed.length)).toEqual(confirmed)
      await rm(file())
    }
  }, 60_000)
})

/** Where the frames of the first `count` entries end. */
function endOf(entries: readonly Entry[], count: number): number {
  const sizes = entries.slice(0, count).map((one) => Buffer.byteLength(JSON.stringify(one)))
  return 8 + sizes.reduce((sum, size) => sum + 12 + size, 0)
}

/** Runs a process that appends without pause; kills it once it reported so many entries on disk. */
async function confirmedUntilKilled(after: number): Promise<number[]> {
  const program = `
    import { openJournal } from ${JSON.stringify(new URL("../../mpc/journal.ts", import.meta.url))}
    const journal = await openJournal(${JSON.stringify(folder)}, () => {})
    for (let number = 0; ; number += 1) {
      const done = journal.append({ kind: "test", number }).then(() => console.log(number))
      if (number % 3 === 0) await done
    }`
  const tsx = import.meta.resolve("tsx")
  const child = spawn(process.execPath, ["--import", tsx, "--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const confirmed: number[] = []
  createInterface({ input: child.stdout }).on("line", (line) => {
    confirmed.push(Number(line))
    if (confirmed.length === after) child.kill("SIGKILL")
  })
  await once(child, "close")
  return confirmed
}

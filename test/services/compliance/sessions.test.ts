// What happens by itself where people sign in: addresses leave, and new files of places are taken up while it runs.

import { createHash } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { lookAfterSessions } from "../../../services/compliance/compliance.ts"
import { logFor } from "../../../services/log.ts"
import { mmdbOf } from "./mmdb-writer.ts"
import { anOffice } from "./office.ts"

const log = logFor("sessions", "silent")
const bytesOf = (country: string) => mmdbOf([["81.2.69.0/24", { country_code: country }]])

function placesIn(bytes: Buffer) {
  const sha256 = createHash("sha256").update(bytes).digest("hex")
  return [{ source: "dbip", path: "places.mmdb", schema: "flat" as const, sha256 }]
}

test("a file of places that the settings pin anew is read without a restart, and no other is", async () => {
  const [old, fresh, forged] = [bytesOf("DE"), bytesOf("AT"), bytesOf("CH")]
  const prepare = (folder: string) => writeFile(join(folder, "places.mmdb"), old)
  const office = await anOffice({ screening: { places: placesIn(old) }, prepare })
  let settings = office.settings
  const stop = lookAfterSessions(office, office.folder, async () => settings, log, 5)
  onTestFinished(stop)
  const digest = () => office.whereabouts.files.dbip

  await writeFile(join(office.folder, "places.mmdb"), forged)
  settings = { ...settings, places: placesIn(fresh) }
  await new Promise((resolve) => setImmediate(resolve))
  expect(digest()).toBe(placesIn(old)[0]!.sha256)

  await writeFile(join(office.folder, "places.mmdb"), fresh)
  await vi.waitFor(() => expect(digest()).toBe(placesIn(fresh)[0]!.sha256), { timeout: 20_000 })
})

test("addresses leave when their time is up, where nothing but sessions is served", async () => {
  const office = await anOffice()
  const { sql, settings } = office
  await sql`
    insert into sessions (party, signed, proof, terms, statements, nonce, issued_ms, until_ms, places, networks, files)
    values ('evm:0x0', 'text', '{}', '1', '[]', 'n', 0, 1, '[]', '[]', '{}')`
  await sql`
    insert into raw_addresses select number, '81.2.69.142', now() - interval '1 second' from sessions`

  onTestFinished(lookAfterSessions(office, office.folder, async () => settings, log, 5))

  const left = async () => (await sql`select from raw_addresses`).length
  await vi.waitFor(async () => expect(await left()).toBe(0), { timeout: 20_000 })
})

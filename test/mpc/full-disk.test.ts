// A disk that is really full: a signer promises nothing that it cannot keep, and stays silent from then on.

import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, onTestFinished, test } from "vitest"

const OWN_DISK = ["--user", "--map-root-user", "--mount", "sh", "-c"]
const canMount =
  spawnSync("unshare", [...OWN_DISK, "mount -t tmpfs -o size=64k none /mnt"]).status === 0

// Case 144
test.skipIf(!canMount)(
  "with a full disk a signer signs nothing, and has all that it promised before",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "causeway-full-"))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const script = fileURLToPath(new URL("./full-disk-process.ts", import.meta.url))
    const line = `mount -t tmpfs -o size=64k none "$1" && exec "$2" --import tsx "$3" "$1"`

    const { stdout, stderr } = spawnSync(
      "unshare",
      [...OWN_DISK, line, "sh", folder, process.execPath, script],
      { encoding: "utf8", cwd: fileURLToPath(new URL("../..", import.meta.url)) },
    )

    const told = JSON.parse(stdout || `"${stderr}"`)
    expect(told.promised).toBeGreaterThan(10)
    expect(told).toMatchObject({
      ...{ codes: Array(3).fill("journal-unwritable"), forgotten: [] },
      reopened: "opens",
    })
  },
)

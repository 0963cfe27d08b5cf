// A signer's journal on a disk of its own that fills up: told on standard output, in one line, what was promised and what not.

import { readFileSync, statfsSync } from "node:fs"
import { join } from "node:path"
import { Pledges } from "../../mpc/pledges.ts"
import { anId } from "../builders.ts"
import { aPayout } from "../chains/builders.ts"

const [folder = ""] = process.argv.slice(2)
const caps = [{ asset: "AR", signature: 10n ** 18n, day: 10n ** 24n }] as const
const pledges = await Pledges.open(folder)
const promised: string[] = []
const codes: string[] = []
for (let n = 0; n < 5_000 && codes.length < 3; n++) {
  const transfer = `arweave:${anId(`${n}`)}:0` as const
  const payouts = [aPayout("ao", { transfer, amount: 1n })]
  const plan = {
    chain: "ao",
    payouts,
    terms: {},
    slots: new Map([[transfer, `slot ${n}`]]),
  } as const
  const failed = await pledges.pledge(plan, caps, n).then(
    () => null,
    (error: { code: string }) => error.code,
  )
  if (failed) codes.push(failed)
  else promised.push(transfer)
}
await pledges.close().catch(() => {})
const kept = readFileSync(join(folder, "journal.log"), "latin1")
const forgotten = promised.filter((transfer) => !kept.includes(`"transfer":"${transfer}"`))
const reopened = await Pledges.open(folder).then(
  () => "opens",
  (error: { code: string }) => error.code,
)
const { bavail } = statfsSync(folder)
process.stdout.write(
  `${JSON.stringify({ promised: promised.length, codes, forgotten, reopened, bavail })}\n`,
)
process.exit(0)

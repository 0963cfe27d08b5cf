// A participant of a ceremony as a process of its own: its word is one line of standard output.

import { readPassphrase } from "../../../mpc/passphrase.ts"
import { tellBusy } from "../busy.ts"
import { type PartyTask, takePart } from "./party.ts"

const task = JSON.parse(process.argv[2]!) as PartyTask
const passphrase = await readPassphrase(process.stdin)
tellBusy()
const word = await takePart(task, passphrase, (text) => process.stderr.write(`${text}\n`))
process.stdout.write(`${JSON.stringify(word)}\n`)

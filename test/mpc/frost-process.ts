// A signer's program over the chains of a test, which are signed with FROST.

import { runProcess } from "../../mpc/process.ts"
import { tellBusy } from "./busy.ts"
import { FROST_OVER_HTTP } from "./world-http.ts"

await runProcess(FROST_OVER_HTTP)
tellBusy()

// A signer's program as mpc/node.ts is, over the chains of a test.

import { runProcess } from "../../mpc/process.ts"
import { tellBusy } from "./busy.ts"
import { CHAINS_OVER_HTTP } from "./world-http.ts"

await runProcess(CHAINS_OVER_HTTP)
tellBusy()

// The signer's program: `causeway signer run`, and what a signer's image starts.

import { CHAIN_OF } from "../chains/index.ts"
import { runProcess } from "./process.ts"

await runProcess(CHAIN_OF)

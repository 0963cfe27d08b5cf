// A local Bitcoin node as a process of its own, for tests that kill it: `folder blockTimeMs`.

import { startBitcoin } from "../../../devnet/bitcoin/index.ts"

const [folder = "", blockTimeMs = ""] = process.argv.slice(2)
startBitcoin({ folder, blockTimeMs: Number(blockTimeMs) }).then(
  ({ url }) => console.log(url),
  (error) => {
    console.error(error)
    process.exitCode = 1
  },
)

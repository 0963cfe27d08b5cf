// A local Arweave node as a process of its own, for tests that kill it: `folder blockTimeMs`.

import { startArweave } from "../../devnet/arweave/index.ts"

const [folder = "", blockTimeMs = ""] = process.argv.slice(2)
startArweave({ folder, blockTimeMs: Number(blockTimeMs) }).then(
  ({ url }) => console.log(url),
  (error) => {
    console.error(error)
    process.exitCode = 1
  },
)

// A local network's process that starts the signers it is told about, says who they are, and waits.

import { startCluster } from "../../devnet/cluster.ts"

const cluster = await startCluster({
  signers: JSON.parse(process.argv[2]!),
  program: new URL("./signer-process.ts", import.meta.url),
})
process.stdout.write(`${JSON.stringify(Object.values(cluster.pids))}\n`)
setInterval(() => {}, 60_000)

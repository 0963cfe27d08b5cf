// The local Bitcoin node as a process of its own: `main.ts <settings as JSON>`.

import { liveWithParent } from "../live.ts"
import { startBitcoin } from "./index.ts"

const node = await startBitcoin(JSON.parse(process.argv[2]!))
liveWithParent({ url: node.url, port: node.port }, () => node.stop())

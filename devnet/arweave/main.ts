// The local Arweave node as a process of its own: `main.ts <settings as JSON>`.

import { liveWithParent } from "../live.ts"
import { startArweave } from "./index.ts"

const node = await startArweave(JSON.parse(process.argv[2]!))
liveWithParent({ url: node.url, port: node.port }, () => node.stop())

// The local AO units as a process of their own: `main.ts <settings as JSON>`.

import { liveWithParent } from "../live.ts"
import { startAo } from "./index.ts"

const units = await startAo(JSON.parse(process.argv[2]!))
const { url, muUrl, suUrl, cuUrl, graphqlUrl, moduleId, scheduler, authority, port } = units
liveWithParent({ url, muUrl, suUrl, cuUrl, graphqlUrl, moduleId, scheduler, authority, port }, () =>
  units.stop(),
)

// Services as a child of the local network: `process.ts --folder DIR [--only ROLE,...]`.

import { parseArgs } from "node:util"
import { runServices } from "./main.ts"

const { values } = parseArgs({
  options: { folder: { type: "string" }, only: { type: "string" } },
})
await runServices(values.folder ?? ".", { only: values.only?.split(","), withParent: true })

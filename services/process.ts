// Services as a process of their own: `process.ts --folder DIR [--only ROLE,...]`.

import { parseArgs } from "node:util"
import { runServices } from "./main.ts"

const { values } = parseArgs({
  options: { folder: { type: "string" }, only: { type: "string" } },
})
await runServices(values.folder ?? ".", values.only?.split(",") ?? null)

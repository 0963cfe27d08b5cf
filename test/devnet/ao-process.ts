// Local AO units as a process of their own, for a test that kills it: `<options as JSON>`.

import { startAo } from "../../devnet/ao/index.ts"

startAo(JSON.parse(process.argv[2]!)).then(
  ({ muUrl, suUrl, cuUrl, moduleId, scheduler, authority }) =>
    console.log(JSON.stringify({ muUrl, suUrl, cuUrl, moduleId, scheduler, authority })),
  (error) => {
    console.error(error)
    process.exitCode = 1
  },
)

// The page for people: begins with the bridge's public facts, then shows what the address asks for.

import { render } from "preact"
import { loadFacts } from "./net/facts.ts"
import { keepLooking } from "./net/standing.ts"
import { Shell } from "./parts/shell.tsx"
import { resume } from "./wallets/arweave.ts"

render(<Shell />, document.getElementById("page")!)
keepLooking()
loadFacts().catch(() => {
  // The shell goes on saying that the bridge does not answer; a reload begins anew.
})
resume().catch(() => {
  // A wallet that cannot say whether it is connected is not.
})

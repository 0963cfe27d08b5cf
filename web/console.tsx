// The console for the people who look after the bridge: begins with its public facts, and waits for a key.

import { render } from "preact"
import { Console } from "./console/console.tsx"
import { loadFacts } from "./net/facts.ts"
import { keepLooking } from "./net/standing.ts"

render(<Console />, document.getElementById("page")!)
keepLooking()
loadFacts().catch(() => {
  // The console goes on saying that the bridge does not answer.
})

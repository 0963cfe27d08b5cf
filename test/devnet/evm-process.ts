// A local EVM chain in a process of its own, for tests that kill it.

import { startEvm } from "../../devnet/evm/index.ts"

startEvm({ chainId: 31_337 }).then(({ url }) => console.log(url))

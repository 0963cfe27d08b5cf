// The order of test files: those that take long go first, so that no core is idle at the end while the other has one of them left.

import { BaseSequencer, type TestSpecification } from "vitest/node"

/** Longest first, with what they start before their first test. All others follow as Vitest has them: it knows how long they took last. */
export const LONG = [
  ...["chains/ao/hyperbeam-fuzz", "simulation/planted", "simulation/simulation"],
  ...[
    "simulation/explore",
    "simulation/explore-shared",
    "mpc/schemes/deal",
    "sdk/hyperbeam",
    "lua/conservation",
  ],
  ...["e2e/faults", "e2e/evm", "e2e/web", "e2e/crash", "e2e/rewards", "mpc/ceremony/seven"],
  ...["mpc/ceremony/processes", "mpc/ceremony/session", "e2e/bitcoin", "mpc/former-rsa"],
  ...["e2e/loop", "mpc/former", "e2e/hyperbeam", "contracts/forge", "mpc/secrets"],
  ...["services/cli/ceremony", "mpc/cluster", "mpc/cluster-frost", "mpc/gates", "e2e/compliance"],
  ...["e2e/restore", "e2e/evm-reorg", "mpc/ceremony/devnet", "services/cli/command"],
]

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = await super.sort(files)
    return known.sort((a, b) => placeOf(a.moduleId) - placeOf(b.moduleId))
  }
}

function placeOf(file: string): number {
  const place = LONG.findIndex((name) => file.endsWith(`/test/${name}.test.ts`))
  return place === -1 ? LONG.length : place
}

// Ethereum and BSC as chains of the bridge: one implementation, two configurations.

import type { Chain } from "../chain.ts"
import { type EvmName, evmCodec } from "./codec.ts"
import { BSC, DEVNET, ETHEREUM, type FinalityRule } from "./finality.ts"
import { fileJournal } from "./journal.ts"
import type { Incident } from "./panel.ts"
import type { ProvenLog } from "./reader.ts"
import { connectEvm } from "./rpc.ts"
import type { GasOptions } from "./wallet.ts"

export const ethereum = evmChain("ethereum", ETHEREUM)
export const bsc = evmChain("bsc", BSC)

/** Of one provider while the others were enough: it told another world. */
const LIES: ReadonlySet<Incident["kind"]> = new Set(["disagrees", "omits", "invents"])

const GWEI = 1_000_000_000n

const RULES: GasOptions["rules"] = {
  // A release of a coin costs 60,000 gas: at most 0.03 ETH.
  caps: { max: 500n * GWEI, tipMin: GWEI / 20n, tipMax: 20n * GWEI },
  slotsMax: 16,
  patience: 10,
}
/** Enough for a few hundred releases at 10 gwei, wei. */
const BALANCE_MIN = 100_000_000_000_000_000n

function evmChain(name: EvmName, rule: FinalityRule): Chain<ProvenLog> {
  return {
    name,
    scheme: "evm",
    codec: evmCodec(name),
    connect(endpoints, deployment, purse) {
      // On one machine blocks come on command, and nobody waits for two epochs of them.
      const isLocal = deployment.network === "devnet"
      const told = {
        report: (incident: Incident) => {
          purse?.report({ ...incident, chain: name })
          if (LIES.has(incident.kind)) endpoints.outvoted?.(incident)
        },
      }
      const paying = purse && {
        gas: {
          ...{ key: purse.key, journal: fileJournal(purse.journalFile) },
          ...{ rules: RULES, balanceMin: BALANCE_MIN, left: purse.left ?? (() => {}) },
        },
      }
      return connectEvm(name, isLocal ? DEVNET : rule, endpoints, deployment, {
        ...told,
        ...paying,
      })
    },
  }
}

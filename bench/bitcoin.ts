// What Bitcoin costs: choosing coins, signing a payout of many inputs, its size for each payout, catching up.

import { catchUpFigures } from "./bitcoin/catch-up.ts"
import { coinFigures } from "./bitcoin/coins.ts"
import { signFigures } from "./bitcoin/sign.ts"

/**
 * `coinSelection10kMs`: one choice out of 10,000 coins, the median of amounts from small to nearly all that
 * fifty coins hold. `sign50InputsMs`: a payout of 50 inputs of both kinds, from its terms to its sealed
 * bytes, signed by three of five in one process, one message after the other. `vbytesPerPayout…`: virtual
 * bytes of a payout with one coin of the vault and change, for each P2WPKH recipient. `catchUpBlocksPerSecond`:
 * blocks of about 1 MB read, proven and searched, over HTTP from the same machine.
 */
export async function bitcoin() {
  const figures = { ...coinFigures(), ...(await signFigures()), ...(await catchUpFigures()) }
  return {
    figures,
    units: {
      coinSelection10kMs: "ms",
      vbytesPerPayout1: "vB",
      vbytesPerPayout10: "vB",
      vbytesPerPayout100: "vB",
      sign50InputsMs: "ms",
      sighashes50InputsMs: "ms",
      catchUpBlocksPerSecond: "blocks/s",
      catchUpMegabytesPerSecond: "MB/s",
    },
  }
}

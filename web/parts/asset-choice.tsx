// Which asset travels: one of those that the bridge carries.

import { ASSETS, type AssetName } from "../../core/assets.ts"
import { homeTicker, networkName } from "../format.ts"
import type { Direction } from "../net/facts.ts"
import { say } from "../words/words.ts"

interface AssetChoiceProps {
  readonly assets: readonly AssetName[]
  readonly chosen: AssetName
  readonly direction: Direction
  readonly onChoose: (asset: AssetName) => void
}

export function AssetChoice({ assets, chosen, direction, onChoose }: AssetChoiceProps) {
  return (
    <fieldset class="assets">
      <legend>{say("form.asset")}</legend>
      {assets.map((asset) => (
        <label key={asset} class={asset === chosen ? "chosen" : ""}>
          <input
            type="radio"
            name="asset"
            value={asset}
            checked={asset === chosen}
            onChange={() => onChoose(asset)}
          />
          <strong>{direction === "in" ? homeTicker(asset) : ASSETS[asset].wrapped.ticker}</strong>
          <small>{networkName(ASSETS[asset].home)}</small>
        </label>
      ))}
    </fieldset>
  )
}

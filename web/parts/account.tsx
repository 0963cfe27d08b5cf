// Which account on AO somebody acts for: one wallet is asked to connect, and of two one is chosen.

import { shortened } from "../format.ts"
import { aoAccount, preferred, type WalletKind } from "../wallets/ao.ts"
import { arweaveAccount } from "../wallets/arweave.ts"
import { evmAccount } from "../wallets/evm.ts"
import { say } from "../words/words.ts"
import { ArweaveConnect, EvmConnect } from "./wallets.tsx"

export function AccountConnect() {
  const [arweave, evm] = [arweaveAccount.value, evmAccount.value?.address ?? null]
  const account = aoAccount.value
  return (
    <div class="wallets">
      <ArweaveConnect />
      <EvmConnect />
      {arweave !== null && evm !== null && account !== null && (
        <label class="pick">
          {say("account.label")}
          <select
            value={account.kind}
            onChange={(event) => {
              preferred.value = event.currentTarget.value as WalletKind
            }}
          >
            <option value="arweave">{shortened(arweave)}</option>
            <option value="evm">{shortened(evm)}</option>
          </select>
        </label>
      )}
      {account?.kind === "evm" && <p class="quiet">{say("account.evm")}</p>}
    </div>
  )
}

// Which wallet pays: it is asked to connect, and shown by its address.

import { useSignal } from "@preact/signals"
import { shortened } from "../format.ts"
import {
  arweaveAccount,
  connectArweave,
  disconnectArweave,
  hasArweaveWallet,
} from "../wallets/arweave.ts"
import { connectEvm, evmAccount, evmWallets } from "../wallets/evm.ts"
import { say } from "../words/words.ts"
import { failureText } from "./send.tsx"

export function ArweaveConnect() {
  const account = arweaveAccount.value
  const { failure, attempt } = useAttempt()
  if (account !== null)
    return <Connected name="Arweave" account={account} onLeave={() => attempt(disconnectArweave)} />
  return (
    <div class="wallet">
      {hasArweaveWallet.value ? (
        <button type="button" onClick={() => attempt(connectArweave)}>
          {say("wallet.connect", { name: "Arweave" })}
        </button>
      ) : (
        <p class="quiet">{say("wallet.none.arweave")}</p>
      )}
      <Failure says={failure} />
    </div>
  )
}

export function EvmConnect() {
  const { failure, attempt } = useAttempt()
  const connected = evmAccount.value
  const leave = async () => {
    evmAccount.value = null
  }
  if (connected !== null) {
    const { wallet, address } = connected
    return <Connected name={wallet.name} account={address} onLeave={() => attempt(leave)} />
  }
  return (
    <div class="wallet">
      {evmWallets.value.map((wallet) => (
        <button key={wallet.id} type="button" onClick={() => attempt(() => connectEvm(wallet))}>
          {say("wallet.connect", { name: wallet.name })}
        </button>
      ))}
      {evmWallets.value.length === 0 && <p class="quiet">{say("wallet.none.evm")}</p>}
      <Failure says={failure} />
    </div>
  )
}

interface ConnectedProps {
  readonly name: string
  readonly account: string
  readonly onLeave: () => void
}

function Connected({ name, account, onLeave }: ConnectedProps) {
  return (
    <div class="wallet">
      <p>
        {say("wallet.from", { name })} <code title={account}>{shortened(account)}</code>
      </p>
      <button type="button" class="plain" onClick={onLeave}>
        {say("wallet.leave")}
      </button>
    </div>
  )
}

function Failure({ says }: { says: string }) {
  return (
    <p role="alert" class="wrong">
      {says}
    </p>
  )
}

function useAttempt() {
  const failure = useSignal("")
  return {
    failure: failure.value,
    attempt: (work: () => Promise<void>) => {
      failure.value = ""
      work().catch((error: unknown) => {
        failure.value = failureText(error)
      })
    },
  }
}

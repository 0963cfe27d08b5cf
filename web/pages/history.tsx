// Your transfers: those that began in this browser, and all of the wallets that are connected.

import { shortened } from "../format.ts"
import { mine } from "../kept.ts"
import { useLive } from "../net/live.ts"
import { type TransferBrief, transferNamed, transfersOf } from "../net/transfers.ts"
import { TransferList } from "../parts/transfer-list.tsx"
import { ArweaveConnect, EvmConnect } from "../parts/wallets.tsx"
import { hrefOf } from "../route.ts"
import { arweaveAccount } from "../wallets/arweave.ts"
import { evmAccount } from "../wallets/evm.ts"
import { say } from "../words/words.ts"

const EVERY_MS = 5_000
/** Of those that began here, so many are looked up. */
const LOOKED_UP = 20

export function History() {
  const accounts = [arweaveAccount.value, evmAccount.value?.address].filter((one) => one != null)
  const begun = mine.value.slice(0, LOOKED_UP)
  const about = JSON.stringify([accounts, begun])
  const live = useLive(about, EVERY_MS, () => allOf(accounts, begun)).value
  const found = live.value?.found ?? []
  const unseen = live.value?.unseen ?? []
  return (
    <>
      <h1>{say("title.history")}</h1>
      <p class="quiet">{say("history.about")}</p>
      <div class="wallets">
        <ArweaveConnect />
        <EvmConnect />
      </div>
      {live.value === undefined && <p class="quiet">{say("start.now")}</p>}
      {live.value && found.length + unseen.length === 0 && (
        <p class="empty">
          {say("history.empty")} <a href={hrefOf("bridge")}>{say("history.first")}</a>
        </p>
      )}
      {unseen.length > 0 && (
        <ul class="rows">
          {unseen.map((name) => (
            <li key={name}>
              <a href={hrefOf("tx", name)}>
                <code>{shortened(name.split(":")[1] ?? name, 10)}</code>
                <span class="state">{say("state.unseen")}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      <TransferList transfers={found} />
    </>
  )
}

async function allOf(accounts: readonly string[], begun: readonly string[]) {
  const [pages, named] = await Promise.all([
    Promise.all(accounts.map((address) => transfersOf({ address, count: 50 }))),
    Promise.all(begun.map(transferNamed)),
  ])
  const all = new Map<string, TransferBrief>()
  for (const one of [...named, ...pages.flatMap(({ transfers }) => transfers)])
    if (one !== null) all.set(one.id, one)
  return { found: [...all.values()], unseen: begun.filter((_, at) => named[at] === null) }
}

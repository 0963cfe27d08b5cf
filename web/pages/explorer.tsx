// All transfers of the bridge, the newest first; and one of them by its id, its transaction or an address.

import { useSignal } from "@preact/signals"
import { aoAddress } from "../../sdk/addresses.ts"
import { useLive } from "../net/live.ts"
import { type TransferPage, transfersOf } from "../net/transfers.ts"
import { Field } from "../parts/field.tsx"
import { TransferList } from "../parts/transfer-list.tsx"
import { hrefOf } from "../route.ts"
import { say } from "../words/words.ts"

const EVERY_MS = 4_000
const COUNT = 20

export function Explorer() {
  const text = useSignal("")
  const cursors = useSignal<readonly string[]>([])
  const searched = text.value.trim()
  const cursor = cursors.value.at(-1)
  const live = useLive(`${searched} ${cursor ?? ""}`, EVERY_MS, () =>
    pageOf(searched, cursor),
  ).value
  const page = live.value
  return (
    <>
      <h1>{say("title.explorer")}</h1>
      <search>
        <Field
          name="search"
          label={say("explorer.search")}
          value={text.value}
          onInput={(next) => {
            text.value = next
            cursors.value = []
          }}
          hint={say("explorer.hint")}
        />
      </search>
      {page === undefined && <p class="quiet">{say("start.now")}</p>}
      {page && <TransferList transfers={page.transfers} />}
      {page?.transfers.length === 0 && (
        <p class="empty">
          {searched === "" ? (
            say("explorer.empty")
          ) : (
            <>
              {say("explorer.none")} <a href={hrefOf("tx", searched)}>{say("explorer.watch")}</a>
            </>
          )}
        </p>
      )}
      <nav class="pager" aria-label={say("explorer.pages")}>
        {cursors.value.length > 0 && (
          <button
            type="button"
            class="plain"
            onClick={() => {
              cursors.value = cursors.value.slice(0, -1)
            }}
          >
            {say("explorer.newer")}
          </button>
        )}
        {page?.next != null && (
          <button
            type="button"
            class="plain"
            onClick={() => {
              cursors.value = [...cursors.value, page.next!]
            }}
          >
            {say("explorer.older")}
          </button>
        )}
      </nav>
    </>
  )
}

/** Of an address, by the transaction that began it, or of all. */
async function pageOf(searched: string, cursor: string | undefined): Promise<TransferPage> {
  const paging = { count: COUNT, ...(cursor !== undefined && { cursor }) }
  if (searched === "") return transfersOf(paging)
  const transaction = searched.split(":")[1] ?? searched
  const address = aoAddress(searched) ?? (searched.includes(":") ? null : searched)
  const [byAddress, byTransaction] = await Promise.all([
    address === null ? NOTHING : transfersOf({ address, ...paging }).catch(() => NOTHING),
    transfersOf({ tx: transaction }).catch(() => NOTHING),
  ])
  return {
    transfers: [...byTransaction.transfers, ...byAddress.transfers],
    next: byAddress.next,
  }
}

const NOTHING: TransferPage = { transfers: [], next: null }

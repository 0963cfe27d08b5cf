// From Bitcoin: an address of one's own, computed here and by the bridge alike, and a wait for the payment.

import { useSignal } from "@preact/signals"
import { formatUnits } from "../../core/amount.ts"
import { ASSETS } from "../../core/assets.ts"
import { accountAddress, homeAddress } from "../../sdk/addresses.ts"
import type { DepositAddress } from "../../sdk/client.ts"
import { amountProblem, unitsIn } from "../amount-entry.ts"
import { remember } from "../kept.ts"
import { ask } from "../net/ask.ts"
import { type Facts, termsOf } from "../net/facts.ts"
import { useLive } from "../net/live.ts"
import { useQuote } from "../net/quote.ts"
import { demandScreened } from "../net/screening.ts"
import { heightOf } from "../net/standing.ts"
import type { TransferPage } from "../net/transfers.ts"
import { Copy } from "../parts/copy.tsx"
import { Field } from "../parts/field.tsx"
import { QrCode } from "../parts/qr-code.tsx"
import { SendButton, useSending } from "../parts/send.tsx"
import { TermsList } from "../parts/terms.tsx"
import { goTo } from "../route.ts"
import { arweaveAccount } from "../wallets/arweave.ts"
import { say } from "../words/words.ts"

const { decimals } = ASSETS.BTC

interface Made {
  readonly address: string
  readonly recipient: string
  /** Transfers that were there before: the one that comes is another. */
  readonly before: ReadonlySet<string>
}

export function BitcoinDeposit({ known }: { known: Facts }) {
  const entry = useSignal({ amount: "", recipient: "", refundTo: "" })
  const made = useSignal<Made | null>(null)
  const type = (change: Partial<typeof entry.value>) => {
    entry.value = { ...entry.value, ...change }
    made.value = null
  }
  const { amount: amountText, recipient, refundTo } = entry.value
  const amount = unitsIn(amountText, decimals)
  const terms = termsOf(known, "BTC", "in", amount ?? 0n, heightOf("bitcoin"))
  const account = recipient.trim() || arweaveAccount.value || ""
  const to = accountAddress(account, Object.values(known.tokens))
  const back = homeAddress("bitcoin", refundTo.trim(), known.network)
  const quote = useQuote({ asset: "BTC", direction: "in", amount, recipient: to, sender: null })
  const amountWrong = amountProblem(amountText, decimals, terms.limits, null)
  const sending = useSending(async () => {
    if (to === null || back === null) return
    await demandScreened({
      asset: "BTC",
      direction: "in",
      sender: back,
      recipient: to,
      refundTo: back,
    })
    const address = await sameAddress(known, { recipient: to, refundTo: back })
    const before = await bitcoinTransfersOf(to)
    made.value = { address, recipient: to, before: new Set(before.map(({ id }) => id)) }
  })
  return (
    <>
      <Field
        name="recipient"
        label={say("form.recipient")}
        value={recipient}
        onInput={(text) => type({ recipient: text })}
        placeholder={arweaveAccount.value ?? say("form.account")}
        problem={account !== "" && to === null ? say("problem.account") : null}
        hint={say("form.recipient.any")}
      />
      <Field
        name="refund"
        label={say("form.refund", { chain: "Bitcoin" })}
        value={refundTo}
        onInput={(text) => type({ refundTo: text })}
        problem={
          refundTo.trim() !== "" && back === null
            ? say("problem.address", { chain: "Bitcoin" })
            : null
        }
        hint={say("bitcoin.refund.hint")}
      />
      <Field
        name="amount"
        label={say("bitcoin.amount")}
        value={amountText}
        onInput={(text) => type({ amount: text })}
        unit="BTC"
        inputMode="decimal"
        placeholder="0"
        problem={amountWrong}
        hint={say("bitcoin.amount.hint")}
      />
      <small>{say("form.tags.none", { chain: "Bitcoin" })}</small>
      <TermsList asset="BTC" terms={terms} quote={quote.value} />
      {made.value === null ? (
        <SendButton
          sending={sending}
          isReady={to !== null && back !== null && amountWrong === null}
        >
          {say("bitcoin.show")}
        </SendButton>
      ) : (
        <PayTo made={made.value} amount={amount} />
      )}
    </>
  )
}

function PayTo({
  made: { address, recipient, before },
  amount,
}: {
  made: Made
  amount: bigint | null
}) {
  const query = amount === null ? "" : `?amount=${formatUnits(amount, decimals)}`
  useLive(recipient, 2_000, async (account) => {
    const [fresh] = (await bitcoinTransfersOf(account)).filter(({ id }) => !before.has(id))
    if (!fresh) return
    remember(fresh.id)
    goTo("transfers", fresh.id)
  })
  return (
    <section class="pay" aria-label={say("bitcoin.pay")}>
      <QrCode text={`bitcoin:${address}${query}`} label={say("bitcoin.code")} />
      <div>
        <p>{say("bitcoin.pay")}</p>
        <Copy text={address} />
        <p class="quiet">{say("bitcoin.same")}</p>
        <p>
          <a href={`bitcoin:${address}${query}`}>{say("bitcoin.open")}</a>
        </p>
        <p class="waits" role="status">
          {say("bitcoin.waits")}
        </p>
      </div>
    </section>
  )
}

/** What the bridge answers, once it is what this browser computes from public facts. */
async function sameAddress(
  { network, bitcoinKey }: Facts,
  wish: { readonly recipient: string; readonly refundTo: string },
): Promise<string> {
  if (bitcoinKey === null) throw new Error("this bridge has no vault on Bitcoin")
  const [{ depositAddress }, told] = await Promise.all([
    import("../../sdk/bitcoin.ts"),
    ask<DepositAddress>("/addresses", wish),
  ])
  const own = depositAddress(wish, { network, key: bitcoinKey })
  if (own.address !== told.address || own.note !== told.note)
    throw new Error(say("bitcoin.differs"))
  return own.address
}

async function bitcoinTransfersOf(account: string) {
  const query = new URLSearchParams({ address: account, count: "50" })
  const { transfers } = await ask<TransferPage>(`/transfers?${query}`)
  return transfers.filter(({ source }) => source === "bitcoin")
}

// From AO back home: wrapped tokens are burned by their owner, and the real thing less the fee is paid to an address there.

import { signal } from "@preact/signals"
import { ASSETS, type AssetName } from "../../core/assets.ts"
import { homeAddress } from "../../sdk/addresses.ts"
import { amountProblem, unitsIn } from "../amount-entry.ts"
import { amountText, networkName } from "../format.ts"
import { remember } from "../kept.ts"
import { ask } from "../net/ask.ts"
import { type Facts, facts, termsOf } from "../net/facts.ts"
import { useLive } from "../net/live.ts"
import { useQuote } from "../net/quote.ts"
import { demandScreened } from "../net/screening.ts"
import { heightOf } from "../net/standing.ts"
import { AccountConnect } from "../parts/account.tsx"
import { AssetChoice } from "../parts/asset-choice.tsx"
import { Closed } from "../parts/closed.tsx"
import { Direction } from "../parts/direction.tsx"
import { Field } from "../parts/field.tsx"
import { SendButton, useSending } from "../parts/send.tsx"
import { TermsList } from "../parts/terms.tsx"
import { goTo } from "../route.ts"
import { aoAccount, signSaying } from "../wallets/ao.ts"
import { say, sayCode } from "../words/words.ts"

const chosen = signal<AssetName | null>(null)
const typed = signal({ amount: "", recipient: "" })

export function Burn() {
  const known = facts.value!
  const asset = chosen.value ?? known.assets[0]!
  return (
    <>
      <h1>{say("burn.heading")}</h1>
      <Direction now="out" />
      <form class="sheet" onSubmit={(event) => event.preventDefault()}>
        <AssetChoice
          assets={known.assets}
          chosen={asset}
          direction="out"
          onChoose={(next) => {
            chosen.value = next
            typed.value = { amount: "", recipient: "" }
          }}
        />
        <Closed asset={asset} direction="out" />
        <BurnForm key={asset} asset={asset} known={known} />
      </form>
    </>
  )
}

function BurnForm({ asset, known }: { asset: AssetName; known: Facts }) {
  const { home, decimals, wrapped } = ASSETS[asset]
  const { ticker, ledger } = wrapped
  const owner = aoAccount.value
  const account = owner?.address ?? null
  const { amount: amountEntry, recipient } = typed.value
  const type = (change: Partial<typeof typed.value>) => {
    typed.value = { ...typed.value, ...change }
  }
  const balance = useLive(account, 15_000, async (address) =>
    BigInt((await ask<{ balance: string }>(`/relay/ao/${asset}/balances/${address}`)).balance),
  ).value.value
  const amount = unitsIn(amountEntry, decimals)
  const terms = termsOf(known, asset, "out", amount ?? 0n, heightOf(ledger))
  // An account is an address of the chain of its key as well.
  const isHome = owner?.kind === (home === "arweave" ? "arweave" : "evm") && home !== "bitcoin"
  const own = isHome ? (account ?? "") : ""
  const named = recipient.trim() || own
  const to = homeAddress(home, named, known.network)
  const quote = useQuote({ asset, direction: "out", amount, recipient: to, sender: account })
  const amountWrong = amountProblem(amountEntry, decimals, terms.limits, balance ?? null)
  const sending = useSending(async (tell) => {
    if (account === null || amount === null || to === null) return
    await demandScreened({ asset, direction: "out", sender: account, recipient: to })
    tell(say("send.wallet"))
    const item = await signSaying({
      process: known.tokens[asset]!,
      tags: [
        { name: "Action", value: "Burn" },
        { name: "Quantity", value: String(amount) },
        { name: "Recipient", value: to },
        // The fee that was shown is the most that may be taken.
        { name: "Max-Fee", value: String(terms.fee) },
      ],
    })
    tell(say("send.token"))
    const { message } = await ask<{ message: string }>(`/relay/ao/${asset}/burns`, { item })
    remember(`${ledger}:${message}`)
    const transfer = await burnOf(asset, message)
    remember(transfer)
    type({ amount: "" })
    goTo("transfers", transfer)
  })
  return (
    <>
      <AccountConnect />
      <Field
        name="amount"
        label={say("form.amount")}
        value={amountEntry}
        onInput={(text) => type({ amount: text })}
        unit={ticker}
        inputMode="decimal"
        placeholder="0"
        problem={amountWrong}
        hint={
          balance === undefined
            ? null
            : say("form.balance", { amount: `${amountText(balance, decimals)} ${ticker}` })
        }
      />
      <Field
        name="recipient"
        label={say("burn.recipient", { chain: networkName(home) })}
        value={recipient}
        onInput={(text) => type({ recipient: text })}
        placeholder={own}
        problem={
          named !== "" && to === null ? say("problem.address", { chain: networkName(home) }) : null
        }
        hint={say("burn.recipient.hint")}
      />
      <TermsList asset={asset} terms={terms} quote={quote.value} />
      <SendButton
        sending={sending}
        isReady={account !== null && amount !== null && to !== null && amountWrong === null}
      >
        {amount === null
          ? say("burn.idle")
          : say("burn.do", { amount: `${amountText(amount, decimals)} ${ticker}` })}
      </SendButton>
    </>
  )
}

const LOOK_MS = 700
const LOOKS_MAX = 120

/** The transfer that a message became. Throws in words when the token burned nothing. */
async function burnOf(asset: AssetName, message: string): Promise<string> {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const told = await ask<
      | { state: "pending" }
      | { state: "burned"; transfer: string }
      | { state: "refused"; why: string }
    >(`/relay/ao/${asset}/burns/${message}`)
    if (told.state === "burned") return told.transfer
    if (told.state === "refused") throw new Error(sayCode("refused", told.why))
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw new Error(say("burn.late"))
}

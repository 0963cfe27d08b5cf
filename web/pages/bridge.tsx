// To AO: which asset, how much, for whom, what that means, and the wallet that pays.

import { signal } from "@preact/signals"
import { ASSETS, type AssetName } from "../../core/assets.ts"
import { accountAddress, homeAddress } from "../../sdk/addresses.ts"
import { amountProblem, unitsIn } from "../amount-entry.ts"
import { amountText, homeTicker, networkName } from "../format.ts"
import { remember } from "../kept.ts"
import { type Facts, facts, termsOf } from "../net/facts.ts"
import { useLive } from "../net/live.ts"
import { useQuote } from "../net/quote.ts"
import { demandScreened } from "../net/screening.ts"
import { heightOf } from "../net/standing.ts"
import { AssetChoice } from "../parts/asset-choice.tsx"
import { Closed } from "../parts/closed.tsx"
import { Direction } from "../parts/direction.tsx"
import { Field } from "../parts/field.tsx"
import { SendButton, useSending } from "../parts/send.tsx"
import { TermsList } from "../parts/terms.tsx"
import { ArweaveConnect, EvmConnect } from "../parts/wallets.tsx"
import { goTo } from "../route.ts"
import { forwardTags, tagProblem } from "../tag-entry.ts"
import { arweaveAccount, arweaveBalance, payOnArweave } from "../wallets/arweave.ts"
import { depositNumber, depositOnEvm, evmAccount, evmBalance } from "../wallets/evm.ts"
import { say } from "../words/words.ts"
import { BitcoinDeposit } from "./bitcoin-deposit.tsx"

/** What has been typed stays while somebody looks at another page. */
const chosen = signal<AssetName | null>(null)
const typed = signal({ amount: "", recipient: "", refundTo: "", tags: "" })

export function Bridge() {
  const known = facts.value!
  const asset = chosen.value ?? known.assets[0]!
  const { home } = ASSETS[asset]
  return (
    <>
      <h1>{say("bridge.heading")}</h1>
      <Direction now="in" />
      <form class="sheet" onSubmit={(event) => event.preventDefault()}>
        <AssetChoice
          assets={known.assets}
          chosen={asset}
          direction="in"
          onChoose={(next) => {
            chosen.value = next
            typed.value = { ...typed.value, amount: "", refundTo: "" }
          }}
        />
        <Closed asset={asset} direction="in" />
        {home === "bitcoin" ? (
          <BitcoinDeposit known={known} />
        ) : (
          <WalletDeposit key={asset} asset={asset} known={known} />
        )}
      </form>
    </>
  )
}

function WalletDeposit({ asset, known }: { asset: AssetName; known: Facts }) {
  const { home, decimals } = ASSETS[asset]
  const isArweave = home === "arweave"
  const place = known.evm[home]
  const account = isArweave ? arweaveAccount.value : (evmAccount.value?.address ?? null)
  const balance = useLive(account, 15_000, async (address) =>
    isArweave
      ? arweaveBalance(address)
      : place && evmAccount.value
        ? evmBalance(evmAccount.value.wallet, address, place, asset)
        : null,
  ).value.value
  const entry = typed.value
  const type = (change: Partial<typeof entry>) => {
    typed.value = { ...typed.value, ...change }
  }
  const amount = unitsIn(entry.amount, decimals)
  const terms = termsOf(known, asset, "in", amount ?? 0n, heightOf(home))
  const recipient = entry.recipient.trim() || account || ""
  const to = accountAddress(recipient, Object.values(known.tokens))
  const refundTo = entry.refundTo.trim()
    ? homeAddress(home, entry.refundTo.trim(), known.network)
    : account
  const quote = useQuote({ asset, direction: "in", amount, recipient: to, sender: account })
  const problems = {
    amount: amountProblem(entry.amount, decimals, terms.limits, balance ?? null),
    recipient: recipient !== "" && to === null ? say("problem.account") : null,
    refundTo:
      entry.refundTo.trim() && refundTo === null
        ? say("problem.address", { chain: networkName(home) })
        : null,
    tags: isArweave ? tagProblem(entry.tags) : null,
  }
  const isReady =
    account !== null &&
    amount !== null &&
    to !== null &&
    Object.values(problems).every((one) => one === null)
  const sending = useSending(async (tell) => {
    if (!account || amount === null || to === null || refundTo === null) return
    await demandScreened({ asset, direction: "in", sender: account, recipient: to, refundTo })
    tell(say("send.wallet"))
    if (isArweave) {
      const tags = [
        ...(to === account ? [] : [{ name: "Recipient", value: to }]),
        ...(refundTo === account ? [] : [{ name: "Refund-To", value: refundTo }]),
        ...forwardTags(entry.tags),
      ]
      const id = `arweave:${await payOnArweave(known.vault, amount, tags)}:0`
      remember(id)
      type({ amount: "" })
      return goTo("transfers", id)
    }
    const { wallet } = evmAccount.value!
    const quoteId = quote.value?.quote.id
    const hash = await depositOnEvm(wallet, account, place!, asset, amount, {
      recipient: to,
      refundTo,
      quoteId,
    })
    remember(`${home}:${hash}`)
    tell(say("send.block"))
    const id = `${home}:${hash}:${await depositNumber(wallet, place!, hash)}`
    type({ amount: "" })
    goTo("transfers", id)
  })
  return (
    <>
      {isArweave ? <ArweaveConnect /> : <EvmConnect />}
      <Field
        name="amount"
        label={say("form.amount")}
        value={entry.amount}
        onInput={(text) => type({ amount: text })}
        unit={homeTicker(asset)}
        inputMode="decimal"
        placeholder="0"
        problem={problems.amount}
        hint={
          balance !== undefined && balance !== null
            ? say("form.balance", {
                amount: `${amountText(balance, decimals)} ${homeTicker(asset)}`,
              })
            : null
        }
      />
      <Field
        name="recipient"
        label={say("form.recipient")}
        value={entry.recipient}
        onInput={(text) => type({ recipient: text })}
        placeholder={account ?? say("form.account")}
        problem={problems.recipient}
        hint={say(entry.recipient.trim() ? "form.recipient.other" : "form.recipient.own")}
      />
      <details>
        <summary>{say("form.more")}</summary>
        <Field
          name="refund"
          label={say("form.refund", { chain: networkName(home) })}
          value={entry.refundTo}
          onInput={(text) => type({ refundTo: text })}
          placeholder={account ?? ""}
          problem={problems.refundTo}
          hint={say("form.refund.hint")}
        />
        {isArweave ? (
          <Field
            name="tags"
            label={say("form.tags")}
            value={entry.tags}
            onInput={(text) => type({ tags: text })}
            placeholder="X-Action: Stake"
            rows={3}
            problem={problems.tags}
            hint={say("form.tags.hint")}
          />
        ) : (
          <small>{say("form.tags.none", { chain: networkName(home) })}</small>
        )}
      </details>
      <TermsList asset={asset} terms={terms} quote={quote.value} />
      <SendButton sending={sending} isReady={isReady}>
        {amount === null
          ? say("send.idle")
          : say("send.do", { amount: `${amountText(amount, decimals)} ${homeTicker(asset)}` })}
      </SendButton>
    </>
  )
}

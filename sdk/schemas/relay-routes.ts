// What the API passes on to the networks, and asks them, for whoever speaks to nobody else.

import { contract } from "./contract.ts"
import * as relay from "./relay.ts"

export const RELAY_ROUTES = {
  arweaveTerms: contract({
    ...{ method: "GET", path: "/relay/arweave/terms", tag: "Relay", answer: relay.arweaveTerms },
    summary: "What a payment to the vault is made of, beside the amount",
    perMinute: 240,
  }),
  arweaveBalance: contract({
    ...{ method: "GET", path: "/relay/arweave/balances/{address}", tag: "Relay" },
    answer: relay.relayBalance,
    summary: "An address's AR, winston",
    params: relay.relayAccount,
    perMinute: 240,
  }),
  arweavePayment: contract({
    ...{ method: "POST", path: "/relay/arweave/transactions", tag: "Relay" },
    answer: relay.passedPayment,
    summary: "Passes on a signed payment to the vault, and nothing else",
    body: relay.arweavePayment,
    perMinute: 30,
  }),
  wrappedBalance: contract({
    ...{ method: "GET", path: "/relay/ao/{asset}/balances/{account}", tag: "Relay" },
    answer: relay.relayBalance,
    summary: "An account's wrapped tokens, base units",
    params: relay.relayHolder,
    perMinute: 240,
  }),
  passBurn: contract({
    ...{
      method: "POST",
      path: "/relay/ao/{asset}/burns",
      tag: "Relay",
      answer: relay.passedMessage,
    },
    summary: "Passes on a burn, signed by its owner",
    params: relay.relayToken,
    body: relay.signedMessage,
    perMinute: 30,
  }),
  burnOutcome: contract({
    ...{ method: "GET", path: "/relay/ao/{asset}/burns/{message}", tag: "Relay" },
    answer: relay.burnOutcome,
    summary: "What the token made of a burn: its transfer, or why it burned nothing",
    params: relay.relayMessage,
    perMinute: 240,
  }),
  pointsHad: contract({
    ...{ method: "GET", path: "/relay/points/{campaign}/accounts/{account}", tag: "Relay" },
    answer: relay.pointsHad,
    summary: "An account's points on AO, and what it has had of a campaign",
    params: relay.relayEarner,
    perMinute: 240,
  }),
  passClaim: contract({
    ...{ method: "POST", path: "/relay/points/{campaign}/claims", tag: "Relay" },
    answer: relay.passedMessage,
    summary: "Passes on a claim of points, signed by anybody, for who may have rewards now",
    params: relay.relayCampaign,
    refuses: [451],
    body: relay.signedMessage,
    perMinute: 30,
  }),
  claimOutcome: contract({
    ...{ method: "GET", path: "/relay/points/{campaign}/claims/{message}", tag: "Relay" },
    answer: relay.claimOutcome,
    summary: "What the campaign's token made of a claim: what it paid, or why nothing",
    params: relay.relayClaim,
    perMinute: 240,
  }),
}

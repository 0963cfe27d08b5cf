// Every route of the API in one table: from it come its document, the checks of what is asked, and the client.

import { z } from "zod"
import * as aox from "./aox.ts"
import * as bridge from "./bridge.ts"
import { contract } from "./contract.ts"
import { OFFICER_ROUTES } from "./officer-routes.ts"
import * as people from "./people.ts"
import * as quotes from "./quotes.ts"
import { RELAY_ROUTES } from "./relay-routes.ts"
import * as rewards from "./rewards.ts"
import * as signers from "./signers.ts"
import * as timeline from "./timeline.ts"
import * as transfers from "./transfers.ts"
import * as webhooks from "./webhooks.ts"

const json = z.record(z.string(), z.unknown())

export const ROUTES = {
  health: contract({
    ...{ method: "GET", path: "/health", tag: "Bridge", answer: bridge.health },
    summary: "How the bridge is: heights, pauses, what waits, the signers' heartbeats",
    about: "503 with the same answer when something is paused, or a chain has not been read.",
    also: [503],
  }),
  ledger: contract({
    ...{ method: "GET", path: "/ledger", tag: "Bridge", answer: bridge.ledger },
    summary: "The books, asset by asset",
  }),
  reserves: contract({
    ...{ method: "GET", path: "/reserves", tag: "Bridge", answer: bridge.reserves },
    summary: "Custody against supply, asset by asset, at named blocks",
  }),
  reserveHistory: contract({
    ...{ method: "GET", path: "/reserves/{asset}/history", tag: "Bridge" },
    answer: bridge.reserveHistory,
    summary: "The same over time, for a chart",
    params: bridge.reservePath,
    query: bridge.reserveQuery,
  }),
  controls: contract({
    ...{ method: "GET", path: "/controls", tag: "Bridge", answer: bridge.controls },
    summary: "What is stopped and why, what each way of each asset costs, and what limits leave",
  }),
  signers: contract({
    ...{ method: "GET", path: "/signers", tag: "Bridge", answer: signers.signers },
    summary: "The signers: how each is, its last heartbeat, what it is blamed for",
  }),
  sessions: contract({
    ...{ method: "GET", path: "/sessions", tag: "Bridge", answer: timeline.signingSessions },
    summary: "The newest signing sessions, with every vote",
    query: timeline.sessionsQuery,
  }),
  transfers: contract({
    ...{ method: "GET", path: "/transfers", tag: "Transfers", answer: transfers.transferPage },
    summary: "Transfers, newest first",
    about:
      "Pages hold still while new transfers arrive. A transaction that nobody has seen is a 404 that tells up to " +
      "which block each chain has been read (`detail.seenUpTo`).",
    query: transfers.transferQuery,
    refuses: [404],
  }),
  transfer: contract({
    ...{
      method: "GET",
      path: "/transfers/{id}",
      tag: "Transfers",
      answer: transfers.transferStatus,
    },
    summary: "A transfer: its state, what it waits for, its history",
    params: transfers.transferPath,
    refuses: [404],
  }),
  payout: contract({
    ...{
      method: "GET",
      path: "/transfers/{id}/payout",
      tag: "Transfers",
      answer: transfers.payout,
    },
    summary: "The signed payout, for anybody to hand to the chain when we do not",
    params: transfers.transferPath,
    refuses: [404],
  }),
  approval: contract({
    ...{ method: "GET", path: "/transfers/{id}/approval", tag: "Transfers" },
    answer: transfers.approval,
    summary: "The signed payout of one transfer of several, where the chain takes it alone",
    params: transfers.transferPath,
    refuses: [404],
  }),
  timeline: contract({
    ...{ method: "GET", path: "/transfers/{id}/timeline", tag: "Transfers" },
    answer: timeline.timeline,
    summary: "Who saw what of it and when: watchers, people, each signer's vote, what was sent",
    params: transfers.transferPath,
    refuses: [404],
  }),
  events: contract({
    ...{ method: "GET", path: "/transfers/{id}/events", tag: "Transfers" },
    ...{ answer: timeline.progress, media: "text/event-stream" },
    summary: "The same while it happens, as server-sent events",
    about:
      "Events are `step` (each change once, its `id` is the version) and `progress` (confirmations). A reader that comes " +
      "back with `last-event-id` misses nothing. It ends when the transfer does; 204: it had ended before.",
    params: transfers.transferPath,
    refuses: [404],
  }),
  unattributed: contract({
    ...{ method: "GET", path: "/unattributed", tag: "Transfers", answer: transfers.unattributed },
    summary: "Tokens that came to a vault and are credited to nobody yet",
  }),
  addresses: contract({
    ...{ method: "POST", path: "/addresses", tag: "Deposits", answer: people.madeAddress },
    summary: "A deposit address of one's own",
    about: "The same wish gets the same address, for ever. It is watched from then on.",
    body: people.addressWish,
    perMinute: 60,
  }),
  paidAddresses: contract({
    ...{ method: "GET", path: "/addresses", tag: "Deposits", answer: people.paidAddresses },
    summary: "Notes of deposit addresses that were paid, for whoever audits the bridge",
    query: people.paidQuery,
  }),
  claims: contract({
    ...{ method: "POST", path: "/claims", tag: "Deposits", answer: people.claimed },
    summary: "Whoever sent tokens without depositing them says who is to have them back",
    body: people.claimWish,
    perMinute: 60,
    refuses: [404],
  }),
  orders: contract({
    ...{ method: "POST", path: "/orders", tag: "Operators", answer: people.orderAnswer },
    summary: "An operator's signed order: pay, send back, pause, resume",
    body: people.orderWish,
    refuses: [404, 409],
  }),
  signIn: contract({
    ...{ method: "POST", path: "/sessions", tag: "Screening", answer: people.signedIn },
    summary: "A wallet's owner signs in",
    body: people.signInWish,
    perMinute: 60,
  }),
  screenings: contract({
    ...{ method: "POST", path: "/screenings", tag: "Screening", answer: people.screened },
    summary: "May this be carried? 451 with the class of the reason when not",
    body: people.screeningWish,
    perMinute: 60,
    refuses: [451],
  }),
  appeals: contract({
    ...{ method: "POST", path: "/appeals", tag: "Screening", answer: people.appealed },
    summary: "A party of held money disagrees, signed by its wallet",
    body: people.appealWish,
    perMinute: 60,
    refuses: [404],
  }),
  audit: contract({
    ...{ method: "GET", path: "/audit", tag: "Screening", answer: people.audit },
    summary: "Log, key and newest checkpoint of what was decided",
  }),
  ...OFFICER_ROUTES,
  campaigns: contract({
    ...{ method: "GET", path: "/campaigns", tag: "Rewards", answer: rewards.campaigns },
    summary: "Campaigns, their tasks, epochs and first ten accounts",
  }),
  rewards: contract({
    ...{ method: "GET", path: "/rewards/{address}", tag: "Rewards" },
    answer: rewards.accountPoints,
    summary: "An account's points with a line for each reason, rank, tasks, standing and claim",
    about:
      "Of the newest campaign unless one is named. Points are as of `at`; what is paid stands in epochs.",
    params: rewards.accountPath,
    query: rewards.campaignQuery,
    refuses: [404],
  }),
  rewardEpochs: contract({
    ...{ method: "GET", path: "/rewards/epochs", tag: "Rewards" },
    answer: z.object({ epochs: z.array(rewards.rewardEpoch) }),
    summary: "Closed epochs, and from when each counts",
    query: rewards.campaignQuery,
    refuses: [404],
  }),
  rewardEpoch: contract({
    ...{ method: "GET", path: "/rewards/epochs/{epoch}", tag: "Rewards", answer: json },
    summary: "An epoch's artifact: the very bytes that its hash is of",
    params: rewards.epochPath,
    query: rewards.campaignQuery,
    refuses: [404],
  }),
  rewardEvents: contract({
    ...{ method: "GET", path: "/rewards/epochs/{epoch}/events", tag: "Rewards" },
    ...{ answer: z.unknown(), media: "application/x-ndjson" },
    summary: "The file from which anybody can make the artifact again",
    params: rewards.epochPath,
    query: rewards.campaignQuery,
    refuses: [404],
  }),
  rewardClusters: contract({
    ...{ method: "GET", path: "/rewards/clusters", tag: "Rewards", answer: rewards.clusters },
    summary: "Accounts that are held to be one person's, each with every reason, newest first",
    query: rewards.clustersQuery,
    refuses: [404],
  }),
  rewardEvidence: contract({
    ...{ method: "POST", path: "/rewards/evidence", tag: "Rewards" },
    answer: rewards.evidenceTaken,
    summary: "An issuer's signed word that an account has done an external task",
    body: rewards.evidenceWish,
    perMinute: 600,
    refuses: [404],
  }),
  rewardOrders: contract({
    ...{ method: "POST", path: "/rewards/orders", tag: "Rewards" },
    answer: rewards.rewardOrderAnswer,
    summary: "An operator's signed order about a campaign: freeze, thaw, kill, void, stand",
    body: rewards.rewardOrderWish,
    refuses: [404, 409],
  }),
  info: contract({
    ...{ method: "GET", path: "/info", tag: "AOX", answer: aox.info },
    summary: "The bridge's public facts in AOX's shape, with ours beside them",
  }),
  tx: contract({
    ...{ method: "GET", path: "/tx/{id}", tag: "AOX", answer: aox.aoxRecord },
    summary: "A transfer by its source transaction, in AOX's words",
    params: aox.aoxPath,
    refuses: [404],
  }),
  txs: contract({
    ...{ method: "GET", path: "/txs", tag: "AOX", answer: aox.aoxRecords },
    summary: "An address's transfers, newest first, in AOX's words",
    about: "`cursor` is the `rawId` of the last row.",
    query: aox.aoxQuery,
  }),
  announcement: contract({
    ...{ method: "POST", path: "/cacheUnPackagedTx", tag: "AOX", answer: aox.announced },
    summary:
      "A wallet says what it has just sent; `/tx/{id}` shows it as `unPackaged` until a block holds it",
    about: "It is believed in nothing else, and forgotten after a day.",
    query: aox.announcementQuery,
    body: aox.announcement,
    perMinute: 60,
  }),
  quote: contract({
    ...{ method: "POST", path: "/quotes", tag: "Quotes", answer: quotes.signedQuote, made: true },
    summary: "The exact terms of a transfer before it is sent, signed",
    about:
      "They hold until `expiresAt` for what is in a block of `source` up to `heightMax`: the fee is the one published for " +
      "that block, and the bridge takes up no bridge file that would break a quote that still holds.",
    body: quotes.quoteWish,
    perMinute: 120,
    refuses: [451],
  }),
  quoteStatus: contract({
    ...{ method: "GET", path: "/quotes/{id}", tag: "Quotes", answer: quotes.quoteStatus },
    summary: "A quote, whether it still holds, and the transfer that used it",
    params: quotes.quotePath,
    refuses: [404],
  }),
  makeWebhook: contract({
    ...{
      method: "POST",
      path: "/webhooks",
      tag: "Webhooks",
      answer: webhooks.newWebhook,
      made: true,
    },
    summary: "Be told of every change of some transfers, or of those of some addresses",
    about:
      "Messages follow Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`), come in order, and again " +
      "for a day until they are taken. The URL must answer a signed ping first. With a webhook's key in `authorization` " +
      "the new one has the same key.",
    body: webhooks.webhookWish,
    perMinute: 10,
  }),
  webhooks: contract({
    ...{ method: "GET", path: "/webhooks", tag: "Webhooks", answer: webhooks.webhooks },
    summary: "The webhooks of a key",
    demands: "key",
  }),
  dropWebhook: contract({
    ...{ method: "DELETE", path: "/webhooks/{id}", tag: "Webhooks", answer: webhooks.webhook },
    summary: "Ends a webhook: nothing more is sent to it",
    params: webhooks.webhookPath,
    demands: "key",
    refuses: [404],
  }),
  webhookMessages: contract({
    ...{ method: "GET", path: "/webhooks/{id}/messages", tag: "Webhooks" },
    answer: webhooks.webhookMessages,
    summary: "A webhook's newest messages, and what became of them",
    params: webhooks.webhookPath,
    demands: "key",
    refuses: [404],
  }),
  replay: contract({
    ...{ method: "POST", path: "/webhooks/{id}/messages/{message}/replay", tag: "Webhooks" },
    answer: webhooks.webhook,
    summary: "Sends a message again, the same to the letter, before all that wait",
    params: webhooks.messagePath,
    demands: "key",
    refuses: [404],
  }),
  facts: contract({
    ...{ method: "GET", path: "/bridge.json", tag: "Bridge", answer: json },
    summary:
      "The bridge's own file: keys, vaults, tokens, fees, limits, depths; the same at every signer",
  }),
  ...RELAY_ROUTES,
  document: contract({
    ...{ method: "GET", path: "/openapi.json", tag: "Bridge", answer: json },
    summary: "This document",
  }),
  reference: contract({
    ...{
      method: "GET",
      path: "/reference",
      tag: "Bridge",
      answer: z.unknown(),
      media: "text/html",
    },
    summary: "This document for people",
  }),
  referenceStyle: contract({
    ...{ method: "GET", path: "/reference.css", tag: "Bridge", answer: z.unknown() },
    media: "text/css",
    summary: "How that page looks",
  }),
}

export type RouteName = keyof typeof ROUTES

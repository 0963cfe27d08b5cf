// `POST /sessions` and `POST /screenings`: a wallet's owner signs in, and anybody asks whether they may bridge before they pay.

import type { Deployment } from "../../chains/chain.ts"
import { bridgeName } from "../../chains/deployment.ts"
import { keyOf } from "../../chains/party.ts"
import { isUndecided } from "../../chains/screening.ts"
import { isSignedBy, isSignedIn, type Proof, signInOf } from "../../chains/sign-in.ts"
import { ASSETS } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, transferId } from "../../core/ids.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import type { Compliance } from "../compliance/compliance.ts"
import { undecided } from "../compliance/payout-screen.ts"
import { checkWish } from "../compliance/quote-check.ts"
import { advance } from "../store/advance.ts"
import { casesOf } from "../store/cases.ts"
import { transfersOfParties } from "../store/decisions.ts"
import { keepSession } from "../store/sessions.ts"
import { transfersById } from "../store/transfers.ts"
import { type Server, serve } from "./serving.ts"

/** A text that was shown to a wallet so long ago may have been signed for somebody else's purpose. */
const FRESH_MS = 900_000
const SKEW_MS = 60_000
/** Transfers that a session may still change something for. */
const AGAIN_MAX = 100

/** What the owner of a party's wallet signs to be heard about a case. */
export function appealText(
  deployment: Pick<Deployment, "network" | "vault">,
  about: { transfer: string; account: string; statement: string; document: string | null },
): string {
  return [
    "Causeway appeal",
    `Bridge: ${bridgeName(deployment)}`,
    `Transfer: ${about.transfer}`,
    `Account: ${about.account}`,
    `Document: ${about.document ?? "none"}`,
    "",
    about.statement,
  ].join("\n")
}

export function sessionRoutes(
  server: Server,
  deployment: Deployment,
  compliance: Compliance,
): void {
  const { desk, casework, whereabouts, settings } = compliance

  serve(server, ROUTES.signIn, async ({ body: { text, proof }, request: { raw } }) => {
    const nowMs = desk.now()
    const signIn = demandSignIn(text, proof, deployment, settings.terms, nowMs)
    const party = keyOf(signIn.account)
    const found = await whereabouts.of(raw, nowMs)
    const { places, networks, files, tag } = found
    const hours = settings.rawAddressHours
    const isNew = await keepSession(desk.sql, {
      ...{ party, signIn, text, proof, places, networks, files, tag },
      raw: found.address !== null && hours > 0 ? { address: found.address, hours } : null,
    })
    if (isNew) await judgeAgain(compliance, party)
    return { party, until: new Date(signIn.untilMs).toISOString() }
  })

  /** 451 with the class of the reason when it would not be carried; for quotes too (`checkWish`). */
  serve(server, ROUTES.screenings, async ({ body, request: { raw }, reply }) => {
    const { asset, direction, ...people } = body
    const { home, wrapped } = ASSETS[asset]
    const [source, target] = direction === "in" ? [home, wrapped.ledger] : [wrapped.ledger, home]
    const found = await whereabouts.of(raw, desk.now())
    const screened = {
      asset,
      source,
      target,
      amount: 0n,
      ...people,
      refundTo: people.refundTo ?? "",
    }
    const { decision, classes, rewardClasses } = await checkWish(desk, screened, found)
    const answer = {
      ...{ bridge: decision.bridge, reward: decision.reward, classes, rewardClasses },
      terms: settings.terms,
    }
    if (decision.bridge === "allow") return answer
    if (isUndecided(decision, "bridge")) throw undecided()
    const code = `screening-${decision.bridge}`
    const message = `this cannot be carried: ${classes.join(", ")}`
    return reply.code(451).send({ error: { code, message, detail: answer } })
  })

  /** For whoever wants to hold the log of decisions to its word later (`causeway audit verify --checkpoints`). */
  serve(server, ROUTES.audit, async () => {
    const { auditKey, log } = compliance
    return { log, key: auditKey.key, checkpoint: await desk.audit.seal() }
  })

  serve(server, ROUTES.appeals, async ({ body }) => {
    const { proof, ...about } = body
    const id = transferId(originOf(about.transfer))
    if (!isSignedBy(about.account, appealText(deployment, about), proof))
      throw new BridgeError("bad-signature", { account: about.account })
    const after = await casework.tell(
      id,
      {
        ...{ kind: "Appealed", atMs: desk.now(), by: keyOf(about.account) },
        ...{ statement: about.statement, document: about.document },
      },
      { signed: { ...about, proof } },
    )
    return {
      transfer: id,
      state: after.state,
      version: after.version,
      appeals: after.appeals.length,
    }
  })
}

function demandSignIn(
  text: string,
  proof: Proof,
  deployment: Deployment,
  terms: string,
  nowMs: number,
) {
  const signIn = signInOf(text)
  const refuse = (why: string): never => {
    throw new BridgeError("bad-request", { session: why })
  }
  if (!signIn) return refuse("not the text of a sign-in")
  if (signIn.bridge !== bridgeName(deployment)) return refuse("of another bridge")
  if (signIn.terms !== terms) return refuse(`the terms are ${terms}`)
  const age = nowMs - signIn.issuedMs
  if (age > FRESH_MS || age < -SKEW_MS) return refuse("not of now")
  if (signIn.untilMs <= nowMs) return refuse("over")
  if (!isSignedIn(text, proof)) throw new BridgeError("bad-signature", { account: signIn.account })
  return signIn
}

/** Whoever signs in later may still be rewarded, and may mend what only lacked a session. */
async function judgeAgain({ desk, casework }: Compliance, party: string): Promise<void> {
  const met = await transfersOfParties(desk.sql, [party], AGAIN_MAX)
  const ids = met.map(({ transfer }) => transfer)
  const transfers = [...(await transfersById(desk.sql, ids)).values()]
  const decided = await desk.decide(transfers, "again")
  await advance(desk.sql, [], { decisions: [...decided.values()] })
  for (const found of (await casesOf(desk.sql, ids)).values()) {
    const made = decided.get(found.transfer)
    if (found.state === "open" && made) await casework.tellAgain(found, made)
  }
}

// People who ask a bridge's API from somewhere, with places that we say and proxies of ours in between.

import { createHash, randomBytes } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { bridgeName } from "../../../chains/deployment.ts"
import { type SignIn, signInText } from "../../../chains/sign-in.ts"
import { serveApi } from "../../../services/api/server.ts"
import { logFor } from "../../../services/log.ts"
import { whenDone } from "../../ending.ts"
import { mmdbOf } from "../compliance/mmdb-writer.ts"
import { NOW, type Office } from "../compliance/office.ts"
import { apiKey } from "./world.ts"

export const GERMAN = "81.2.69.142"
export const IRANIAN = "5.160.1.1"
export const AMERICAN = "8.8.8.8"
export const CRIMEAN = "91.207.56.1"
export const TOR = "185.220.101.1"

const PLACES = mmdbOf([
  ["81.2.69.0/24", { country_code: "DE", state1: "Berlin" }],
  ["5.160.1.0/24", { country_code: "IR" }],
  ["8.8.8.0/24", { country_code: "US", state1: "California" }],
  ["91.207.56.0/24", { country_code: "RU", state1: "Crimea" }],
])

/** Puts the files of places and networks into a folder. */
export async function places(folder: string): Promise<void> {
  await writeFile(join(folder, "places.mmdb"), PLACES)
  await writeFile(join(folder, "tor.txt"), `${TOR}\n`)
}

/** Settings that read them, by two sources that agree. */
export const screening = {
  proxies: ["127.0.0.1"],
  places: ["dbip", "whois"].map((source) => ({
    ...{ source, path: "places.mmdb", schema: "flat" as const },
    sha256: createHash("sha256").update(PLACES).digest("hex"),
  })),
  placesMaxAgeMs: Number.MAX_SAFE_INTEGER,
  networks: { tor: ["tor.txt"] },
  terms: "2026-11",
}

/** The API of an office; its URL. */
export async function served(office: Office): Promise<string> {
  const { sql, bridge } = office
  const parts = {
    sql,
    ...bridge,
    operators: [],
    connections: {},
    screening: office,
    checked: true,
    key: apiKey,
  }
  const api = await serveApi(parts, "127.0.0.1:0", logFor("api", "silent"))
  whenDone(() => api.close())
  return api.url
}

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Asks from an address, as our proxy tells it. */
export async function post(url: string, body: object, from = GERMAN): Promise<Answer> {
  const headers = { "content-type": "application/json", "x-forwarded-for": from }
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Answer["body"] }
}

export interface Signer {
  readonly address: string
  signMessage(text: string): Promise<string>
}

/** Signs in with an EVM wallet. */
export async function signedIn(
  { bridge }: Office,
  url: string,
  wallet: Signer,
  from = GERMAN,
  parts: Partial<SignIn> = {},
): Promise<Answer> {
  const text = signInText({
    ...{ bridge: bridgeName(bridge.deployment), account: wallet.address, refundTo: null },
    ...{ terms: "2026-11", statements: ["not-us-person"] },
    ...{ issuedMs: NOW, untilMs: NOW + 86_400_000 },
    nonce: randomBytes(16).toString("base64url"),
    ...parts,
  })
  const proof = { kind: "evm", signature: await wallet.signMessage(text) }
  return post(`${url}/sessions`, { text, proof }, from)
}

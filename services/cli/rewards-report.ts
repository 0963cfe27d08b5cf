// `causeway rewards report|appeal`: what a wallet says of its own accounts, or against a cluster that it was found in. Both
// are a sign-in that states it, for an hour: its text is the evidence, and it changes nothing else.

import { constants, createHash, createPrivateKey, randomBytes, sign } from "node:crypto"
import { readFile } from "node:fs/promises"
import { Wallet } from "ethers"
import { seals } from "../../chains/seals.ts"
import type { Proof } from "../../chains/sign-in.ts"
import { signInText } from "../../chains/sign-in-text.ts"
import { BridgeError } from "../../core/errors.ts"
import { appealWord, samePersonWord, WORD_MS } from "../../core/rewards/own-word.ts"
import { bridgeApi } from "../../sdk/client.ts"
import type { WalletKey } from "../../sdk/wallet.ts"
import { evmKeyIn } from "./evm-key.ts"
import { localNetwork, walletFile } from "./local.ts"

export interface WordOptions {
  readonly api?: string | undefined
  readonly folder?: string | undefined
  readonly wallet?: string | undefined
}

/** These accounts are mine too; it counts when each of them says the same. */
export function report(options: WordOptions, others: readonly string[]): Promise<Word> {
  if (others.length === 0) throw new BridgeError("bad-request", { missing: "OTHER ACCOUNTS" })
  return stated(
    options,
    others.map((other) => samePersonWord(other, seals.hash)),
  )
}

/** They are not: operators hear of it with the cluster. */
export function appeal(options: WordOptions, evidence: string | undefined): Promise<Word> {
  if (!/^[0-9a-f]{64}$/.test(evidence ?? ""))
    throw new BridgeError("bad-request", { missing: "EVIDENCE, as `rewards clusters` shows it" })
  return stated(options, [appealWord(evidence!)])
}

interface Word {
  readonly account: string
  readonly until: string
}

async function stated(options: WordOptions, statements: readonly string[]): Promise<Word> {
  const url = options.api ?? (await localNetwork(options.folder)).apiUrl
  const { account, prove } = await signerIn(options.wallet)
  const { network, arLocker } = (await bridgeApi(url).info()) as Record<string, string>
  const { terms } = (await (await fetch(`${url}/campaigns`)).json()) as { terms: string | null }
  if (terms === null) throw new BridgeError("not-supported", { sessions: "nobody signs in here" })
  const nowMs = Date.now()
  const text = signInText({
    ...{ bridge: `${network} ${arLocker}`, account, terms, statements, refundTo: null },
    ...{ issuedMs: nowMs, untilMs: nowMs + WORD_MS },
    nonce: randomBytes(16).toString("base64url"),
  })
  const proof = await prove(text)
  const response = await fetch(`${url}/sessions`, {
    ...{ method: "POST", headers: { "content-type": "application/json" } },
    body: JSON.stringify({ text, proof }),
  })
  if (!response.ok) throw new BridgeError("bad-request", { said: await response.text() })
  const { until } = (await response.json()) as { until: string }
  return { account, until }
}

interface Signer {
  /** On AO. */
  readonly account: string
  prove(text: string): Promise<Proof>
}

/** Of a wallet file of an Arweave key, or of a file with an Ethereum one. Throws `bad-request` and `bad-config`. */
async function signerIn(file: string | undefined): Promise<Signer> {
  const text = file === undefined ? "" : await readFile(file, "utf8").catch(() => "")
  return text.trimStart().startsWith("0x")
    ? onEvm(await evmKeyIn(file!))
    : onArweave(await walletFile(file))
}

async function onEvm(key: string): Promise<Signer> {
  const wallet = new Wallet(key)
  return {
    account: wallet.address,
    prove: async (text) => ({ kind: "evm", signature: await wallet.signMessage(text) }),
  }
}

function onArweave(jwk: WalletKey): Signer {
  const owner = String(jwk.n)
  const hash = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest()
  return {
    account: hash(Buffer.from(owner, "base64url")).toString("base64url"),
    async prove(text) {
      // As wallets do: they sign the hash of a text as their message.
      const signature = sign("sha256", hash(text), {
        key: createPrivateKey({ format: "jwk", key: jwk as never }),
        ...{ padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
      })
      return { kind: "arweave", owner, signature: signature.toString("base64url") }
    },
  }
}

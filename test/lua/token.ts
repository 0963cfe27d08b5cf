// The token on the real aos, or behind its other face, as its tests drive it: builders of messages, and readers of what came out.

import { createHash } from "node:crypto"
import type { UnitItem } from "../../devnet/ao/item.ts"
import { assignmentOf, NativeProcess, type NativeResult } from "../../devnet/ao/native.ts"
import { aosModule } from "../../devnet/aos.ts"
import {
  type AoMessage,
  type AoOutgoing,
  type AoResult,
  Evaluator,
} from "../../devnet/evaluator.ts"
import { bundle, hyperBundle, type TokenConfig } from "../../lua/bundle.ts"

/** An Arweave id that means `name`. */
export const idOf = (name: string) => createHash("sha256").update(name).digest("base64url")

export const TOKEN = idOf("token")
export const DEPLOYER = idOf("deployer")
export const BRIDGE = idOf("bridge")
export const GUARDIAN = idOf("guardian")
export const VAULT = idOf("vault")
/** The key of the units: what it signs may claim to come from any process. */
export const UNIT = idOf("unit")
export const ALICE = idOf("alice")
export const BOB = idOf("bob")
export const POOL = idOf("pool")

const EVM_VAULT = "0x52908400098527886E0F7030069857D2E4169EE7"

/** BIP341's first test vector, as regtest writes it. */
export const BTC_VAULT = "bcrt1p2wsldez5mud2yam29q22wgfh9439spgduvct83k3pm50fcxa5dpsw5tudp"
const NATIVE = `0x${"0".repeat(40)}`

export function aConfig(fields: Partial<TokenConfig> = {}): TokenConfig {
  return {
    ...{ name: "Wrapped AR", ticker: "wAR", denomination: 12, bridge: BRIDGE, guardian: GUARDIAN },
    ...{ feeRecipient: idOf("fees"), mintFee: 0n, ledger: "ao" },
    sources: [aSource("arweave")],
    limits: { row: 1_000_000n, message: 5_000_000n, window: 100_000_000n, windowMs: 86_400_000 },
    ...fields,
  }
}

export function aSource(chain: TokenConfig["sources"][number]["chain"]) {
  const tokens = { arweave: "A".repeat(43), bitcoin: "BTC", ethereum: NATIVE, bsc: NATIVE }
  const vaults = { arweave: VAULT, bitcoin: BTC_VAULT, ethereum: EVM_VAULT, bsc: EVM_VAULT }
  return {
    ...{ chain, token: tokens[chain], vault: vaults[chain] },
    ...{ burnFee: 30n, minBurn: 50n },
  }
}

export interface Row {
  id: string
  recipient: string
  quantity: string
  fee?: string
  x?: Record<string, string>
}

export const depositId = (name: string) => `arweave:${idOf(name)}:0`

export function aRow(name: string, fields: Partial<Row> = {}): Row {
  return { id: depositId(name), recipient: ALICE, quantity: "1000", ...fields }
}

/** The one text of a mint; `attested` defaults to plenty. */
export function mintData(rows: readonly Row[], attested: Record<string, string> = {}): string {
  const chains = [...new Set(rows.map(({ id }) => id.split(":")[0]!))].filter(
    (name) => !/^ao(-|$)/.test(name),
  )
  const all = Object.fromEntries(chains.sort().map((chain) => [chain, "9".repeat(30)]))
  return JSON.stringify({ attested: { ...all, ...attested }, rows })
}

export type Tags = Record<string, string> | [name: string, value: string][]

/** The same id twice is the same message in two slots. */
export interface Sent {
  from?: string
  owner?: string
  data?: string
  id?: string
  at?: number
}

/** `aos`: lua/token.lua. `hyper`: lua/hyper.lua on lua@5.3a. `FACE=hyper` runs every test of a token there. */
export const FACES = ["aos", "hyper"] as const

interface Machine {
  evaluate(message: AoMessage): Promise<AoResult>
  stateHash(): Promise<string>
}

export class Token {
  readonly #process: Machine
  #slot = 1
  #ids = 0
  /** The scheduler's clock, milliseconds. */
  nowMs = 1_700_000_000_000

  /** A fresh process with `authorities`, before it is anything. */
  static async blank(authorities = [UNIT]): Promise<Token> {
    const environment = {
      Process: {
        ...{ Id: TOKEN, Owner: DEPLOYER },
        Tags: authorities.map((value) => ({ name: "Authority", value })),
      },
      Module: { Id: idOf("module"), Tags: [] },
    }
    const spawn = aMessage(0, {
      ...{ Id: TOKEN, From: DEPLOYER, Owner: DEPLOYER },
      Tags: [{ name: "Type", value: "Process" }],
    })
    return new Token(await Evaluator.spawn(await aosModule(), spawn, environment))
  }

  static async deployed(config = aConfig(), face = process.env.FACE ?? "aos"): Promise<Token> {
    return face === "hyper" ? Token.native(config) : Token.evaluated(bundle(config))
  }

  /** Of any token of ours: a fresh aos process that has evaluated its text. */
  static async evaluated(text: string): Promise<Token> {
    const token = await Token.blank()
    const result = await token.eval(text, DEPLOYER)
    if (result.Error !== undefined) throw new Error(result.Error)
    return token
  }

  /** A process of the script itself; `patch` changes it first, as a fault would. */
  static native(config = aConfig(), patch = (script: string) => script): Promise<Token> {
    return Token.scripted(patch(hyperBundle(config)))
  }

  /** Of any token of ours: a process of that script. */
  static async scripted(script: string): Promise<Token> {
    const process = new NativeProcess({
      ...{ module: await aosModule(), script, process: TOKEN },
      ...{ tags: [{ name: "Authority", value: UNIT }], authority: UNIT },
    })
    const token = new Token({
      evaluate: async (message) => camel(await process.compute(handed(message))),
      stateHash: () => process.stateHash(),
    })
    const spawn = { Id: TOKEN, From: DEPLOYER, Owner: DEPLOYER }
    await process.compute(
      handed(aMessage(0, { ...spawn, Tags: [{ name: "Type", value: "Process" }] })),
    )
    return token
  }

  private constructor(process: Machine) {
    this.#process = process
  }

  deploy(config = aConfig(), from = DEPLOYER): Promise<AoResult> {
    return this.eval(bundle(config), from)
  }

  eval(data: string, from = BRIDGE): Promise<AoResult> {
    return this.send({ Action: "Eval" }, { from, data })
  }

  /** A message by default from Alice's own wallet, with a new id, in the next slot. */
  send(
    tags: Tags,
    { from = ALICE, owner = from, data = "", id, at }: Sent = {},
  ): Promise<AoResult> {
    const list = Array.isArray(tags) ? tags : Object.entries(tags)
    return this.#process.evaluate(
      aMessage(this.#slot++, {
        Id: id ?? this.nextId(),
        ...{ From: from, Owner: owner, Data: data, Timestamp: at ?? this.nowMs },
        Tags: list.map(([name, value]) => ({ name, value })),
      }),
    )
  }

  stateHash(): Promise<string> {
    return this.#process.stateHash()
  }

  nextId(): string {
    return idOf(`message ${this.#ids++}`)
  }

  mint(rows: readonly Row[], more: Sent & { attested?: Record<string, string> } = {}) {
    return this.send(
      { Action: "Mint" },
      { from: BRIDGE, data: mintData(rows, more.attested), ...more },
    )
  }

  transfer(quantity: string, recipient = BOB, more: Sent & { tags?: Record<string, string> } = {}) {
    return this.send(
      { Action: "Transfer", Recipient: recipient, Quantity: quantity, ...more.tags },
      more,
    )
  }

  burn(quantity: string, tags: Record<string, string> = {}, more: Sent = {}) {
    return this.send({ Action: "Burn", Recipient: idOf("home"), Quantity: quantity, ...tags }, more)
  }

  /** An order of the bridge that is in its turn, about the pause that there is. */
  async ordered(
    action: "Resume" | "Set-Guardian",
    tags: Record<string, string> = {},
    more: Sent = {},
  ): Promise<AoResult> {
    const { Pauses = "", "Order-Number": number = "" } = await this.stops()
    const turn = { "Order-Number": number, ...(action === "Resume" && { Pauses }) }
    return this.send({ Action: action, ...turn, ...tags }, { from: BRIDGE, ...more })
  }

  /** What an order has to name. */
  async stops(): Promise<Record<string, string>> {
    return tagsOf(await this.ask({ Action: "Stops" }))
  }

  async ask(tags: Tags): Promise<AoOutgoing> {
    const { Messages } = await this.send(tags)
    return Messages[0]!
  }

  /** Every balance there is. */
  async balances(): Promise<Record<string, string>> {
    return JSON.parse((await this.ask({ Action: "Balances" })).Data!)
  }

  async balance(account = ALICE): Promise<string> {
    return (await this.ask({ Action: "Balance", Recipient: account })).Data!
  }

  async info(): Promise<Record<string, string>> {
    return tagsOf(await this.ask({ Action: "Info" }))
  }

  async limits() {
    return JSON.parse((await this.ask({ Action: "Limits" })).Data!)
  }

  async burns() {
    return JSON.parse((await this.ask({ Action: "Burns" })).Data!)
  }

  /** Everything that a message may change, to compare before and after a refusal. */
  async state() {
    // aos numbers every answer.
    const { Reference: _, ...info } = await this.info()
    return {
      info,
      balances: await this.balances(),
      limits: await this.limits(),
      burns: await this.burns(),
    }
  }
}

/** As the node hands it over. */
function handed(message: AoMessage): object {
  const { Id: id, Owner: owner, From, Target: target, Data: data } = message
  const claim = From === owner ? [] : [{ name: "From-Process", value: From }]
  const item = { id, owner, target, data, tags: [...message.Tags, ...claim] } as unknown as UnitItem
  return assignmentOf(message, item, UNIT)
}

const CAMEL = new Map(
  [
    ...["TotalSupply", "HolderNum", "MintFee", "BurnFee", "MinBurnAmt", "BridgeProcessId"],
    ...["FeeRecipient", "SourceChain", "SourceTokenId", "BurnCount", "NoticeCount", "RowCap"],
    ...["MessageCap", "WindowCap", "WindowMs"],
  ].map((name) => [name.toLowerCase(), name]),
)

/** The names that aos's face writes, so that one test reads both. */
function camel(result: NativeResult): NativeResult {
  const named = ({ name, value }: { name: string; value: string }) => ({
    ...{ name: CAMEL.get(name.toLowerCase()) ?? name, value },
  })
  return {
    ...result,
    Messages: result.Messages.map((message) => ({ ...message, Tags: message.Tags.map(named) })),
  }
}

function aMessage(slot: number, fields: Partial<AoMessage>): AoMessage {
  return {
    ...{ Id: "", Target: TOKEN, Owner: "", From: "", Data: "", Anchor: "", Tags: [] },
    ...{ Timestamp: 1, "Block-Height": 1, Nonce: slot, Epoch: 0, "Hash-Chain": "h" },
    ...{ Module: idOf("module"), Cron: false },
    ...fields,
  }
}

export function tagsOf(message: AoOutgoing | undefined): Record<string, string> {
  return Object.fromEntries((message?.Tags ?? []).map(({ name, value }) => [name, value]))
}

/** What a message had for answer: the codes of its refusals, or the actions of its notices. */
export function outcomes(result: AoResult): string[] {
  if (result.Error !== undefined) return [`failed: ${result.Error}`]
  return result.Messages.map((message) => {
    const { Action, Error: code } = tagsOf(message)
    return code ?? Action ?? "untitled"
  })
}

export function noticesTo(result: AoResult, target: string): AoOutgoing[] {
  return result.Messages.filter((message) => message.Target === target)
}

// Addresses in OFAC's SDN_ADVANCED.XML, read as a stream: 80 MB of it hold a few hundred addresses.

import { SaxesParser } from "saxes"
import { keyOf } from "../../chains/party.ts"
import { type AddressList, type ListEntry, listOf } from "../../core/compliance/lists.ts"
import { OFAC_LIST } from "../../core/compliance/presets.ts"
import { BridgeError } from "../../core/errors.ts"

/** The list may grow eightfold before anybody has to look at this. */
const BYTES_MAX = 2 ** 30
const DEPTH_MAX = 64
const TEXT_MAX = 500
const FEATURE = /^Digital Currency Address - ([A-Z0-9]{1,12})$/
/** What its publisher may call them one day: to skip those would be to let them through. */
const ALMOST = /digital|crypto|wallet|virtual/i

/**
 * The list as its publisher's file has it. Names of elements count, namespaces do not: they have changed before.
 * Throws `bad-request` for a file that is cut short, not well-formed, with a DOCTYPE (entities can be bombs and
 * can read files), without a date, or without a single address: then it is not the file we think it is.
 */
export async function readSdn(chunks: AsyncIterable<Uint8Array>): Promise<AddressList> {
  const reader = sdnReader()
  // A file that is not UTF-8 is refused, not guessed at.
  const decoder = new TextDecoder("utf-8", { fatal: true })
  let bytes = 0
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > BYTES_MAX) refuse(`longer than ${BYTES_MAX} bytes`)
      reader.write(decoder.decode(chunk, { stream: true }))
    }
    reader.write(decoder.decode())
    return reader.end()
  } catch (cause) {
    if (cause instanceof BridgeError) throw cause
    throw new BridgeError("bad-request", { sdn: "not UTF-8, or not read to its end" }, { cause })
  }
}

function sdnReader() {
  const parser = new SaxesParser({ xmlns: false, position: false })
  const path: string[] = []
  /** Types of features: the currency of those that are addresses, null for all others. */
  const types = new Map<string, string | null>()
  const found: ListEntry[] = []
  const date = new Map<string, string>()
  let feature: string | null = null
  let typeId: string | null = null
  let text: string | null = null

  parser.on("doctype", () => refuse("it has a DOCTYPE"))
  parser.on("error", (error) => refuse(error.message))
  parser.on("opentag", ({ name, attributes, isSelfClosing }) => {
    if (path.length >= DEPTH_MAX) refuse(`deeper than ${DEPTH_MAX} elements`)
    const local = localName(name)
    path.push(local)
    if (local === "FeatureType") typeId = attributes.ID ?? null
    if (local === "Feature") feature = currencyOf(types, attributes.FeatureTypeID)
    const isWanted =
      (local === "FeatureType" && typeId !== null) ||
      (local === "VersionDetail" && feature !== null) ||
      path[path.length - 2] === "DateOfIssue"
    text = isWanted && !isSelfClosing ? "" : null
  })
  const onText = (part: string) => {
    if (text === null) return
    text += part
    if (text.length > TEXT_MAX) refuse(`an address of more than ${TEXT_MAX} characters`)
  }
  parser.on("text", onText)
  parser.on("cdata", onText)
  parser.on("closetag", () => {
    const local = path.pop()!
    const said = text?.trim() ?? ""
    text = null
    if (local === "Feature") feature = null
    if (said === "") return
    if (local === "FeatureType" && typeId !== null) types.set(typeId, currencyIn(said))
    else if (local === "VersionDetail")
      found.push({ key: keyOf(said), labels: [feature!], raw: [said] })
    else if (path.at(-1) === "DateOfIssue") date.set(local, said)
  })

  return {
    write: (part: string) => void parser.write(part),
    end(): AddressList {
      parser.close()
      if (found.length === 0) refuse("it names no address")
      return listOf(OFAC_LIST, dayOf(date), found)
    },
  }
}

function currencyIn(type: string): string | null {
  const [, currency] = FEATURE.exec(type) ?? []
  if (!currency && ALMOST.test(type)) refuse(`a type of address that is new to us: ${type}`)
  return currency ?? null
}

/** The types stand before the parties; if that changed, every address would seem to be something else. */
function currencyOf(types: ReadonlyMap<string, string | null>, id: string | undefined) {
  const currency = id === undefined ? undefined : types.get(id)
  if (currency === undefined) refuse(`a feature of type ${id}, which it has not named`)
  return currency
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1)
}

function dayOf(date: ReadonlyMap<string, string>): string {
  const [year = "", month = "", day = ""] = ["Year", "Month", "Day"].map((part) => date.get(part))
  const text = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`
  if (Number.isNaN(Date.parse(text)) || !/^\d{4}-\d{2}-\d{2}$/.test(text))
    refuse("it has no date of issue")
  return text
}

function refuse(why: string): never {
  throw new BridgeError("bad-request", { sdn: why })
}

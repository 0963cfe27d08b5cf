// What lua@5.3a has no library for, held against everybody else's: hashes, JSON, UTF-8.

import { deepEqual } from "node:assert/strict"
import { sha256 } from "@noble/hashes/sha2.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import fc from "fast-check"
import { describe, test } from "vitest"
import { NativeProcess } from "../../devnet/ao/native.ts"
import { aosModule } from "../../devnet/aos.ts"
import { hyperBundle } from "../../lua/bundle.ts"
import { aConfig, aSource, TOKEN, UNIT } from "./token.ts"

test("the script is written without what luerl has not, or has otherwise", () => {
  const lines = hyperBundle(aConfig())
    .split("\n")
    .filter((line) => !/^\s*--|^local config = /.test(line))
  // The first ends the process before its first slot, as the compiler fails; the last makes two bytes of one.
  const missing = [/\bgoto\b/, /gmatch/, /table\.move/, /string\.pack/, /\\(12[89]|1[3-9]\d|2\d\d)/]
  const classes = (line: string) => /:(match|gsub|find)\(/.test(line) && /%[acglpsuw]/i.test(line)

  deepEqual(
    lines.filter((line) => classes(line) || missing.some((one) => one.test(line))),
    [],
  )
})

describe("the script's own libraries", () => {
  const ask = async (expressions: readonly string[]) => {
    const process = new NativeProcess({
      ...{ module: await aosModule(), process: TOKEN, tags: [], authority: UNIT },
      script: `${hyperBundle(aConfig({ sources: [aSource("arweave"), aSource("bitcoin")] }))}
function compute() return "ok", { results = { output = { data = table.concat({${expressions}}, ",") } } } end`,
    })
    return String((await process.compute({})).Output.data).split(",")
  }
  const quoted = (bytes: Uint8Array) => `string.char(${[...bytes].join(",")})`

  test("hash as everybody does", async () => {
    const lengths = [0, 1, 3, 40, 55, 56, 63, 64, 65, 119, 135, 136, 137, 200]
    const texts = lengths.map((length) =>
      Uint8Array.from({ length }, (_, n) => (n * 7 + 129) % 256),
    )

    const hex = (name: string) =>
      texts.map((text) => `modules.hashes.hex(modules.hashes.${name}(${quoted(text)}))`)

    const told = await ask([...hex("keccak256"), ...hex("sha256")])
    deepEqual(told, [
      ...texts.map((one) => plainHex(keccak_256(one))),
      ...texts.map((one) => plainHex(sha256(one))),
    ])
  })

  test("write JSON as JSON.stringify does, and read it back", async () => {
    const texts = fc.sample(fc.string({ unit: "binary" }), { numRuns: 60, seed: 6 })
    const lua = texts.map((text) => `(${quoted(Buffer.from(text))})`)

    const written = await ask(lua.map((text) => `modules.hashes.hex(modules.json.encode${text})`))
    const read = await ask(
      texts.map((text) => {
        const source = quoted(Buffer.from(JSON.stringify(text)))
        return `modules.hashes.hex(modules.json.decode(${source}))`
      }),
    )

    deepEqual(
      written,
      texts.map((text) => Buffer.from(JSON.stringify(text)).toString("hex")),
    )
    deepEqual(
      read,
      texts.map((text) => Buffer.from(text).toString("hex")),
    )
  })

  test("know UTF-8 from other bytes", async () => {
    const good = ["", "a", "é", "€", "😀", "\ud7ff", "\uffff"].map((text) => Buffer.from(text))
    const bad = [[0x80], [0xc0, 0x80], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff]]

    const length = (bytes: Uint8Array) => `tostring(modules.native.utf8.len(${quoted(bytes)}))`
    const told = await ask([...good, ...bad.map((one) => Buffer.from(one))].map(length))

    deepEqual(told, [...["0", "1", "1", "1", "1", "1", "1"], ...bad.map(() => "nil")])
  })
})

function plainHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}

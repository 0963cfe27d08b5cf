// The languages of the page: the same words in each, each of them used, and nothing said that is in no dictionary.

import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { expect, test } from "vitest"
import { en } from "../../web/words/en.ts"
import { id } from "../../web/words/id.ts"

const root = path.resolve(import.meta.dirname, "..", "..", "web")
const sources = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => path.join(entry.parentPath, entry.name))
  .filter((file) => !/words\/(en|id)(-\w+)?\.ts$/.test(file))
  .map((file) => readFileSync(file, "utf8"))
const text = sources.join("\n")
const words = Object.keys(en) as (keyof typeof en)[]

test("both languages have the same words, and none is empty", () => {
  expect(Object.keys(id)).toEqual(words)
  expect(Object.values(id).filter((said) => said.trim() === "")).toEqual([])
})

test("a word is filled in with the same things in both", () => {
  const filled = (said: string) => [...said.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()

  expect(words.filter((word) => `${filled(en[word])}` !== `${filled(id[word])}`)).toEqual([])
})

test("no word is there that nothing says", () => {
  // What the bridge gives a code for is looked up by a prefix; others end in a word of a type.
  const codes = [...text.matchAll(/sayCode\("(\w+)"/g)].map(([, prefix]) => `${prefix}.`)
  const typed = [...text.matchAll(/say\(`([\w.]+\.)\$\{/g)].map(([, prefix]) => prefix!)
  const prefixes = [...codes, ...typed]

  const unused = words
    .filter((word) => !text.includes(`"${word}"`))
    .filter((word) => !prefixes.some((prefix) => word.startsWith(prefix)))

  expect(prefixes.length).toBeGreaterThan(3)
  expect(unused).toEqual([])
})

test("nothing stands in the page but by a word", () => {
  // Text between tags, other than names that are the same in every language.
  const bare = sources.flatMap((source) =>
    [
      ...source.matchAll(
        /<(?:p|h1|h2|button|strong|span|dt|dd|a|th|legend|summary)\b[^>]*>([^<{]*[a-z]{3,}[^<{]*)</g,
      ),
    ].map(([, said]) => said!.trim()),
  )

  expect(bare.filter((said) => said !== "Causeway")).toEqual([])
})

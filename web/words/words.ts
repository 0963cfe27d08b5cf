// What the page says, in the reader's language.

import { effect } from "@preact/signals"
import { kept } from "../kept.ts"
import { en } from "./en.ts"
import { id } from "./id.ts"

export type Word = keyof typeof en
export type Language = "en" | "id"

/** Each by its own name. */
export const LANGUAGES: Readonly<Record<Language, string>> = { en: "English", id: "Indonesia" }

const DICTIONARIES: Readonly<Record<Language, Readonly<Record<Word, string>>>> = { en, id }

export const language = kept<Language>(
  "language",
  navigator.language.startsWith("id") ? "id" : "en",
  (value): value is Language => value === "en" || value === "id",
)
effect(() => {
  document.documentElement.lang = language.value
})

/** The words for `word`, with what stands in braces filled in. */
export function say(word: Word, fill: Readonly<Record<string, string | number>> = {}): string {
  return DICTIONARIES[language.value][word].replace(/\{(\w+)\}/g, (whole, name: string) =>
    String(fill[name] ?? whole),
  )
}

/** The words for a code that the bridge gave, or the code itself where it is new to us. */
export function sayCode(prefix: string, code: string): string {
  const word = `${prefix}.${code}`
  return word in en ? say(word as Word) : code
}

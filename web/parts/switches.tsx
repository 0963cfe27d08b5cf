// Language and colours, as the reader wants them.

import { type Theme, theme } from "../kept.ts"
import { LANGUAGES, type Language, language, say, type Word } from "../words/words.ts"

export function Switches() {
  return (
    <div class="switches">
      <LanguageSwitch />
      <ThemeSwitch />
    </div>
  )
}

function LanguageSwitch() {
  return (
    <label>
      <span class="unseen">{say("switch.language")}</span>
      <select
        value={language.value}
        onChange={(event) => {
          language.value = event.currentTarget.value as Language
        }}
      >
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

const THEMES: readonly (readonly [Theme, Word])[] = [
  ["auto", "theme.auto"],
  ["light", "theme.light"],
  ["dark", "theme.dark"],
]

function ThemeSwitch() {
  return (
    <label>
      <span class="unseen">{say("switch.theme")}</span>
      <select
        value={theme.value}
        onChange={(event) => {
          theme.value = event.currentTarget.value as Theme
        }}
      >
        {THEMES.map(([name, word]) => (
          <option key={name} value={name}>
            {say(word)}
          </option>
        ))}
      </select>
    </label>
  )
}

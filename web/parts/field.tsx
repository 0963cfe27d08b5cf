// One labelled entry of a form, with what is said about it below: advice, or what is wrong with it.

import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (text: string) => void
  readonly hint?: ComponentChildren
  /** Null when nothing is wrong. */
  readonly problem?: string | null
  readonly placeholder?: string | undefined
  /** What stands behind the value: a unit. */
  readonly unit?: string
  readonly inputMode?: "decimal" | "text"
  readonly rows?: number
  readonly name: string
}

export function Field({ label, value, onInput, hint, problem = null, unit, ...rest }: FieldProps) {
  const id = useId()
  const { placeholder = "", inputMode = "text", rows, name } = rest
  const common = {
    ...{ id, name, value, placeholder, inputMode, autocomplete: "off", spellcheck: false },
    "aria-describedby": `${id}-about`,
    "aria-invalid": problem !== null,
  }
  return (
    <div class={`field ${problem === null ? "" : "wrong"}`}>
      <label for={id}>{label}</label>
      <div class="entry">
        {rows === undefined ? (
          <input {...common} type="text" onInput={(event) => onInput(event.currentTarget.value)} />
        ) : (
          <textarea
            {...common}
            rows={rows}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
        )}
        {unit !== undefined && <span class="unit">{unit}</span>}
      </div>
      <p class="about" id={`${id}-about`} aria-live="polite">
        {problem ?? hint}
      </p>
    </div>
  )
}

// A few lines over time, drawn as steps: books jump, they do not glide.

import { localeOf } from "../format.ts"
import { language } from "../words/words.ts"

interface ChartProps {
  /** All that is to be known without seeing it. */
  readonly label: string
  /** Milliseconds since 1970, rising. */
  readonly times: readonly number[]
  readonly lines: readonly { readonly name: string; readonly values: readonly number[] }[]
  readonly unit: string
}

const [WIDTH, HEIGHT] = [640, 220]
const [LEFT, RIGHT, TOP, BOTTOM] = [8, 8, 14, 26]

export function Chart({ label, times, lines, unit }: ChartProps) {
  const [begin, end] = [times[0]!, times.at(-1)!]
  const highest = Math.max(...lines.flatMap(({ values }) => values), 0) || 1
  const top = niceAbove(highest)
  const x = (time: number) =>
    LEFT + ((time - begin) / Math.max(1, end - begin)) * (WIDTH - LEFT - RIGHT)
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM)
  const marks = [0, top / 2, top]
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        {marks.map((mark) => (
          <g key={mark}>
            <line class="mark" x1={LEFT} x2={WIDTH - RIGHT} y1={y(mark)} y2={y(mark)} />
            <text x={LEFT} y={y(mark) - 4}>
              {numberText(mark)} {mark === top ? unit : ""}
            </text>
          </g>
        ))}
        {lines.map(({ name, values }, at) => (
          <path key={name} class={`line line-${at}`} d={stairs(times.map(x), values.map(y))} />
        ))}
        <text x={LEFT} y={HEIGHT - 8}>
          {dayText(begin)}
        </text>
        <text x={WIDTH - RIGHT} y={HEIGHT - 8} text-anchor="end">
          {dayText(end)}
        </text>
      </svg>
      <figcaption>
        {lines.map(({ name }, at) => (
          <span key={name} class={`key key-${at}`}>
            {name}
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

function stairs(xs: readonly number[], ys: readonly number[]): string {
  return xs
    .map((x, at) =>
      at === 0 ? `M${round(x)} ${round(ys[at]!)}` : `H${round(x)}V${round(ys[at]!)}`,
    )
    .join("")
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** 1, 2 or 5 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].map((times) => times * power).find((one) => one >= value) ?? value
}

function numberText(value: number): string {
  return new Intl.NumberFormat(localeOf(language.value), { maximumSignificantDigits: 3 }).format(
    value,
  )
}

function dayText(time: number): string {
  return new Intl.DateTimeFormat(localeOf(language.value), {
    ...{ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  }).format(time)
}

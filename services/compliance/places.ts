// Names of places as ISO 3166 codes: what rules are written in, whatever a database calls it and files it under.

/** What a database says about a place; any part may be missing. */
export interface Named {
  readonly country: string | null
  readonly subdivisions: readonly {
    /** The part after the hyphen (`43`), or the whole code (`UA-43`). */
    readonly code: string | null
    readonly name: string | null
  }[]
}

/** Codes by which databases say that they do not know, or that somebody hides. */
const UNKNOWN = new Set(["XX", "ZZ", "T1", "A1", "A2", "O1", "AP", "EU"])

/** Occupied regions, in the spellings that are found. Russia has no ISO codes for them, so these are of Ukraine. */
const OF_UKRAINE: readonly (readonly [RegExp, string])[] = [
  [/crim|krym|крым|крим/i, "UA-43"],
  [/se[bv]a?stopol|севастополь/i, "UA-40"],
  [/donet|донец/i, "UA-14"],
  [/l[uy]han|lugan|луган/i, "UA-09"],
  [/zapor|запор/i, "UA-23"],
  [/[kc]herson|херсон/i, "UA-65"],
]

/** Territories of the United States have codes of countries; some databases file them as parts of one. */
const OF_UNITED_STATES: readonly (readonly [RegExp, string])[] = [
  [/puerto rico/i, "PR"],
  [/^guam/i, "GU"],
  [/virgin islands/i, "VI"],
  [/american samoa/i, "AS"],
  [/northern mariana/i, "MP"],
  [/minor outlying/i, "UM"],
]
const TERRITORIES = new Set(OF_UNITED_STATES.map(([, code]) => code))

/**
 * All codes of a place, the country first: `["RU", "UA-43"]` for Crimea in a database that files it under Russia.
 * Empty when the country is not known.
 */
export function codesOf({ country, subdivisions }: Named): readonly string[] {
  const code = country?.trim().toUpperCase() ?? ""
  if (!/^[A-Z]{2}$/.test(code) || UNKNOWN.has(code)) return []
  return [...new Set([code, ...subdivisions.flatMap((one) => partsOf(code, one))])]
}

function partsOf(country: string, { code, name }: Named["subdivisions"][number]): string[] {
  const part = code?.trim().toUpperCase().replace(`${country}-`, "") ?? ""
  const codes = /^[A-Z0-9]{1,3}$/.test(part) ? [`${country}-${part}`] : []
  if (country === "US" && TERRITORIES.has(part)) codes.push(part)
  const tables: Readonly<Record<string, typeof OF_UKRAINE>> = {
    UA: OF_UKRAINE,
    RU: OF_UKRAINE,
    US: OF_UNITED_STATES,
  }
  for (const [pattern, one] of tables[country] ?? [])
    if (name !== null && pattern.test(name)) codes.push(one)
  return codes
}

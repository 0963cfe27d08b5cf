// Reads a GraphQL query into the fields it selects: one operation, variables, aliases, no fragments.

/** A selected field. `args` have their variables filled in; `fields` is empty for a leaf. */
export interface Field {
  readonly name: string
  readonly alias: string
  readonly args: Readonly<Record<string, unknown>>
  readonly fields: readonly Field[]
}

/** The client's mistake, in words for the `errors` of the answer. */
export class QueryError extends Error {}

/**
 * The fields of the one query in `text`. Supported: shorthand and named queries, variables with
 * defaults, every literal, aliases, nesting. Refused with a `QueryError`: mutations, subscriptions,
 * several operations, fragments, directives, block strings.
 */
export function parseQuery(
  text: string,
  variables: Record<string, unknown> = {},
): readonly Field[] {
  const tokens = new Tokens(text)
  const defaults = new Map<string, unknown>()
  if (!tokens.skips("{")) {
    tokens.expect("query")
    if (tokens.isName()) tokens.next()
    if (tokens.skips("(")) while (!tokens.skips(")")) declare(tokens, defaults)
    tokens.expect("{")
  }
  const variable = (name: string) => {
    const value = variables[name] ?? defaults.get(name)
    if (value !== undefined || name in variables || defaults.has(name)) return value ?? null
    throw new QueryError(`Variable "$${name}" is not defined.`)
  }
  const fields = selection(tokens, variable)
  if (tokens.peek() !== null) tokens.fail()
  return fields
}

type Variables = (name: string) => unknown

function declare(tokens: Tokens, defaults: Map<string, unknown>): void {
  tokens.expect("$")
  const name = tokens.name()
  tokens.expect(":")
  type(tokens)
  const preset = tokens.skips("=") ? value(tokens, () => tokens.fail()) : undefined
  defaults.set(name, preset)
}

function type(tokens: Tokens): void {
  if (tokens.skips("[")) {
    type(tokens)
    tokens.expect("]")
  } else tokens.name()
  tokens.skips("!")
}

/** The fields up to the closing brace; the opening one is behind us. */
function selection(tokens: Tokens, variables: Variables): Field[] {
  const fields: Field[] = []
  while (!tokens.skips("}")) {
    const alias = tokens.name()
    const name = tokens.skips(":") ? tokens.name() : alias
    const args: Record<string, unknown> = {}
    if (tokens.skips("(")) {
      while (!tokens.skips(")")) {
        const arg = tokens.name()
        tokens.expect(":")
        args[arg] = value(tokens, variables)
      }
    }
    fields.push({
      name,
      alias,
      args,
      fields: tokens.skips("{") ? selection(tokens, variables) : [],
    })
  }
  return fields
}

function value(tokens: Tokens, variables: Variables): unknown {
  if (tokens.skips("$")) return variables(tokens.name())
  if (tokens.skips("[")) {
    const list: unknown[] = []
    while (!tokens.skips("]")) list.push(value(tokens, variables))
    return list
  }
  if (tokens.skips("{")) {
    const object: Record<string, unknown> = {}
    while (!tokens.skips("}")) {
      const key = tokens.name()
      tokens.expect(":")
      object[key] = value(tokens, variables)
    }
    return object
  }
  const token = tokens.next()
  if (/^["\d-]/.test(token)) return literal(token)
  if (token === "true" || token === "false") return token === "true"
  if (token === "null") return null
  return /^[A-Za-z_]/.test(token) ? token : tokens.fail()
}

function literal(token: string): unknown {
  try {
    return JSON.parse(token)
  } catch {
    throw new QueryError(`Syntax Error: bad value ${token}`)
  }
}

/** Names, numbers, strings and signs; spaces, commas and comments are nothing in GraphQL. */
class Tokens {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(text: string) {
    const all = text.matchAll(
      /[\s,\uFEFF]+|#[^\n]*|([A-Za-z_]\w*|-?\d[\d.eE+-]*|"(?:[^"\\\n]|\\.)*"|\.\.\.|.)/gu,
    )
    this.#tokens = [...all].flatMap(([, token]) => (token === undefined ? [] : [token]))
  }

  peek(): string | null {
    return this.#tokens[this.#at] ?? null
  }

  isName(): boolean {
    return /^[A-Za-z_]/.test(this.peek() ?? "")
  }

  next(): string {
    return this.#tokens[this.#at++] ?? this.fail()
  }

  name(): string {
    return this.isName() ? this.next() : this.fail()
  }

  skips(token: string): boolean {
    const found = this.peek() === token
    if (found) this.#at++
    return found
  }

  expect(token: string): void {
    if (!this.skips(token)) this.fail()
  }

  fail(): never {
    const token = this.peek()
    throw new QueryError(
      `Syntax Error: ${token === null ? "unexpected end" : `unexpected ${token}, or not supported`}`,
    )
  }
}

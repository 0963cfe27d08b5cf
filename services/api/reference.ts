// The reference page: the OpenAPI document as one page of plain HTML, without a script. Pure.

import type { openApi } from "../../sdk/schemas/document.ts"

type Document = ReturnType<typeof openApi>

interface Schema {
  readonly [keyword: string]: unknown
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly pattern?: string
  readonly additionalProperties?: Schema | boolean
}

interface Operation {
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string
        readonly content: Readonly<Record<string, { readonly schema?: Schema }>>
      }
    >
  >
}

export function referencePage(document: Document): string {
  const { info, tags = [], paths = {}, components = {} } = document
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Readonly<Record<string, Operation>>).map(([method, operation]) => ({
      ...{ path, operation, method: method.toUpperCase() },
    })),
  )
  const groups = tags.map(({ name }) => ({
    name,
    rows: operations.filter(({ operation }) => operation.tags.includes(name)),
  }))
  const schemas = Object.entries((components.schemas ?? {}) as Readonly<Record<string, Schema>>)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(info.title)} API</title>
<link rel="stylesheet" href="reference.css">
</head>
<body>
<header>
<h1>${text(info.title)} API <small>${text(info.version)}</small></h1>
${prose(info.description ?? "")}
<p><a href="openapi.json">openapi.json</a> says the same to machines (OpenAPI ${text(document.openapi)}).</p>
</header>
<nav aria-label="Routes">
${groups.map(({ name, rows }) => `<h2>${text(name)}</h2>\n<ul>${rows.map(linkTo).join("\n")}</ul>`).join("\n")}
<h2>Words</h2>
<ul>${schemas.map(([name]) => `<li><a href="#${name}">${text(name)}</a></li>`).join("\n")}</ul>
</nav>
<main>
${groups.map(({ name, rows }) => `<section>\n<h2>${text(name)}</h2>\n${rows.map(sectionOf).join("\n")}\n</section>`).join("\n")}
<section>
<h2>Words</h2>
${schemas.map(([name, schema]) => `<article id="${name}"><h3>${text(name)}</h3>${shape(schema)}</article>`).join("\n")}
</section>
</main>
</body>
</html>
`
}

interface Row {
  readonly path: string
  readonly method: string
  readonly operation: Operation
}

function idOf({ method, path }: Row): string {
  return `${method}${path}`.replaceAll(/[^A-Za-z0-9]+/g, "-").replace(/-$/, "")
}

function linkTo(row: Row): string {
  return `<li><a href="#${idOf(row)}"><b>${row.method}</b> ${text(row.path)}</a></li>`
}

function sectionOf(row: Row): string {
  const { operation, method, path } = row
  const { parameters = [], requestBody, responses, security = [] } = operation
  const demands = security.flatMap((one) => Object.keys(one))
  const body = requestBody?.content["application/json"]?.schema
  const answers = Object.entries(responses).map(([status, { description, content }]) => {
    const [media, { schema = {} } = {}] = Object.entries(content)[0] ?? ["", {}]
    const said = media === "application/json" ? shape(schema) : `<code>${text(media)}</code>`
    return Number(status) < 300 || (Number(status) === 503 && description === operation.summary)
      ? `<details open><summary>${status}</summary>${said}</details>`
      : `<p class="refusal"><code>${status}</code> ${text(description)}</p>`
  })
  return `<article id="${idOf(row)}">
<h3><b>${method}</b> <code>${text(path)}</code></h3>
<p>${text(operation.summary)}.</p>
${operation.description ? prose(operation.description) : ""}
${demands.length > 0 ? `<p>Demands: ${text(demands.join(", "))}.</p>` : ""}
${parameters.length > 0 ? `<h4>Parameters</h4><dl>${parameters.map((one) => term(one.name, one.schema, one.required ?? false, one.in)).join("")}</dl>` : ""}
${body ? `<h4>Body</h4>${shape(body)}` : ""}
<h4>Answers</h4>
${answers.join("\n")}
</article>`
}

function shape(schema: Schema): string {
  const { properties, required = [], description } = schema
  const about = description && !schema.$ref ? prose(description) : ""
  if (schema.type === "array" && schema.items?.properties)
    return `${about}<p>A list, each of it:</p>${shape(schema.items)}`
  if (!properties) return `${about}<p>${kind(schema)}</p>`
  const rows = Object.entries(properties)
  return `${about}<dl>${rows.map(([name, one]) => term(name, one, required.includes(name))).join("")}</dl>`
}

function term(name: string, schema: Schema, isRequired: boolean, place = ""): string {
  const notes = [place, isRequired ? "" : "may be left out"].filter((note) => note !== "")
  const small = notes.length > 0 ? ` <small>${text(notes.join(", "))}</small>` : ""
  const inner = schema.properties ?? schema.items?.properties
  return `<dt><code>${text(name)}</code> ${kind(schema)}${small}</dt><dd>${
    schema.description ? prose(schema.description) : ""
  }${inner ? shape(schema.properties ? { ...schema, description: "" } : schema.items!) : ""}</dd>`
}

/** What a value is, in a few words. */
function kind(schema: Schema): string {
  const { $ref, type, items, anyOf, oneOf, additionalProperties } = schema
  if ($ref) {
    const name = $ref.split("/").at(-1)!
    return `<a href="#${name}">${text(name)}</a>`
  }
  if (schema.const !== undefined) return `<code>${text(JSON.stringify(schema.const))}</code>`
  if (schema.enum) return schema.enum.map((one) => `<code>${text(String(one))}</code>`).join(" | ")
  const choices = anyOf ?? oneOf
  if (choices) return choices.map(kind).join(" | ")
  if (type === "array") return items ? `list of ${kind(items)}` : "list"
  if (type === "object" && typeof additionalProperties === "object")
    return `by name: ${kind(additionalProperties)}`
  return text([type ?? "anything"].flat().join(" | "))
}

function prose(words: string): string {
  return `<p>${text(words).replaceAll(/`([^`]+)`/g, "<code>$1</code>")}</p>`
}

function text(words: string): string {
  return words
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
}

export const referenceStyle = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; display: grid; gap: 0 2rem }
header { grid-column: 1 / -1 }
nav ul { list-style: none; padding: 0; margin: 0 }
nav h2 { font-size: 1rem; margin: 1rem 0 0.25rem }
nav li { overflow-wrap: anywhere }
h3 { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding-top: 1rem }
h4 { margin: 1rem 0 0 }
code { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere }
dl { margin: 0.5rem 0; padding-left: 1rem }
dd { margin: 0 0 0.25rem 1rem }
dd p { margin: 0 }
.refusal { margin: 0 }
small { opacity: 0.75 }
@media (min-width: 60rem) {
  body { grid-template-columns: 17rem 1fr }
  nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow: auto }
}
`

// The API's own document, and a page that shows it to people without asking anybody else for anything.

import { readFileSync } from "node:fs"
import { openApi } from "../../sdk/schemas/document.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import { referencePage, referenceStyle } from "./reference.ts"
import { type Server, serve } from "./serving.ts"

const { version } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { readonly version: string }

export function documentRoutes(server: Server): void {
  const document = openApi(version)
  const page = referencePage(document)

  serve(server, ROUTES.document, async () => document as unknown as Record<string, unknown>)

  serve(server, ROUTES.reference, async ({ reply }) =>
    reply.type("text/html; charset=utf-8").send(page),
  )

  serve(server, ROUTES.referenceStyle, async ({ reply }) =>
    reply.type("text/css; charset=utf-8").send(referenceStyle),
  )
}

// The page for people at `/`: built files, one strict policy about what may run in it, and no request to anybody but us.

import { existsSync } from "node:fs"
import path from "node:path"
import fastifyStatic from "@fastify/static"
import type { FastifyInstance } from "fastify"
import { type Bridge, bridgeJson } from "../../chains/bridge.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import { pageFolder } from "../page.ts"
import { serve } from "./serving.ts"

/** What a browser lets the page do: run our scripts, speak to us, and nothing else. */
const POLICY = [
  "default-src 'none'",
  ...["script-src", "style-src", "img-src", "font-src", "connect-src"].map(
    (name) => `${name} 'self'`,
  ),
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ")

const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin-allow-popups",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}

/** A file with its hash in the name never changes; the others are asked for again. */
const FOREVER = "public, max-age=31536000, immutable"

export interface Site {
  readonly bridge: Bridge
  readonly entry?: string
  /** Of the build. */
  readonly folder?: string
}

/**
 * Serves `entry` (a page of the build) at `/`, its files, and the bridge's public facts at `/bridge.json`. Where
 * nothing is built, `/` says so.
 */
export async function site(
  server: FastifyInstance,
  { bridge, entry = "index.html", folder = pageFolder() }: Site,
): Promise<void> {
  const facts = bridgeJson(bridge) as Record<string, unknown>
  serve({ fastify: server, checked: false }, ROUTES.facts, async () => facts)
  if (!existsSync(path.join(folder, entry))) {
    server.get("/", async (_, reply) =>
      reply.code(404).type("text/plain").send("no page is built: npm run build:web\n"),
    )
    return
  }
  await server.register(async (pages) => {
    pages.addHook("onSend", async (request, reply) => {
      reply.headers(HEADERS)
      const isNamed = request.url.startsWith("/assets/") && reply.statusCode === 200
      reply.header("cache-control", isNamed ? FOREVER : "no-cache")
      reply.removeHeader("access-control-allow-origin")
    })
    await pages.register(fastifyStatic, {
      root: path.join(folder, "assets"),
      prefix: "/assets/",
      cacheControl: false,
    })
    pages.get("/", (_, reply) => reply.sendFile(entry, folder))
  })
}

// `npm run build:web`: the page made of `web/`, by vite; the start command does it when the sources have changed.

import { rm, writeFile } from "node:fs/promises"
import path from "node:path"
import { builtVersion, pageFolder, pageVersion, STAMP } from "../page.ts"

const ROOT = path.join(import.meta.dirname, "..", "..")

/** Builds when nothing is built, or something else. The same sources give the same bytes. */
export async function buildPage(
  onStep: (text: string) => void = () => {},
  folder = pageFolder(),
): Promise<string> {
  const version = pageVersion()
  if (builtVersion(folder) === version) return folder
  const startedAt = performance.now()
  onStep("  …  page (vite)")
  await rm(path.join(folder, STAMP), { force: true })
  // Only those who build load it.
  const { build } = await import("vite")
  await build({
    root: path.join(ROOT, "web"),
    configFile: false,
    logLevel: "error",
    publicDir: false,
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: "es2022",
      // A picture in the text would be one that the content security policy refuses.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rollupOptions: {
        input: ["index.html", "console.html"].map((name) => path.join(ROOT, "web", name)),
      },
    },
  })
  await writeFile(path.join(folder, STAMP), `${version}\n`)
  onStep(`  ok page (vite), ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  return folder
}

if (import.meta.filename === process.argv[1])
  await buildPage((text) => process.stderr.write(`${text}\n`))

// Pictures of the page for the documents, taken while it is tested: `npm run pictures`.

import { mkdir } from "node:fs/promises"
import path from "node:path"
import type { Page } from "playwright-core"

/** Does nothing unless `PICTURES` names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PICTURES
  if (!folder) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({
    path: path.join(folder, `${name}.png`),
    animations: "disabled",
    fullPage: true,
  })
}

// A case's report on paper: the same facts as its JSON, with page numbers, in the order in which they are asked for.

import type { CaseReport } from "./case-report.ts"

const MARGIN = 56
const BODY = 9

/** The bytes of a PDF. The same report gives the same text; `madeMs` is printed, and is the file's own date. */
export async function casePdf(report: CaseReport, madeMs: number): Promise<Buffer> {
  // A third of a second, for what few processes ever print.
  const { default: PDFDocument } = await import("pdfkit")
  const made = new Date(madeMs)
  const document = new PDFDocument({
    ...{ size: "A4", margin: MARGIN, bufferPages: true },
    info: {
      ...{ Title: `Case ${report.transfer.id}`, Producer: "Causeway", Creator: "Causeway" },
      CreationDate: made,
    },
  })
  const chunks: Buffer[] = []
  document.on("data", (chunk: Buffer) => chunks.push(chunk))
  const done = new Promise<Buffer>((resolve, reject) => {
    document.on("end", () => resolve(Buffer.concat(chunks)))
    document.on("error", reject)
  })
  const head = (text: string) => document.moveDown().font("Helvetica-Bold").fontSize(12).text(text)
  const line = (name: string, value: unknown) =>
    document
      .font("Helvetica-Bold")
      .fontSize(BODY)
      .text(`${name}: `, { continued: true })
      .font("Helvetica")
      .text(printable(String(value ?? "none")))
  const text = (words: string) => document.font("Helvetica").fontSize(BODY).text(printable(words))

  document.font("Helvetica-Bold").fontSize(16).text(`Case of transfer ${report.transfer.id}`)
  line("Made", made.toISOString())
  head("Case")
  for (const [name, value] of Object.entries(report.case))
    line(name, value && typeof value === "object" ? Object.values(value).join("; ") : value)
  head("Property and parties")
  for (const [name, value] of Object.entries(report.transfer)) line(name, value)
  head("Findings")
  for (const { rule, authority, about, effects } of report.findings)
    text(`${rule} (${authority || "no rule of the policy"}): ${about}; ${effects}`)
  head("History")
  for (const { at, event, by, says } of report.history) text(`${at}  ${event} by ${by}: ${says}`)
  head("Evidence, by SHA-256")
  for (const { at, digest, by, about } of report.evidence)
    text(`${at}  ${digest} by ${by}: ${about}`)
  head("Decisions")
  for (const one of report.decisions) {
    text(
      `${one.at}  ${one.stage}: bridge ${one.bridge}, refund ${one.refund}, reward ${one.reward}`,
    )
    text(`  policy ${one.policy}; record ${one.digest}`)
    for (const [list, digest] of Object.entries(one.lists)) text(`  list ${list} ${digest}`)
  }
  numberPages(document)
  document.end()
  return done
}

function numberPages(document: PDFKit.PDFDocument): void {
  const { start, count } = document.bufferedPageRange()
  for (let page = start; page < start + count; page++) {
    document.switchToPage(page)
    // Below the margin, where text would otherwise begin a page of its own.
    document.page.margins.bottom = 0
    document
      .fontSize(8)
      .text(`${page + 1} of ${count}`, MARGIN, document.page.height - 36, { align: "right" })
  }
}

/** The standard fonts of PDF know Latin letters alone: what they lack is written out, and not left away. */
function printable(text: string): string {
  return [...text]
    .map((one) => {
      const code = one.codePointAt(0)!
      const isPlain =
        (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code <= 0xff) || one === "\n"
      return isPlain ? one : `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`
    })
    .join("")
}

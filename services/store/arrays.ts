// Lists of PostgreSQL as text: the driver would ask each new connection which there are, and a connection that is cut while
// it asks ends the process.

type Item = string | null

/** `{a,"b c",NULL}`, as PostgreSQL reads it. */
export function arrayOf(items: readonly Item[]): string {
  const texts = items.map((item) => (item === null ? "NULL" : `"${escaped(String(item))}"`))
  return `{${texts.join(",")}}`
}

/** The items of a list of one dimension, as PostgreSQL writes it. */
export function itemsIn(array: string): Item[] {
  return [...array.slice(1, -1).matchAll(ITEM)].map(([, quoted, bare]) => {
    if (quoted !== undefined) return quoted.replace(/\\(.)/gs, "$1")
    return bare === "NULL" ? null : bare!
  })
}

/** What is in a list, by the number of the list's type: those that our tables and queries have. */
export const ARRAYS = {
  texts: listType(1009, (text) => text),
  wholes: listType(1016, BigInt),
  integers: listType(1007, Number),
  bytes: listType(1001, (text) => Buffer.from(text.slice(2), "hex")),
}

function listType<T>(oid: number, read: (text: string) => T) {
  return {
    to: oid,
    from: [oid],
    serialize: arrayOf,
    parse: (array: string): (T | null)[] =>
      itemsIn(array).map((item) => (item === null ? null : read(item))),
  }
}

function escaped(text: string): string {
  return text.replace(/[\\"]/g, "\\$&")
}

const ITEM = /"((?:[^"\\]|\\.)*)"|([^,]+)/gs

// What goes into a jsonb column comes out as it was, whatever strangers wrote.

import fc from "fast-check"
import { beforeAll, expect, test } from "vitest"
import type { Sql } from "../../../services/store/database.ts"
import { decode, encode } from "../../../services/store/json.ts"
import { testDatabase } from "../../database.ts"

let sql: Sql

beforeAll(async () => {
  sql = (await testDatabase()).sql
})

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("\0", "\ud800", "\udc00 x", "😀", "$bigint", "$utf16", "$entries", "__proto__"),
  // Lone halves of surrogate pairs, which no unit of fast-check makes.
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
)
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    hostile,
    fc.bigInt(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(hostile, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value

test("every value survives the way into jsonb and back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 5 }), async (values) => {
      const json = JSON.stringify(encode(values))
      const [row] = await sql<{ out: unknown }[]>`select ${json}::text::jsonb as out`
      expect(row!.out).toStrictEqual(values)
      expect(decode(json)).toStrictEqual(values)
    }),
    { numRuns: 300 },
  )
})

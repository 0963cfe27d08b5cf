// Writes small MMDB files (MaxMind DB format 2.0) for tests and benches: IPv6 trees with records of 32 bits.

export type MmdbValue =
  | string
  | number
  | bigint
  | boolean
  | readonly MmdbValue[]
  | { readonly [key: string]: MmdbValue }

interface Node {
  readonly children: [Child, Child]
}
type Child = Node | { readonly record: MmdbValue } | null

/** The bytes of a file in which each CIDR block has its record; later rows lie over earlier, wider ones. */
export function mmdbOf(
  rows: readonly (readonly [cidr: string, record: MmdbValue])[],
  { buildEpoch = 1_793_000_000 }: { buildEpoch?: number } = {},
): Buffer {
  const root: Node = { children: [null, null] }
  for (const [cidr, record] of rows) insert(root, bitsOf(cidr), { record })
  const nodes = nodesOf(root)
  const places = new Map(nodes.map((node, at) => [node, at]))
  const data = new Data()
  const tree = Buffer.alloc(nodes.length * 8)
  for (const [at, { children }] of nodes.entries())
    for (const [side, child] of children.entries()) {
      const pointer =
        child === null
          ? nodes.length
          : "record" in child
            ? nodes.length + SEPARATOR.length + data.place(child.record)
            : places.get(child)!
      tree.writeUInt32BE(pointer, at * 8 + side * 4)
    }
  const metadata = encode({
    node_count: nodes.length,
    record_size: 32,
    ip_version: 6,
    database_type: "Test",
    languages: ["en"],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: BigInt(buildEpoch),
    description: { en: "test" },
  })
  return Buffer.concat([tree, SEPARATOR, data.bytes, MARK, metadata])
}

const SEPARATOR = Buffer.alloc(16)
const MARK = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1")

/** The data section; equal records are stored once. */
class Data {
  readonly #places = new Map<string, number>()
  readonly #parts: Buffer[] = []
  #length = 0

  place(record: MmdbValue): number {
    const key = JSON.stringify(record)
    const known = this.#places.get(key)
    if (known !== undefined) return known
    const place = this.#length
    const part = encode(record)
    this.#places.set(key, place)
    this.#parts.push(part)
    this.#length += part.length
    return place
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

function insert(root: Node, bits: readonly number[], leaf: { record: MmdbValue }): void {
  let node = root
  for (const [depth, bit] of bits.entries()) {
    if (depth === bits.length - 1) {
      node.children[bit] = leaf
      return
    }
    const child = node.children[bit] ?? null
    // A narrower block divides a wider one, which stays on both sides of it.
    const next: Node =
      child && "children" in child ? child : { children: child ? [child, child] : [null, null] }
    node.children[bit] = next
    node = next
  }
}

function nodesOf(root: Node): Node[] {
  const nodes = [root]
  for (let at = 0; at < nodes.length; at += 1)
    for (const child of nodes[at]!.children) if (child && "children" in child) nodes.push(child)
  return nodes
}

/** IPv4 lies in the first 32 bits behind 96 zeros. */
function bitsOf(cidr: string): number[] {
  const [address = "", prefix] = cidr.split("/")
  const isV4 = !address.includes(":")
  const groups = isV4 ? address.split(".").map(Number) : groupsOf(address)
  const width = isV4 ? 8 : 16
  const bits = groups.flatMap((group) => [...group.toString(2).padStart(width, "0")].map(Number))
  const kept = Number(prefix ?? bits.length)
  return isV4 ? [...Array<number>(96).fill(0), ...bits.slice(0, kept)] : bits.slice(0, kept)
}

function groupsOf(address: string): number[] {
  const [head = "", tail] = address.split("::")
  const parse = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => parseInt(group, 16))
  const [before, after] = [parse(head), parse(tail ?? "")]
  if (tail === undefined) return before
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}

function encode(value: MmdbValue): Buffer {
  if (typeof value === "string") {
    const bytes = Buffer.from(value)
    return Buffer.concat([control(2, bytes.length), bytes])
  }
  if (typeof value === "boolean") return control(14, value ? 1 : 0)
  if (typeof value === "bigint") return unsigned(9, value)
  if (typeof value === "number") return unsigned(6, BigInt(value))
  if (isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)])
  const entries = Object.entries(value)
  const parts = entries.flatMap(([key, inner]) => [encode(key), encode(inner)])
  return Buffer.concat([control(7, entries.length), ...parts])
}

function isArray(value: object): value is readonly MmdbValue[] {
  return Array.isArray(value)
}

function unsigned(type: number, value: bigint): Buffer {
  const digits = value === 0n ? "" : value.toString(16)
  const bytes = Buffer.from(digits.length % 2 ? `0${digits}` : digits, "hex")
  return Buffer.concat([control(type, bytes.length), bytes])
}

/** Type and size; types above 7 take a byte of their own, sizes above 28 one or two. */
function control(type: number, size: number): Buffer {
  const rest = size < 29 ? [] : size < 285 ? [size - 29] : [(size - 285) >> 8, (size - 285) & 255]
  const shown = size < 29 ? size : size < 285 ? 29 : 30
  return Buffer.from(type > 7 ? [shown, type - 7, ...rest] : [(type << 5) | shown, ...rest])
}

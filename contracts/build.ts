// The vault as it is deployed: ABI and creation code, by the compiler of npm with the settings of foundry.toml.

import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { BridgeError } from "../core/errors.ts"

export interface Artifact {
  /** As solc writes it: for `new Interface(abi)` of ethers. */
  readonly abi: readonly AbiItem[]
  /** Creation code, hex with 0x; the constructor's arguments are appended to it. */
  readonly bytecode: string
  /** The code on chain, with zeros where the constructor writes immutables. */
  readonly deployedBytecode: string
  /** Where it writes them: the first byte of each of their places of 32. */
  readonly immutables: readonly number[]
}

export interface AbiItem {
  readonly type: string
  readonly name?: string
  readonly [field: string]: unknown
}

/** The settings of foundry.toml. No metadata is appended: the same sources give the same bytes, wherever they lie. */
const SETTINGS = {
  evmVersion: "cancun",
  optimizer: { runs: 1_000_000 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
  remappings: ["@openzeppelin/=node_modules/@openzeppelin/"],
}

export interface Choices {
  /** The text of a source by its path from the root; by default what is on disk. */
  readonly read?: (file: string) => string
  /** Without the optimizer it is done sooner, and is nothing to deploy. */
  readonly optimize?: boolean
}

/**
 * Compiles contract `name` of `contracts/<file>`. Takes seconds: keep the result. Throws `bad-config` with the
 * compiler's words when it does not compile.
 */
export function compile(
  name: string,
  file = `src/${name}.sol`,
  { read = onDisk, optimize = true }: Choices = {},
): Artifact {
  const source = `contracts/${file}`
  const { optimizer, ...settings } = SETTINGS
  const input = {
    language: "Solidity",
    sources: { [source]: { content: read(source) } },
    settings: {
      ...settings,
      optimizer: { ...optimizer, enabled: optimize },
      outputSelection: {
        [source]: {
          [name]: [
            ...["abi", "evm.bytecode.object", "evm.deployedBytecode.object"],
            "evm.deployedBytecode.immutableReferences",
          ],
        },
      },
    },
  }
  const output: Output = JSON.parse(
    solc().compile(JSON.stringify(input), { import: (wanted) => ({ contents: read(wanted) }) }),
  )
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error")
  const made = output.contracts?.[source]?.[name]
  if (errors.length > 0 || !made) {
    const reason = errors[0]?.formattedMessage ?? "no such contract"
    throw new BridgeError("bad-config", { contract: name, reason })
  }
  const { abi, evm } = made
  return {
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    deployedBytecode: `0x${evm.deployedBytecode.object}`,
    immutables: Object.values(evm.deployedBytecode.immutableReferences ?? {})
      .flatMap((places) => places.map(({ start }) => start))
      .sort((a, b) => a - b),
  }
}

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, Made>>>>
}

interface Made {
  readonly abi: readonly AbiItem[]
  readonly evm: {
    readonly bytecode: { readonly object: string }
    readonly deployedBytecode: {
      readonly object: string
      readonly immutableReferences?: Readonly<Record<string, readonly { readonly start: number }[]>>
    }
  }
}

interface Compiler {
  compile(
    input: string,
    callbacks: { import(path: string): { contents: string } | { error: string } },
  ): string
}

const require = createRequire(import.meta.url)

/** Nine megabytes of WebAssembly: loaded when something is compiled, not before. */
function solc(): Compiler {
  return require("solc")
}

function onDisk(name: string): string {
  return readFileSync(path.resolve(import.meta.dirname, "..", name), "utf8")
}

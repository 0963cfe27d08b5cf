// The part of WebAssembly that the evaluator uses: neither es2023 nor Node's own types declare it.

declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer
  }
  type Imports = Record<string, Record<string, unknown>>
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>
  class Instance {
    constructor(module: Module, imports: Imports)
    readonly exports: Record<string, unknown>
  }
}

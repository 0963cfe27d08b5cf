// The part of bitcore-lib that is used here: its script interpreter. The package brings no types.

declare module "bitcore-lib" {
  class Script {
    constructor(bytes: Buffer)
    static Interpreter: {
      new (): Interpreter
      computeTaprootMerkleRoot(control: Buffer, leafHash: Buffer): Buffer
      verifyTaprootCommitment: (control: Buffer, program: Buffer, leafHash: Buffer) => boolean
      readonly SCRIPT_VERIFY_P2SH: number
      readonly SCRIPT_VERIFY_DERSIG: number
      readonly SCRIPT_VERIFY_NULLDUMMY: number
      readonly SCRIPT_VERIFY_CHECKLOCKTIMEVERIFY: number
      readonly SCRIPT_VERIFY_CHECKSEQUENCEVERIFY: number
      readonly SCRIPT_VERIFY_WITNESS: number
      readonly SCRIPT_VERIFY_TAPROOT: number
    }
  }
  interface Interpreter {
    readonly errstr: string
    verify(
      scriptSig: Script,
      scriptPubkey: Script,
      tx: Transaction,
      index: number,
      flags: number,
      witness: readonly Buffer[],
      satoshis: number,
    ): boolean
  }
  interface Input {
    readonly script: Script
    readonly witnesses?: readonly Buffer[]
    output: Output
  }
  class Output {
    constructor(output: { script: Buffer; satoshis: number })
    readonly script: Script
  }
  class Transaction {
    constructor(bytes: Buffer)
    readonly inputs: readonly Input[]
    static Output: typeof Output
  }
  /** Its bytes are 64, or 65 with a sighash type. */
  interface Signature {
    toBuffer(): Buffer
  }
  const Schnorr: {
    verify: (key: Buffer, digest: Buffer, signature: Signature) => boolean
  }
  const library: {
    crypto: { Schnorr: typeof Schnorr }
    Script: typeof Script
    Transaction: typeof Transaction
  }
  export default library
}

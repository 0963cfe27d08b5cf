// Puts a vault on a chain, and looks whether what stands there is the vault of these sources, as it was meant to be.

import {
  AbiCoder,
  Contract,
  ContractFactory,
  encodeBytes32String,
  type InterfaceAbi,
  id,
  keccak256,
  toBeHex,
  zeroPadValue,
} from "ethers"
import { faultIn } from "../../contracts/verify.ts"
import { ASSETS } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { vaultArtifact } from "../../devnet/evm/contracts.ts"
import type { Evm, VaultPlan } from "./evm-plan.ts"

const TOKEN = ["function decimals() view returns (uint8)"]
const NATIVE = /^0x0+$/

/** Throws `bad-config` for a token with other decimals than its asset, and what the chain throws. */
export async function deployVault(
  { provider, wallet }: Evm,
  plan: VaultPlan,
): Promise<{ readonly vault: string; readonly heightMin: number }> {
  for (const { asset, token } of plan.listed) {
    if (NATIVE.test(token)) continue
    const decimals = Number(await new Contract(token, TOKEN, provider).getFunction("decimals")())
    if (decimals !== ASSETS[asset].decimals)
      throw new BridgeError("bad-config", {
        asset,
        token,
        decimals,
        wanted: ASSETS[asset].decimals,
      })
  }
  const { abi, bytecode } = vaultArtifact()
  const limits = plan.listed.map(({ token, capacity, window }) => [token, capacity, window])
  const factory = new ContractFactory(abi as InterfaceAbi, bytecode, wallet)
  const made = await factory.deploy(plan.key, plan.guardian, plan.council, limits)
  const receipt = await made.deploymentTransaction()!.wait()
  const { contractAddress, blockNumber } = receipt!
  return { vault: contractAddress!.toLowerCase(), heightMin: blockNumber }
}

/** Throws `bad-config` that says what is another than it was meant. */
export async function checkVault({ provider }: Evm, plan: VaultPlan, vault: string): Promise<void> {
  const artifact = vaultArtifact()
  const wrong = (what: string, found: unknown, wanted: unknown) =>
    new BridgeError("bad-config", { vault, what, found: String(found), wanted: String(wanted) })
  const fault = faultIn(await provider.getCode(vault), artifact, factsOf(plan, vault))
  if (fault !== null) throw wrong("code", fault, "that of these sources")
  const contract = new Contract(vault, artifact.abi as InterfaceAbi, provider)
  const ask = (name: string, ...values: unknown[]) => contract.getFunction(name)(...values)
  const claims: [string, string, string][] = [
    ["group key", toBeHex(await ask("groupKey"), 32), plan.key],
    ["guardian", (await ask("guardian")).toLowerCase(), plan.guardian],
    ["council", (await ask("council")).toLowerCase(), plan.council],
  ]
  for (const { asset, token, capacity, window } of plan.listed) {
    const [found, , seconds] = await ask("limitOf", token)
    claims.push([`limit of ${asset}`, `${found} in ${seconds} s`, `${capacity} in ${window} s`])
  }
  for (const [what, found, wanted] of claims) if (found !== wanted) throw wrong(what, found, wanted)
}

/** All that the constructor writes into the code: the council, and what EIP-712 keeps at hand. */
function factsOf({ chainId, council }: VaultPlan, vault: string): ReadonlySet<string> {
  const [name, version] = ["Causeway", "1"]
  const domain = [
    id("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
    ...[id(name), id(version), chainId, vault],
  ]
  const types = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
  return new Set(
    [
      ...[zeroPadValue(council, 32), zeroPadValue(vault, 32), toBeHex(chainId, 32)],
      ...[id(name), id(version), keccak256(AbiCoder.defaultAbiCoder().encode(types, domain))],
      ...[shortString(name), shortString(version)],
    ].map((word) => word.slice(2).toLowerCase()),
  )
}

/** As OpenZeppelin's ShortStrings keep it: the text in front, its length in the last byte. */
function shortString(text: string): string {
  return `${encodeBytes32String(text).slice(0, -2)}${text.length.toString(16).padStart(2, "0")}`
}

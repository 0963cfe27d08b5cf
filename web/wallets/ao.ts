// The account on AO that somebody acts for: of their Arweave wallet, or of their Ethereum one, whose address it then is.

import { computed, signal } from "@preact/signals"
import type { Saying } from "../../sdk/saying.ts"
import { arweaveAccount, base64url, signOnArweave, signTextOnArweave } from "./arweave.ts"
import { evmAccount, signOnEvm, signTextOnEvm } from "./evm.ts"

export type WalletKind = "arweave" | "evm"

/** What somebody with both has chosen. */
export const preferred = signal<WalletKind>("arweave")

/** Null while no wallet is connected. */
export const aoAccount = computed(
  (): { readonly kind: WalletKind; readonly address: string } | null => {
    const accounts = {
      arweave: arweaveAccount.value,
      evm: evmAccount.value?.address ?? null,
    }
    const other = preferred.value === "evm" ? "arweave" : "evm"
    for (const kind of [preferred.value, other] as const) {
      const address = accounts[kind]
      if (address !== null) return { kind, address }
    }
    return null
  },
)

/** Signs a message to a process as that account; the item's bytes, base64url. */
export async function signSaying(saying: Saying): Promise<string> {
  const evm = evmOf()
  return base64url(
    evm === null ? await signOnArweave(saying) : await signOnEvm(evm.wallet, evm.address, saying),
  )
}

/** Signs a text as that account, and proves it. */
export function signText(text: string): Promise<object> {
  const evm = evmOf()
  return evm === null ? signTextOnArweave(text) : signTextOnEvm(evm.wallet, evm.address, text)
}

function evmOf() {
  return aoAccount.value?.kind === "evm" ? evmAccount.value : null
}

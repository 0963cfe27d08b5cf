// What the doctor says of a signer's shares: of the present keys, of the next ones, and of those from before.

import { join } from "node:path"
import { oldShares, shelved } from "./ceremony/shelf.ts"
import { type SignerConfig, shareFile } from "./config.ts"
import type { Examination } from "./doctor.ts"
import { bad, type Finding, good, watch, wordsOf } from "./findings.ts"
import { checkFormers, type Former, namedOf, readFormers } from "./former.ts"
import { bindingOf, openShare, readShare } from "./keyshare.ts"
import { groupKeyBytes, schemesOf } from "./manifest.ts"
import { schemeOf } from "./schemes/index.ts"
import { type GroupKey, hexOf } from "./schemes/scheme.ts"
import { nextFolder, readSuccessors } from "./successor.ts"

export async function shareFindings(
  config: SignerConfig,
  examination: Examination,
): Promise<readonly Finding[]> {
  const { folder, manifest } = config
  const keys = schemesOf(manifest).map((name) => {
    return schemeOf(name).decode(groupKeyBytes(manifest, name))
  })
  const present = keys.map((key) =>
    shareOf(folder, `share of ${key.scheme}`, key, config, examination),
  )
  const waiting = await shelved(folder)
  const old = await oldShares(folder)
  return [
    ...(await Promise.all(present)),
    ...(await nextShares(config, examination)),
    ...(await formerShares(config, examination)),
    ...waiting.map((name) =>
      watch(`share of ${name}`, "a new one waits for its transcript: causeway ceremony attest"),
    ),
    ...old.map((name) =>
      watch(`share of ${name}`, "an old one is kept aside until all members use the new one"),
    ),
  ]
}

/** Of the keys that vaults may be handed over to: without them the signer starts all the same. */
async function nextShares(config: SignerConfig, examination: Examination): Promise<Finding[]> {
  const { folder, manifest } = config
  try {
    const keys = Object.values(await readSuccessors(folder, manifest))
    const about = (key: GroupKey) => `share of the next ${key.scheme} key`
    return await Promise.all(
      keys.map((key) => shareOf(nextFolder(folder), about(key), key, config, examination)),
    )
  } catch (error) {
    return [watch("next key", wordsOf(error))]
  }
}

/** Of the keys that were the group's before: without one that money lies under the signer does not start. */
async function formerShares(config: SignerConfig, examination: Examination): Promise<Finding[]> {
  const { folder, manifest, bridge } = config
  try {
    const formers = await readFormers(folder, manifest)
    checkFormers(namedOf(manifest, bridge), formers)
    const about = ({ key }: Former) =>
      `share of the former ${key.scheme} key ${hexOf(key).slice(0, 16)}`
    return await Promise.all(
      formers.map((one) => shareOf(one.folder, about(one), one.key, config, examination)),
    )
  } catch (error) {
    return [bad("former keys", wordsOf(error))]
  }
}

async function shareOf(
  folder: string,
  about: string,
  key: GroupKey,
  { manifest: { devnet }, member: { index } }: SignerConfig,
  { passphrase }: Examination,
): Promise<Finding> {
  try {
    const sealed = await readShare(join(folder, shareFile(key.scheme)))
    const expected = bindingOf(key, index)
    if (passphrase === null) {
      const isSame = JSON.stringify(sealed.binding) === JSON.stringify(expected)
      return isSame
        ? watch(about, `epoch ${key.epoch}; not opened: no passphrase was given`)
        : bad(about, `it is of epoch ${sealed.binding.epoch}, and the key of ${key.epoch}`)
    }
    const share = await openShare(sealed, passphrase, expected, { devnet })
    const signer = await schemeOf(key.scheme).open({ key, index, share })
    await signer.close()
    return good(about, `epoch ${key.epoch}; it opens, and is the key's`)
  } catch (error) {
    return bad(about, wordsOf(error))
  }
}

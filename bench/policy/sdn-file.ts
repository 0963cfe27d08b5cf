// A file of the size and the make of OFAC's SDN_ADVANCED.XML, written as it is read: 80 MB with 800 addresses.

const BYTES = 80_000_000
const CHUNK = 65_536

/** So many different addresses are in it. */
export const ADDRESSES = 800

const HEAD =
  '<?xml version="1.0" encoding="utf-8"?>\n<Sanctions xmlns="http://www.un.org/sanctions/1.0">' +
  "<DateOfIssue><Year>2026</Year><Month>11</Month><Day>1</Day></DateOfIssue><ReferenceValueSets>" +
  '<FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType>' +
  '<FeatureType ID="345" FeatureTypeGroupID="1">Digital Currency Address - ETH</FeatureType>' +
  "</FeatureTypeValues></ReferenceValueSets><DistinctParties>\n"
const TAIL = "</DistinctParties></Sanctions>"

/** The file in chunks of bytes. */
export async function* sdnFile(): AsyncGenerator<Uint8Array> {
  const parties = Math.floor(BYTES / party(0, null).length)
  const every = Math.floor(parties / ADDRESSES)
  let text = HEAD
  for (let at = 0; at < parties; at += 1) {
    const isListed = at % every === 0 && at / every < ADDRESSES
    text += party(at, isListed ? `0x${(at + 1).toString(16).padStart(40, "0")}` : null)
    if (text.length < CHUNK) continue
    yield Buffer.from(text)
    text = ""
  }
  yield Buffer.from(text + TAIL)
}

function party(at: number, address: string | null): string {
  const id = String(at).padStart(6, "0")
  return (
    `<DistinctParty FixedRef="${id}"><Comment /><Profile ID="${id}" PartySubTypeID="4">` +
    `<Identity ID="${id}" FixedRef="${id}" Primary="true" False="false"><Alias FixedRef="${id}" AliasTypeID="1403">` +
    `<DocumentedName ID="${id}" FixedRef="${id}" DocNameStatusID="1"><DocumentedNamePart>` +
    `<NamePartValue NamePartGroupID="${id}" ScriptID="215">NAME OF PARTY ${id}</NamePartValue>` +
    `</DocumentedNamePart></DocumentedName></Alias></Identity>` +
    `<Feature ID="${id}" FeatureTypeID="${address ? 345 : 8}"><FeatureVersion ID="${id}" ReliabilityID="1560">` +
    `<Comment /><VersionDetail DetailTypeID="1432">${address ?? "1 January 1970"}</VersionDetail>` +
    `</FeatureVersion></Feature></Profile></DistinctParty>\n`
  )
}

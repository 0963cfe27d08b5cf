// Addresses as OFAC's list of specially designated nationals named them on three days, with the labels it gave.
//
// Source: SDN list, digital currency addresses, states of 2024-09-27, 2025-06-20 and 2025-11-27 (a work of the US
// government). Between the first two lies the delisting of Tornado Cash, 21 March 2025. Out of date by design:
// test data, never to screen a payment with.

import { type AddressList, listOf } from "../../core/compliance/lists.ts"

export const DAYS = ["2024-09-27", "2025-06-20", "2025-11-27"] as const
export type Day = (typeof DAYS)[number]

export interface Listed {
  readonly raw: string
  readonly labels: readonly string[]
  readonly key: string
  readonly days: readonly Day[]
}

const [BEFORE, , LATER] = DAYS
const ALWAYS = DAYS

/** The router of Tornado Cash: delisted with 89 other addresses. */
export const TORNADO = "0x8589427373D6D84E98730D7795D8f6f8731FDA16"
/** The Lazarus Group's. */
export const LAZARUS = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96"
/** A Tron address that the list calls XBT. */
export const MISLABELLED_TRON = "TUCsTq7TofTCJRRoHk6RvhMoS2mJLm5Yzq"

export const LISTED: readonly Listed[] = [
  row(TORNADO, ["ETH"], "evm:0x8589427373d6d84e98730d7795d8f6f8731fda16", [BEFORE]),
  row(
    "0x01e2919679362dFBC9Ee1644Ba9C6da6D6245BB1",
    ["ETH"],
    "evm:0x01e2919679362dfbc9ee1644ba9c6da6d6245bb1",
    [BEFORE],
  ),
  row(LAZARUS, ["ETH"], "evm:0x098b716b8aaf21512996dc57eb0615e2383e2f96", ALWAYS),
  row(
    "0x4f47bc496083c727c5fbe3ce9cdf2b0f6496270c",
    ["ARB", "BSC", "ETH"],
    "evm:0x4f47bc496083c727c5fbe3ce9cdf2b0f6496270c",
    ALWAYS,
  ),
  row(
    "0x12de548F79a50D2bd05481C8515C1eF5183666a9",
    ["ETH"],
    "evm:0x12de548f79a50d2bd05481c8515c1ef5183666a9",
    [LATER],
  ),
  row(MISLABELLED_TRON, ["XBT"], "evm?tron:c807c718738a0e3a4c8c510182429f6aa56117e5", [LATER]),
  row(
    "TBHTJqAy4DhHhmT3dNceJYNRz4SdLofLre",
    ["TRX"],
    "evm?tron:0e6b8e34dc115a2848f585851af23d99d09b8463",
    ALWAYS,
  ),
  row(
    "1CF46Rfbp97absrs7zb7dFfZS6qBXUm9EP",
    ["USDT", "XBT"],
    "btc:pkh:7b51ca18efa51347849ea022c4d37303fa7695af",
    ALWAYS,
  ),
  row(
    "194xmrZA53UBsZau2PnJLdmVVW9m5feeS",
    ["XBT"],
    "btc:pkh:0186a27a594569ad89af1df1b5009df7802d3ca4",
    ALWAYS,
  ),
  row(
    "31nadacWrgPeAQxKRMabhn3fPhnhi3hjKa",
    ["XBT"],
    "btc:sh:010d61f72c37b0af32f6c4ac94ac3a54d61e6be3",
    ALWAYS,
  ),
  row(
    "bc1qqf8kcc9m57xjqcvsvuf989nnl48ve6d2s24cx3",
    ["XBT"],
    "btc:w0:024f6c60bba78d2061906712539673fd4ecce9aa",
    ALWAYS,
  ),
  row(
    "bc1qq7p0es3dv5hcynjjf40f2xjjr6qp5py47d2f6n847vduuq9gvnyq7y9ecd",
    ["XBT"],
    "btc:w0:0782fcc22d652f824e524d5e951a521e801a0495f3549d4cf5f31bce00a864c8",
    ALWAYS,
  ),
  row(
    "LNf2JDiuunBz7GMDKFYHN4rq5meXWxiwfb",
    ["LTC"],
    "ltc:pkh:25a624f1dfc63c373c9219298e5906d7007ba003",
    ALWAYS,
  ),
  row(
    "M8yFL6SFC6TreATegTyuSYkDfDRbisdpT3",
    ["LTC"],
    "ltc:sh:0bbe0b81745aeda83069804e75cef6e2f7263e39",
    ALWAYS,
  ),
  row(
    "XnPFsRWTaSgiVauosEwQ6dEitGYXgwznz2",
    ["DASH"],
    "dash:804e16675685d900a9d18ea4c93e51fc320f6885",
    ALWAYS,
  ),
  row(
    "DFFJhnQNZf8rf67tYnesPu7MuGUpYtzv7Z",
    ["XVG"],
    "doge/xvg:6edde865328cfeabee82f2b86d9f1742453c7378",
    ALWAYS,
  ),
  row(
    "GPwg61XoHqQPNmAucFACuQ5H9sGCDv9TpS",
    ["BTG"],
    "b58v38:42e749e994fe4855aa0a9d1d7eba22c0128150f2",
    ALWAYS,
  ),
  row(
    "t1MMXtBrSp1XG38Lx9cePcNUCJj5vdWfUWL",
    ["ZEC"],
    "b58:1cb826309516b7f89837a7b604eb5fc722184232b441",
    ALWAYS,
  ),
  row(
    "rnXyVQzgxZe7TR1EPzTkGj2jxH4LMJYh66",
    ["XRP"],
    "raw:rnXyVQzgxZe7TR1EPzTkGj2jxH4LMJYh66",
    ALWAYS,
  ),
]

/** What the list said on that day, as far as these addresses go. */
export function ofacOn(day: Day): AddressList {
  const named = LISTED.filter(({ days }) => days.includes(day))
  return listOf(
    "ofac-sdn-digital-currency",
    day,
    named.map(({ key, labels, raw }) => ({ key, labels, raw: [raw] })),
  )
}

function row(raw: string, labels: readonly string[], key: string, days: readonly Day[]): Listed {
  return { raw, labels, key, days }
}

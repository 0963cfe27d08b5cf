// Addresses in bech32 and bech32m, right and wrong ones: test vectors of BIP350, which mends those of BIP173.

export interface Bip350Vector {
  readonly address: string
  readonly network: "mainnet" | "testnet"
  /** Output script, hexadecimal. */
  readonly script: string
}

export const BIP350: readonly Bip350Vector[] = [
  {
    address: "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
    network: "mainnet",
    script: "0014751e76e8199196d454941c45d1b3a323f1433bd6",
  },
  {
    address: "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
    network: "testnet",
    script: "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
  },
  {
    address: "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
    network: "mainnet",
    script: "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6",
  },
  { address: "BC1SW50QGDZ25J", network: "mainnet", script: "6002751e" },
  {
    address: "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
    network: "mainnet",
    script: "5210751e76e8199196d454941c45d1b3a323",
  },
  {
    address: "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
    network: "testnet",
    script: "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
  },
  {
    address: "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
    network: "testnet",
    script: "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
  },
  {
    address: "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    network: "mainnet",
    script: "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
  },
]

export const BIP350_INVALID: readonly (readonly [why: string, address: string])[] = [
  ["prefix", "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut"],
  ["bech32 in place of bech32m", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd"],
  ["bech32 in place of bech32m", "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf"],
  ["bech32 in place of bech32m", "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL"],
  ["bech32m in place of bech32", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh"],
  ["bech32m in place of bech32", "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47"],
  ["a character in the checksum", "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4"],
  ["witness version", "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R"],
  ["a program of one byte", "bc1pw5dgrnzv"],
  [
    "a program of 41 bytes",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
  ],
  ["a program of version 0 with 16 bytes", "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P"],
  ["mixed case", "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq"],
  [
    "padding of more than 4 bits",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
  ],
  ["padding of ones", "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j"],
  ["no data", "bc1gmk9yu"],
  ["mixed case", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7"],
  ["checksum", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"],
  ["padding of ones", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3pjxtptv"],
]

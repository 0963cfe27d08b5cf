// Headers of Ethereum, as providers tell them: the first one, and one of Prague.

const EMPTY_LIST = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
const EMPTY_TRIE = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"

export const GENESIS = {
  number: "0x0",
  hash: "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
  parentHash: `0x${"00".repeat(32)}`,
  sha3Uncles: EMPTY_LIST,
  miner: `0x${"00".repeat(20)}`,
  stateRoot: "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
  transactionsRoot: EMPTY_TRIE,
  receiptsRoot: EMPTY_TRIE,
  logsBloom: `0x${"00".repeat(256)}`,
  difficulty: "0x400000000",
  gasLimit: "0x1388",
  gasUsed: "0x0",
  timestamp: "0x0",
  extraData: "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
  mixHash: `0x${"00".repeat(32)}`,
  nonce: "0x0000000000000042",
}

export const PRAGUE = {
  number: "0x1606672",
  hash: "0xe6064637def8a5a9a90c8a666005975e4a6c46acf8af57e1f2adb20dfced133a",
  parentHash: "0x37b527c98c86436f292d4e19fac3aba6d8c7768684ea972f50adc305fd9a1475",
  sha3Uncles: EMPTY_LIST,
  miner: "0x4838b106fce9647bdf1e7877bf73ce8b0bad5f97",
  stateRoot: "0x5159c56472adff9a760275ac63524a71f5645ede822a5547dd9ad333586d5157",
  transactionsRoot: "0xfb0b9f5b28bc927db98d82e18070d2b17434c31bd2773c5dd699e96fa76a34cd",
  receiptsRoot: "0x2abab67c41b350435eb34f9dc0478dd7d262f35544cecf62a85af2da075bd38d",
  logsBloom:
    "0xbf7bf1afcf57ea95fbb5c6fd8db37db9dbffec27cfc6a39b3417e7786defd7e3d6fd577ecddd5676eee8bf79df8faddcefa7e169def77f7e7d6dbbfd1dfef9aebd9e707b4c4ed979fda2cdeeb96b3bfed5d5fabb68ff9e7f2dfb075eff643a93feebbc07877f0dff66fedf4ede0fbcfbf56f98a1626eaed77ed4e6be388f162f9b2deeff1eefa93bdacbf3fbbd7b6757cddb7ae5b3f9b7af9c3bbff7e7f6ddef9f2dff7f17997ea6867675c29fcbe6bf725efbffe1507589bfd47a3bf7b6f5dfde50776fd94fe772d2c7b6b58baf554de55c176f27efa6fdcff7f17689bafa7f7c7bf4fd5fb9b05c2f4ed785f17ac9779feeaf1f5bbdadfc42ebad367fdcf7ad",
  difficulty: "0x0",
  gasLimit: "0x2aca2c9",
  gasUsed: "0x1c06043",
  timestamp: "0x6895a93f",
  extraData: "0x546974616e2028746974616e6275696c6465722e78797a29",
  mixHash: "0x7e53d2d6772895d024eb00da80213aec81fb4a15bec34a5a39403ad6162274af",
  nonce: "0x0000000000000000",
  baseFeePerGas: "0x126f2347",
  withdrawalsRoot: "0x531480435633d56a52433b33f41ac9322f51a2df3364c4c112236fc6ac583118",
  blobGasUsed: "0x100000",
  excessBlobGas: "0x0",
  parentBeaconBlockRoot: "0xd9ef51c8f4155f238ba66df0d35a4d0a6bb043c0dacb5c5dbd5a231bbd4c8a01",
  requestsHash: "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}

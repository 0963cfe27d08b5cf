// The commands there are, each in a file of its own that is read when it is called.

export interface Terminal {
  /** A result, to standard output. */
  out(text: string): void
  /** Progress and remarks, to standard error. */
  note(text: string): void
  /** Lines can be drawn over. */
  readonly isTty: boolean
}

export interface Command {
  readonly summary: string
  readonly usage: string
  readonly examples: readonly string[]
  load(): Promise<{ run(words: readonly string[], terminal: Terminal): Promise<number> }>
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  run: {
    summary: "bring up the bridge: a whole local network, or services of a configured one",
    usage: "[--folder DIR] [--block-time MS] | services --folder DIR [--only ROLE,...]",
    examples: [
      "run",
      "run --folder ./my-bridge --block-time 5000",
      "run services --folder /etc/causeway --only watcher-arweave,api",
    ],
    load: () => import("./run.ts"),
  },
  demo: {
    summary: "show the whole loop on a network of its own: deposit, mint, send, burn, release",
    usage:
      "[--asset AR|ETH|USDC|USDT|BNB|USDT-BSC | --all] [--ao units|hyperbeam] [--json] [--keep DIR]",
    examples: ["demo", "demo --asset ETH", "demo --all --json", "demo --ao hyperbeam"],
    load: () => import("./demo.ts"),
  },
  deposit: {
    summary: "send AR to the vault; wAR arrives on AO",
    usage: "--wallet FILE --amount AR [--to ADDRESS] [--folder DIR] [--wait] [--json]",
    examples: [
      "deposit --wallet alice.json --amount 3",
      "deposit --wallet alice.json --amount 0.5 --to <AO address> --wait",
    ],
    load: () => import("./deposit.ts"),
  },
  burn: {
    summary: "burn wAR on AO; AR less the fee arrives on Arweave",
    usage: "--wallet FILE --amount AR [--to ADDRESS] [--folder DIR] [--wait] [--json]",
    examples: [
      "burn --wallet alice.json --amount 2",
      "burn --wallet alice.json --amount 2 --to <Arweave address> --wait",
    ],
    load: () => import("./burn.ts"),
  },
  status: {
    summary: "where a transfer stands, or all of them, or the bridge itself",
    usage: "[TRANSFER | ADDRESS] [--api URL] [--folder DIR] [--json]",
    examples: ["status", "status arweave:<transaction>:0", "status <address>"],
    load: () => import("./status.ts"),
  },
  backup: {
    summary: "put the books aside in one file, as they are at one moment; the bridge goes on",
    usage: "--folder DIR [--out FILE] [--json]",
    examples: ["backup --folder /etc/causeway --out /backups/causeway.backup"],
    load: async () => ({ run: (await import("./books.ts")).putAside }),
  },
  restore: {
    summary: "bring the books back from a backup into an empty database",
    usage: [
      "--from FILE --folder DIR [--json]",
      "",
      "DATABASE_URL, or `database` of services.json, names the database. The services start as ever afterwards: on each",
      "chain they pay nothing before it has told what happened since the backup was taken.",
    ].join("\n"),
    examples: ["restore --from /backups/causeway.backup --folder /etc/causeway"],
    load: async () => ({ run: (await import("./books.ts")).bringBack }),
  },
  completion: {
    summary: "print what makes a shell complete these commands",
    usage: "bash|zsh|fish",
    examples: [
      "completion bash > ~/.local/share/bash-completion/completions/causeway",
      "completion zsh > ~/.zfunc/_causeway",
      "completion fish > ~/.config/fish/completions/causeway.fish",
    ],
    load: () => import("./completion.ts"),
  },
  drill: {
    summary: "try backup and restore beside the running bridge, and say how long each took",
    usage: [
      "--folder DIR [--scratch-database URL] [--json]",
      "",
      "Makes a backup, brings it back into a database of its own, catches up from the chains, compares every balance, and",
      "takes all of it away. The database user must be allowed to create databases, or --scratch-database names an empty",
      "one.",
    ].join("\n"),
    examples: ["drill --folder /etc/causeway"],
    load: () => import("./drill.ts"),
  },
  operator: {
    summary: "an operator's signed order: pay what is held, send it back, begin or end a pause",
    usage: [
      "approve TRANSFER | refund TRANSFER | resume CHAIN in|out | pause CHAIN in|out REASON UNTIL",
      "               --key FILE [--eyes DIR] [--folder DIR] [--json]",
      "",
      "--eyes DIR, the folder of your own signer: its endpoints show the transfer, and nothing is signed when they tell",
      "something else than the bridge.",
    ].join("\n"),
    examples: [
      "operator approve arweave:<transaction>:0 --key me.json --eyes /etc/causeway-signer",
      "operator refund arweave:<transaction>:0 --key .data/operators/one.json",
      "operator resume arweave in --key .data/operators/two.json",
      "operator pause arweave out suspected-theft 2026-12-01T12:00:00.000Z --key .data/operators/one.json",
      "operator pause all both theft 2026-12-01T12:00:00.000Z --bridge bridge.json --signer http://10.0.0.7:7500 --key one.json",
      "operator lift pause all both theft 2026-12-01T12:00:00.000Z --key .data/operators/two.json",
    ],
    load: () => import("./operator.ts"),
  },
  rewards: {
    summary: "points and tasks; an epoch made again from its events; an operator's orders about it",
    usage: [
      "points ADDRESS | tasks",
      "       causeway rewards claim [ADDRESS] --wallet FILE",
      "       causeway rewards export --epoch N [--out FILE] | export-events --epoch N [--out FILE]",
      "       causeway rewards epoch --events FILE [--out FILE]",
      "       causeway rewards recompute --epoch N [--events FILE] [--artifact FILE]",
      "       causeway rewards clusters [ACCOUNT] | report OTHERS… --wallet FILE | appeal EVIDENCE --wallet FILE",
      "       causeway rewards dry-run CAMPAIGNFILE [--events FILE]",
      "       causeway rewards freeze CAMPAIGN REASON | thaw CAMPAIGN SINCE | kill CAMPAIGN REASON",
      "               | void CAMPAIGN EPOCH HASH | stand CAMPAIGN EPOCH ACCOUNT ACTION EVIDENCE   --key FILE",
      "       each with [--campaign ID] [--api URL] [--folder DIR] [--json]",
      "",
      "recompute asks the API for what no file is given for, and fails when an epoch is not as claimed. clusters shows which",
      "accounts are held to be one person's and why; report is an account's own word that others are its person's, and",
      "appeal that a cluster is wrong: by an Arweave wallet, or a file (mode 0600) with an Ethereum key, hex with 0x. freeze takes one operator's key, the other orders two.",
    ].join("\n"),
    examples: [
      "rewards points <address>",
      "rewards claim --wallet alice.json",
      "rewards recompute --epoch 3 --events epoch-3.jsonl --artifact epoch-3.json",
      "rewards freeze taox odd-weights --key .data/operators/one.json",
    ],
    load: () => import("./rewards.ts"),
  },
  token: {
    summary:
      "a wrapped token: its script and a process of it on HyperBEAM; its pause, and its orders",
    usage: [
      "script --config FILE [--out FILE]",
      "       causeway token spawn --config FILE --node URL --bundler URL --wallet FILE",
      "               [--authority ADDRESS]...",
      "       causeway token pause LEDGER REASON... --wallet FILE --folder DIR [--scope S] [--until TIME]",
      "               [--token CAMPAIGN] [--json]",
      "       causeway token order ORDER --folder DIR [--json]",
      "",
      "pause is the guardian's, at once. order has the group sign what operators approved (causeway signer order), and tells the token.",
    ].join("\n"),
    examples: [
      "token script --config token.json --out token.lua",
      "token spawn --config token.json --node https://node.example.org --bundler https://up.example.org --wallet deployer.json",
    ],
    load: () => import("./token.ts"),
  },
  policy: {
    summary:
      "what decides who is paid: show it, draft, compare, try, sign and activate a new version",
    usage: [
      "show [FILE] --folder DIR | draft --presets NAME,... --folder DIR [--effective TIME] [--out FILE]",
      "       causeway policy diff FILE --folder DIR",
      "       causeway policy dry-run FILE --key FILE [--last N] [--api URL]",
      "       causeway policy sign FILE --key FILE",
      "       causeway policy activate FILE --folder DIR [--folder DIR]...",
      "       each with [--json]",
    ].join("\n"),
    examples: [
      "policy draft --presets us-default,own-lists --folder /etc/causeway --out draft.json",
      "policy sign draft.json --key ada.json",
      "policy activate draft.json --folder /etc/causeway",
    ],
    load: () => import("./policy.ts"),
  },
  lists: {
    summary:
      "an operator's copies of address lists: what is there, and the import of a publisher's file",
    usage: [
      "show --folder DIR",
      "       causeway lists import FILE --format sdn|own|lines|json|csv [--list ID --published DATE]",
      "               --folder DIR [--folder DIR]... [--shrink]",
      "       each with [--json]",
    ].join("\n"),
    examples: [
      "lists import SDN_ADVANCED.XML --format sdn --folder /etc/causeway",
      "lists import refused.txt --list own-return --published 2026-11-29 --folder /etc/causeway",
    ],
    load: () => import("./lists.ts"),
  },
  case: {
    summary: "an officer's view of held money: list, show, print, and order what becomes of it",
    usage: [
      "list [--state STATE] --key FILE | show TRANSFER --key FILE | pdf TRANSFER --key FILE [--out FILE]",
      "       causeway case release|return|freeze|unfreeze TRANSFER --authority WHY --key FILE [--api URL]",
      "       each with [--json]",
    ].join("\n"),
    examples: [
      "case list --state open --key ada.json",
      'case release arweave:<transaction>:0 --authority "delisted 2025-03-21" --key ada.json',
    ],
    load: () => import("./case.ts"),
  },
  audit: {
    summary:
      "check the log of decisions; look at the bridge from outside, and stop what is not explained",
    usage: [
      "checkpoint --api URL --key PUBLICKEY [--out FILE] [--json]",
      "       causeway audit verify --folder DIR [--writer NAME] [--key PUBLICKEY] [--checkpoints FILE] [--json]",
      "       causeway audit watch --folder DIR [--once] [--json]",
      "       causeway audit report FILE --key PUBLICKEY [--json]",
      "",
      "checkpoint keeps what vouches for the log of decisions now, for somebody who does not run the bridge; verify holds",
      "the log against all that was kept. watch needs bridge.json, auditor.json and auditor-key.json in its folder",
      "(docs/safety.md), and nothing of the services. report says what a signed report holds, if that key has signed it.",
    ].join("\n"),
    examples: [
      "audit checkpoint --api https://… --key <the log's public key> --out kept.jsonl",
      "audit verify --folder /etc/causeway --checkpoints kept.jsonl",
      "audit watch --folder ./auditor",
      "audit report report.json --key <the auditor's public key>",
    ],
    load: () => import("./audit.ts"),
  },
  ceremony: {
    summary:
      "make the keys of a group that nobody has to trust, renew them, check how they were made",
    usage: [
      "invite --kind generate|deal|refresh|reshare [--network N --group G --schemes S,S]",
      "               [--threshold T --parties N] [--folder DIR] [--coordinator NAME=CERT] [--out FILE]",
      "       causeway ceremony identity --folder DIR --name N",
      "       causeway ceremony join INVITE --folder DIR --name N --address HOST:PORT",
      "               --operator WHO --hosting WHERE --custody HOW [--role ROLE] [--out FILE]",
      "       causeway ceremony verify INVITE CARD... --folder DIR",
      "       causeway ceremony verify TRANSCRIPT [ATTESTATION...]",
      "       causeway ceremony run --folder DIR --roster HASH [--attempt N] [--wait SECONDS] [--listen HOST:PORT]",
      "       causeway ceremony attest --folder DIR [TRANSCRIPT | ATTESTATION]... [--challenge TEXT] [--out FILE]",
      "       causeway ceremony discard --folder DIR",
      "       each with [--json]",
    ].join("\n"),
    examples: [
      "ceremony invite --kind generate --network testnet --group Ours --schemes taproot,evm --threshold 3 --parties 5",
      "ceremony verify invite.json card-*.json --folder ./signer",
      "ceremony verify transcript-taproot.json",
    ],
    load: () => import("./ceremony.ts"),
  },
  signer: {
    summary: "run a signer, examine it, ask its peers, back it up, bring it back",
    usage: [
      "run --folder DIR [--listen HOST:PORT]",
      "       causeway signer doctor --folder DIR [--no-passphrase] [--json]",
      "       causeway signer peers --folder DIR [--json]",
      "       causeway signer incidents --folder DIR [--json]",
      "       causeway signer lift CHAIN --folder DIR",
      "       causeway signer prove --folder DIR [--out FILE] [--json]",
      "       causeway signer proofs PROOF... --folder DIR [--month YYYY-MM] [--json]",
      "       causeway signer answers copy --folder DIR --to DIR [--json]",
      "       causeway signer next --folder DIR [--json]",
      "       causeway signer promote --folder DIR [--json]",
      "       causeway signer rewards approve EVENTS [--artifact HASH] | show EPOCH | withdraw EPOCH",
      "               --folder DIR [--json]",
      "       causeway signer order ethereum|bsc --folder DIR [--out FILE]",
      "               --limit ASSET=CONTRACT:CAPACITY/SECONDS | --guardian ADDRESS | --unpause |",
      "               --migrate ASSET=VAULT [--from FORMERVAULT]",
      "       causeway signer order LEDGER [--token CAMPAIGN] --folder DIR [--out FILE] --resume | --guardian ACCOUNT",
      "       causeway signer approve|withdraw ORDER --folder DIR [--json]",
      "       causeway signer orders --folder DIR [--json]",
      "       causeway signer list LISTING --folder DIR [--cap SIGNATURE/DAY] [--holder ADDRESS | --untried] [--json]",
      "       causeway signer backup --folder DIR [--out FILE]",
      "       causeway signer restore --from FILE --folder DIR [--manifest FILE] [--rest-hours N]",
      "",
      "The passphrase of the shares is the first line of standard input.",
    ].join("\n"),
    examples: [
      "signer run --folder /var/lib/causeway < passphrase",
      "signer doctor --folder /var/lib/causeway < passphrase",
      "signer restore --from signer.backup --folder ./restored",
    ],
    load: () => import("./signer.ts"),
  },
  handover: {
    summary: "have the group's vault on a chain, or its token on AO, pass to the group's next key",
    usage: [
      "CHAIN --next MANIFEST --folder DIR [--out FILE]",
      "       causeway handover CHAIN --send propose|execute --folder DIR [--out FILE]",
      "       causeway handover CHAIN --cancel --wallet FILE --folder DIR",
      "       each with [--token CAMPAIGN] [--json]",
      "",
      "The first has the group sign both messages. --send hands one of them in, on AO, where that costs nothing. --cancel is",
      "the guardian's: what was proposed last to a token on AO does not open. --token means a campaign's token (CHAIN is ao).",
    ].join("\n"),
    examples: [
      "handover ethereum --next next/manifest.json --folder /etc/causeway",
      "handover ao --send propose --folder /etc/causeway",
      "handover ao --token taox --next next/manifest.json --folder /etc/causeway",
      "handover ao --cancel --wallet guardian.json --folder /etc/causeway",
    ],
    load: () => import("./handover.ts"),
  },
  btc: {
    summary:
      "a deposit address on Bitcoin, computed here and made known to the bridge; a deposit taken back",
    usage: [
      "address --recipient ACCOUNT --refund-to ADDRESS [--refund-key KEY] [--index N] [--paid-by TXID]",
      "                            [--bridge bridge.json]",
      "       causeway btc verify --address ADDRESS --note NOTE [--bridge bridge.json]",
      "       causeway btc key FILE",
      "       causeway btc refund --key FILE --note NOTE --deposit TXID:N --value SATOSHI --to ADDRESS",
      "                           [--address ADDRESS] [--fee-rate SAT/VB] [--bridge bridge.json]",
      "       each with [--folder DIR] [--json]",
      "",
      "With --bridge an address is computed from that file alone, and no server is asked; the bridge must be told of it",
      "before it is paid. verify proves whom an address is for, in the same way.",
      "--paid-by makes a deposit known that was paid before its address was.",
      "key makes a refund key: the file stays with you, what it prints is for --refund-key. With it you can take a",
      "deposit back alone 4,320 blocks after it was mined, as long as it has not moved to the vault: refund asks",
      "nobody, and prints a transaction to be handed to any node. --fee-rate is 2 unless you say otherwise.",
      "--address is needed for one that was made before the bridge had its present key.",
    ].join("\n"),
    examples: [
      "btc address --recipient <account on AO> --refund-to <bitcoin address>",
      "btc key refund.key",
    ],
    load: () => import("./btc.ts"),
  },
  evm: {
    summary: "put the vault on Ethereum or BSC, and see whether one that stands there is ours",
    usage: [
      "deploy --chain ethereum|bsc --rpc URL --key FILE --manifest manifest.json",
      "              --guardian ADDRESS --council ADDRESS [--list ASSET=CONTRACT:CAPACITY/SECONDS] …",
      "       causeway evm check  … the same without --key, and --vault ADDRESS",
      "       causeway evm propose ORDER --folder DIR [--out FILE]",
      "       each with [--json]",
      "",
      "CONTRACT is `native` for the chain's own coin; CAPACITY is in whole units, and refills within SECONDS. The key in",
      "FILE (mode 0600) pays the gas and has no say in the vault. deploy looks at what it has made, as check does for",
      "anybody: the very code of these sources, the group's key, guardian, council and limits; then it prints the row",
      "for bridge.json. propose has the group sign an order to the vault that enough operators have approved (causeway",
      "signer order); DIR is that of the services.",
    ].join("\n"),
    examples: [
      "evm deploy --chain bsc --rpc https://… --key deployer.key --manifest manifest.json --guardian 0x… --council 0x… --list BNB=native:100/86400",
    ],
    load: () => import("./evm.ts"),
  },
  asset: {
    summary:
      "carry one more token of Ethereum or BSC: from its check to the day that the vault takes it",
    usage: [
      "list ASSET=CONTRACT:CAPACITY/SECONDS --folder DIR",
      "              --terms fee=AMOUNT,least=AMOUNT,most=AMOUNT,refund=AMOUNT,dust=AMOUNT,day=AMOUNT",
      "              --guardian ACCOUNT --wallet FILE [--bundler URL [--node URL]] [--key FILE] [--api URL]",
      "              [--holder ADDRESS | --untried] [--json]",
      "       causeway asset list ASSET --folder DIR [--key FILE] [--api URL] [--json]",
      "",
      "ASSET has a row in core/assets.ts. The first looks at the token by every provider of services.json, makes its wrapped",
      "token, writes both into bridge.json, and a file that every signer's operator takes in (causeway signer list). The",
      "second goes on from there, as often as it is run: it has the signers sign, gives the order to the vault, and lets the",
      "vault carry it out a day later. It says what is to be done next, and when. After a crash: run it again.",
      "Amounts are whole units: the fee of a burn, the least and the most that travels, the fee of a deposit that goes back,",
      "what is too little to go back, and what can be minted in a day. The wallet (of Arweave) signs the new process and",
      "owns nothing of it; the key in FILE (mode 0600) pays gas and has no say. --bundler is for HyperBEAM.",
    ].join("\n"),
    examples: [
      "asset list DAI=0x6B175474E89094C44Da98b954EedeAC495271d0F:1000000/86400 --folder /etc/causeway --terms fee=1,least=2,most=25000,refund=1,dust=0.1,day=1000000 --guardian <account> --wallet deployer.json",
      "asset list DAI --folder /etc/causeway --key gas.key",
    ],
    load: () => import("./asset.ts"),
  },
  devnet: {
    summary: "move the local network: mine, reorganise, give out assets, make a wallet",
    usage: [
      "mine [CHAIN] [BLOCKS]",
      "       causeway devnet reorg [CHAIN] DEPTH",
      "       causeway devnet faucet [ASSET] ADDRESS AMOUNT",
      "       causeway devnet wallet FILE",
      "       each with [--folder DIR] [--json]",
      "",
      "CHAIN: arweave (the default), ethereum, bsc. ASSET: AR (the default), ETH, USDC, USDT, BNB, USDT-BSC.",
      "A reorganisation of ethereum by 5 blocks or more, or of bsc by 3, replaces final ones: that chain is paused.",
    ].join("\n"),
    examples: [
      "devnet mine 10",
      "devnet mine ethereum 2",
      "devnet reorg ethereum 3",
      "devnet faucet <address> 10",
      "devnet faucet USDC 0x<address> 250",
      "devnet wallet alice.json",
    ],
    load: () => import("./devnet.ts"),
  },
}

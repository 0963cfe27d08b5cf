-- Addresses and ids: one canonical spelling each, so that two spellings never make two owners or two deposits.

local keccak256 = require(".crypto").digest.keccak256

local bitcoin = (...).bitcoin

-- Letters are spelled out in every pattern: on luerl `%w`, `%a` and `%l` are letters of Latin-1 too.
local addresses = {}

-- A 43-character base64url id that is the one spelling of its 32 bytes (the last character has two
-- unused bits, which must be zero), and is not the all-zero id. Nil when it is not.
local function arweaveId(text)
  if type(text) ~= "string" or #text ~= 43 then return nil end
  if not text:match("^[a-zA-Z0-9_-]+[AEIMQUYcgkosw048]$") then return nil end
  if text == ("A"):rep(43) then return nil end
  return text
end

-- EIP-55. All lower or all upper case states no checksum and gets one; mixed case must be right.
local function evmAddress(text)
  if type(text) ~= "string" or #text ~= 42 then return nil end
  local digits = text:match("^0x(%x+)$")
  if digits == nil or digits == ("0"):rep(40) then return nil end
  local lower = digits:lower()
  local hash = keccak256(lower).asHex()
  local checksummed = "0x" .. lower:gsub("()([a-f])", function(at, letter)
    return tonumber(hash:sub(at, at), 16) >= 8 and letter:upper() or letter
  end)
  local statesChecksum = digits ~= lower and digits ~= digits:upper()
  if statesChecksum and text ~= checksummed then return nil end
  return checksummed
end

local function lowerHex(length, prefix)
  return function(text)
    local digits = text:match("^" .. prefix .. "([%da-f]+)$")
    if digits == nil or #digits ~= length or digits == ("0"):rep(length) then return nil end
    return text
  end
end

-- What a chain calls a transaction and somebody who can be paid, and the last place in a transaction: an
-- Arweave transaction pays one target, so that a second index would be a second id of one deposit.
local CHAINS = {
  arweave = { transaction = arweaveId, recipient = arweaveId, indexMax = 0 },
  ethereum = { transaction = lowerHex(64, "0x"), recipient = evmAddress },
  bsc = { transaction = lowerHex(64, "0x"), recipient = evmAddress },
  bitcoin = { transaction = lowerHex(64, ""), recipient = bitcoin.recipient },
}

-- The ledger of a token on AO, where the transaction is the message that burned, and the index the burn's number.
local LEDGER = { transaction = arweaveId }

-- 2^53 - 1, as everybody else reads it. The deposits of a vault that took over another one begin above 2^40.
local INDEX_MAX = 9007199254740991

function addresses.isLedger(name) return name == "ao" or name:match("^ao%-[a-z-]*[a-z]$") ~= nil end

-- An account on AO in its canonical spelling: the id of a wallet or process, or an Ethereum address
-- with the checksum that AO itself puts into `From`. Nil when it is neither.
function addresses.account(text)
  return arweaveId(text) or evmAddress(text)
end

-- A recipient on `chain` in its canonical spelling, or nil when the vault there could not pay it.
function addresses.recipient(chain, text, vault)
  return CHAINS[chain] and CHAINS[chain].recipient(text, vault)
end

function addresses.isChain(name) return CHAINS[name] ~= nil end

-- The parts of `chain:transaction:index`; nil for any other spelling.
function addresses.transferId(text)
  if type(text) ~= "string" or #text > 128 then return nil end
  local chain, transaction, index = text:match("^([a-z][a-z-]*):([a-zA-Z0-9_-]+):(%d+)$")
  if chain == nil or #index > 16 or (index ~= "0" and index:sub(1, 1) == "0") then return nil end
  local rule = addresses.isLedger(chain) and LEDGER or CHAINS[chain]
  local place = math.tointeger(tonumber(index))
  if rule == nil or place == nil or rule.transaction(transaction) == nil then return nil end
  if place > INDEX_MAX then return nil end
  if rule.indexMax and place > rule.indexMax then return nil end
  return { chain = chain, transaction = transaction, index = place }
end

return addresses

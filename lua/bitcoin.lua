-- Who can be paid on Bitcoin: bech32 (BIP173, BIP350) and base58 addresses of one network, with their checksums.

local crypto = require(".crypto")

local bitcoin = {}

-- By the prefix of bech32: the first byte of an address to a key's hash, and to a script's.
local NETWORKS = {
  bc = { [0x00] = true, [0x05] = true },
  tb = { [0x6f] = true, [0xc4] = true },
  bcrt = { [0x6f] = true, [0xc4] = true },
}

local BECH32, BECH32M = 1, 0x2bc830a3
local CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
local GENERATORS = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 }

local function checksum(values)
  local sum = 1
  for _, value in ipairs(values) do
    local top = sum >> 25
    sum = ((sum & 0x1ffffff) << 5) ~ value
    for bit, generator in ipairs(GENERATORS) do
      if (top >> (bit - 1)) & 1 == 1 then sum = sum ~ generator end
    end
  end
  return sum
end

-- Bytes of 8 bits from values of 5; nil when what is left over is not padding.
local function bytesOf(values)
  local bytes, held, bits = {}, 0, 0
  for _, value in ipairs(values) do
    held, bits = ((held << 5) | value) & 0xfff, bits + 5
    if bits >= 8 then
      bits = bits - 8
      bytes[#bytes + 1] = (held >> bits) & 0xff
    end
  end
  if bits >= 5 or held & ((1 << bits) - 1) ~= 0 then return nil end
  return bytes
end

-- Version 0 with 20 or 32 bytes in bech32, version 1 with 32 in bech32m. What other programs will mean nobody
-- knows: until then anybody could take what is paid to them.
local function isProgram(version, kind, length)
  if version == 0 then return kind == BECH32 and (length == 20 or length == 32) end
  return version == 1 and kind == BECH32M and length == 32
end

local function bech32(text, prefix)
  local lower = text:lower()
  if text ~= lower and text ~= text:upper() then return nil end
  if #lower > 90 or lower:sub(1, #prefix + 1) ~= prefix .. "1" then return nil end
  local values, data = {}, {}
  for at = 1, #prefix do values[#values + 1] = prefix:byte(at) >> 5 end
  values[#values + 1] = 0
  for at = 1, #prefix do values[#values + 1] = prefix:byte(at) & 31 end
  for place = #prefix + 2, #lower do
    local at = CHARACTERS:find(lower:sub(place, place), 1, true)
    if at == nil then return nil end
    data[#data + 1], values[#values + 1] = at - 1, at - 1
  end
  if #data < 7 then return nil end
  local kind = checksum(values)
  local program = {}
  for at = 2, #data - 6 do program[#program + 1] = data[at] end
  local bytes = bytesOf(program)
  if bytes == nil or not isProgram(data[1], kind, #bytes) then return nil end
  return lower
end

local DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

-- The 25 bytes of a base58 text, or nil when it has another length.
local function base58(text)
  local bytes = {}
  for at = 1, 25 do bytes[at] = 0 end
  for place = 1, #text do
    local digit = DIGITS:find(text:sub(place, place), 1, true)
    if digit == nil then return nil end
    local carry = digit - 1
    for at = 25, 1, -1 do
      carry = carry + bytes[at] * 58
      bytes[at], carry = carry & 0xff, carry >> 8
    end
    if carry > 0 then return nil end
  end
  local ones, zeros = #text:match("^1*"), 0
  while zeros < 25 and bytes[zeros + 1] == 0 do zeros = zeros + 1 end
  return ones == zeros and string.char(table.unpack(bytes)) or nil
end

local function sha256(bytes)
  return crypto.digest.sha2_256(crypto.utils.stream.fromString(bytes)).asString()
end

local function legacy(text, versions)
  local bytes = #text <= 35 and base58(text)
  if not bytes or not versions[bytes:byte()] then return nil end
  local sum = sha256(sha256(bytes:sub(1, 21)))
  return sum:sub(1, 4) == bytes:sub(22) and text or nil
end

-- The canonical spelling of an address of the network that `vault`, a bech32 address, is on; nil for any
-- other, a wrong checksum, mixed case, and what nobody can spend yet.
function bitcoin.recipient(text, vault)
  local prefix = type(vault) == "string" and vault:match("^([a-z]+)1")
  if type(text) ~= "string" or not NETWORKS[prefix] then return nil end
  return bech32(text, prefix) or legacy(text, NETWORKS[prefix])
end

return bitcoin

-- Keccak-256 and SHA-256 for lua@5.3a, which has no library of them. Words of 32 bits, masked after every
-- step: integers there have no end, and elsewhere 64 bits.

local MASK = 0xffffffff

-- As a number: luerl makes two bytes of an escape above 127.
local TOP_BIT = string.char(0x80)

local hashes = {}

-- The four bytes of a word, the last first.
local function littleEndian(word)
  return string.char(word & 0xff, (word >> 8) & 0xff, (word >> 16) & 0xff, (word >> 24) & 0xff)
end

local function bigEndian(word)
  return string.char((word >> 24) & 0xff, (word >> 16) & 0xff, (word >> 8) & 0xff, word & 0xff)
end

---- Keccak-256 (FIPS 202's permutation with the padding of before FIPS 202, as Ethereum has it)

local ROUNDS = {
  { 0x00000000, 0x00000001 }, { 0x00000000, 0x00008082 }, { 0x80000000, 0x0000808a },
  { 0x80000000, 0x80008000 }, { 0x00000000, 0x0000808b }, { 0x00000000, 0x80000001 },
  { 0x80000000, 0x80008081 }, { 0x80000000, 0x00008009 }, { 0x00000000, 0x0000008a },
  { 0x00000000, 0x00000088 }, { 0x00000000, 0x80008009 }, { 0x00000000, 0x8000000a },
  { 0x00000000, 0x8000808b }, { 0x80000000, 0x0000008b }, { 0x80000000, 0x00008089 },
  { 0x80000000, 0x00008003 }, { 0x80000000, 0x00008002 }, { 0x80000000, 0x00000080 },
  { 0x00000000, 0x0000800a }, { 0x80000000, 0x8000000a }, { 0x80000000, 0x80008081 },
  { 0x80000000, 0x00008080 }, { 0x00000000, 0x80000001 }, { 0x80000000, 0x80008008 },
}

-- By lane x + 5y, from 0.
local TURNS = {
  [0] = 0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
}

-- A lane of 64 bits as its high and low word, turned left.
local function turned(high, low, by)
  if by >= 32 then
    high, low, by = low, high, by - 32
  end
  if by == 0 then return high, low end
  local rest = 32 - by
  return ((high << by) & MASK) | (low >> rest), ((low << by) & MASK) | (high >> rest)
end

local function permute(high, low)
  for round = 1, 24 do
    local columnHigh, columnLow = {}, {}
    for x = 0, 4 do
      local h, l = 0, 0
      for y = 0, 20, 5 do
        h, l = h ~ high[x + y], l ~ low[x + y]
      end
      columnHigh[x], columnLow[x] = h, l
    end
    for x = 0, 4 do
      local h, l = turned(columnHigh[(x + 1) % 5], columnLow[(x + 1) % 5], 1)
      h, l = h ~ columnHigh[(x + 4) % 5], l ~ columnLow[(x + 4) % 5]
      for y = 0, 20, 5 do
        high[x + y], low[x + y] = high[x + y] ~ h, low[x + y] ~ l
      end
    end
    local movedHigh, movedLow = {}, {}
    for x = 0, 4 do
      for y = 0, 4 do
        local from, to = x + 5 * y, y + 5 * ((2 * x + 3 * y) % 5)
        movedHigh[to], movedLow[to] = turned(high[from], low[from], TURNS[from])
      end
    end
    for y = 0, 20, 5 do
      for x = 0, 4 do
        local next, after = y + (x + 1) % 5, y + (x + 2) % 5
        high[y + x] = movedHigh[y + x] ~ ((movedHigh[next] ~ MASK) & movedHigh[after])
        low[y + x] = movedLow[y + x] ~ ((movedLow[next] ~ MASK) & movedLow[after])
      end
    end
    high[0], low[0] = high[0] ~ ROUNDS[round][1], low[0] ~ ROUNDS[round][2]
  end
end

local RATE = 136

-- 32 bytes.
function hashes.keccak256(text)
  local short = RATE - #text % RATE
  local padding = short == 1 and string.char(0x81) or "\1" .. ("\0"):rep(short - 2) .. TOP_BIT
  local bytes = text .. padding
  local high, low = {}, {}
  for lane = 0, 24 do
    high[lane], low[lane] = 0, 0
  end
  for start = 1, #bytes, RATE do
    for lane = 0, RATE // 8 - 1 do
      local a, b, c, d, e, f, g, h = bytes:byte(start + 8 * lane, start + 8 * lane + 7)
      low[lane] = low[lane] ~ (a | (b << 8) | (c << 16) | (d << 24))
      high[lane] = high[lane] ~ (e | (f << 8) | (g << 16) | (h << 24))
    end
    permute(high, low)
  end
  local parts = {}
  for lane = 0, 3 do
    parts[#parts + 1] = littleEndian(low[lane])
    parts[#parts + 1] = littleEndian(high[lane])
  end
  return table.concat(parts)
end

---- SHA-256 (FIPS 180-4)

local K = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}

local function right(word, by)
  return (word >> by) | ((word << (32 - by)) & MASK)
end

local function compress(state, bytes, start)
  local w = {}
  for at = 1, 16 do
    local a, b, c, d = bytes:byte(start + 4 * at - 4, start + 4 * at - 1)
    w[at] = (a << 24) | (b << 16) | (c << 8) | d
  end
  for at = 17, 64 do
    local x, y = w[at - 15], w[at - 2]
    local s0 = right(x, 7) ~ right(x, 18) ~ (x >> 3)
    local s1 = right(y, 17) ~ right(y, 19) ~ (y >> 10)
    w[at] = (w[at - 16] + s0 + w[at - 7] + s1) & MASK
  end
  local a, b, c, d, e, f, g, h =
    state[1], state[2], state[3], state[4], state[5], state[6], state[7], state[8]
  for at = 1, 64 do
    local choice = (e & f) ~ ((e ~ MASK) & g)
    local t1 = h + (right(e, 6) ~ right(e, 11) ~ right(e, 25)) + choice + K[at] + w[at]
    local majority = (a & b) ~ (a & c) ~ (b & c)
    local t2 = (right(a, 2) ~ right(a, 13) ~ right(a, 22)) + majority
    h, g, f, e, d, c, b, a = g, f, e, (d + t1) & MASK, c, b, a, (t1 + t2) & MASK
  end
  for at, word in ipairs({ a, b, c, d, e, f, g, h }) do state[at] = (state[at] + word) & MASK end
end

-- 32 bytes; of less than 2^29.
function hashes.sha256(text)
  local length = bigEndian(0) .. bigEndian(8 * #text)
  local bytes = text .. TOP_BIT .. ("\0"):rep((55 - #text) % 64) .. length
  local state = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  }
  for start = 1, #bytes, 64 do compress(state, bytes, start) end
  local parts = {}
  for at = 1, 8 do parts[at] = bigEndian(state[at]) end
  return table.concat(parts)
end

function hashes.hex(bytes)
  local digits = {}
  for at = 1, #bytes do digits[at] = ("%02x"):format(bytes:byte(at)) end
  return table.concat(digits)
end

return hashes

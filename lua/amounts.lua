-- Amounts: whole base units as canonical decimal text, read strictly and computed digit by digit. Never a
-- number: on HyperBEAM numbers that were text are floats, and aos wraps them around in silence.

local amounts = {}

-- 38 digits hold every asset we carry.
local DIGITS_MAX = 38

local ZERO = ("0"):byte()

-- The text itself when it is a positive whole number written in the one canonical way; else nil.
function amounts.positive(text)
  if type(text) ~= "string" or #text > DIGITS_MAX then return nil end
  return text:match("^[1-9]%d*$")
end

-- As `positive`, but "0" is a value too: for fees, which may be none.
function amounts.orZero(text)
  if text == "0" then return text end
  return amounts.positive(text)
end

-- A positive number of milliseconds; nil for anything else.
function amounts.milliseconds(text)
  if text == nil or #text > 15 or not text:match("^[1-9]%d*$") then return nil end
  return math.tointeger(tonumber(text))
end

function amounts.isLess(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end

-- The digit that stands `at` places from the end; 0 beyond the beginning.
local function digit(amount, at)
  return at <= #amount and amount:byte(#amount - at + 1) - ZERO or 0
end

-- Digits from the last to the first as canonical text.
local function written(digits)
  local length = #digits
  while length > 1 and digits[length] == 0 do length = length - 1 end
  local letters = {}
  for at = length, 1, -1 do letters[#letters + 1] = string.char(ZERO + digits[at]) end
  return table.concat(letters)
end

function amounts.add(a, b)
  local digits, carry = {}, 0
  local length = #a > #b and #a or #b
  for at = 1, length do
    local sum = digit(a, at) + digit(b, at) + carry
    carry = sum >= 10 and 1 or 0
    digits[at] = sum - 10 * carry
  end
  digits[length + 1] = carry
  return written(digits)
end

-- a - b; b may not be more than a.
function amounts.subtract(a, b)
  assert(not amounts.isLess(a, b), "an amount is never negative")
  local digits, borrow = {}, 0
  for at = 1, #a do
    local rest = digit(a, at) - digit(b, at) - borrow
    borrow = rest < 0 and 1 or 0
    digits[at] = rest + 10 * borrow
  end
  return written(digits)
end

function amounts.sum(list)
  local total = "0"
  for _, amount in ipairs(list) do total = amounts.add(total, amount) end
  return total
end

function amounts.isTooLong(amount) return #amount > DIGITS_MAX end

return amounts

-- Amounts: whole base units as canonical decimal text, read strictly and computed as big integers.

local bint = require(".bint")(256)

local amounts = {}

-- 38 digits hold every asset we carry. Everything below is also kept under 10^38, so that the 256-bit
-- integers, which wrap around in silence, are never near their end.
local DIGITS_MAX = 38

-- The text itself when it is a positive whole number written in the one canonical way; else nil.
-- `.bint` alone would take "-5", "+5", "007", "0x10" and 80 nines: the text is checked before it.
function amounts.positive(text)
  if type(text) ~= "string" or #text > DIGITS_MAX then return nil end
  return text:match("^[1-9]%d*$")
end

-- As `positive`, but "0" is a value too: for fees, which may be none.
function amounts.orZero(text)
  if text == "0" then return text end
  return amounts.positive(text)
end

function amounts.isLess(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end

function amounts.add(a, b) return tostring(bint(a) + bint(b)) end

-- a - b; b may not be more than a.
function amounts.subtract(a, b)
  assert(not amounts.isLess(a, b), "an amount is never negative")
  return tostring(bint(a) - bint(b))
end

function amounts.sum(list)
  local total = bint(0)
  for _, amount in ipairs(list) do total = total + bint(amount) end
  return tostring(total)
end

function amounts.isTooLong(amount) return #amount > DIGITS_MAX end

return amounts

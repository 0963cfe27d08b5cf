-- How much was minted lately: a window that slides, so that no midnight makes twice the cap possible.
--
-- A list of `{ endsAt, amount }`: parts of a 48th of a window each, so that the list stays short and an
-- amount leaves at most that much late. `limits` is `{ window, windowMs }`; times are in milliseconds.

local modules = ...
local amounts = modules.amounts

local PARTS = 48

local window = {}

-- The parts that still count at `at`. A clock that runs backwards only makes them count longer.
function window.live(parts, limits, at)
  local live = {}
  for _, part in ipairs(parts) do
    if part.endsAt + limits.windowMs > at then live[#live + 1] = part end
  end
  return live
end

function window.used(live)
  local list = {}
  for index, part in ipairs(live) do list[index] = part.amount end
  return amounts.sum(list)
end

-- Nil when there is room for `amount` now; else the time from which there will be, if nothing else is
-- minted. `amount` itself is at most the window.
function window.retryAt(live, limits, amount)
  local used = amounts.add(window.used(live), amount)
  if not amounts.isLess(limits.window, used) then return nil end
  local parts = {}
  for index, part in ipairs(live) do parts[index] = part end
  table.sort(parts, function(a, b) return a.endsAt < b.endsAt end)
  for _, part in ipairs(parts) do
    used = amounts.subtract(used, part.amount)
    if not amounts.isLess(limits.window, used) then return part.endsAt + limits.windowMs end
  end
  error("an amount is never above the whole window")
end

-- The live parts with `amount` minted at `at`.
function window.with(live, limits, amount, at)
  local width = math.max(1, limits.windowMs // PARTS)
  local endsAt = at - at % width + width
  local parts, found = {}, false
  for index, part in ipairs(live) do
    local here = part.endsAt == endsAt
    parts[index] = here and { endsAt = endsAt, amount = amounts.add(part.amount, amount) } or part
    found = found or here
  end
  if not found then parts[#parts + 1] = { endsAt = endsAt, amount = amount } end
  return parts
end

return window

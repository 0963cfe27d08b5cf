-- Who holds how much, which messages were decided and what is stopped: what every token of ours keeps, whatever
-- makes its units. Pure, like the rules that use it.

local modules = ...
local amounts = modules.amounts
local add, subtract, isLess = amounts.add, amounts.subtract, amounts.isLess

local accounts = {}

function accounts.balanceOf(book, account) return book.balances[account] or "0" end

function accounts.credit(book, account, quantity)
  local before = book.balances[account]
  if before == nil then book.holders = book.holders + 1 end
  book.balances[account] = before and add(before, quantity) or quantity
end

function accounts.debit(book, account, quantity)
  local after = subtract(book.balances[account], quantity)
  if after == "0" then
    book.holders = book.holders - 1
    book.balances[account] = nil
  else
    book.balances[account] = after
  end
end

-- order: `{ sender, recipient, quantity }`, parsed. Transfers are never paused: the risk is in making units,
-- and a frozen token would hurt every pool that holds it.
function accounts.transfer(book, order)
  if order.recipient == book.self then
    return nil, { code = "bad-recipient", detail = "the token itself cannot hold its tokens" }
  end
  if isLess(accounts.balanceOf(book, order.sender), order.quantity) then
    return nil, { code = "insufficient-balance", detail = "the balance is less than the quantity" }
  end
  accounts.debit(book, order.sender, order.quantity)
  accounts.credit(book, order.recipient, order.quantity)
  return order
end

-- The slot in which a message was decided before, by any of its keys; else nil.
function accounts.decidedAt(book, keys)
  for _, key in ipairs(keys) do
    if book.decided[key] then return book.decided[key] end
  end
  return nil
end

-- A refused message is remembered too: if it were not, anybody could post it again on the day when
-- its sender has the balance, after he was told that it failed.
function accounts.decide(book, keys, slot)
  for _, key in ipairs(keys) do book.decided[key] = slot end
end

-- How many orders of the bridge to go on or to obey another guardian were carried out, and how many pauses there were.
-- Never changed, only replaced, so that what was before can be put back. Books that are older than this have none.
function accounts.stops(book) return book.stops or { orders = 0, pauses = 0 } end

local function ordered(book)
  local before = accounts.stops(book)
  book.stops = { orders = before.orders + 1, pauses = before.pauses }
end

-- scopes: a list of the token's own. `untilMs` is a promise to people; only `resume` ends a pause.
function accounts.pause(book, scopes, pause)
  local before = accounts.stops(book)
  book.stops = { orders = before.orders, pauses = before.pauses + 1 }
  for _, scope in ipairs(scopes) do book.paused[scope] = pause end
end

function accounts.resume(book, scopes)
  ordered(book)
  for _, scope in ipairs(scopes) do book.paused[scope] = nil end
end

-- Of `scopes` those that are paused, in their order.
function accounts.paused(book, scopes)
  local paused = {}
  for _, scope in ipairs(scopes) do
    if book.paused[scope] then paused[#paused + 1] = scope end
  end
  return paused
end

function accounts.setGuardian(book, guardian)
  ordered(book)
  book.guardian = guardian
end

-- Who was the bridge before, how many were proposed to follow, and who is proposed now. Never changed, only replaced,
-- so that what was before can be put back. Books that are older than this have none.
function accounts.succession(book)
  return book.succession or { number = 0, former = {} }
end

-- proposed: `{ successor, number, opensAt, closesAt }`, in the place of any other; nil takes it back.
function accounts.propose(book, proposed)
  local before = accounts.succession(book)
  local number = proposed and proposed.number + 1 or before.number
  book.succession = { number = number, former = before.former, proposed = proposed }
end

-- A key that was put aside never comes back: what it signed then, and nobody has sent, would be good again.
function accounts.succeed(book, successor)
  local before, former = accounts.succession(book), {}
  for account in pairs(before.former) do former[account] = true end
  former[book.bridge] = true
  book.succession = { number = before.number, former = former }
  book.bridge = successor
end

return accounts

-- Claims that wait: whoever may have no rewards any more, though a root still has a claim of theirs. Pure.
--
-- A hold is of one account, for the roots up to an epoch, until a time. It ends by itself: at that time, or when the root
-- of a later epoch opens, which was closed after it and knows better. So it delays and never takes: amounts are cumulative,
-- and a root that nobody follows stays open to the account for as long as it was held.

local holds = {}

-- A hold is that long at most; whoever means more says it again.
holds.LONGEST_MS = 30 * 24 * 3600 * 1000

-- Pieces `{ epoch, since, untilMs, reason }` in their time, the last of which may still run. Never changed, only replaced,
-- so that what was before can be put back. Books that are older than this have none.
function holds.of(book, account) return book.holds and book.holds[account] or {} end

local function put(book, account, pieces)
  book.holds = book.holds or {}
  book.holds[account] = pieces
end

-- The piece that runs at `at`; else nil.
function holds.running(book, account, at)
  local pieces = holds.of(book, account)
  local last = pieces[#pieces]
  return last and at < last.untilMs and last or nil
end

-- The piece that keeps the account from what the root of that epoch has for it; else nil.
function holds.against(book, account, epoch, at)
  local piece = holds.running(book, account, at)
  return piece and epoch <= piece.epoch and piece or nil
end

-- order: `{ accounts, epoch, untilMs, reason, at }`, parsed. What runs already is never made shorter or smaller.
function holds.add(book, order)
  if order.untilMs <= order.at or order.untilMs - order.at > holds.LONGEST_MS then
    return nil, { code = "bad-until", detail = "a hold ends within 30 days, and not before it begins" }
  end
  for _, account in ipairs(order.accounts) do
    local pieces = { table.unpack(holds.of(book, account)) }
    local before = holds.running(book, account, order.at)
    local piece = { epoch = order.epoch, since = order.at, untilMs = order.untilMs, reason = order.reason }
    if before then
      piece.epoch = math.max(before.epoch, order.epoch)
      piece.untilMs = math.max(before.untilMs, order.untilMs)
      if piece.epoch == before.epoch then
        piece.since = before.since
        pieces[#pieces] = nil
      else
        pieces[#pieces] = {
          epoch = before.epoch, since = before.since, untilMs = order.at, reason = before.reason,
        }
      end
    end
    pieces[#pieces + 1] = piece
    put(book, account, pieces)
  end
  return order
end

-- When the root closes for this account: later by as long as it was held while the root was open to it.
function holds.closesAt(book, root, account)
  local closesAt = root.closesAt
  for _, piece in ipairs(holds.of(book, account)) do
    local since = math.max(piece.since, root.opensAt)
    if root.epoch <= piece.epoch and since < closesAt and since < piece.untilMs then
      closesAt = closesAt + piece.untilMs - since
    end
  end
  return closesAt
end

function holds.restore(book, account, pieces) put(book, account, #pieces > 0 and pieces or nil) end

return holds

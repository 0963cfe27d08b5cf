-- What a message is worth and how it is answered: who signed it, whether it was decided before, and where the
-- answer goes.

local modules = ...
local accounts, addresses = modules.accounts, modules.addresses

local messages = {}

---- Who, and when

-- Signed by that wallet itself. A message that a unit pushes names its sender in a tag, and the unit's
-- key could write any name there; `From` alone is no authority.
function messages.isSignedBy(msg, account)
  return msg.From == msg.Owner and addresses.account(msg.From) == account
end

function messages.isAuthority(account)
  for _, authority in ipairs(ao.authorities) do
    if authority == account then return true end
  end
  return false
end

function messages.slotOf(msg) return math.tointeger(tonumber(msg.Nonce or msg.Slot)) or 0 end

function messages.millisecondsOf(msg)
  local at = math.tointeger(tonumber(msg.Timestamp))
  assert(at and at > 0, "the scheduler gives every message a time")
  return at
end

-- The same message may get two slots. What a process sent may be pushed again by anybody, under another
-- id each time; but aos numbers what a process sends.
function messages.keysOf(msg)
  local keys = { msg.Id }
  if msg.From ~= msg.Owner and msg.Tags.Reference then
    keys[2] = msg.From .. "#" .. msg.Tags.Reference
  end
  return keys
end

---- Answers

local function send(target, action, fields, more, data)
  local list = { { name = "Action", value = action } }
  for _, field in ipairs(fields) do
    local value = math.type(field[2]) == "integer" and ("%d"):format(field[2]) or field[2]
    list[#list + 1] = { name = field[1], value = value }
  end
  for _, tag in ipairs(more) do list[#list + 1] = tag end
  ao.send({ Target = target, Tags = list, Data = data })
end

local function reference(msg, target)
  if target ~= msg.From or msg.Tags.Reference == nil then return {} end
  return { { name = "X-Reference", value = msg.Tags.Reference } }
end

-- To the asker and nobody else: `Reply-To` is not followed, or a stranger could have the token say
-- things to a process that waits for its answer. No answer is named like a question (`Balance-Response`):
-- two tokens would answer each other for ever.
function messages.answer(msg, fields, data)
  send(msg.From, msg.Tags.Action .. "-Response", fields, reference(msg, msg.From), data)
end

-- refusal: `{ code, detail, row?, count?, retryAt?, firstSlot? }`. Nothing was changed.
function messages.refuse(msg, refusal)
  local fields = { { "Error", refusal.code }, { "Message-Id", msg.Id } }
  for _, fact in ipairs({
    { "Row", refusal.row }, { "Count", refusal.count },
    { "Retry-At", refusal.retryAt }, { "First-Slot", refusal.firstSlot },
  }) do
    if fact[2] then fields[#fields + 1] = fact end
  end
  send(msg.From, msg.Tags.Action .. "-Error", fields, reference(msg, msg.From), refusal.detail)
end

-- A notice states that something happened. Units may deliver it twice under two ids, or never: whoever
-- counts notices counts (this process, Notice-Number), which has no gap and no repeat.
-- forwarded: a list of tags that travel on, or nil.
function messages.notify(book, msg, target, action, fields, forwarded, data)
  book.notices = book.notices + 1
  table.insert(fields, 1, { "Notice-Number", book.notices })
  local more = reference(msg, target)
  for _, tag in ipairs(forwarded or {}) do more[#more + 1] = tag end
  send(target, action, fields, more, data)
end

---- Parse, then decide once

function messages.refused(code, detail) return nil, { code = code, detail = detail } end

-- Runs `act` to its end or not at all. On aos the units themselves take back what a failing message did.
function messages.whole(_, _, act) return act() end

-- An action that changes the books. `parse` reads the message and answers an order, or nil and a refusal
-- that would be the same whenever the message is tried, or must not decide it; `apply` decides it, once for ever: it changes the
-- books and sends notices, or answers a refusal and does neither.
function messages.changing(book, parse, apply)
  return function(msg)
    local order, refusal = parse(msg)
    if order == nil then return messages.refuse(msg, refusal) end
    local keys = messages.keysOf(msg)
    local firstSlot = accounts.decidedAt(book, keys)
    if firstSlot then
      return messages.refuse(msg, {
        code = "message-replayed", detail = "the message was decided before", firstSlot = firstSlot,
      })
    end
    order.at, order.slot = messages.millisecondsOf(msg), messages.slotOf(msg)
    accounts.decide(book, keys, order.slot)
    refusal = messages.whole(book, order, function() return apply(msg, order) end)
    if refusal then messages.refuse(msg, refusal) end
  end
end

function messages.onlyBridge(book, parse)
  return function(msg)
    if not messages.isSignedBy(msg, book.bridge) then
      return messages.refused("not-the-bridge", "only the bridge's own wallet may do this")
    end
    return parse(msg)
  end
end

return messages

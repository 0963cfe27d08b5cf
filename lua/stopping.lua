-- Stopping a token: one key may pause it, and only the bridge starts it again or names another guardian.
--
-- An order of the bridge is good once, and in its turn: it names its number, and to go on also how many pauses there were,
-- so that none that was signed for one pause and kept ends a later one. A pause moves no number: whoever has stolen the
-- guardian's key cannot keep the order for another guardian from coming.

local modules = ...
local accounts, addresses, amounts, rules = modules.accounts, modules.addresses, modules.amounts, modules.rules
local messages, tags = modules.messages, modules.tags
local object, raw = modules.jsontext.object, modules.jsontext.raw
local answer, notify, refused = messages.answer, messages.notify, messages.refused

local SCOPES = rules.SCOPES

local stopping = {}

-- What is paused, in a fixed order.
function stopping.paused(book) return accounts.paused(book, SCOPES.all) end

function stopping.json(book)
  local fields = {}
  for at, scope in ipairs(stopping.paused(book)) do
    local pause = book.paused[scope]
    local facts = { { "by", pause.by }, { "reason", pause.reason }, { "timestamp", pause.at } }
    if pause.untilMs then facts[4] = { "until", pause.untilMs } end
    fields[at] = { scope, raw(object(facts)) }
  end
  return object(fields)
end

local function scope(msg)
  local name = msg.Tags.Scope or "all"
  if SCOPES[name] == nil then
    return refused("bad-scope", ("Scope is %s or all"):format(table.concat(SCOPES.all, ", ")))
  end
  return { scope = name }
end

-- Why people are stopped, in words that they can read.
function stopping.isReason(text)
  return text ~= nil and #text <= 200 and text:match("[^ ]") ~= nil and not tags.hasControl(text)
end

local function countIn(text)
  return text and amounts.orZero(text) and #text <= 9 and math.tointeger(tonumber(text)) or nil
end

-- What `parse` reads, when it is the bridge's next order. It may be so later: none of these refusals decides the message.
local function inTurn(book, parse)
  return messages.onlyBridge(book, function(msg)
    local order, refusal = parse(msg)
    if order == nil then return nil, refusal end
    local next = accounts.stops(book).orders
    if countIn(msg.Tags["Order-Number"]) ~= next then
      return refused("bad-number", ("the next Order-Number is %d"):format(next))
    end
    return order
  end)
end

local function resumption(book)
  return function(msg)
    local order, refusal = scope(msg)
    if order == nil then return nil, refusal end
    local pauses = accounts.stops(book).pauses
    if countIn(msg.Tags.Pauses) ~= pauses then
      return refused("another-pause", ("Pauses is %d by now"):format(pauses))
    end
    return order
  end
end

local function guardian(msg)
  local account = addresses.account(msg.Tags.Guardian)
  if account == nil then return refused("bad-guardian", "Guardian is not an AO account") end
  return { guardian = account }
end

-- `mint,burn`, or none.
function stopping.named(book)
  local paused = stopping.paused(book)
  return paused[1] and table.concat(paused, ",") or "none"
end

function stopping.actions(book)
  local actions = {}

  local function pause(msg)
    if not messages.isSignedBy(msg, book.guardian) and not messages.isSignedBy(msg, book.bridge) then
      return refused("not-the-guardian", "only the guardian or the bridge may pause")
    end
    local order, refusal = scope(msg)
    if order == nil then return nil, refusal end
    order.reason, order.untilMs = msg.Tags.Reason, amounts.milliseconds(msg.Tags.Until)
    if not stopping.isReason(order.reason) then
      return refused("bad-reason", "a pause says why, in 1 to 200 characters")
    end
    if msg.Tags.Until and order.untilMs == nil then
      return refused("bad-until", "Until is a time in milliseconds")
    end
    return order
  end

  actions.Pause = messages.changing(book, pause, function(msg, order)
    accounts.pause(book, SCOPES[order.scope], {
      by = msg.From, reason = order.reason, untilMs = order.untilMs, at = order.at,
    })
    notify(book, msg, msg.From, "Pause-Notice", { { "Scope", order.scope }, { "Reason", order.reason } })
  end)

  actions.Resume = messages.changing(book, inTurn(book, resumption(book)), function(msg, order)
    accounts.resume(book, SCOPES[order.scope])
    notify(book, msg, msg.From, "Resume-Notice", { { "Scope", order.scope } })
  end)

  actions["Set-Guardian"] = messages.changing(book, inTurn(book, guardian), function(msg, order)
    accounts.setGuardian(book, order.guardian)
    notify(book, msg, msg.From, "Set-Guardian-Notice", { { "Guardian", order.guardian } })
  end)

  -- What an order has to name, and what it is about.
  function actions.Stops(msg)
    local stops = accounts.stops(book)
    answer(msg, {
      { "Guardian", book.guardian }, { "Paused", stopping.named(book) },
      { "Pauses", stops.pauses }, { "Order-Number", stops.orders },
    }, stopping.json(book))
  end

  return actions
end

return stopping

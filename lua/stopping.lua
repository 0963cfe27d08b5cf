-- Stopping a token: one key may pause it, and only the bridge starts it again or names another guardian.

local modules = ...
local accounts, addresses, amounts, rules = modules.accounts, modules.addresses, modules.amounts, modules.rules
local messages, tags = modules.messages, modules.tags
local object, raw = modules.jsontext.object, modules.jsontext.raw
local notify, refused = messages.notify, messages.refused

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

local function guardian(msg)
  local account = addresses.account(msg.Tags.Guardian)
  if account == nil then return refused("bad-guardian", "Guardian is not an AO account") end
  return { guardian = account }
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

  actions.Resume = messages.changing(book, messages.onlyBridge(book, scope), function(msg, order)
    accounts.resume(book, SCOPES[order.scope])
    notify(book, msg, msg.From, "Resume-Notice", { { "Scope", order.scope } })
  end)

  actions["Set-Guardian"] = messages.changing(book, messages.onlyBridge(book, guardian), function(msg, order)
    accounts.setGuardian(book, order.guardian)
    notify(book, msg, msg.From, "Set-Guardian-Notice", { { "Guardian", order.guardian } })
  end)

  return actions
end

return stopping

-- Stopping and steering: one key may stop the bridge; only the bridge starts it again or changes its limits.

local modules = ...
local amounts, addresses = modules.amounts, modules.addresses
local books, messages, tags = modules.books, modules.messages, modules.tags
local notify, refused = messages.notify, messages.refused

local SCOPES = { all = { "mint", "burn" }, mint = { "mint" }, burn = { "burn" } }

local controls = {}

-- A positive number of milliseconds; nil for anything else.
local function millisecondsIn(text)
  if text == nil or #text > 15 or not text:match("^[1-9]%d*$") then return nil end
  return math.tointeger(tonumber(text))
end

local function scope(msg)
  local name = msg.Tags.Scope or "all"
  if SCOPES[name] == nil then return refused("bad-scope", "Scope is mint, burn or all") end
  return { scope = name }
end

local function guardian(msg)
  local account = addresses.account(msg.Tags.Guardian)
  if account == nil then return refused("bad-guardian", "Guardian is not an AO account") end
  return { guardian = account }
end

local function limits(msg)
  local order = {
    row = amounts.positive(msg.Tags["Row-Cap"]),
    message = amounts.positive(msg.Tags["Message-Cap"]),
    window = amounts.positive(msg.Tags["Window-Cap"]),
    windowMs = millisecondsIn(msg.Tags["Window-Ms"]),
  }
  if not (order.row and order.message and order.window and order.windowMs) then
    return refused("bad-limits", "Row-Cap, Message-Cap, Window-Cap and Window-Ms are positive whole numbers")
  end
  return order
end

function controls.actions(book)
  local actions = {}

  local function pause(msg)
    if not messages.isSignedBy(msg, book.guardian) and not messages.isSignedBy(msg, book.bridge) then
      return refused("not-the-guardian", "only the guardian or the bridge may pause")
    end
    local order, refusal = scope(msg)
    if order == nil then return nil, refusal end
    order.reason, order.untilMs = msg.Tags.Reason, millisecondsIn(msg.Tags.Until)
    if not order.reason or #order.reason > 200 or not order.reason:match("[^ ]") or tags.hasControl(order.reason) then
      return refused("bad-reason", "a pause says why, in 1 to 200 characters")
    end
    if msg.Tags.Until and order.untilMs == nil then
      return refused("bad-until", "Until is a time in milliseconds")
    end
    return order
  end

  actions.Pause = messages.changing(book, pause, function(msg, order)
    books.pause(book, SCOPES[order.scope], {
      by = msg.From, reason = order.reason, untilMs = order.untilMs, at = order.at,
    })
    notify(book, msg, msg.From, "Pause-Notice", { { "Scope", order.scope }, { "Reason", order.reason } })
  end)

  actions.Resume = messages.changing(book, messages.onlyBridge(book, scope), function(msg, order)
    books.resume(book, SCOPES[order.scope])
    notify(book, msg, msg.From, "Resume-Notice", { { "Scope", order.scope } })
  end)

  actions["Set-Guardian"] = messages.changing(book, messages.onlyBridge(book, guardian), function(msg, order)
    books.setGuardian(book, order.guardian)
    notify(book, msg, msg.From, "Set-Guardian-Notice", { { "Guardian", order.guardian } })
  end)

  actions["Set-Limits"] = messages.changing(book, messages.onlyBridge(book, limits), function(msg, order)
    local done, refusal = books.setLimits(book, order)
    if done == nil then return refusal end
    notify(book, msg, msg.From, "Set-Limits-Notice", {
      { "RowCap", order.row }, { "MessageCap", order.message }, { "WindowCap", order.window },
      { "WindowMs", order.windowMs },
    })
  end)

  local function fees(msg)
    local order = {
      chain = msg.Tags["Target-Chain"] or book.chainNames[1],
      burnFee = amounts.orZero(msg.Tags["Burn-Fee"]),
      burnMin = amounts.positive(msg.Tags["Min-Burn"]),
      mintFee = amounts.orZero(msg.Tags["Mint-Fee"]),
    }
    if book.chains[order.chain] == nil then
      return refused("unknown-chain", "the token is not backed on this chain")
    end
    if not (order.burnFee and order.burnMin and order.mintFee) then
      return refused("bad-fees", "Burn-Fee, Min-Burn and Mint-Fee are whole numbers of base units")
    end
    return order
  end

  actions["Set-Fees"] = messages.changing(book, messages.onlyBridge(book, fees), function(msg, order)
    local done, refusal = books.setFees(book, order)
    if done == nil then return refusal end
    notify(book, msg, msg.From, "Set-Fees-Notice", {
      { "Target-Chain", order.chain }, { "BurnFee", order.burnFee }, { "MinBurnAmt", order.burnMin },
      { "MintFee", order.mintFee },
    })
  end)

  return actions
end

return controls

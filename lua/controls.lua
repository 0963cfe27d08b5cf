-- Steering the wrapped token: only the bridge changes its limits and fees.

local modules = ...
local amounts, books, messages = modules.amounts, modules.books, modules.messages
local notify, refused = messages.notify, messages.refused

local controls = {}

local function limits(msg)
  local order = {
    row = amounts.positive(msg.Tags["Row-Cap"]),
    message = amounts.positive(msg.Tags["Message-Cap"]),
    window = amounts.positive(msg.Tags["Window-Cap"]),
    windowMs = amounts.milliseconds(msg.Tags["Window-Ms"]),
  }
  if not (order.row and order.message and order.window and order.windowMs) then
    return refused("bad-limits", "Row-Cap, Message-Cap, Window-Cap and Window-Ms are positive whole numbers")
  end
  return order
end

function controls.actions(book)
  local actions = {}

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

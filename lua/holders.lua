-- What every token on AO does for wallets and pools: Balance, Balances, Total-Supply, Transfer.

local modules = ...
local amounts, addresses, tags = modules.amounts, modules.addresses, modules.tags
local accounts, messages, object = modules.accounts, modules.messages, modules.jsontext.object
local answer, notify, refused = messages.answer, messages.notify, messages.refused

local holders = {}

-- The canonical sender and the quantity of a message that spends; or nil and a refusal.
function holders.spending(msg)
  local sender = addresses.account(msg.From)
  if sender == nil then return refused("bad-sender", "the sender is not an AO account") end
  local quantity = amounts.positive(msg.Tags.Quantity)
  if quantity == nil then
    return refused("bad-quantity", "Quantity is a positive whole number of base units")
  end
  return { sender = sender, quantity = quantity }
end

local function transfer(msg)
  local order, refusal = holders.spending(msg)
  if order == nil then return nil, refusal end
  order.recipient = addresses.account(msg.Tags.Recipient)
  if order.recipient == nil then return refused("bad-recipient", "Recipient is not an AO account") end
  order.x = tags.forwarded(msg.TagArray)
  if not tags.canTravel(order.x) then return refused("bad-x-tags", "the X- tags cannot be carried") end
  return order
end

function holders.actions(book)
  local actions = {}
  local ticker = { "Ticker", book.ticker }

  function actions.Balance(msg)
    local asked = msg.Tags.Recipient or msg.Tags.Target or msg.From
    local account = addresses.account(asked) or asked
    local balance = accounts.balanceOf(book, account)
    answer(msg, { { "Balance", balance }, ticker, { "Account", account } }, balance)
  end

  function actions.Balances(msg)
    local fields = {}
    for account, balance in pairs(book.balances) do fields[#fields + 1] = { account, balance } end
    table.sort(fields, function(a, b) return a[1] < b[1] end)
    answer(msg, { ticker }, object(fields))
  end

  actions["Total-Supply"] = function(msg) answer(msg, { ticker }, book.supply) end

  actions.Transfer = messages.changing(book, transfer, function(msg, order)
    local done, refusal = accounts.transfer(book, order)
    if done == nil then return refusal end
    if msg.Tags.Cast then return nil end
    local quantity, recipient = order.quantity, order.recipient
    notify(book, msg, msg.From, "Debit-Notice", { { "Recipient", recipient }, { "Quantity", quantity } },
      order.x, ("You transferred %s to %s"):format(quantity, recipient))
    notify(book, msg, recipient, "Credit-Notice", { { "Sender", order.sender }, { "Quantity", quantity } },
      order.x, ("You received %s from %s"):format(quantity, order.sender))
    return nil
  end)

  return actions
end

return holders

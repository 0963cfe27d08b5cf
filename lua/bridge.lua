-- The bridge's two directions, Mint and Burn, and what wallets and watchers ask about them.

local modules = ...
local amounts, addresses, batch = modules.amounts, modules.addresses, modules.batch
local books, holders, messages, stopping = modules.books, modules.holders, modules.messages, modules.stopping
local object, array, raw = modules.jsontext.object, modules.jsontext.array, modules.jsontext.raw
local answer, notify, refuse, refused = messages.answer, messages.notify, messages.refuse, messages.refused

local BURNS_MAX = 100

local bridge = {}

-- A positive whole number of at most 9 digits; nil for anything else.
local function countIn(text)
  if text == nil or #text > 9 or not text:match("^[1-9]%d*$") then return nil end
  return math.tointeger(tonumber(text))
end

local function burnJson(burn)
  return object({
    { "number", burn.number }, { "id", burn.id }, { "messageId", burn.messageId },
    { "sender", burn.sender }, { "recipient", burn.recipient }, { "targetChain", burn.chain },
    { "quantity", burn.quantity }, { "fee", burn.fee }, { "slot", burn.slot }, { "timestamp", burn.at },
    { "refunded", burn.refunded },
  })
end

local function chainsJson(book)
  local fields = {}
  for at, name in ipairs(book.chainNames) do
    local chain = book.chains[name]
    fields[at] = { name, raw(object({
      { "token", chain.token }, { "vault", chain.vault }, { "locked", chain.locked },
      { "credited", chain.credited }, { "attested", chain.attested }, { "burnFee", chain.burnFee },
      { "minBurn", chain.burnMin },
    })) }
  end
  return object(fields)
end

function bridge.actions(book)
  local actions = {}

  -- The first names are those that wallets and AOX's clients read.
  function actions.Info(msg)
    local first = book.chainNames[1]
    local source = book.chains[first]
    local fields = {
      { "Name", book.name }, { "Ticker", book.ticker }, { "Denomination", book.denomination },
      { "TotalSupply", book.supply }, { "HolderNum", book.holders },
      { "MintFee", book.mintFee }, { "BurnFee", source.burnFee }, { "MinBurnAmt", source.burnMin },
      { "BridgeProcessId", book.bridge }, { "FeeRecipient", book.feeRecipient },
      { "SourceChain", first }, { "SourceTokenId", source.token }, { "Vault", source.vault },
      { "Guardian", book.guardian }, { "Paused", stopping.named(book) },
      { "BurnCount", #book.burns }, { "NoticeCount", book.notices },
      { "RowCap", book.limits.row }, { "MessageCap", book.limits.message },
      { "WindowCap", book.limits.window }, { "WindowMs", book.limits.windowMs },
      { "Authorities", #ao.authorities },
    }
    if book.logo then table.insert(fields, 3, { "Logo", book.logo }) end
    answer(msg, fields)
  end

  local function mint(msg) return batch.parse(msg.Data) end

  actions.Mint = messages.changing(book, messages.onlyBridge(book, mint), function(msg, order)
    local done, refusal = books.mint(book, order)
    if done == nil then return refusal end
    for _, row in ipairs(order.rows) do
      local fields = { { "Sender", book.bridge }, { "Quantity", row.quantity }, { "Deposit-Id", row.id } }
      if row.fee then fields[#fields + 1] = { "Fee", row.fee } end
      notify(book, msg, row.recipient, "Credit-Notice", fields, row.x,
        ("You received %s from %s"):format(row.quantity, row.id))
    end
    notify(book, msg, msg.From, "Mint-Notice", {
      { "Message-Id", msg.Id }, { "Count", done.count }, { "Quantity", done.total },
      { "TotalSupply", done.supply },
    })
    return nil
  end)

  -- All that can be wrong with a burn whenever it is sent, before anything is burned.
  local function burn(msg)
    local order, refusal = holders.spending(msg)
    if order == nil then return nil, refusal end
    order.messageId = msg.Id
    order.chain = msg.Tags["Target-Chain"] or book.chainNames[1]
    if book.chains[order.chain] == nil then
      return refused("unknown-chain", "the token is not backed on this chain")
    end
    if msg.Tags.Recipient == nil then
      return refused("no-recipient", "a burn names its Recipient on " .. order.chain)
    end
    order.recipient = books.burnRecipient(book, order.chain, msg.Tags.Recipient)
    if order.recipient == nil then
      return refused("bad-recipient", "Recipient cannot be paid on " .. order.chain)
    end
    local feeMax = msg.Tags["Max-Fee"]
    order.feeMax = amounts.orZero(feeMax)
    if feeMax and order.feeMax == nil then
      return refused("bad-fee", "Max-Fee is a whole number of base units")
    end
    return order
  end

  actions.Burn = messages.changing(book, burn, function(msg, order)
    local done, refusal = books.burn(book, order)
    if done == nil then return refusal end
    local text = ("%s burned %s for %s on %s"):format(done.sender, done.quantity, done.recipient, done.chain)
    for _, target in ipairs({ msg.From, book.bridge }) do
      notify(book, msg, target, "Burn-Notice", {
        { "Burn-Number", done.number }, { "Burn-Id", done.id }, { "Message-Id", done.messageId },
        { "Sender", done.sender }, { "Recipient", done.recipient }, { "Target-Chain", done.chain },
        { "Quantity", done.quantity }, { "Fee", done.fee },
      }, nil, text)
    end
    return nil
  end)

  actions["Burn-Record"] = function(msg)
    local number = countIn(msg.Tags["Burn-Number"])
    local record = number and book.burns[number]
    if not record then
      return refuse(msg, { code = "unknown-burn", detail = "no burn has this Burn-Number" })
    end
    answer(msg, { { "Burn-Number", number } }, burnJson(record))
  end

  function actions.Burns(msg)
    local first = countIn(msg.Tags.First or "1")
    local count = countIn(msg.Tags.Limit or tostring(BURNS_MAX))
    if first == nil or count == nil or count > BURNS_MAX then
      return refuse(msg, { code = "bad-range", detail = "First is from 1 on, Limit from 1 to 100" })
    end
    local texts = {}
    for number = first, math.min(#book.burns, first + count - 1) do
      texts[#texts + 1] = burnJson(book.burns[number])
    end
    answer(msg, { { "First", first }, { "Count", #texts }, { "BurnCount", #book.burns } }, array(texts))
  end

  function actions.Minted(msg)
    local id = msg.Tags["Deposit-Id"]
    if addresses.transferId(id) == nil then
      return refuse(msg, { code = "bad-deposit-id", detail = "Deposit-Id is chain:transaction:index" })
    end
    local slot = book.minted[id]
    local fields = { { "Deposit-Id", id }, { "Minted", tostring(slot ~= nil) } }
    if slot then fields[#fields + 1] = { "Minted-Slot", slot } end
    answer(msg, fields, tostring(slot ~= nil))
  end

  function actions.Limits(msg)
    local limits = book.limits
    answer(msg, {}, object({
      { "row", limits.row }, { "message", limits.message }, { "window", limits.window },
      { "windowMs", limits.windowMs },
      { "windowUsed", books.windowUsed(book, messages.millisecondsOf(msg)) },
      { "mintFee", book.mintFee },
      { "chains", raw(chainsJson(book)) }, { "paused", raw(stopping.json(book)) },
    }))
  end

  return actions
end

return bridge

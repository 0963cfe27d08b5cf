-- What people and the cluster do with a campaign's token: Root, Credit, Claim, Hold, and the questions about them.
--
-- The Data of Credit, Claim and Hold is one canonical JSON text for one meaning, so that what was signed is what is read:
--
--   Credit  {"epoch":"3","rows":[{"index":"0","account":"<account>","amount":"1000"},...]}    1 to 100 rows
--   Claim   {"epoch":"3","index":"0","account":"<account>","amount":"1000","proof":["<64 digits>",...]}
--   Hold    ["<account>",...]                                                                 1 to 100 accounts
--
-- No white space; keys in this order. `amount` is all that the account was ever given, and `index` its place in the
-- tree of the epoch (docs/rewards.md).

local modules = ...
local amounts, addresses, proofs, taox = modules.amounts, modules.addresses, modules.proofs, modules.taox
local accounts, messages, stopping = modules.accounts, modules.messages, modules.stopping
local holds = modules.holds
local object, array, raw = modules.jsontext.object, modules.jsontext.array, modules.jsontext.raw
local answer, notify, refuse, refused = messages.answer, messages.notify, messages.refuse, messages.refused
local json = require("json")

local ROWS_MAX = 100
local BYTES_MAX = 64 * 1024
local PAGE_MAX = 100

local campaign = {}

-- A positive whole number of at most 9 digits; nil for anything else.
local function countIn(text)
  if type(text) ~= "string" or #text > 9 or not text:match("^[1-9]%d*$") then return nil end
  return math.tointeger(tonumber(text))
end

-- The text itself when it is a place in a tree; else nil.
local function placeIn(text)
  if type(text) ~= "string" or #text > 10 then return nil end
  if text ~= "0" and not text:match("^[1-9]%d*$") then return nil end
  return text
end

-- What Data says, as a table; nil when it is not JSON of one.
local function decoded(text)
  if type(text) ~= "string" or #text > BYTES_MAX then return nil end
  local ok, value = pcall(json.decode, text)
  return ok and type(value) == "table" and value or nil
end

-- index, account and amount of a row or a claim as fields of JSON, when all are in their one spelling; else nil.
local function entitled(row)
  if type(row) ~= "table" or placeIn(row.index) == nil then return nil end
  if addresses.account(row.account) == nil or addresses.account(row.account) ~= row.account then return nil end
  if amounts.positive(row.amount) == nil then return nil end
  return { { "index", row.index }, { "account", row.account }, { "amount", row.amount } }
end

local function badData(detail, row)
  return nil, { code = "bad-data", detail = detail, row = row }
end

local function root(msg)
  local order = {
    epoch = countIn(msg.Tags.Epoch), root = msg.Tags.Root, total = amounts.positive(msg.Tags.Total),
    opensAt = amounts.milliseconds(msg.Tags["Opens-At"]), closesAt = amounts.milliseconds(msg.Tags["Closes-At"]),
    artifact = msg.Tags.Artifact,
  }
  if not (order.epoch and order.total and proofs.isHash(order.root) and proofs.isHash(order.artifact)) then
    return refused("bad-root", "Epoch, Root, Total and Artifact are an epoch, a hash, an amount and a hash")
  end
  if not (order.opensAt and order.closesAt) then
    return refused("bad-window", "Opens-At and Closes-At are times in milliseconds")
  end
  return order
end

local function claim(msg)
  local said = decoded(msg.Data)
  local fields = said and entitled(said)
  local proof = fields and proofs.read(said.proof)
  local epoch = proof and countIn(said.epoch)
  if epoch == nil then return badData("Data is not the canonical JSON of a claim") end
  local texts = {}
  for at, hash in ipairs(proof) do texts[at] = ('"%s"'):format(hash) end
  table.insert(fields, 1, { "epoch", said.epoch })
  fields[#fields + 1] = { "proof", raw(array(texts)) }
  if object(fields) ~= msg.Data then return badData("Data is not the canonical JSON of a claim") end
  return { epoch = epoch, index = said.index, account = said.account, amount = said.amount, proof = proof }
end

local function credit(msg)
  local said = decoded(msg.Data)
  local epoch = said and countIn(said.epoch)
  if epoch == nil or type(said.rows) ~= "table" then
    return badData("Data is not the canonical JSON of a credit")
  end
  if #said.rows < 1 or #said.rows > ROWS_MAX then
    return refused("bad-row-count", "a credit has 1 to 100 rows")
  end
  local rows, texts, seen = {}, {}, {}
  for at, row in ipairs(said.rows) do
    local fields = entitled(row)
    if fields == nil then return badData("a row is not an index, an account and an amount", at) end
    if seen[row.index] or seen[row.account] then
      return nil, { code = "duplicate-row", detail = "a place and an account stand in one row only", row = at }
    end
    seen[row.index], seen[row.account] = true, true
    texts[at] = object(fields)
    rows[at] = {
      id = ("%d:%s"):format(epoch, row.index), index = row.index, account = row.account, amount = row.amount,
    }
  end
  local again = object({ { "epoch", said.epoch }, { "rows", raw(array(texts)) } })
  if again ~= msg.Data then return badData("Data is not the canonical JSON of a credit") end
  return { epoch = epoch, rows = rows }
end

-- By whoever may stop all claims: stopping a few is less.
local function hold(book)
  return function(msg)
    if not messages.isSignedBy(msg, book.guardian) and not messages.isSignedBy(msg, book.bridge) then
      return refused("not-the-guardian", "only the guardian or the bridge may hold claims")
    end
    local epoch, untilMs = countIn(msg.Tags.Epoch), amounts.milliseconds(msg.Tags.Until)
    if epoch == nil then return refused("bad-epoch", "Epoch is the last that was closed") end
    if untilMs == nil then return refused("bad-until", "Until is a time in milliseconds") end
    if not stopping.isReason(msg.Tags.Reason) then
      return refused("bad-reason", "a hold says why, in 1 to 200 characters")
    end
    local said, seen, texts = decoded(msg.Data), {}, {}
    if said == nil then return badData("Data is not a list of accounts") end
    if #said < 1 or #said > ROWS_MAX then
      return refused("bad-row-count", "a hold is of 1 to 100 accounts")
    end
    for at, account in ipairs(said) do
      if seen[account] or addresses.account(account) ~= account then
        return badData("a row is not an account, or stands there twice", at)
      end
      seen[account], texts[at] = true, ('"%s"'):format(account)
    end
    if array(texts) ~= msg.Data then return badData("Data is not the canonical JSON of a hold") end
    return { epoch = epoch, untilMs = untilMs, reason = msg.Tags.Reason, accounts = said }
  end
end

local function rootJson(one)
  return object({
    { "epoch", one.epoch }, { "root", one.root }, { "total", one.total }, { "opensAt", one.opensAt },
    { "closesAt", one.closesAt }, { "artifact", one.artifact }, { "taken", one.taken }, { "slot", one.slot },
  })
end

local function paymentJson(payment)
  return object({
    { "number", payment.number }, { "account", payment.account }, { "quantity", payment.quantity },
    { "epoch", payment.epoch }, { "index", payment.index }, { "kind", payment.kind },
    { "slot", payment.slot }, { "timestamp", payment.at },
  })
end

-- To the account itself, as any token tells its holder.
local function tell(book, msg, payment)
  notify(book, msg, payment.account, "Credit-Notice", {
    { "Sender", book.bridge }, { "Quantity", payment.quantity }, { "Campaign", book.campaign },
    { "Epoch", payment.epoch }, { "Payment-Number", payment.number },
  }, nil, ("You received %s of %s"):format(payment.quantity, book.campaign))
end

function campaign.actions(book)
  local actions = {}

  -- The first names are those that wallets read.
  function actions.Info(msg)
    local at = messages.millisecondsOf(msg)
    local live = taox.live(book, at)
    local fields = {
      { "Name", book.name }, { "Ticker", book.ticker }, { "Denomination", book.denomination },
      { "TotalSupply", book.supply }, { "HolderNum", book.holders },
      { "Campaign", book.campaign }, { "Bridge", book.bridge }, { "Guardian", book.guardian },
      { "Allocation", book.allocation }, { "Promised", taox.promised(book, at) }, { "Free", taox.free(book, at) },
      { "Live-Epoch", live and live.epoch or "none" }, { "Last-Epoch", book.epochs[#book.epochs] or "none" },
      { "Delay-Ms", book.delayMs }, { "Paused", stopping.named(book) },
      { "Payment-Count", #book.payments }, { "NoticeCount", book.notices }, { "Authorities", #ao.authorities },
    }
    if book.logo then table.insert(fields, 3, { "Logo", book.logo }) end
    answer(msg, fields, stopping.json(book))
  end

  actions.Root = messages.changing(book, messages.onlyBridge(book, root), function(msg, order)
    local done, refusal = taox.root(book, order)
    if done == nil then return refusal end
    notify(book, msg, msg.From, "Root-Notice", {
      { "Message-Id", msg.Id }, { "Epoch", done.epoch }, { "Root", done.root }, { "Total", done.total },
      { "Opens-At", done.opensAt }, { "Closes-At", done.closesAt },
    }, nil, rootJson(done))
    return nil
  end)

  actions.Credit = messages.changing(book, messages.onlyBridge(book, credit), function(msg, order)
    local done, refusal = taox.credit(book, order)
    if done == nil then return refusal end
    for _, payment in ipairs(done.payments) do tell(book, msg, payment) end
    notify(book, msg, msg.From, "Credited-Notice", {
      { "Message-Id", msg.Id }, { "Epoch", order.epoch }, { "Count", #done.payments },
      { "Quantity", done.total }, { "TotalSupply", book.supply },
    })
    return nil
  end)

  actions.Claim = messages.changing(book, claim, function(msg, order)
    local done, refusal = taox.claim(book, order)
    if done == nil then return refusal end
    tell(book, msg, done)
    notify(book, msg, msg.From, "Claim-Notice", {
      { "Message-Id", msg.Id }, { "Account", done.account }, { "Quantity", done.quantity },
      { "Epoch", done.epoch }, { "Payment-Number", done.number },
    }, nil, ("%s received %s"):format(done.account, done.quantity))
    return nil
  end)

  actions.Hold = messages.changing(book, hold(book), function(msg, order)
    local done, refusal = holds.add(book, order)
    if done == nil then return refusal end
    notify(book, msg, msg.From, "Hold-Notice", {
      { "Message-Id", msg.Id }, { "Count", #done.accounts }, { "Epoch", done.epoch }, { "Until", done.untilMs },
    })
    return nil
  end)

  -- What an account has had of all that it was ever given, and until when its claims are held, or were at last.
  function actions.Had(msg)
    local account = addresses.account(msg.Tags.Recipient or msg.From)
    if account == nil then
      return refuse(msg, { code = "bad-recipient", detail = "Recipient is not an AO account" })
    end
    local had = taox.hadOf(book, account)
    local fields = { { "Account", account }, { "Had", had }, { "Balance", accounts.balanceOf(book, account) } }
    local pieces = holds.of(book, account)
    local held = pieces[#pieces]
    if held then
      for _, field in ipairs({
        { "Held-Until", held.untilMs }, { "Held-Epoch", held.epoch }, { "Held-Reason", held.reason },
      }) do fields[#fields + 1] = field end
    end
    answer(msg, fields, had)
  end

  function actions.Credited(msg)
    local epoch, index = countIn(msg.Tags.Epoch), placeIn(msg.Tags.Index)
    if epoch == nil or index == nil then
      return refuse(msg, { code = "bad-row", detail = "Epoch and Index name a row" })
    end
    local slot = book.credited[("%d:%s"):format(epoch, index)]
    local fields = { { "Epoch", epoch }, { "Index", index }, { "Credited", tostring(slot ~= nil) } }
    if slot then fields[#fields + 1] = { "Credited-Slot", slot } end
    answer(msg, fields, tostring(slot ~= nil))
  end

  -- A page of a list that is numbered from 1.
  local function paged(msg, count, textOf)
    local first, limit = countIn(msg.Tags.First or "1"), countIn(msg.Tags.Limit or tostring(PAGE_MAX))
    if first == nil or limit == nil or limit > PAGE_MAX then
      return refuse(msg, { code = "bad-range", detail = "First is from 1 on, Limit from 1 to 100" })
    end
    local texts = {}
    for number = first, math.min(count, first + limit - 1) do texts[#texts + 1] = textOf(number) end
    answer(msg, { { "First", first }, { "Count", #texts }, { "Total", count } }, array(texts))
  end

  function actions.Roots(msg)
    paged(msg, #book.epochs, function(number) return rootJson(book.roots[book.epochs[number]]) end)
  end

  function actions.Payments(msg)
    paged(msg, #book.payments, function(number) return paymentJson(book.payments[number]) end)
  end

  return actions
end

return campaign

-- The rules of a campaign's token: what may be given, under which root, and how much of it an account has had. Pure:
-- plain values in, a decision out. A rule validates everything before it changes anything; it answers with what
-- happened, or with nil and a refusal `{ code, detail, ... }`.
--
-- An epoch's root is of a tree of claims, each with all that its account was *ever* given. What is paid is the
-- difference to what it has had, by claims and credits alike, so nothing is ever paid twice and one claim covers
-- all epochs. What holds after every call, whoever signed what:
--   supply = sum of balances = sum of what the accounts have had = sum of the payments <= allocation
--   under one root no more is paid than its total; roots come in the order of their epochs, one an epoch, ever
--   payments are numbered 1, 2, 3, ... without a gap; a row of a credit is taken once

local modules = ...
local amounts, accounts, addresses, proofs = modules.amounts, modules.accounts, modules.addresses, modules.proofs
local holds = modules.holds
local add, subtract, isLess = amounts.add, amounts.subtract, amounts.isLess

local taox = {}

-- What a pause can name. Roots are never paused: under a pause nothing is paid by them, and a wrong one is mended
-- by the next.
taox.SCOPES = { all = { "claim", "credit" }, claim = { "claim" }, credit = { "credit" } }

local function refused(code, detail, more)
  local refusal = more or {}
  refusal.code, refusal.detail = code, detail
  return nil, refusal
end

-- self: the token's own process id. config: as `taox.ts` writes it, already validated there.
function taox.open(config, self)
  return {
    self = self,
    campaign = config.campaign,
    name = config.name,
    ticker = config.ticker,
    denomination = config.denomination,
    logo = config.logo,
    bridge = config.bridge,
    guardian = assert(addresses.account(config.guardian), "guardian is an AO account"),
    -- All that is ever given.
    allocation = config.allocation,
    -- Milliseconds between the coming of a root and its first payment, whatever it says itself.
    delayMs = config.delayMs,
    supply = "0",
    holders = 0,
    balances = {},
    -- By epoch: `{ epoch, root, total, opensAt, closesAt, artifact, taken, slot }`, and the epochs in their order.
    roots = {},
    epochs = {},
    -- Account to all that it has had of the campaign.
    had = {},
    -- Rows of credits by `epoch:index`, each to the slot that took it.
    credited = {},
    payments = {},
    -- Account to its holds (`holds.lua`).
    holds = {},
    -- Message to the slot that first decided it.
    decided = {},
    paused = {},
    succession = accounts.succession({}),
    stops = accounts.stops({}),
    notices = 0,
  }
end

local function newestOpened(book, at)
  for place = #book.epochs, 1, -1 do
    local root = book.roots[book.epochs[place]]
    if root.opensAt <= at then return root end
  end
  return nil
end

-- The root that pays at `at`: the newest that is open, and only it, or what a later epoch took back could be had
-- by an older proof. Nil when none is open, or the newest has closed.
function taox.live(book, at)
  local root = newestOpened(book, at)
  return root and root.closesAt > at and root or nil
end

function taox.hadOf(book, account) return book.had[account] or "0" end

-- What the live root has promised and nobody has had yet; what is left of the allocation beside that is free. A root
-- that has closed promises nothing: what was not claimed is the campaign's again.
function taox.promised(book, at)
  local root = taox.live(book, at)
  if root == nil or isLess(root.total, book.supply) then return "0" end
  return subtract(root.total, book.supply)
end

function taox.free(book, at)
  local bound = add(book.supply, taox.promised(book, at))
  return isLess(book.allocation, bound) and "0" or subtract(book.allocation, bound)
end

-- order: `{ epoch, root, total, opensAt, closesAt, artifact, at, slot }`, parsed.
function taox.root(book, order)
  local last = book.epochs[#book.epochs]
  if last and order.epoch <= last then
    return refused("epoch-closed", "an epoch has one root, and none comes after a later one")
  end
  if isLess(book.allocation, order.total) then
    return refused("over-allocation", "the total is more than the campaign ever gives")
  end
  local opensAt = math.max(order.opensAt, order.at + book.delayMs)
  if order.closesAt <= opensAt then
    return refused("bad-window", "the root would close before it opens")
  end
  local root = {
    epoch = order.epoch, root = order.root, total = order.total, opensAt = opensAt,
    closesAt = order.closesAt, artifact = order.artifact, taken = "0", slot = order.slot,
  }
  book.roots[order.epoch] = root
  book.epochs[#book.epochs + 1] = order.epoch
  return root
end

-- The live root of that epoch; or nil and why nothing is paid by it now. account: for whom, when it is one alone.
local function payingRoot(book, epoch, at, account)
  local root = book.roots[epoch]
  if root == nil then return refused("unknown-epoch", "no root of this epoch is known") end
  if at < root.opensAt then
    return refused("not-open", "the root is not open yet", { retryAt = root.opensAt })
  end
  local closesAt = account and holds.closesAt(book, root, account) or root.closesAt
  if at >= closesAt then return refused("window-closed", "the root has closed") end
  if newestOpened(book, at) ~= root then
    return refused("superseded", "a later root is open, and pays what this one did")
  end
  local held = account and holds.against(book, account, epoch, at)
  if held then return refused("claim-held", held.reason, { retryAt = held.untilMs }) end
  return root
end

-- What the account has not had yet of a cumulative amount; "0" when it has had all, or more: nothing is taken back.
local function dueOf(book, account, amount)
  local had = taox.hadOf(book, account)
  return isLess(had, amount) and subtract(amount, had) or "0"
end

local function withinBounds(book, root, quantity)
  local taken = add(root.taken, quantity)
  if isLess(root.total, taken) then
    return refused("over-total", "more would be paid than the root's total")
  end
  local supply = add(book.supply, quantity)
  if isLess(book.allocation, supply) then
    return refused("over-allocation", "more would be paid than the campaign ever gives")
  end
  return { taken = taken, supply = supply }
end

local function pay(book, order, row, quantity)
  local number = #book.payments + 1
  local payment = {
    number = number, account = row.account, quantity = quantity, epoch = order.epoch, index = row.index,
    kind = order.kind, slot = order.slot, at = order.at,
  }
  accounts.credit(book, row.account, quantity)
  book.had[row.account] = add(taox.hadOf(book, row.account), quantity)
  book.payments[number] = payment
  return payment
end

-- order: `{ epoch, index, account, amount, proof, at, slot }`, parsed; from anybody, for the account.
function taox.claim(book, order)
  if book.paused.claim then return refused("claim-paused", book.paused.claim.reason) end
  local root, refusal = payingRoot(book, order.epoch, order.at, order.account)
  if root == nil then return nil, refusal end
  if order.account == book.self then
    return refused("bad-recipient", "the token itself cannot hold its tokens")
  end
  local claim = {
    campaign = book.campaign, epoch = ("%d"):format(order.epoch), index = order.index,
    account = order.account, amount = order.amount,
  }
  if not proofs.isProven(root.root, claim, order.proof) then
    return refused("bad-proof", "the claim does not stand in the tree of this epoch's root")
  end
  local due = dueOf(book, order.account, order.amount)
  if due == "0" then return refused("nothing-due", "the account has had all of this") end
  local after
  after, refusal = withinBounds(book, root, due)
  if after == nil then return nil, refusal end
  order.kind = "claim"
  root.taken, book.supply = after.taken, after.supply
  return pay(book, order, order, due)
end

-- order: `{ epoch, rows = { { index, account, amount } }, at, slot }`, parsed: what the cluster claims for others, on
-- its own word. All rows or none; a row whose account has had all pays nothing, and is taken all the same.
function taox.credit(book, order)
  if book.paused.credit then return refused("credit-paused", book.paused.credit.reason) end
  local root, refusal = payingRoot(book, order.epoch, order.at)
  if root == nil then return nil, refusal end
  local dues, known = {}, {}
  for at, row in ipairs(order.rows) do
    if book.credited[row.id] then known[#known + 1] = row.id end
    if row.account == book.self then
      return refused("bad-recipient", "the token itself cannot hold its tokens", { row = at })
    end
    local isHeld = holds.against(book, row.account, order.epoch, order.at) ~= nil
    dues[at] = isHeld and "0" or dueOf(book, row.account, row.amount)
  end
  if #known > 0 then
    return refused("already-credited", "already credited: " .. table.concat(known, ", "), { count = #known })
  end
  local total = amounts.sum(dues)
  local after
  after, refusal = withinBounds(book, root, total)
  if after == nil then return nil, refusal end
  order.kind = "credit"
  root.taken, book.supply = after.taken, after.supply
  local payments = {}
  for at, row in ipairs(order.rows) do
    book.credited[row.id] = order.slot
    if dues[at] ~= "0" then payments[#payments + 1] = pay(book, order, row, dues[at]) end
  end
  return { payments = payments, total = total }
end

-- What an order could change, as it is now: the function puts all of it back. That the message was decided stays.
function taox.checkpoint(book, order)
  local plain = {}
  for _, name in ipairs({ "supply", "holders", "notices", "guardian", "bridge", "succession", "stops" }) do
    plain[name] = book[name]
  end
  local paused = { claim = book.paused.claim, credit = book.paused.credit }
  local balances, had, credited = {}, {}, {}
  local function keep(account)
    balances[account], had[account] = book.balances[account] or false, book.had[account] or false
  end
  for _, account in ipairs({ order.sender or "", order.recipient or "", order.account or "" }) do
    keep(account)
  end
  for _, row in ipairs(order.rows or {}) do
    keep(row.account)
    credited[row.id] = book.credited[row.id] or false
  end
  local held = {}
  for _, account in ipairs(order.accounts or {}) do held[account] = holds.of(book, account) end
  local root = order.epoch and book.roots[order.epoch]
  local taken = root and root.taken
  local paid, known = #book.payments, #book.epochs

  return function()
    for name, value in pairs(plain) do book[name] = value end
    book.paused = paused
    for account, balance in pairs(balances) do book.balances[account] = balance or nil end
    for account, amount in pairs(had) do book.had[account] = amount or nil end
    for id, slot in pairs(credited) do book.credited[id] = slot or nil end
    for account, pieces in pairs(held) do holds.restore(book, account, pieces) end
    for number = #book.payments, paid + 1, -1 do book.payments[number] = nil end
    if #book.epochs > known then
      book.roots[book.epochs[known + 1]], book.epochs[known + 1] = nil, nil
    elseif root then
      root.taken = taken
    end
  end
end

return taox

-- The token's rules: who holds how much, which deposits were minted, which burns are owed, and how much may
-- be minted at all. Pure: plain values in, a decision out. A rule validates everything before it changes
-- anything; it answers with what happened, or with nil and a refusal `{ code, detail, ... }`.
--
-- What holds after every call, whoever signed what:
--   supply = sum of balances = sum of locked over the chains
--   credited[chain] <= attested[chain]: all that was ever minted for deposits, fees included, is at most
--     what the signers counted as ever deposited
--   an id is minted once; a burn is refunded once, to its sender, whole or less its own fee
--   burns are numbered 1, 2, 3, ... without a gap, and no burn takes more from a chain than is locked there

local modules = ...
local amounts, addresses, window = modules.amounts, modules.addresses, modules.window
local accounts = modules.accounts
local add, subtract, isLess = amounts.add, amounts.subtract, amounts.isLess
local credit, debit = accounts.credit, accounts.debit

local books = {}

-- What a pause can name.
books.SCOPES = { all = { "mint", "burn" }, mint = { "mint" }, burn = { "burn" } }

local function refused(code, detail, more)
  local refusal = more or {}
  refusal.code, refusal.detail = code, detail
  return nil, refusal
end

-- self: the token's own process id. config: as `bundle.ts` writes it, already validated there.
function books.open(config, self)
  local book = {
    self = self,
    -- What its burns are numbered under.
    ledger = assert(addresses.isLedger(config.ledger) and config.ledger, "the ledger is one on AO"),
    name = config.name,
    ticker = config.ticker,
    denomination = config.denomination,
    logo = config.logo,
    bridge = config.bridge,
    guardian = assert(addresses.account(config.guardian), "guardian is an AO account"),
    feeRecipient = assert(addresses.account(config.feeRecipient), "feeRecipient is an AO account"),
    mintFee = config.mintFee,
    limits = config.limits,
    -- The first is where a burn goes that names no chain.
    chainNames = {},
    chains = {},
    supply = "0",
    holders = 0,
    balances = {},
    -- Id of a deposit or refund to the slot that minted it; kept for ever, or an old deposit would pay again.
    minted = {},
    burns = {},
    -- Message to the slot that first decided it.
    decided = {},
    -- What was minted lately, as `window.lua` keeps it.
    window = {},
    paused = {},
    succession = accounts.succession({}),
    stops = accounts.stops({}),
    notices = 0,
  }
  for at, source in ipairs(config.sources) do
    book.chainNames[at] = source.chain
    book.chains[source.chain] = {
      token = source.token,
      vault = assert(addresses.recipient(source.chain, source.vault, source.vault), "a vault is an address of its chain"),
      burnFee = source.burnFee,
      burnMin = source.minBurn,
      locked = "0", credited = "0", attested = "0",
    }
  end
  return book
end

-- What an order could change, as it is now: the function puts all of it back. That the message was decided
-- stays. For where nobody else takes back what a failing message has done.
function books.checkpoint(book, order)
  local plain, chains, balances, minted, refunded = {}, {}, {}, {}, {}
  for _, name in ipairs({
    "supply", "holders", "notices", "guardian", "mintFee", "limits", "window", "bridge", "succession", "stops",
  }) do
    plain[name] = book[name]
  end
  local paused = { mint = book.paused.mint, burn = book.paused.burn }
  for name, chain in pairs(book.chains) do
    chains[name] = {}
    for field, amount in pairs(chain) do chains[name][field] = amount end
  end
  local touched = { order.sender or "", order.recipient or "" }
  for _, row in ipairs(order.rows or {}) do
    touched[#touched + 1] = row.recipient
    minted[#minted + 1] = row.id
    local burn = row.origin.chain == book.ledger and book.burns[row.origin.index]
    if burn then refunded[row.origin.index] = burn.refunded end
  end
  for _, account in ipairs(touched) do balances[account] = book.balances[account] or false end
  local burned, was = #book.burns, {}
  for _, id in ipairs(minted) do was[id] = book.minted[id] or false end

  return function()
    for name, value in pairs(plain) do book[name] = value end
    book.paused, book.chains = paused, chains
    for account, balance in pairs(balances) do book.balances[account] = balance or nil end
    for id, slot in pairs(was) do book.minted[id] = slot or nil end
    for number, is in pairs(refunded) do book.burns[number].refunded = is end
    if #book.burns > burned then book.burns[burned + 1] = nil end
  end
end

-- A refund is the burn's own id, and gives the burner back what he burned, all or less the burn's fee.
local function refundOf(book, row)
  local burn = book.burns[row.origin.index]
  if burn == nil or burn.id ~= row.id then return refused("unknown-burn", "no burn has this id") end
  if row.recipient ~= burn.sender then
    return refused("bad-recipient", "a refund goes to the account that burned")
  end
  local fee = row.fee or "0"
  if isLess(burn.fee, fee) or add(row.quantity, fee) ~= burn.quantity then
    return refused("bad-quantity", "a refund and its fee are what was burned, and the fee the burn's")
  end
  return burn
end

-- Amounts that the rows add, by chain: `locked` backs the supply, `credited` includes the fees.
local function totalsOf(book, rows)
  local quantities, locked, credited, refunds = {}, {}, {}, {}
  for at, row in ipairs(rows) do
    local chain = row.origin.chain
    quantities[at] = row.quantity
    if isLess(book.limits.row, row.quantity) then
      return refused("over-row-cap", "a row is above its cap", { row = at })
    end
    if row.recipient == book.self then
      return refused("bad-recipient", "the token itself cannot hold its tokens", { row = at })
    end
    if chain == book.ledger then
      local burn, refusal = refundOf(book, row)
      if burn == nil then
        refusal.row = at
        return nil, refusal
      end
      chain = burn.chain
      refunds[#refunds + 1] = burn
    elseif book.chains[chain] == nil then
      return refused("unknown-chain", "the token is not backed on this chain", { row = at })
    else
      credited[chain] = credited[chain] or {}
      table.insert(credited[chain], row.quantity)
      if row.fee then table.insert(credited[chain], row.fee) end
    end
    locked[chain] = locked[chain] or {}
    table.insert(locked[chain], row.quantity)
  end
  return { total = amounts.sum(quantities), locked = locked, credited = credited, refunds = refunds }
end

-- Signed messages may arrive in another order than they were signed, so the greatest figure ever
-- attested counts: deposits only grow.
local function creditedAfter(book, totals, attested)
  local after = {}
  for _, chain in ipairs(book.chainNames) do
    local added, account = totals.credited[chain], book.chains[chain]
    if added then
      local bound = isLess(account.attested, attested[chain]) and attested[chain] or account.attested
      local credited = add(account.credited, amounts.sum(added))
      if isLess(bound, credited) then
        return refused("over-attested", "more would be minted than was ever deposited on " .. chain)
      end
      after[chain] = { credited = credited, attested = bound }
    end
  end
  return after
end

-- order: `{ rows, attested }` from `batch.lua`, `at` in milliseconds, `slot`. All rows or none.
function books.mint(book, order)
  local known = {}
  for _, row in ipairs(order.rows) do
    if book.minted[row.id] then known[#known + 1] = row.id end
  end
  if #known > 0 then
    return refused("already-minted", "already minted: " .. table.concat(known, ", "), { count = #known })
  end
  if book.paused.mint then return refused("mint-paused", book.paused.mint.reason) end

  local totals, refusal = totalsOf(book, order.rows)
  if totals == nil then return nil, refusal end
  if isLess(book.limits.message, totals.total) then
    return refused("over-message-cap", "the rows together are above the cap of a message")
  end
  local live = window.live(book.window, book.limits, order.at)
  local retryAt = window.retryAt(live, book.limits, totals.total)
  if retryAt then
    return refused("over-window-cap", "the window has no room for these rows yet", { retryAt = retryAt })
  end
  local supply = add(book.supply, totals.total)
  if amounts.isTooLong(supply) then return refused("over-supply", "the supply would pass 38 digits") end
  local counted
  counted, refusal = creditedAfter(book, totals, order.attested)
  if counted == nil then return nil, refusal end

  for chain, after in pairs(counted) do
    book.chains[chain].credited, book.chains[chain].attested = after.credited, after.attested
  end
  for chain, added in pairs(totals.locked) do
    book.chains[chain].locked = add(book.chains[chain].locked, amounts.sum(added))
  end
  for _, burn in ipairs(totals.refunds) do burn.refunded = true end
  for _, row in ipairs(order.rows) do
    book.minted[row.id] = order.slot
    credit(book, row.recipient, row.quantity)
  end
  book.window = window.with(live, book.limits, totals.total, order.at)
  book.supply = supply
  return { count = #order.rows, total = totals.total, supply = supply }
end

-- The recipient of a burn in its canonical spelling, or nil: nobody who could be paid, or the vault
-- itself, which cannot pay itself. Whoever is the bridge's key here is a vault on Arweave.
function books.burnRecipient(book, chain, text)
  local recipient = addresses.recipient(chain, text, book.chains[chain].vault)
  if recipient == book.chains[chain].vault or recipient == book.bridge then return nil end
  return recipient
end

-- order: `{ sender, chain, recipient, quantity, feeMax?, messageId, slot, at }`, parsed. The whole
-- quantity is destroyed; `quantity - fee` is owed on the chain, and the fee stays in custody there.
function books.burn(book, order)
  local source = book.chains[order.chain]
  if book.paused.burn then return refused("burn-paused", book.paused.burn.reason) end
  if isLess(order.quantity, source.burnMin) then
    return refused("below-minimum", "the least that can be burned is " .. source.burnMin)
  end
  if order.feeMax and isLess(order.feeMax, source.burnFee) then
    return refused("fee-too-high", "the fee is now " .. source.burnFee)
  end
  -- What cannot be minted in one row could not be given back either.
  if isLess(book.limits.row, order.quantity) then
    return refused("over-row-cap", "the most that can be burned at once is " .. book.limits.row)
  end
  if isLess(accounts.balanceOf(book, order.sender), order.quantity) then
    return refused("insufficient-balance", "the balance is less than the quantity")
  end
  if isLess(source.locked, order.quantity) then
    return refused("insufficient-lock", "less than the quantity is locked on " .. order.chain)
  end

  local number = #book.burns + 1
  local burn = {
    number = number,
    id = ("%s:%s:%d"):format(book.ledger, order.messageId, number),
    messageId = order.messageId,
    sender = order.sender,
    recipient = order.recipient,
    chain = order.chain,
    quantity = order.quantity,
    fee = source.burnFee,
    slot = order.slot,
    at = order.at,
    refunded = false,
  }
  debit(book, order.sender, order.quantity)
  source.locked = subtract(source.locked, order.quantity)
  book.supply = subtract(book.supply, order.quantity)
  book.burns[number] = burn
  return burn
end

-- limits: `{ row, message, window, windowMs }`.
function books.setLimits(book, limits)
  if isLess(limits.message, limits.row) or isLess(limits.window, limits.message) then
    return refused("bad-limits", "a row is at most a message, and a message at most the window")
  end
  for _, chain in pairs(book.chains) do
    if isLess(limits.row, chain.burnMin) then
      return refused("bad-limits", "the least burn is within the cap of a row")
    end
  end
  book.limits = {
    row = limits.row, message = limits.message, window = limits.window, windowMs = limits.windowMs,
  }
  return limits
end

-- fees: `{ chain, burnFee, burnMin, mintFee }`.
function books.setFees(book, fees)
  if not isLess(fees.burnFee, fees.burnMin) then
    return refused("bad-fees", "the least burn is more than its fee, or nothing would arrive")
  end
  if isLess(book.limits.row, fees.burnMin) then
    return refused("bad-fees", "the least burn is within the cap of a row")
  end
  book.chains[fees.chain].burnFee, book.chains[fees.chain].burnMin = fees.burnFee, fees.burnMin
  book.mintFee = fees.mintFee
  return fees
end

function books.windowUsed(book, at)
  return window.used(window.live(book.window, book.limits, at))
end

return books

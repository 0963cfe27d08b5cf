-- A token passes to another key: its bridge names the next one, which takes over a day later by a message of its own,
-- so that no key comes that nobody holds. Until then the bridge is what it was, and the guardian may say no.

local modules = ...
local accounts, addresses, amounts = modules.accounts, modules.addresses, modules.amounts
local messages = modules.messages
local answer, notify, refused = messages.answer, messages.notify, messages.refused

local DELAY_MS = 24 * 60 * 60 * 1000
local LIFE_MS = 14 * DELAY_MS

local succession = {}

-- The number that an order of proposals carries; each is good once.
local function numberOf(msg)
  local text = msg.Tags.Number
  return text and amounts.orZero(text) and #text <= 9 and math.tointeger(tonumber(text)) or nil
end

-- What is asked for by a proposal's number, or why it cannot be.
local function proposalIn(book, msg)
  local proposed = accounts.succession(book).proposed
  if proposed == nil or proposed.number ~= numberOf(msg) then
    return refused("no-proposal", "no proposal has this Number")
  end
  return proposed
end

-- All of this may be otherwise later: none of these refusals decides the message, or whoever sends an order before
-- its time would have it refused for ever. An order that was carried out has moved the number on.
local function proposal(book)
  return function(msg)
    local successor = addresses.account(msg.Tags.Successor)
    if successor == nil or successor ~= msg.Tags.Successor or #successor ~= 43 then
      return refused("bad-successor", "Successor is the 43-character address of an RSA key")
    end
    local state = accounts.succession(book)
    if successor == book.bridge or state.former[successor] then
      return refused("bad-successor", "Successor is the bridge's key, or was it")
    end
    if messages.isAuthority(successor) then
      return refused("bad-successor", "Successor is an authority of the process")
    end
    if numberOf(msg) ~= state.number then
      return refused("bad-number", ("the next proposal is number %d"):format(state.number))
    end
    return { successor = successor, number = state.number }
  end
end

local function acceptance(book)
  return function(msg)
    local proposed, refusal = proposalIn(book, msg)
    if proposed == nil then return nil, refusal end
    if not messages.isSignedBy(msg, proposed.successor) then
      return refused("not-the-successor", "only the proposed key's own wallet may do this")
    end
    local at = messages.millisecondsOf(msg)
    if at < proposed.opensAt then return refused("too-early", ("not before %d"):format(proposed.opensAt)) end
    if at >= proposed.closesAt then return refused("too-late", "the proposal is over") end
    return { successor = proposed.successor }
  end
end

local function cancellation(book)
  return function(msg)
    if not messages.isSignedBy(msg, book.guardian) and not messages.isSignedBy(msg, book.bridge) then
      return refused("not-the-guardian", "only the guardian or the bridge may cancel")
    end
    local proposed, refusal = proposalIn(book, msg)
    if proposed == nil then return nil, refusal end
    return { successor = proposed.successor, number = proposed.number }
  end
end

function succession.actions(book)
  local actions = {}

  actions["Propose-Bridge"] = messages.changing(book, messages.onlyBridge(book, proposal(book)), function(msg, order)
    local opensAt = order.at + DELAY_MS
    local proposed = {
      successor = order.successor, number = order.number, opensAt = opensAt, closesAt = opensAt + LIFE_MS,
    }
    accounts.propose(book, proposed)
    for _, target in ipairs({ msg.From, book.guardian }) do
      notify(book, msg, target, "Propose-Bridge-Notice", {
        { "Message-Id", msg.Id }, { "Successor", order.successor }, { "Number", order.number },
        { "Opens-At", proposed.opensAt }, { "Closes-At", proposed.closesAt },
      })
    end
  end)

  actions["Cancel-Bridge"] = messages.changing(book, cancellation(book), function(msg, order)
    accounts.propose(book, nil)
    notify(book, msg, msg.From, "Cancel-Bridge-Notice", {
      { "Message-Id", msg.Id }, { "Successor", order.successor }, { "Number", order.number },
    })
  end)

  actions["Accept-Bridge"] = messages.changing(book, acceptance(book), function(msg, order)
    local former = book.bridge
    accounts.succeed(book, order.successor)
    for _, target in ipairs({ msg.From, former }) do
      notify(book, msg, target, "Accept-Bridge-Notice", {
        { "Message-Id", msg.Id }, { "Bridge", order.successor }, { "Former", former },
      })
    end
  end)

  -- Whom the token obeys, and who may be next.
  function actions.Bridge(msg)
    local state = accounts.succession(book)
    local fields = { { "Bridge", book.bridge }, { "Number", state.number } }
    local proposed = state.proposed
    if proposed then
      for _, field in ipairs({
        { "Successor", proposed.successor }, { "Opens-At", proposed.opensAt }, { "Closes-At", proposed.closesAt },
      }) do
        fields[#fields + 1] = field
      end
    end
    answer(msg, fields, book.bridge)
  end

  return actions
end

return succession

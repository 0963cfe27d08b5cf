-- The one door of the token on HyperBEAM's lua@5.3a: a slot in, its outbox and the balances by path out.
--
-- Nothing may leave `compute` as an error: the process would fail at this slot for ever, whatever came after.
-- Nothing else takes back what a failing message did, and nothing else keeps a message from being run twice.

local modules, config = ...
local native, rules, door = modules.native, modules.rules, modules.door
local messages, tags = modules.messages, modules.tags

-- A global, so that it lives in what the node keeps of the Lua state between slots.
Book = Book or nil

local actions
local outbox = {}

---- What a message is

-- The key that the node verified a message under, and the message's id: of all that may be written in a
-- message, only its commitments are not the sender's to choose. Nil unless exactly one key signed.
local function signerOf(message)
  local found
  local list = type(message.commitments) == "table" and message.commitments or {}
  for id, commitment in pairs(list) do
    local device, kind = commitment["commitment-device"], commitment.type
    local isUsers = device == "ans104@1.0" and kind == "rsa-pss-sha256"
    local isNodes = device == "httpsig@1.0" and kind == "rsa-pss-sha512"
    if isUsers or isNodes then
      if found or type(id) ~= "string" or type(commitment.committer) ~= "string" then return nil end
      found = { id = id, owner = commitment.committer }
    end
  end
  return found
end

-- Names come in lower case here; the rules know them as aos writes them.
local function titled(name)
  local written = name:gsub("([a-z])([a-z0-9]*)", function(first, rest) return first:upper() .. rest end)
  return written
end

-- Two tags of one name arrive as one text that looks like a list.
local function isListed(value) return value:match('^".*", ".*"$') ~= nil end

-- Not tags: where the message goes, what it carries, and how the node knows it.
local OWN = { target = true, data = true, anchor = true, commitments = true, ["from-process"] = true }

-- The tags by name, as a list in the order of their names, and whether all are text: a sender may have a
-- number or a list made of a tag, and what we did not read as he wrote it we do not act on.
local function tagsOf(message)
  local byName, list, isText = {}, {}, true
  for name, value in pairs(message) do
    if type(name) ~= "string" or OWN[name] then
      isText = isText and type(name) == "string"
    elseif type(value) ~= "string" then
      isText = false
    else
      local tag = { name = titled(name), value = value }
      byName[tag.name] = value
      list[#list + 1] = tag
      if isListed(value) then list[#list + 1] = tag end
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return byName, list, isText
end

local function whole(value)
  return math.tointeger(tonumber(value))
end

-- The message of a slot as aos would hand it over; nil when nobody's signature is on it.
local function messageOf(assignment)
  local message = assignment.body
  local signer = type(message) == "table" and signerOf(message)
  if not signer then return nil end
  local byName, list, isText = tagsOf(message)
  local claimed, data = message["from-process"], message.data
  return {
    Id = signer.id, Owner = signer.owner, From = type(claimed) == "string" and claimed or signer.owner,
    Tags = byName, TagArray = list, Data = type(data) == "string" and data or "",
    Nonce = whole(assignment.slot), Timestamp = whole(assignment.timestamp),
    isText = isText and (data == nil or type(data) == "string") and (claimed == nil or type(claimed) == "string"),
  }
end

---- What it does

-- The process's own list, however many it names: a text, a text that looks like a list, or a list.
local function authoritiesOf(base)
  local named = base.authority
  if named == nil and type(base.process) == "table" then named = base.process.authority end
  local list = {}
  for _, text in ipairs(type(named) == "table" and named or { named }) do
    while type(text) == "string" and text ~= "" do
      local before, id = text:match("^([^a-zA-Z0-9_-]*)([a-zA-Z0-9_-]*)")
      if #id == 43 then list[#list + 1] = id end
      text = text:sub(#before + #id + 1)
    end
  end
  return list
end

-- Without an authority nothing that a process sends is ever believed; with the bridge's own key as one, a
-- node could forge any sender.
local function open(base, assignment)
  local signer = signerOf(assignment.body)
  if signer == nil or signer.id ~= assignment.process then return "the first slot is not the process" end
  if #native.ao.authorities == 0 then return "the process has no authority" end
  if messages.isAuthority(config.bridge) then return "the bridge is an authority of the process" end
  local ok, book = pcall(rules.open, config, signer.id)
  if not ok then return "the configuration is wrong" end
  Book = book
  Book.slot = 0
  return "opened"
end

function native.ao.send(message)
  local entry = { target = message.Target, data = message.Data }
  for _, tag in ipairs(message.Tags) do entry[tag.name:lower()] = tag.value end
  outbox[#outbox + 1] = entry
end

-- All or nothing, by our own hand. What fails does so for reasons of its own, which nodes may word
-- differently: the answer does not repeat them.
function messages.whole(book, order, act)
  local restore, sent = rules.checkpoint(book, order), #outbox
  local ok, refusal = pcall(act)
  if ok then return refusal end
  restore()
  for at = #outbox, sent + 1, -1 do outbox[at] = nil end
  return { code = "evaluation-failed", detail = "the message failed, and changed nothing" }
end

local function act(message)
  local isFromProcess = message.From ~= message.Owner
  if actions[message.Tags.Action] and (not isFromProcess or messages.isAuthority(message.Owner)) then
    if not message.isText then
      return messages.refuse(message, { code = "bad-tag", detail = "a tag is not text" })
    end
    -- A schedule shows no other data, and then nobody could check who signed the burn.
    if message.Tags.Action == "Burn" and (tags.hasControl(message.Data) or not native.utf8.len(message.Data)) then
      return messages.refuse(message, { code = "bad-data", detail = "the data of a burn is plain text or none" })
    end
    -- Anybody can have what a process sent pushed again, under another id each time.
    if isFromProcess and message.Tags.Reference == nil then
      return messages.refuse(message, {
        code = "no-reference", detail = "what a process sends is numbered by a Reference",
      })
    end
  end
  door.act(actions, message)
end

-- What the slot did, in words of ours alone.
local function run(base, assignment)
  local slot = whole(assignment.slot)
  if slot == nil then return "no slot" end
  native.ao.authorities = authoritiesOf(base)
  if Book == nil then return slot == 0 and open(base, assignment) or "there are no books" end
  -- A node that went back or left something out has not the books of this slot.
  if slot ~= Book.slot + 1 then return "not the next slot" end
  Book.slot = slot
  actions = actions or door.actions(Book)
  local message = messageOf(assignment)
  if message == nil then return "not signed by one key" end
  act(message)
  return "done"
end

function compute(base, assignment)
  outbox = {}
  local ok, said = pcall(run, base, assignment)
  if not ok then outbox, said = {}, "failed" end
  base.results = { outbox = outbox, output = { data = said } }
  if Book then
    base.balances = Book.balances
    base.supply = Book.supply
    if Book.burns then base["burn-count"] = ("%d"):format(#Book.burns) end
    base.ticker, base.denomination = Book.ticker, Book.denomination
    base.bridge = Book.bridge
    base["bridge-number"] = ("%d"):format(modules.accounts.succession(Book).number)
    local stops = modules.accounts.stops(Book)
    base.guardian, base.paused = Book.guardian, modules.stopping.named(Book)
    base.pauses, base["order-number"] = ("%d"):format(stops.pauses), ("%d"):format(stops.orders)
  end
  return "ok", base
end

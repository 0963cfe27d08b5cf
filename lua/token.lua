-- The one door of the token on aos: guards every message, finds its action, and gives the process away.

local modules, config = ...
local accounts, rules = modules.accounts, modules.rules
local door, messages, tags = modules.door, modules.messages, modules.tags
local json = require("json")

-- Without an authority nothing that a process sends would ever arrive (and elsewhere an empty list means
-- that everybody is one). A unit that had the bridge's own address as its key could forge any sender.
assert(#ao.authorities > 0, "the process has no Authority tag")
assert(not messages.isAuthority(config.bridge), "the bridge is not an authority of the process")

-- A global, so that an upgrade (Eval of a newer bundle) keeps the books; its configuration is not read.
Book = Book or rules.open(config, ao.id)
local book = Book

-- aos lets a tag take the place of a message's own field unless its name is on this list: with a tag
-- `Id` a message would choose its replay key, with `Timestamp` its place in the window, and a tag `Nonce`
-- stops the process for good.
local OWN_FIELDS = {
  "Id", "Timestamp", "Block-Height", "Module", "Cron", "Epoch", "Nonce", "Slot", "Hash-Chain",
  "Signature", "Pushed-For", "Forwarded-By", "Tags", "TagArray",
}
local guarded = {}
for _, name in ipairs(ao.nonExtractableTags) do guarded[name] = true end
for _, name in ipairs(OWN_FIELDS) do
  if not guarded[name] then table.insert(ao.nonExtractableTags, name) end
end

-- aos decodes the Data of every message that calls itself JSON, outside of any handler: a stranger's broken
-- JSON would make the evaluation fail, and cost its unit a restored memory.
StrictDecode = StrictDecode or json.decode
function json.decode(text)
  local ok, value = pcall(StrictDecode, text)
  return ok and value or nil
end

local actions = door.actions(book)

-- Eval rewrites everything, so it is as guarded as a mint: the bridge's own signature, and once.
local function isAdmissibleEval(msg)
  return msg.Tags.Action == "Eval" and messages.isSignedBy(msg, book.bridge)
    and not tags.hasDuplicate(msg.TagArray) and accounts.decidedAt(book, messages.keysOf(msg)) == nil
end

function actions.Eval(msg)
  messages.refuse(msg, { code = "not-the-bridge", detail = "Eval is the bridge's alone, once a message" })
end

-- In front of aos's own handlers, and the end of every message but an admissible Eval: what reached aos's
-- default would be kept in an inbox, which strangers could fill.
Handlers.prepend("causeway", function(msg)
  return isAdmissibleEval(msg) and "continue" or "break"
end, function(msg)
  if isAdmissibleEval(msg) then
    accounts.decide(book, messages.keysOf(msg), messages.slotOf(msg))
  else
    door.act(actions, msg)
    -- It may have passed to another key.
    Owner = book.bridge
  end
end)

-- From here on only the bridge can Eval.
Owner = book.bridge

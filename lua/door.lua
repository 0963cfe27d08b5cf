-- Which action a message is, and whether it may be one at all: the same on both faces of the token.

local modules = ...
local messages, tags = modules.messages, modules.tags

local door = {}

-- All that anybody can ask of the token, by name: what the modules offer that its bundle names.
function door.actions(book)
  local actions = {}
  for _, offer in ipairs(modules.offers) do
    for name, action in pairs(modules[offer].actions(book)) do actions[name] = action end
  end
  return actions
end

function door.act(actions, msg)
  -- aos also runs a message whose tag says that it comes *from* an authority, whoever signed it.
  if msg.From ~= msg.Owner and not messages.isAuthority(msg.Owner) then return end
  -- Nothing unknown is answered (two tokens would answer each other for ever).
  local action = actions[msg.Tags.Action]
  if action == nil then return end
  if tags.hasDuplicate(msg.TagArray) then
    return messages.refuse(msg, { code = "duplicate-tag", detail = "two tags have the same name" })
  end
  action(msg)
end

return door

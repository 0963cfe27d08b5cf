-- Tags of strangers: which may travel on with a payment, and which make a message ambiguous.

local tags = {}

-- Arweave takes 2,048 bytes of tags and a data item 4,096 with our own: more could never be delivered.
local FORWARD_BYTES_MAX = 2048

-- aos routes answers by these two; a payer could answer a question in the token's name with them.
local ROUTING = { ["x-reference"] = true, ["x-origin"] = true }

-- True when two names differ in nothing but case: each reader would then see another value.
function tags.hasDuplicate(list)
  local seen = {}
  for _, tag in ipairs(list) do
    local name = tag.name:lower()
    if seen[name] then return true end
    seen[name] = true
  end
  return false
end

-- The `X-` tags of a message, in its order, without the routing tags.
function tags.forwarded(list)
  local chosen = {}
  for _, tag in ipairs(list) do
    if tag.name:sub(1, 2) == "X-" and not ROUTING[tag.name:lower()] then
      chosen[#chosen + 1] = { name = tag.name, value = tag.value }
    end
  end
  return chosen
end

-- A control character; `%c` has others beside them on luerl, which stand in the middle of UTF-8.
function tags.hasControl(text) return text:match("[%z\1-\31\127]") ~= nil end

-- Whether every name and value can be carried by a tag: names `X-` and letters, digits, `_ . -`; values
-- UTF-8 text without control characters, not empty; no name twice; no more bytes than a message has.
function tags.canTravel(list)
  local bytes = 0
  for _, tag in ipairs(list) do
    bytes = bytes + #tag.name + #tag.value
    if not tag.name:match("^X%-[a-zA-Z0-9_.-]+$") or ROUTING[tag.name:lower()] then return false end
    if tag.value == "" or tags.hasControl(tag.value) or not utf8.len(tag.value) then return false end
  end
  return bytes <= FORWARD_BYTES_MAX and not tags.hasDuplicate(list)
end

return tags

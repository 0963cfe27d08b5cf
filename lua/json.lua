-- As much JSON as a mint is written in, for lua@5.3a, which has none: objects, arrays and texts.
--
-- Numbers, true, false and null are an error: no value of ours is one, and `batch.lua` compares what it has
-- read with the one text of it, so that nothing else could pass either.

local json = {}

local BACKSLASH = "\92"
-- Inside a text these begin an escape, end it, or are none of it. `%c` means other bytes on luerl.
local SPECIAL = '%z\1-\31"%' .. BACKSLASH
local ESCAPES = {
  ['"'] = '"', ["/"] = "/", b = "\8", f = "\12", n = "\10", r = "\13", t = "\9", [BACKSLASH] = BACKSLASH,
}
local WRITTEN = {}
for letter, meant in pairs(ESCAPES) do
  if letter ~= "/" then WRITTEN[meant] = BACKSLASH .. letter end
end

local DEPTH_MAX = 8

local function fail() error("not the JSON of a mint", 0) end

local function text(source, at)
  -- No position is captured: luerl counts it from where the search began.
  local plain = source:match('^"([^' .. SPECIAL .. ']*)"', at)
  if plain then return plain, at + #plain + 2 end
  if source:sub(at, at) ~= '"' then fail() end
  local parts = {}
  at = at + 1
  while true do
    local piece = source:match("^[^" .. SPECIAL .. "]+", at) or ""
    parts[#parts + 1] = piece
    at = at + #piece
    local letter = source:sub(at, at)
    if letter == '"' then return table.concat(parts), at + 1 end
    if letter ~= BACKSLASH then fail() end
    local escaped = source:sub(at + 1, at + 1)
    local digits = escaped == "u" and source:match("^00([01]%x)", at + 2)
    -- Only control characters are written so; all else stands for itself.
    parts[#parts + 1] = digits and string.char(math.tointeger(tonumber(digits, 16))) or ESCAPES[escaped] or fail()
    at = at + (digits and 6 or 2)
  end
end

local value

local function list(source, at, depth)
  local values = {}
  if source:sub(at, at) == "]" then return values, at + 1 end
  while true do
    values[#values + 1], at = value(source, at, depth)
    local letter = source:sub(at, at)
    at = at + 1
    if letter == "]" then return values, at end
    if letter ~= "," then fail() end
  end
end

local function map(source, at, depth)
  local values = {}
  if source:sub(at, at) == "}" then return values, at + 1 end
  while true do
    local name
    name, at = text(source, at)
    if source:sub(at, at) ~= ":" or values[name] ~= nil then fail() end
    values[name], at = value(source, at + 1, depth)
    local letter = source:sub(at, at)
    at = at + 1
    if letter == "}" then return values, at end
    if letter ~= "," then fail() end
  end
end

function value(source, at, depth)
  if depth > DEPTH_MAX then fail() end
  local letter = source:sub(at, at)
  if letter == "{" then return map(source, at + 1, depth + 1) end
  if letter == "[" then return list(source, at + 1, depth + 1) end
  return text(source, at)
end

-- What the text says; an error when it is anything else.
function json.decode(source)
  local meant, after = value(source, 1, 1)
  if after ~= #source + 1 then fail() end
  return meant
end

-- A text or a boolean, as JSON.stringify writes it.
function json.encode(meant)
  if type(meant) == "boolean" then return meant and "true" or "false" end
  local inside = meant:gsub("[" .. SPECIAL .. "]", function(letter)
    return WRITTEN[letter] or BACKSLASH .. ("u%04x"):format(letter:byte())
  end)
  return '"' .. inside .. '"'
end

return json

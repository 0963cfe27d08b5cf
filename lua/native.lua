-- What the shared files expect of aos, for lua@5.3a: its libraries, UTF-8 read strictly, and a claim that may fail.

local modules = ...
local hashes, json = modules.hashes, modules.json

-- `ao.send` is the face's own.
local native = { ao = { authorities = {} } }

local function hash(of)
  return function(text)
    local bytes = of(text)
    return {
      asString = function() return bytes end,
      asHex = function() return hashes.hex(bytes) end,
    }
  end
end

local LIBRARIES = {
  json = json,
  [".crypto"] = {
    digest = { keccak256 = hash(hashes.keccak256), sha2_256 = hash(hashes.sha256) },
    utils = { stream = { fromString = function(text) return text end } },
  },
}

function native.require(name) return LIBRARIES[name] end

-- Luerl's own `assert` goes through `pcall`, and an error that leaves `compute` stops the process for ever.
function native.assert(claim, why)
  if not claim then error(why or "assertion failed", 0) end
  return claim
end

-- The length of a text by the table of well-formed bytes (Unicode 3.9, D92), or nil: luerl's own takes any byte.
local LEADS = {
  { 0x00, 0x7f, 0 }, { 0xc2, 0xdf, 1 }, { 0xe0, 0xef, 2 }, { 0xf0, 0xf4, 3 },
}
local SECONDS = { [0xe0] = { 0xa0, 0xbf }, [0xed] = { 0x80, 0x9f }, [0xf0] = { 0x90, 0xbf }, [0xf4] = { 0x80, 0x8f } }

local function following(lead)
  for _, range in ipairs(LEADS) do
    if lead >= range[1] and lead <= range[2] then return range[3] end
  end
  return nil
end

native.utf8 = {}

function native.utf8.len(text)
  local at, length = 1, 0
  while at <= #text do
    local lead = text:byte(at)
    local more = following(lead)
    if more == nil or at + more > #text then return nil end
    for place = 1, more do
      local byte = text:byte(at + place)
      local bounds = place == 1 and SECONDS[lead] or { 0x80, 0xbf }
      if byte < bounds[1] or byte > bounds[2] then return nil end
    end
    at, length = at + more + 1, length + 1
  end
  return length
end

return native

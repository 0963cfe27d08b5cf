-- HyperBEAM's `lua@5.3a` on real Lua 5.3, as far as it differs from it: what luerl lacks is gone, what it does
-- otherwise is done so. A script that works here and on luerl makes no use of either's ways.
--
-- Seen on luerl 1.0 (Debian's erlang-luerl) and on a live node: numbers that were text are floats and are
-- written `1.0e3`; `assert`, a byte above 255 and a division by zero go through `pcall`; there are no
-- `table.move`, `string.pack`, frontier patterns or `goto`, and `gmatch` fails; `utf8.len` takes any bytes.

local json = require("json")
-- The host itself never asks a text for its methods: while a script runs, these are luerl's.
local escape = setmetatable({}, { __tostring = function() return "an Erlang error" end })

local function float(number) return number and number + 0.0 end

-- As Erlang writes the shortest text of a float.
local function written(number)
  if math.type(number) == "integer" then return string.format("%d", number) end
  local plain = string.format("%.17g", number)
  local digits, zeros = string.match(plain, "^(%-?%d-)(0*)$")
  if digits == nil then return plain end
  if #zeros < 3 or digits == "" then return plain .. ".0" end
  local rest = #digits > 1 and string.sub(digits, 2) or "0"
  return string.format("%s.%se%d", string.sub(digits, 1, 1), rest, #zeros + #digits - 1)
end

local strings = {}
for _, name in ipairs({ "byte", "find", "format", "gsub", "len", "lower", "match", "rep", "reverse", "sub", "upper" }) do
  strings[name] = string[name]
end
function strings.char(...)
  for _, byte in ipairs({ ... }) do
    if byte < 0 or byte > 255 then error(escape) end
  end
  return string.char(...)
end
function strings.gmatch() error("badarg in gmatch", 0) end
function strings.format(pattern, ...)
  local values = { ... }
  for at = 1, select("#", ...) do
    if math.type(values[at]) == "float" and not string.find(pattern, "%%[%d.]*[dxX]") then values[at] = written(values[at]) end
  end
  return string.format(pattern, table.unpack(values, 1, select("#", ...)))
end
-- What means something else there is refused, whatever it would have meant: letters and control characters
-- of Latin-1, and the place of a match when the search did not begin at the first byte.
local OTHERS = { "%%f%[", "%%[acglpsuwACGLPSUW]" }
for _, name in ipairs({ "find", "match", "gsub" }) do
  strings[name] = function(text, pattern, init, plain)
    for _, other in ipairs(OTHERS) do
      if type(pattern) == "string" and not plain and string.find(pattern, other) then error(escape) end
    end
    if name == "match" and init and string.find(pattern, "()", 1, true) then error(escape) end
    return string[name](text, pattern, init, plain)
  end
end

local function fresh()
  local env = {
    ipairs = ipairs, next = next, pairs = pairs, rawequal = rawequal, rawget = rawget, rawlen = rawlen,
    rawset = rawset, select = select, setmetatable = setmetatable, getmetatable = getmetatable, type = type,
    error = error, _VERSION = "Lua 5.3", string = strings,
    table = { concat = table.concat, insert = table.insert, remove = table.remove, sort = table.sort,
      unpack = table.unpack, pack = table.pack },
    math = { abs = math.abs, ceil = math.ceil, floor = math.floor, max = math.max, min = math.min, pi = math.pi,
      type = math.type, tointeger = math.tointeger, huge = math.huge },
    utf8 = { len = function(text) return #text end },
    ao = { get = function() error("`ao.get` can be shadowed by a tag", 0) end },
  }
  env._G = env
  function env.tonumber(value, base)
    if type(value) == "number" then return value end
    if type(value) ~= "string" then return nil end
    return float(base and tonumber(value, base) or not base and tonumber(value) or nil)
  end
  function env.tostring(value)
    if type(value) == "number" then return written(value) end
    return tostring(value)
  end
  function env.assert(claim, ...)
    if not claim then error(escape) end
    return claim, ...
  end
  -- What is no Lua error there is caught by nobody.
  function env.pcall(...)
    local results = table.pack(pcall(...))
    if results[1] then return table.unpack(results, 1, results.n) end
    local why = results[2]
    if why == escape or string.find(tostring(why), "attempt to perform 'n[/%%]") then error(escape) end
    return false, why
  end
  return env
end

---- The process

local meta = getmetatable("")

-- `text:gmatch` and the like find what the script would find there.
local function there(act, ...)
  local here = meta.__index
  meta.__index = strings
  local results = table.pack(pcall(act, ...))
  meta.__index = here
  return table.unpack(results, 1, results.n)
end

-- From one slot to the next only plain values travel, and each time they are new ones.
local function copied(value)
  if type(value) ~= "table" then return type(value) ~= "function" and value or nil end
  local copy = {}
  for key, inner in pairs(value) do copy[key] = copied(inner) end
  return copy
end

local function isList(value)
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count > 0 and count == #value
end

local function encoded(value)
  if type(value) == "number" then return math.type(value) == "integer" and ("%d"):format(value) or ("%.17g"):format(value) end
  if type(value) ~= "table" then return json.encode(value) end
  local parts = {}
  if isList(value) then
    for at, inner in ipairs(value) do parts[at] = encoded(inner) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for key, inner in pairs(value) do
    parts[#parts + 1] = json.encode(tostring(key)) .. ":" .. encoded(inner)
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

local processes = {}

-- Makes `id` the process that `script` says; `base` is what its own tags are.
function processes.open(id, script, base)
  local process = { base = base, env = fresh(), stuck = nil }
  processes[id] = process
  if script == nil then
    process.stuck = "the module is not known"
    return
  end
  local chunk, why = load(script, "module", "t", process.env)
  local ok, failure = chunk ~= nil, why
  if ok then ok, failure = there(chunk) end
  if not ok then process.stuck = tostring(failure) end
end

-- The answer of a slot as JSON. An error that leaves `compute` is the end of the process.
function processes.compute(id, assignment)
  local process = processes[id]
  if process.stuck == nil then
    local ok, status, result = there(process.env.compute, copied(process.base), copied(assignment))
    if ok and status == "ok" and type(result) == "table" then
      process.base = copied(result)
      return encoded(process.base)
    end
    process.stuck = tostring(status)
  end
  return encoded({ stuck = process.stuck })
end

return processes

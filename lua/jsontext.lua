-- JSON with its keys in a given order: two units that evaluate one message must answer the same bytes.

local json = require("json")

local jsontext = {}

-- A text that is JSON already, for use as a value.
function jsontext.raw(text) return { json = text } end

local function written(value)
  if math.type(value) == "integer" then return ("%d"):format(value) end
  if type(value) == "table" then return value.json end
  return json.encode(value)
end

-- fields: a list of `{ key, value }`; a value is a text, an integer, a boolean or `raw`.
function jsontext.object(fields)
  local texts = {}
  for at, field in ipairs(fields) do texts[at] = written(field[1]) .. ":" .. written(field[2]) end
  return "{" .. table.concat(texts, ",") .. "}"
end

-- texts: a list of JSON texts.
function jsontext.array(texts) return "[" .. table.concat(texts, ",") .. "]" end

return jsontext

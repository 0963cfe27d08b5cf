-- The Data of a Mint message: one canonical JSON text for one meaning, so that what was signed is what is read.
--
--   {"attested":{"arweave":"5000000"},"rows":[ROW,...]}              1 to 100 rows
--   ROW = {"id":"arweave:<transaction>:0","recipient":"<account>","quantity":"1000000"
--          [,"fee":"5"][,"x":{"X-Action":"Swap","X-Pool":"..."}]}
--
-- No white space; keys in this order; the names in `attested` and `x` in byte order; `fee` and `x` absent
-- rather than zero or empty; strings as JSON.stringify writes them. `attested` names exactly the chains of
-- the rows' ids other than `ao`: what was ever locked there, in base units, as every signer counted it.

local modules = ...
local amounts, addresses, tags = modules.amounts, modules.addresses, modules.tags
local object, array, raw = modules.jsontext.object, modules.jsontext.array, modules.jsontext.raw
local json = require("json")

local ROWS_MAX = 100
local BYTES_MAX = 256 * 1024

local batch = {}

local function refused(code, detail, row)
  return nil, { code = code, detail = detail, row = row }
end

-- A map of texts as a list of `{ name, value }` in byte order, and as JSON; nil when it holds anything else.
local function listed(map)
  if type(map) ~= "table" then return nil end
  local list, fields = {}, {}
  for name, value in pairs(map) do
    if type(name) ~= "string" or type(value) ~= "string" then return nil end
    list[#list + 1] = { name = name, value = value }
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  for at, field in ipairs(list) do fields[at] = { field.name, field.value } end
  return list, object(fields)
end

-- The row as its canonical JSON, and its `x` as a list; nil when a field has the wrong type.
local function written(row)
  if type(row) ~= "table" then return nil end
  local fields, x, xText = {}, {}, nil
  for _, name in ipairs({ "id", "recipient", "quantity", "fee" }) do
    if type(row[name]) == "string" then
      fields[#fields + 1] = { name, row[name] }
    elseif row[name] ~= nil or name ~= "fee" then
      return nil
    end
  end
  if row.x ~= nil then
    x, xText = listed(row.x)
    if x == nil or #x == 0 then return nil end
    fields[#fields + 1] = { "x", raw(xText) }
  end
  return object(fields), x
end

-- What the text says, when it is the canonical text of that; else nil. Unknown keys, keys twice, null,
-- numbers, white space and other escapes all make another text, and end here.
local function canonical(text)
  if type(text) ~= "string" or #text > BYTES_MAX then return nil end
  local ok, value = pcall(json.decode, text)
  if not ok or type(value) ~= "table" or type(value.rows) ~= "table" then return nil end
  local attested, attestedText = listed(value.attested)
  if attested == nil then return nil end
  local texts, xs = {}, {}
  for at, row in ipairs(value.rows) do
    texts[at], xs[at] = written(row)
    if texts[at] == nil then return nil end
  end
  local again = object({ { "attested", raw(attestedText) }, { "rows", raw(array(texts)) } })
  if again ~= text then return nil end
  return value.rows, xs, attested
end

local function parsedRow(row, x)
  local origin = addresses.transferId(row.id)
  if origin == nil then return refused("bad-deposit-id", "the id is not chain:transaction:index") end
  local recipient = addresses.account(row.recipient)
  if recipient == nil then return refused("bad-recipient", "the recipient is not an AO account") end
  if amounts.positive(row.quantity) == nil or (row.fee ~= nil and amounts.positive(row.fee) == nil) then
    return refused("bad-quantity", "a quantity is a positive whole number of base units")
  end
  if not tags.canTravel(x) then return refused("bad-x-tags", "the X- tags cannot be carried") end
  return {
    id = row.id, origin = origin, recipient = recipient, quantity = row.quantity, fee = row.fee, x = x,
  }
end

-- Data of a Mint as `{ attested = { [chain] = amount }, rows = { { id, origin, recipient, quantity, fee?, x } } }`
-- with recipients in canonical spelling and `x` a list of tags; or nil and a refusal.
function batch.parse(text)
  local fieldsOfRows, xs, stated = canonical(text)
  if fieldsOfRows == nil then return refused("bad-data", "Data is not the canonical JSON of a mint") end
  if #fieldsOfRows < 1 or #fieldsOfRows > ROWS_MAX then
    return refused("bad-row-count", "a mint has 1 to 100 rows")
  end

  local rows, ids, chains = {}, {}, {}
  for at, fields in ipairs(fieldsOfRows) do
    local row, refusal = parsedRow(fields, xs[at])
    if row == nil then
      refusal.row = at
      return nil, refusal
    end
    if ids[row.id] then return refused("duplicate-id", "an id stands in one row only", at) end
    ids[row.id] = true
    if not addresses.isLedger(row.origin.chain) then chains[row.origin.chain] = true end
    rows[at] = row
  end

  local attested = {}
  for _, field in ipairs(stated) do
    if not chains[field.name] or amounts.positive(field.value) == nil then
      return refused("bad-attested", "attested has a positive amount for each chain of the rows")
    end
    attested[field.name] = field.value
  end
  for chain in pairs(chains) do
    if attested[chain] == nil then
      return refused("bad-attested", "attested has a positive amount for each chain of the rows")
    end
  end
  return { attested = attested, rows = rows }
end

return batch

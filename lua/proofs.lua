-- Whether a claim stands in a tree of claims, by its root alone (`core/rewards/merkle.ts` makes the tree).

local hashes = (...).hashes

-- No tree that fits into 2^32 places is deeper.
local PROOF_MAX = 32

local proofs = {}

local function bytes(hex)
  local plain = hex:gsub("..", function(digits) return string.char(tonumber(digits, 16)) end)
  return plain
end

-- 32 bytes in lower case, the one spelling: as text these are ordered as their bytes are.
function proofs.isHash(text)
  return type(text) == "string" and #text == 64 and text:match("^[%da-f]+$") ~= nil
end

-- claim: `{ campaign, epoch, index, account, amount }`, texts, each already known to be in its one spelling: none
-- of them can hold the bar between them. SHA-256 of a SHA-256, so that no leaf can be shown as a node. 32 bytes.
local function leafOf(claim)
  local text = ("causeway-claim/v1|%s|%s|%s|%s|%s"):format(
    claim.campaign, claim.epoch, claim.index, claim.account, claim.amount)
  return hashes.sha256(hashes.sha256(text))
end

-- The partners of the claim's leaf and of all above it as a list; nil when that cannot be a proof.
function proofs.read(list)
  if type(list) ~= "table" or #list > PROOF_MAX then return nil end
  local count = 0
  for _, hash in pairs(list) do
    if not proofs.isHash(hash) then return nil end
    count = count + 1
  end
  return count == #list and list or nil
end

-- Which is smaller is asked of the digits: bytes are ordered otherwise on some machines.
function proofs.isProven(root, claim, proof)
  local reached = leafOf(claim)
  local digits = hashes.hex(reached)
  for _, partner in ipairs(proof) do
    local pair = digits <= partner and reached .. bytes(partner) or bytes(partner) .. reached
    reached = hashes.sha256(pair)
    digits = hashes.hex(reached)
  end
  return digits == root
end

return proofs

-- The arguments, in the order in which `commit` in `rows.rs` writes them. '' is none.
local at = 1
local function take()
  at = at + 1
  return ARGV[at]
end

local function take_list()
  local list = {}
  for i = 1, tonumber(take()) do
    local item = take()
    list[i] = item
  end
  return list
end

-- One statement for each argument: Lua does not say in which order it fills a table.
local function take_place()
  local owner = take()
  local ends = tonumber(take()) or 0
  return { owner = owner, ends = ends }
end

local function take_renewal()
  local mark = take()
  local owner = take()
  local keep_until = tonumber(take())
  local label = take()
  local joins = take_list()
  if mark == '' then return nil end
  return { mark = mark, owner = owner, keep_until = keep_until, label = label, joins = joins }
end

local function take_changes()
  local changes = {}
  while at < #ARGV do
    local kind = take()
    local field = take()
    local value = take()
    changes[#changes + 1] = { kind = kind, field = field, value = value }
  end
  return changes
end

local mark = take()
local expires = tonumber(take()) or 0
local indexed = take_place()
local renewal = take_renewal()
local seen = take_list()
local changes = take_changes()

local found = find()
if not found then return { 'missing' } end
if found.why then return { 'ended', found.why } end
if renewal and renewal.mark == found.mark then return { 'done' } end
local answer = { 'done' }
if found.mark ~= mark then
  if not renewal or not contains(renewal.joins, found.owner) then return { 'moved' } end
  renewal = nil
  answer = { 'rejoined', found.mark }
end

-- The row as it is. An entry's field begins with its role and its tag, in four bytes.
local fields, names = {}, {}
local function is_entry(field, role)
  return #field >= 4 and string.sub(field, 1, 1) == role
end

local function name_of_base(sealed)
  return string.sub(sealed, 1, 29)
end

local function name_of_added(field)
  return string.sub(field, 5)
end

local function read_all()
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    local field, value = all[i], all[i + 1]
    fields[field] = value
    if is_entry(field, 'b') then names[name_of_base(value)] = true end
    if is_entry(field, 'a') then names[name_of_added(field)] = true end
  end
end

-- A row may have a thousand added entries, and one more does not depend on them.
local function only_adds()
  for _, change in ipairs(changes) do
    if change.kind ~= 'add' then return false end
  end
  return not renewal and #seen == 0 and not found.keep_until
end

if not only_adds() then
  read_all()
else
  for _, change in ipairs(changes) do
    fields[change.field] = redis.call('HMGET', key, change.field)[1] or nil
  end
end

local function fields_of(role, change)
  local found = {}
  local start = role .. string.sub(change.field, 2, 4)
  for field in pairs(fields) do
    if string.sub(field, 1, 4) == start then found[#found + 1] = field end
  end
  return found
end

local is_seen = {}
for _, name in ipairs(seen) do is_seen[name] = true end

local function is_as_seen()
  for _, name in ipairs(seen) do
    if not names[name] then return false end
  end
  for _, change in ipairs(changes) do
    local base = fields[change.field]
    if change.kind == 'fold' and base and not is_seen[name_of_base(base)] then return false end
  end
  return true
end

local function is_applied(change)
  if change.kind == 'remove' then
    return #fields_of('b', change) == 0 and #fields_of('a', change) == 0
  end
  return names[change.kind == 'add' and name_of_added(change.field) or name_of_base(change.value)]
end

local function are_applied()
  for _, change in ipairs(changes) do
    if not is_applied(change) then return false end
  end
  return #changes > 0
end

if not is_as_seen() then
  return not renewal and are_applied() and answer or { 'moved' }
end

-- A row is in the index of its owner before it is the owner's, and as long as it lasts.
local owner, ends = found.owner, math.max(found.ends, expires)
if renewal then owner = renewal.owner ~= '' and renewal.owner end
local is_indexed = owner == found.owner and ends == found.ends or owner == indexed.owner and ends <= indexed.ends
if owner and not is_indexed then return { 'index', owner, text(ends) } end

-- What the commit writes; false deletes.
local new = {}
local function delete(list)
  for _, field in ipairs(list) do new[field] = false end
end

local function delete_copy()
  delete({ 'p', 'k' })
  for field in pairs(fields) do
    if is_entry(field, 'B') or is_entry(field, 'A') then new[field] = false end
  end
end

local function keep_copy()
  new.p, new.k = found.mark, text(renewal.keep_until)
  for field, value in pairs(fields) do
    if is_entry(field, 'b') then new['B' .. string.sub(field, 2)] = value end
    if is_entry(field, 'a') then new['A' .. string.sub(field, 2)] = value end
  end
end

if renewal then
  delete_copy()
  if now < renewal.keep_until then keep_copy() end
  new.m, new.o = renewal.mark, owner
  if renewal.label ~= '' then new.l = string.sub(renewal.label, 2) end
elseif found.keep_until and now >= (time_of(found.keep_until) or 0) then
  delete_copy()
end
if ends > found.ends then new.e = text(ends) end

for _, change in ipairs(changes) do
  if change.kind == 'set' and fields[change.field] ~= change.value then
    delete(fields_of('a', change))
    new[change.field] = change.value
  elseif change.kind == 'remove' then
    delete(fields_of('a', change))
    delete(fields_of('b', change))
  elseif change.kind == 'add' then
    new[change.field] = fields[change.field] or change.value
  elseif change.kind == 'fold' then
    for _, field in ipairs(fields_of('a', change)) do
      if is_seen[name_of_added(field)] then new[field] = false end
    end
    new[change.field] = change.value
  end
end

local written, deleted = {}, {}
for field, value in pairs(new) do
  if not value then
    deleted[#deleted + 1] = field
  elseif fields[field] ~= value then
    written[#written + 1] = field
    written[#written + 1] = value
  end
end
-- In this order a server that is full refuses all of it.
write('HSET', written)
write('HDEL', deleted)
if new.e then delete_after(ends) end
return answer

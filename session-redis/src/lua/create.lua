-- ARGV[2] and so on: the fields of the new row and their values, of which `e` is the first.
local new = {}
for i = 2, #ARGV do new[i - 1] = ARGV[i] end

local function is_there_already()
  local there = redis.call('HGETALL', key)
  if #there ~= #new then return false end
  local value = {}
  for i = 1, #there, 2 do value[there[i]] = there[i + 1] end
  for i = 1, #new, 2 do
    if value[new[i]] ~= new[i + 1] then return false end
  end
  return true
end

local found = find()
if found then
  return not found.why and is_there_already() and 'done' or 'taken'
end
-- Only if it must be: after a first write a server that is full takes every other one.
if redis.call('EXISTS', key) == 1 then redis.call('UNLINK', key) end
write('HSET', new)
delete_after(tonumber(new[2]))
return 'done'

-- ARGV[2]: the reason. ARGV[3]: the end of the tombstone. ARGV[4] and so on: the owners, of whom '' is nobody.
local why, ends, answer = ARGV[2], tonumber(ARGV[3]), 'before'
local owners = {}
for i = 4, #ARGV do owners[i - 3] = ARGV[i] end

local found = find()
if found and found.why then
  why = found.why
elseif found then
  if not contains(owners, found.owner or '') then return 'another' end
  answer = 'done'
end
if found then ends = math.max(ends, found.ends) end
-- In this order it works on a server that is full.
redis.call('UNLINK', key)
redis.call('HSET', key, 'w', why, 'e', text(ends))
delete_after(ends)
return answer

-- The key is that of an owner. ARGV[2]: the end of the row. ARGV[3]: the key of the row.
local kind = redis.call('TYPE', key).ok
if kind ~= 'zset' and kind ~= 'none' then redis.call('UNLINK', key) end
redis.call('ZADD', key, 'GT', ARGV[2], ARGV[3])
redis.call('ZREMRANGEBYSCORE', key, '-inf', text(now - GRACE))
-- What is at no time is no row's place, or that of this row was altered. After a first write a full server takes every
-- other one, so the place comes first, and once more.
if redis.call('ZREMRANGEBYSCORE', key, text(NEVER), '+inf') > 0 then
  redis.call('ZADD', key, 'GT', ARGV[2], ARGV[3])
end
local last = redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')
if last[2] then delete_after(tonumber(last[2])) end
return 'done'

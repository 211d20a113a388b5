-- Every script begins with this. KEYS[1] is its one key, and ARGV[1] the time in seconds.
local key, now = KEYS[1], tonumber(ARGV[1])

-- Redis keeps what is dead for so many seconds, for the clocks of several servers.
local GRACE = 300

-- As a number is written in Redis. Lua would write a large one with an exponent.
local function text(number)
  return string.format('%.0f', number)
end

-- All times fit in 40 bits.
local NEVER = 2 ^ 40

-- nil if this is no time: Lua would take 'inf', and Redis refuses to delete a key then.
local function time_of(field)
  local digits = field and string.find(field, '^%d+$')
  local time = digits and tonumber(field)
  return time and time < NEVER and time or nil
end

local function delete_after(time)
  redis.call('PEXPIREAT', key, text((time + GRACE) * 1000))
end

-- Lua has no room for a list of any length on its stack.
local function write(command, list)
  for i = 1, #list, 1000 do
    redis.call(command, key, unpack(list, i, math.min(i + 999, #list)))
  end
end

local function contains(list, value)
  for _, other in ipairs(list) do
    if other == value then return true end
  end
  return false
end

-- The plain fields of the row or of its tombstone, which has `why`. It is nil where there is nothing, where the time
-- is over, and where something lies that is no row.
local function find()
  if redis.call('TYPE', key).ok ~= 'hash' then return nil end
  local field = redis.call('HMGET', key, 'e', 'w', 'm', 'o', 'k')
  local found = { ends = time_of(field[1]), why = field[2], mark = field[3], owner = field[4], keep_until = field[5] }
  local is_row = found.mark and #found.mark == 8 and (not found.owner or #found.owner == 16)
  if found.ends and now < found.ends and (found.why or is_row) then return found end
  return nil
end


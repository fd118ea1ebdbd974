/**
 * Scripts of the main thread, sent as text: one a second at most. The clock is the server's. A key that another program
 * uses for something else is taken over.
 */

/** ARGV: this gateway's id, ms after which one that was not seen counts no more. Answers how many there are. */
export const HEARTBEAT_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local text = string.format('%.0f', now)
local added = redis.pcall('ZADD', KEYS[1], text, ARGV[1])
if type(added) == 'table' and added.err then
  redis.call('DEL', KEYS[1])
  redis.call('ZADD', KEYS[1], text, ARGV[1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`

/** The changes in the mark of redis-epoch.ts, where there is one. */
const COUNT_CHANGES = `
local function changed(by)
  local text = redis.pcall('GET', KEYS[2])
  if type(text) ~= 'string' or #text >= 100 then return end
  local id, changes = string.match(text, '^([0-9a-f-]+) (%d+)$')
  if not id then return end
  text = id .. ' ' .. string.format('%.0f', changes + by)
  redis.call('SET', KEYS[2], text)
  return text
end
`

/**
 * KEYS: the list, the mark. ARGV: channel, `all` or `new`, then until, member and message of each. Never makes one end
 * sooner. With `new` others hear only of what changes the list: when several gateways bring back what Redis lost, once.
 * Answers the mark.
 */
export const REVOKE_SCRIPT = `${COUNT_CHANGES}
for i = 3, #ARGV, 3 do
  local changes = redis.call('ZADD', KEYS[1], 'GT', 'CH', ARGV[i], ARGV[i + 1])
  if ARGV[2] == 'all' or changes > 0 then redis.call('PUBLISH', ARGV[1], ARGV[i + 2]) end
end
return changed((#ARGV - 2) / 3)
`

/** KEYS: the list, the mark. ARGV: channel, member, message. Answers the mark. */
export const REINSTATE_SCRIPT = `${COUNT_CHANGES}
redis.call('ZREM', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[1], ARGV[3])
return changed(1)
`

/** Removes what has expired, at most ARGV[1] of it, so that the server is never busy for long. */
export const EXPIRE_SCRIPT = `
local time = redis.call('TIME')
local members = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', time[1] * 1000), 'LIMIT', 0, ARGV[1])
if #members > 0 then redis.call('ZREM', KEYS[1], unpack(members)) end
return #members
`

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

/** ARGV: until, member, channel, message. */
export const REVOKE_SCRIPT = `
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
return redis.call('PUBLISH', ARGV[3], ARGV[4])
`

/** ARGV: member, channel, message. */
export const REINSTATE_SCRIPT = `
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('PUBLISH', ARGV[2], ARGV[3])
`

/** Removes what has expired, at most ARGV[1] of it, so that the server is never busy for long. */
export const EXPIRE_SCRIPT = `
local time = redis.call('TIME')
local members = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', time[1] * 1000), 'LIMIT', 0, ARGV[1])
if #members > 0 then redis.call('ZREM', KEYS[1], unpack(members)) end
return #members
`

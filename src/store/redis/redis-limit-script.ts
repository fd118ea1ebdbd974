/**
 * One decision in one step: every limit is looked at, and only when all admit is anything taken. The clock is the
 * server's, so that gateways need not agree on the time.
 *
 * ARGV[1] is 1 to take whatever the limits say. Then six numbers for each key: algorithm (1 gcra, 2 fixed window,
 * 3 sliding window), limit (burst of gcra), period in ticks, rate (count of gcra, else 1), cost, µs in a tick.
 *
 * Everything is counted in 1/period of a request, where all quantities are integers, so nothing is ever rounded:
 * a cost is cost × period (rounded up); the debt of gcra melts by its count every tick. `limitNumbers` picks the tick such that these
 * stay below 2^53, where Lua's numbers are exact. Numbers are written with %.0f since Lua would write 1e+15.
 *
 * What is charged afterwards, by a count that an upstream sends, locks nobody out for longer than ten periods.
 *
 * What another program may have left under a key is taken for nothing.
 *
 * Answers four integers for each key: admitted (0 or 1), remaining, µs until more is available, µs until the same may
 * succeed (-1: never).
 */
export const LIMIT_SCRIPT = `
local BIG = 4503599627370496
local WINDOWS = 10
local time = redis.call('TIME')
local us = time[1] * 1000000 + time[2]
local force = ARGV[1] == '1'

local function read(key, pattern)
  local text = redis.pcall('GET', key)
  if type(text) ~= 'string' or #text > 60 then return end
  local a, b, c = string.match(text, pattern)
  a, b, c = tonumber(a), tonumber(b), tonumber(c or 0)
  if a and b and a < 2 * BIG and b < 2 * BIG and c < 2 * BIG then return a, b, c end
end

local function gcra(s, key)
  local at, part = read(key, '^(%d+) (%d+)$')
  if at then s.used = (at - s.now) * s.rate + part end
  if s.used < 0 or s.used > BIG then s.used = 0 end
  s.farthest = math.min(BIG, s.most + WINDOWS * s.rate * s.per)
end

local function window(s, key, pattern)
  local index = math.floor(s.now / s.per)
  s.elapsed = s.now - index * s.per
  local was, cur, prev = read(key, pattern)
  if was == index + 1 then
    index, s.elapsed = was, 0
  elseif was == index - 1 then
    cur, prev = 0, cur
  elseif was ~= index then
    cur, prev = 0, 0
  end
  s.index, s.cur, s.prev = index, cur, s.kind == 3 and prev or 0
  s.used = s.prev * (s.per - s.elapsed) + s.cur * s.per
end

local function wait(s, target)
  if s.used <= target then return 0 end
  if s.kind == 1 then return math.ceil((s.used - target) / s.rate) end
  local left = s.per - s.elapsed
  if s.kind == 2 then return left end
  if s.prev > 0 then
    local ticks = math.ceil((s.used - target) / s.prev)
    if ticks <= left then return ticks end
  end
  return left + math.min(s.per, math.ceil((s.cur * s.per - target) / s.cur))
end

local function up(x) return x < 0 and -math.ceil(-x) or math.ceil(x) end

local states, byKey, all = {}, {}, true
for i = 1, #KEYS do
  local a = 6 * i - 4
  local tick = tonumber(ARGV[a + 5])
  local s = {
    kind = tonumber(ARGV[a]), limit = tonumber(ARGV[a + 1]), per = tonumber(ARGV[a + 2]), rate = tonumber(ARGV[a + 3]),
    cost = tonumber(ARGV[a + 4]), tick = tick, now = math.floor(us / tick), used = 0
  }
  s.most = s.limit * s.per
  if s.kind ~= 1 then s.cost = up(s.cost) end
  s.need = up(s.cost * s.per)
  if s.kind == 1 then gcra(s, KEYS[i])
  elseif s.kind == 2 then window(s, KEYS[i], '^(%d+) (%d+)$')
  else window(s, KEYS[i], '^(%d+) (%d+) (%d+)$') end
  local before = byKey[KEYS[i]]
  if before then s.used, s.cur = before.used + before.need, before.cur and before.cur + before.cost end
  byKey[KEYS[i]] = s
  s.admitted = force or s.used + s.need <= s.most
  all = all and s.admitted
  states[i] = s
end

local function write(s, key)
  local text, ticks
  if s.kind == 1 then
    s.used = math.min(s.farthest, math.max(0, s.used + s.need))
    ticks = math.ceil(s.used / s.rate)
    text = string.format('%.0f %.0f', s.now + math.floor(s.used / s.rate), s.used % s.rate)
  else
    local left = s.per - s.elapsed
    s.cur = math.min(2 * s.limit, math.max(0, s.cur + s.cost))
    s.used = s.prev * left + s.cur * s.per
    if s.kind == 2 then
      ticks = left
      text = string.format('%.0f %.0f', s.index, s.cur)
    else
      ticks = left + s.per
      text = string.format('%.0f %.0f %.0f', s.index, s.cur, s.prev)
    end
  end
  redis.call('SET', key, text, 'PX', string.format('%.0f', math.ceil(ticks * s.tick / 1000) + 1))
end

local out = {}
for i, s in ipairs(states) do
  if all and s.cost ~= 0 then write(s, KEYS[i]) end
  local remaining = math.max(0, math.floor((s.most - s.used) / s.per))
  local reset = 0
  if s.used > 0 then reset = wait(s, s.most - (remaining + 1) * s.per) end
  local retry = 0
  if not s.admitted then
    retry = -1
    if s.need <= s.most then retry = wait(s, s.most - s.need) end
  end
  out[4 * i - 3] = s.admitted and 1 or 0
  out[4 * i - 2] = remaining
  out[4 * i - 1] = reset * s.tick
  out[4 * i] = retry < 0 and -1 or retry * s.tick
end
return out
`

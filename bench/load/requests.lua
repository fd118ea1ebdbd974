-- Honest requests for wrk: ten header fields and about 600 bytes each, over many paths, all made before the first is
-- sent. The arguments after `--`: method, number of different paths, bytes of request body, milliseconds that a
-- connection waits after an answer, a file with credentials (bench/credentials.ts) or `-`, path templates with `#` where
-- the number goes. Which connection sends a request is left to chance, so that credentials are mixed over all of them.

local all = {}
local next_one = 0

local function headers(i, bytes)
  local fields = {
    ["Host"] = "api.example.com",
    ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36",
    ["Accept"] = "application/json, text/plain, */*",
    ["Accept-Encoding"] = "gzip, deflate, br",
    ["Accept-Language"] = "en-GB,en;q=0.9,de;q=0.7",
    ["Cache-Control"] = "no-cache",
    ["Referer"] = "https://www.example.com/account/overview?tab=" .. i,
    ["Cookie"] = string.format("sid=%08x%08x; theme=dark; consent=1", i * 2654435761 % 4294967296, i * 40503),
    ["traceparent"] = string.format("00-%016x%016x-%016x-01", i * 7919, i * 104729, i * 1299709),
    ["X-Client-Version"] = "web-4.17.2+build." .. (1000 + i),
  }
  if bytes > 0 then
    fields["Content-Type"] = "application/json"
    fields["Cache-Control"] = nil
  end
  return fields
end

-- A list of { token, key }, or nil.
local function clients_of(path)
  if path == "-" then return nil end
  local clients = {}
  for line in io.lines(path) do
    local token, key = line:match("^(%S+) (%S+)$")
    clients[#clients + 1] = { token = token, key = key }
  end
  return clients
end

function init(args)
  local method, count, bytes, think = args[1], tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
  local clients = clients_of(args[5])
  local templates = {}
  for i = 6, #args do templates[#templates + 1] = args[i] end
  -- wrk looks for this function once, after init.
  if think > 0 then delay = function() return think end end
  local body = nil
  if bytes > 0 then body = '{"note":"' .. string.rep("x", bytes - 11) .. '"}' end
  for i = 1, count do
    local path = templates[(i - 1) % #templates + 1]:gsub("#", tostring(10000 + i * 7))
    local fields = headers(i, bytes)
    if clients then
      local client = clients[(i - 1) % #clients + 1]
      fields["Authorization"] = "Bearer " .. client.token
      fields["X-Api-Key"] = client.key
    end
    all[i] = wrk.format(method, path, fields, body)
  end
end

function request()
  next_one = next_one % #all + 1
  return all[next_one]
end

-- One line for bench/wrk.ts. Times are in microseconds; `status` counts answers of 400 and above.
function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    "RESULT requests=%d micros=%d bytes=%d connect=%d read=%d write=%d timeout=%d status=%d p50=%d p99=%d\n",
    summary.requests, summary.duration, summary.bytes, e.connect, e.read, e.write, e.timeout, e.status,
    latency:percentile(50), latency:percentile(99)))
end

import { problemTable as table } from './testing/problem-table.ts'

type Entry = Record<string, unknown>

const url = 'http://a'
const two = ['http://a', 'http://b']
const four = [...two, 'http://c', 'http://d']
const one = (given: Entry): Entry => ({ services: { a: { url, ...given } } })
const many = (given: Entry): Entry => ({ services: { a: { endpoints: two, ...given } } })
const discovered = (discover: unknown): Entry => ({ services: { a: { discover } } })

const ofLength = (length: number): Entry => ({
  services: { a: { endpoints: Array.from({ length }, (_, i) => `http://t${i}`) } },
})

table('targets', [
  [ofLength(4096)],
  [ofLength(4097), 'services.a.endpoints: expected at most 4096, found a list'],
  [{ services: { a: { endpoints: ['http://a', { url: 'http://b', weight: 1000, priority: 10 }] } } }],
  [
    {
      services: {
        a: {
          endpoints: [
            { url, weight: 0 },
            { url: 'http://b', priority: 11 },
          ],
        },
      },
    },
    'services.a.endpoints[0].weight: expected at least 1, found 0',
    'services.a.endpoints[1].priority: expected at most 10, found 11',
  ],
  [
    { services: { a: { endpoints: ['http://a', 'http://b', { url: 'http://A:80/' }] } } },
    'services.a.endpoints[2].url: is the same target as services.a.endpoints[0]; give that one a larger "weight" instead',
  ],
  [{ services: { a: { endpoints: ['http://a', 'https://a', 'http://a:81', 'http://a/b'] } } }],
  [
    {
      services: {
        a: {
          endpoints: [
            { url, priority: 1 },
            { url: 'http://b', priority: 2 },
          ],
        },
      },
    },
    'warning: services.a.endpoints: none has priority 0, which is asked first; start at 0, which is what "priority" is unless set',
  ],
])

const URL_HINT = 'expected a URL such as http://10.0.0.1:8080 or https://host/prefix'
const SERVER_HINT = 'expected the address of a name server, such as 10.0.0.2:53 or [::1]:53'
table('discovery', [
  [discovered({ dns: 'http://users.internal:8080', servers: ['10.0.0.2:53', '::1', '[::1]:53', '10.0.0.3'] })],
  [discovered({ srv: 'https://_http._tcp.users.internal/base', minTtl: '1s', maxTtl: '1m' })],
  [discovered({ file: './a.targets.yaml' })],
  [discovered({}), 'services.a.discover: needs one of "dns", "srv" or "file"'],
  [
    discovered({ dns: 'http://a', srv: 'http://b' }),
    'services.a.discover.srv: only one of "dns", "srv" or "file" can be given',
  ],
  [
    { services: { a: { url, discover: { dns: url } } } },
    'services.a.discover: only one of "url", "endpoints" or "discover" can be given',
  ],
  [discovered({ dns: 'users.internal' }), `services.a.discover.dns: ${URL_HINT}`],
  [discovered({ srv: 'http://u:p@a' }), 'services.a.discover.srv: must not hold a user name or password'],
  [
    discovered({ dns: 'http://10.0.0.1:80' }),
    'services.a.discover.dns: is an address, which needs no looking up; use "url"',
  ],
  [
    discovered({ srv: 'http://_http._tcp.a:80' }),
    'services.a.discover.srv: must not have a port; each SRV record has its own',
  ],
  [
    discovered({ dns: url, servers: ['ns.internal', '10.0.0.2:0', '10.0.0.2:66000', 'tcp://10.0.0.2', '[10.0.0.2]'] }),
    `services.a.discover.servers[0]: ${SERVER_HINT}, found "ns.internal"`,
    `services.a.discover.servers[1]: ${SERVER_HINT}, found "10.0.0.2:0"`,
    `services.a.discover.servers[2]: ${SERVER_HINT}, found "10.0.0.2:66000"`,
    `services.a.discover.servers[3]: ${SERVER_HINT}, found "tcp://10.0.0.2"`,
    `services.a.discover.servers[4]: ${SERVER_HINT}, found "[10.0.0.2]"`,
  ],
  [discovered({ dns: url, minTtl: '10m' }), 'services.a.discover.minTtl: is longer than maxTtl (5m)'],
  [discovered({ dns: url, maxTtl: '1s' }), 'services.a.discover.maxTtl: is shorter than minTtl (5s)'],
  [
    discovered({ file: 'a.toml', servers: ['::1'], minTtl: '1s' }),
    'services.a.discover.file: expected a file whose name ends in .yaml, .yml or .json, found "a.toml"',
    'services.a.discover.servers: needs "dns" or "srv"',
    'services.a.discover.minTtl: needs "dns" or "srv"',
  ],
])

const AFFINITY = 'use "ip", "consumer", "header:<name>", "cookie:<name>", "claim:<name>" or "param:<name>"'
const FACTOR = 'services.a.balance.boundedLoad: expected a percentage above 100%, such as 125%, found'
table('balancing', [
  ...['round-robin', 'least-request', 'random', 'ewma'].map(balance => [many({ balance })] as const),
  ...['ip', 'header:X-User', 'cookie:sid'].map(hash => [many({ balance: { hash } })] as const),
  [many({ balance: { hash: 'ip', algorithm: 'ring', boundedLoad: '125%' } })],
  [many({ balance: { sticky: 'sid', maxAge: '1h' }, slowStart: '30s', panic: '50%' })],
  [many({ balance: {} }), 'services.a.balance: needs one of "hash" or "sticky"'],
  [many({ balance: { hash: 'user' } }), `services.a.balance.hash: unknown value "user"; ${AFFINITY}`],
  [many({ balance: { hahs: 'ip' } }), 'services.a.balance.hahs: unknown key; did you mean "hash"?'],
  [
    many({ balance: { hash: 'ip', sticky: 'sid' } }),
    'services.a.balance.sticky: only one of "hash" or "sticky" can be given',
  ],
  [
    many({ balance: { hash: 'ip', algorithm: 'rng', maxAge: '1h' } }),
    'services.a.balance.algorithm: unknown value "rng"; did you mean "ring"?',
    'services.a.balance.maxAge: needs "sticky"',
  ],
  [
    many({ balance: { sticky: 'a b', algorithm: 'ring', boundedLoad: '125%' } }),
    'services.a.balance.sticky: expected a token of letters, digits and -, found "a b"',
    'services.a.balance.algorithm: needs "hash"',
    'services.a.balance.boundedLoad: needs "hash"',
  ],
  ...['100%', '20%', '1.25'].map(
    boundedLoad => [many({ balance: { hash: 'ip', boundedLoad } }), `${FACTOR} "${boundedLoad}"`] as const,
  ),
  ...[{ hash: 'ip' }, { sticky: 'sid' }].map(
    balance =>
      [
        one({ balance }),
        'warning: services.a.balance: there is only one target to choose; add "endpoints", or leave it out',
      ] as const,
  ),
  [{ services: { a: { discover: { dns: url }, balance: { sticky: 'sid' } } } }],
])

const LATE = 'else the next probe starts before this one has ended'
const STATUS = 'expected a status such as 200, "2xx" or "200-204"'
table('health', [
  [one({ health: { path: '/healthz' } })],
  [one({ health: { tcp: true, port: 81, interval: '500ms', jitter: '0%' } })],
  [one({ health: { grpc: '' } })],
  [one({ health: { path: '/h', method: 'HEAD', host: 'x:1', headers: { A: 'b' }, status: [200, '3xx', '204-206'] } })],
  [one({ health: {} }), 'services.a.health: needs one of "path", "tcp" or "grpc"'],
  [
    one({ health: { path: '/h', tcp: true } }),
    'services.a.health.tcp: only one of "path", "tcp" or "grpc" can be given',
  ],
  [
    one({ health: { tcp: false, port: 0, interval: '0s' } }),
    'services.a.health.tcp: expected true, found false',
    'services.a.health.port: expected at least 1, found 0',
    'services.a.health.interval: expected a duration of at least 100ms, such as 10s, found "0s"',
  ],
  [
    one({ health: { grpc: 'a.B', method: 'GET', host: 'x', headers: {}, status: 200, body: 'x' } }),
    ...['method', 'host', 'headers', 'status', 'body'].map(key => `services.a.health.${key}: needs "path"`),
  ],
  [
    one({ health: { path: '/h', method: 'HEAD', body: 'ok' } }),
    'services.a.health.body: there is no body in an answer to HEAD; use "method: GET"',
  ],
  [
    one({ health: { path: '/h', headers: { Host: 'x', 'Content-Length': '1' } } }),
    'services.a.health.headers.Content-Length: is set by the gateway',
    'services.a.health.headers.Host: has its own key; use "host"',
  ],
  ...['1xx', '204-200', 'ok'].map(
    status =>
      [
        one({ health: { path: '/h', status } }),
        `services.a.health.status: ${STATUS}, found ${JSON.stringify(status)}`,
      ] as const,
  ),
  [one({ health: { path: '/h', status: 2.5 } }), `services.a.health.status: ${STATUS} or a list, found 2.5`],
  [
    one({ health: { path: '/h', status: [200, 199] } }),
    'services.a.health.status[1]: expected at least 200, found 199',
  ],
  [
    one({ health: { path: '/h', interval: '1s', timeout: '1s' } }),
    `services.a.health.timeout: must be shorter than the interval (1s); ${LATE}`,
  ],
  [
    one({ health: { path: '/h', timeout: '6s' } }),
    `services.a.health.timeout: must be shorter than the interval (5s); ${LATE}`,
  ],
  // What was not written is made to fit.
  [one({ health: { path: '/h', interval: '100ms' } })],
])

const OFF = { consecutiveErrors: 0, consecutiveLocalErrors: 0, failureRate: '0%', deviation: 0 }
table('outliers', [
  [many({ outliers: {} })],
  [many({ outliers: { ...OFF, failureRate: '85%', minRequests: 50, dryRun: true } })],
  [many({ outliers: { ejectFor: '10m' } })],
  [
    many({ outliers: OFF }),
    'services.a.outliers: ejects nobody: everything is off; set "consecutiveErrors", "consecutiveLocalErrors", "failureRate" or "deviation", or leave it out',
  ],
  [
    many({ outliers: { ejectFor: '1m', maxEjectFor: '30s', maxEjected: '0%', deviation: 'x' } }),
    'services.a.outliers.deviation: expected a number such as 1.9, found "x"',
    'services.a.outliers.maxEjected: expected a percentage above 0%, such as 20%, found "0%"',
    'services.a.outliers.ejectFor: is longer than maxEjectFor (30s)',
  ],
  [
    one({ outliers: {} }),
    'warning: services.a.outliers: there is only one target, and the last one is never ejected; a "breaker" is for that',
  ],
  [
    many({ outliers: { deviation: 1.9 } }),
    'warning: services.a.outliers.deviation: compares nobody: there are 2 targets, fewer than minTargets (3); lower "minTargets"',
  ],
  // A target that fails always, beside three that never do, is 1.73 below; beside four 2.
  [
    many({ endpoints: four, outliers: { deviation: 1.9 } }),
    'warning: services.a.outliers.deviation: is never reached: one of 4 targets can be 1.73 standard deviations below their mean at most; make it smaller, or use "failureRate"',
  ],
  [many({ endpoints: four, outliers: { deviation: 1.7 } })],
  [many({ endpoints: [...four, 'http://e'], outliers: { deviation: 1.9 } })],
])

for (const key of ['breaker', 'targetBreaker']) {
  table(key, [
    [many({ [key]: {} })],
    [many({ [key]: { minRequests: 1, window: '1s', openFor: '100ms', halfOpenRequests: 1, rampFor: '10s' } })],
    [many({ [key]: { failureRate: '0%', consecutiveFailures: 5 } })],
    [many({ [key]: { failureRate: '0%', slowCalls: { longerThan: '1s' } } })],
    [
      many({ [key]: { failureRate: '0%' } }),
      `services.a.${key}: never opens: everything is off; set "failureRate", "consecutiveFailures" or "slowCalls", or leave it out`,
    ],
    [
      many({ [key]: { window: '999ms', openFor: '0s', slowCalls: { rate: '0%' } } }),
      `services.a.${key}.slowCalls.longerThan: is missing; expected a duration longer than 0, such as 250ms, 5s, 1m or 1h`,
      `services.a.${key}.slowCalls.rate: expected a percentage above 0%, such as 20%, found "0%"`,
      `services.a.${key}.window: expected a duration of at least 1s, such as 10s, found "999ms"`,
      `services.a.${key}.openFor: expected a duration longer than 0, such as 250ms, 5s, 1m or 1h, found "0s"`,
    ],
    [
      many({ [key]: { slowCalls: { longerThan: '2s' } }, timeout: { head: '2s' } }),
      `warning: services.a.${key}.slowCalls.longerThan: no call takes that long: timeout.head is 2s; make it shorter`,
    ],
  ])
}

table('retries of a service', [
  [one({ retry: {} })],
  [
    one({
      retry: { attempts: 3, on: ['timeout', 429], budget: '20%', minRetries: 0, maxBody: '0B', maxRetryAfter: '0s' },
    }),
  ],
  [one({ retry: { attempts: 1 } })],
  [
    one({ retry: { attempts: 1, budget: '20%' } }),
    'warning: services.a.retry.attempts: 1 is the first try alone, so "budget" means nothing; write 2 for one retry',
  ],
  [
    one({ retry: { attempts: 1, on: ['reset'], perTry: '1s' } }),
    'warning: services.a.retry.attempts: 1 is the first try alone, so "on" and "perTry" mean nothing; write 2 for one retry',
  ],
  [one({ retry: { minRetries: 5 } }), 'services.a.retry.minRetries: needs "budget"'],
  [
    one({ retry: { on: [], budget: '0%', maxBody: '17MiB', backoff: '1s..1ms' } }),
    'services.a.retry.on: expected at least one, found an empty list',
    'services.a.retry.backoff: expected two durations such as 25ms..250ms, the shorter one first, found "1s..1ms"',
    'services.a.retry.budget: expected a percentage above 0%, such as 20%, found "0%"',
    'services.a.retry.maxBody: expected a size such as 64KiB, at most 16MiB, found "17MiB"',
  ],
  [
    one({ retry: { perTry: '6s' }, timeout: { total: '5s' } }),
    'services.a.retry.perTry: is longer than timeout.total (5s)',
  ],
  [one({ retry: { perTry: '5s' }, timeout: { total: '5s' } })],
  [one({ retry: { backoff: '4s..9s' }, timeout: { total: '5s' } })],
  [
    one({ retry: { backoff: '5s..9s' }, timeout: { total: '5s' } }),
    'warning: services.a.retry.backoff: no time is left for a retry: timeout.total is 5s; make the pauses shorter',
  ],
  [
    one({ retry: { perTry: '6s' }, timeout: { head: '5s' } }),
    'warning: services.a.retry.perTry: no try takes that long: timeout.head is 5s; make it shorter, or "timeout.head" longer',
  ],
])

table('fallback', [
  [one({ fallback: { respond: { json: [] } } })],
  [{ services: { a: { url, breaker: {}, fallback: { to: 'b', on: ['open', '5xx'] } }, b: url } }],
  [one({ fallback: {} }), 'services.a.fallback: needs one of "respond" or "to"'],
  [
    { services: { a: { url, fallback: { to: 'bb', respond: {} } }, b1: url } },
    'services.a.fallback.to: only one of "respond" or "to" can be given',
    'services.a.fallback.to: unknown service "bb"; did you mean "b1"?',
  ],
  [
    one({ fallback: { respond: { text: 'a', json: 1, headers: { Connection: 'x' } }, on: ['opne'] } }),
    'services.a.fallback.on[0]: unknown value "opne"; did you mean "open"?',
    'services.a.fallback.respond.text: only one of "json", "text" or "body" can be given',
    'services.a.fallback.respond.headers.Connection: is set by the gateway',
  ],
  [
    one({ targetBreaker: {}, fallback: { respond: {}, on: ['timeout', 'open'] } }),
    'warning: services.a.fallback.on[1]: never happens: the service has no "breaker"; add one; of targets whose own breakers are open none is well: "unhealthy"',
  ],
  [
    { services: { a: { url, fallback: { to: 'a' } } } },
    'services.a.fallback.to: is the service itself; name another one',
  ],
  [
    {
      services: {
        x: { url, fallback: { to: 'b' } },
        b: { url, fallback: { to: 'c' } },
        c: { url, fallback: { to: 'b' } },
        d: { url, fallback: { to: 'x' } },
      },
    },
    'services.b.fallback.to: leads back here: services.c, then services.b; end it with "respond", or leave one out',
  ],
])

table('times and connections', [
  [one({ timeout: { total: '1s' } })],
  [
    one({ timeout: { connect: '2s', tls: '3s', total: '1s' }, connections: { max: 1, wait: '4s' } }),
    'services.a.timeout.connect: is longer than timeout.total (1s)',
    'services.a.timeout.tls: is longer than timeout.total (1s)',
    'services.a.connections.wait: is longer than timeout.total (1s)',
  ],
  [one({ connections: { max: 10, maxTotal: 100, open: 10, wait: '1s' } })],
  [
    one({ connections: { queue: 5 } }),
    'warning: services.a.connections.queue: means nothing without a bound: no request ever waits; set "max", "maxTotal" or "open", or leave it out',
  ],
  [
    one({ connections: { max: 10, maxTotal: 9, open: 5 } }),
    'warning: services.a.connections.max: is never reached: "maxTotal" is 9; make it at most 9',
    'warning: services.a.connections.max: is never reached: "open" is 5; make it at most 5',
  ],
  [{ overload: { lag: '250ms' } }],
  [{ overload: { lag: '9ms' } }, 'overload.lag: expected a duration of at least 10ms, such as 10s, found "9ms"'],
])

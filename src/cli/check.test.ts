import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { PROBLEM_CODES } from '../spec/problem.ts'
import { type CheckOptions, check } from './check.ts'

const testdata = join(import.meta.dirname, 'testdata')

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

const runIn = async (cwd: string, file: string | undefined, options: CheckOptions = {}): Promise<Run> => {
  let [out, err] = ['', '']
  const code = await check(file, options, {
    cwd,
    env: {},
    stdout: { write: text => (out += text) },
    stderr: { write: text => (err += text) },
  })
  return { code, out, err }
}

const run = async (t: TestContext, text: string, options?: CheckOptions): Promise<Run> => {
  const cwd = await mkdtemp(join(tmpdir(), 'sallyport-'))
  t.after(() => rm(cwd, { recursive: true }))
  await writeFile(join(cwd, 'sallyport.yaml'), text)
  return runIn(cwd, undefined, options)
}

test('ten mistakes at once', async () => {
  const { code, out, err } = await runIn(testdata, 'ten-mistakes.yaml')
  assert.equal(err, readFileSync(join(testdata, 'ten-mistakes.txt'), 'utf8'))
  assert.deepEqual([code, out], [1, ''])
})

const FINE = `
services:
  users: http://127.0.0.1:3001
  orders: { endpoints: [{ url: http://a:1, weight: 3 }, http://b:1] }
routes:
  - { prefix: /, to: users }
  - { path: "/orders/{id}", methods: [GET], to: orders, rewrite: "/v2/{id}", hosts: [api.example.com] }
  - { prefix: /split, to: { users: 9, orders: 1 }, stripPrefix: true }
  - { path: /health, respond: { json: { ok: true } }, headers: { x-key: hunter2 } }
  - { prefix: /old, redirect: { to: /new, status: 308 } }
`

test('all is well: a summary, routes in the order they are tried', async t => {
  const { code, out, err } = await run(t, FINE)
  assert.equal(
    out,
    `sallyport.yaml is fine.

Listeners
  web    http://0.0.0.0:8080
  admin  http://127.0.0.1:9901

Services
  users   http://127.0.0.1:3001
  orders  http://a:1 (weight 3), http://b:1 (weight 1)
          round-robin over 2 targets

Routes, in the order they are tried
  GET  api.example.com/orders/{id}  → orders as /v2/{id}                      sallyport.yaml:7:5
  any  /health x-key: ...           → respond 200                             sallyport.yaml:9:5
  any  /split/*                     → users 90%, orders 10%, prefix stripped  sallyport.yaml:8:5
  any  /old/*                       → redirect 308 /new                       sallyport.yaml:10:5
  any  /*                           → users                                   sallyport.yaml:6:5
`,
  )
  assert.deepEqual([code, err], [0, ''])
})

const GUARDED = `
state: { redis: "redis://user:hunter2@10.0.0.5:6379/2" }
services: { users: http://127.0.0.1:3001 }
auth:
  main: { jwt: { issuer: https://id.example.com/, algorithms: [RS256] } }
  local: { jwt: { secret: hunter2-hunter2-hunter2-hunter2!, algorithms: [HS256], from: [cookie:sid, header:authorization] } }
  keys: { apiKey: { header: x-api-key, query: key } }
consumers:
  app: { keys: ["sha256:${'0'.repeat(64)}", { hash: "sha256:${'1'.repeat(64)}", disabled: true }], roles: [reader], tier: gold }
  batch: { scopes: [a, b] }
defaults: { auth: main }
routes:
  - { prefix: /users, to: users, access: { roles: [reader, admin], scopes: [a, b], claims: { org.id: 42 } } }
  - prefix: /items
    to: users
    auth: [main, keys, optional]
    rateLimit:
      - { limit: 100/1m, by: consumer, tiers: { gold: 1000/1m } }
      - { limit: 20/5s, by: [ip, "header:x-app"], dryRun: true }
      - { concurrent: 10, by: ip }
    cors: { origins: ["https://*.example.com"] }
    ip: { allow: 10.0.0.0/8 }
  - { path: /health, methods: [GET], respond: {}, auth: none }
`

test('who may come, and what each route asks, without secrets and hashes', async t => {
  const { code, out } = await run(t, GUARDED)
  assert.equal(code, 0)
  assert.equal(
    out.slice(out.indexOf('State')),
    `State
  redis  10.0.0.5:6379, prefix sallyport:, answers within 100ms

Ways to prove who one is
  main   token (RS256) in header authorization (Bearer); keys by discovery from https://id.example.com/
  local  token (HS256) in cookie sid or header authorization (Bearer); shared secret
  keys   API key in header x-api-key or query key

Consumers
  app    2 keys (1 disabled); roles reader; tier gold
  batch  0 keys; scopes a, b

Services
  users  http://127.0.0.1:3001

Routes, in the order they are tried
  GET  /health   → respond 200  sallyport.yaml:23:5
         open
  any  /users/*  → users        sallyport.yaml:13:5
         main · role reader or admin · scope a and b · claim org.id = 42
  any  /items/*  → users        sallyport.yaml:14:5
         main or keys, optional · 100/m by consumer · 20/5s by ip+header:x-app (dry run) · 10 in flight by ip
         only 10.0.0.0/8 · CORS
`,
  )
  assert.ok(!/hunter2|0000|1111/.test(out))
})

const SURVIVING = `
overload: { lag: 250ms }
services:
  users: { discover: { dns: http://users.internal:8080 }, balance: { hash: ip } }
  orders:
    endpoints: [ { url: http://10.0.0.1:80, weight: 3 }, http://10.0.0.2:80 ]
    balance: least-request
    health:  { path: /healthz, headers: { authorization: hunter2 } }
    outliers: {}
    breaker: {}
    retry:   { perTry: 1s, budget: 20% }
    fallback: { to: spare }
    timeout: { total: 30s }
    connections: { max: 256 }
  spare: http://10.0.0.3
routes:
  - { prefix: /users, to: users, retry: none }
  - prefix: /orders
    to: { orders: 90, spare: 10 }
    split: { sticky: ip, header: x-version }
    fault: { delay: { for: 500ms, share: 10% }, header: x-fault }
`

test('how services survive, and what routes do on the way to them', async t => {
  const { code, out, err } = await run(t, SURVIVING)
  assert.deepEqual([code, err], [0, ''])
  assert.equal(
    out.slice(out.indexOf('Overload')),
    `Overload
  new requests are refused while a worker is late by more than 250ms

Services
  users   the addresses of users.internal:8080
          hash of client address (maglev) over the addresses of users.internal:8080
  orders  http://10.0.0.1:80 (weight 3), http://10.0.0.2:80 (weight 1)
          least-request over 2 targets
          health: GET /healthz every 5s, within 1s; out after 3 bad, back after 2 good
          outliers: out after 5 failures in a row, for 30s, growing to 5m; at most 50% at once
          breaker: opens at 50% failures of at least 20 in 10s, for 5s, then 3 on trial
          retries: 2 tries on connect, reset, 502, 503 or 504, each within 1s, within a budget of 20%
          fallback: service spare when the breaker is open or no target is well
          at most 256 requests at a target; 1024 wait up to 2s
  spare   http://10.0.0.3

Routes, in the order they are tried
  any  /users/*   → users                  sallyport.yaml:17:5
         no retries
  any  /orders/*  → orders 90%, spare 10%  sallyport.yaml:18:5
         header x-version may name the service · the same client address gets the same service
         fault: 10% wait 500ms, where x-fault is sent
`,
  )
})

const TOGETHER = `
listeners: { web: ":1", inside: ":2" }
services: { users: http://127.0.0.1:3001, orders: http://127.0.0.1:3002 }
auth: { main: { jwt: { issuer: https://id.example.com/, algorithms: [RS256] } } }
defaults: { auth: main }
routes:
  - path: /dashboard
    aggregate:
      branches:
        user:   { to: users, path: "/{claims.sub}", required: true, timeout: 200ms }
        orders: { to: orders, path: "/orders?user={branches.user.id}&key=hunter2", fallback: [], pick: [id, total] }
  - { prefix: /g, routes: [ { path: /a, to: users, auth: none } ] }
frontends:
  mobile: { hosts: [m.example.com], fields: { omit: [internal] }, routes: [ { prefix: /orders, to: orders } ] }
  staff:  { prefix: /staff, listener: inside, stripPrefix: true, routes: [ { path: "/users/{id}", to: users } ] }
`

test('what answers are made of, and what each frontend claims and has', async t => {
  const { code, out, err } = await run(t, TOGETHER)
  assert.deepEqual([code, err], [0, ''])
  assert.equal(
    out.slice(out.indexOf('Frontend')),
    `Frontend mobile: m.example.com
  any  m.example.com/orders/*  → orders  sallyport.yaml:14:77
         main · fields: without internal

Frontend staff: below /staff by listener inside
  any  /staff/users/{id}  → users as /users/{id}  sallyport.yaml:15:76
         main

Routes, in the order they are tried
  any  /g/a        → users                                 sallyport.yaml:12:29
         open
  GET  /dashboard  → aggregate of 2 branches within 500ms  sallyport.yaml:7:5
         main · user: users GET /{claims.sub}, required, within 200ms
         orders (after user): orders GET /orders?user={branches.user.id}&key=…, optional, else [], only id, total
`,
  )
})

test('a line with a secret is shown without it', async t => {
  const text = `
state: { redis: "hunter2://h" }
auth:
  a: { jwt: { secret: hunter2, algorithms: [HS256, RS256] } }
  b: { jwt: { keys: { kty: oct, k: "hunter2" }, algorithms: [RS256] } }
consumers: { app: { keys: [hunter2] } }
`
  const { code, err } = await run(t, text)
  assert.equal(code, 1)
  assert.ok(!err.includes('hunter2'), err)
  assert.ok(err.includes('  4 |   a: { jwt: { secret: *******, algorithms: [HS256, RS256] } }'), err)
  assert.match(err, /\n5 errors\n$/)
})

const WARNING = `${FINE}  - { prefix: /orders, to: users, priority: -1 }\n`

test('a warning is told, and is an error when strict', async t => {
  const mild = await run(t, WARNING)
  assert.equal(mild.code, 0)
  assert.match(mild.err, /^sallyport\.yaml:11:5: warning: routes\[5\]: can never match/)
  assert.match(mild.out, /is fine/)
  const strict = await run(t, WARNING, { strict: true })
  assert.equal(strict.code, 1)
  assert.match(strict.err, /^sallyport\.yaml:11:5: error: /)
  assert.equal(strict.out, '')
})

test('JSON for machines', async t => {
  const fine = await run(t, FINE, { json: true })
  const { ok, problems, routes } = JSON.parse(fine.out)
  assert.deepEqual([fine.code, ok, problems, routes], [0, true, [], 5])
  const bad = await run(t, 'workers: x', { json: true })
  assert.deepEqual([bad.code, bad.err], [1, ''])
  assert.deepEqual(JSON.parse(bad.out).problems, [
    {
      severity: 'error',
      code: 'invalid-value',
      path: 'workers',
      message: 'expected "auto" or a whole number, found "x"',
      file: 'sallyport.yaml',
      line: 1,
      column: 10,
    },
  ])
})

const codesIn = async (t: TestContext, text: string, options?: CheckOptions): Promise<string[]> => {
  const { out } = await run(t, text, { json: true, ...options })
  return JSON.parse(out).problems.map(({ severity, code }: Record<string, string>) => `${severity} ${code}`)
}

test('JSON: what kind of mistake it is', async t => {
  const rows: [text: string, ...codes: string[]][] = [
    ['routes: [', 'error syntax'],
    ['via: a\nvia: b\nroutes: []', 'error duplicate-key'],
    ['rutes: []', 'error unknown-key'],
    ['listeners: { web: { limits: {} } }', 'error missing-key'],
    ['services: { "a b": "http://a" }', 'error invalid-key'],
    ['slashes: merged', 'error invalid-value'],
    ['drain: 5', 'error invalid-value'],
    ['via: "${env:NONE}"', 'error unset-variable'],
    ['via: "${file:none}"', 'error unreadable'],
    ['routes: [{ path: /, respond: {}, cache: { ttl: 1s } }]', 'error not-available'],
    ['routes: [{ path: /, to: a }]', 'error unknown-name'],
    ['routes: [{ path: /, respond: {} }, { path: /, respond: {} }]', 'error same-route'],
    [
      'routes: [{ prefix: /a, respond: {}, query: { a: "1" } }, { prefix: /a, respond: {}, query: { b: "1" } }]',
      'warning possible-tie',
    ],
    [
      'routes: [{ path: /, respond: {}, priority: 1 }, { path: /, respond: {} , methods: [GET] }]',
      'warning unreachable-route',
    ],
    ['routes: [{ prefix: /a, routes: [] }]', 'warning doubtful'],
    ['routes: [{ path: a, respond: {} }]', 'error invalid'],
  ]
  for (const [text, ...codes] of rows) assert.deepEqual(await codesIn(t, text), codes, text)
  assert.deepEqual(new Set(rows.map(([, code = '']) => code.split(' ')[1])).size, Object.keys(PROBLEM_CODES).length - 1)
})

test('JSON: strict makes errors of warnings, which keep their code', async t => {
  assert.deepEqual(await codesIn(t, WARNING, { strict: true }), ['error unreachable-route'])
  assert.deepEqual(await codesIn(t, 'routes: [{ prefix: /a, routes: [] }]', { strict: true }), ['error doubtful'])
})

test('JSON: no configuration at all', async t => {
  const cwd = await mkdtemp(join(tmpdir(), 'sallyport-'))
  t.after(() => rm(cwd, { recursive: true }))
  const { code, out } = await runIn(cwd, undefined, { json: true })
  assert.equal(code, 1)
  const { ok, problems } = JSON.parse(out)
  assert.deepEqual(
    [ok, problems[0].code, problems[0].path, problems[0].file],
    [false, 'no-configuration', '', undefined],
  )
})

test('JSON holds no secret', async t => {
  const text = `
state: { redis: "hunter2://h" }
auth:
  a: { jwt: { secret: hunter2, algorithms: [HS256, RS256] } }
  b: { jwt: { keys: { kty: oct, k: "hunter2" }, algorithms: [RS256] } }
consumers: { app: { keys: [hunter2] } }
services: { s: { url: "http://user:hunter2@h", panic: "${'$'}{env:PANIC}" } }
`
  let out = ''
  const cwd = await mkdtemp(join(tmpdir(), 'sallyport-'))
  t.after(() => rm(cwd, { recursive: true }))
  await writeFile(join(cwd, 'sallyport.yaml'), text)
  const terminal = {
    cwd,
    env: { PANIC: 'hunter2' },
    stdout: { write: (more: string) => (out += more) },
    stderr: process.stderr,
  }
  assert.equal(await check(undefined, { json: true }, terminal), 1)
  assert.ok(JSON.parse(out).problems.length >= 6, out)
  assert.ok(!out.includes('hunter2'), out)
})

test('no file', async () => {
  const { code, err } = await runIn(testdata, 'none.yaml')
  assert.equal(code, 1)
  assert.equal(err, 'error: cannot read none.yaml: there is no such file\n\n1 error\n')
})

import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { keySigner, tokenOf } from '../src/policies/testing/jwt-sign.ts'
import { jwtSpec, OPEN, REMOTE } from '../src/spec/testing.ts'
import { assertProblem, scene } from './support/fixture.ts'
import { bearer, echoing, request } from './support/guarded.ts'
import { type Issuer, issuerKey, startIssuer } from './support/issuer.ts'
import { metric, readScrape } from './support/metrics.ts'
import { openClient } from './support/raw-client.ts'
import { exchange, type RawResponse } from './support/responses.ts'
import { type Running, startRunning } from './support/running.ts'
import { claimsOf, signedToken } from './support/tokens-jwt.ts'
import { until } from './support/until.ts'

/** Key sets that are fetched: an issuer that changes its keys, goes away, comes back, or means harm. */

const WORKERS = 3

const configOf = (issuer: Issuer, jwt: string): string => `
listeners: { web: { address: 127.0.0.1:0 } }
admin: 127.0.0.1:0
workers: ${WORKERS}
auth: { main: { jwt: { issuer: "${issuer.url}", algorithms: [ES256], allowHttp: true, ${jwt} } } }
routes:
  - { path: /me, respond: { text: me }, auth: main }
  - { path: /open, respond: { text: open } }
`

const start = async (t: TestContext, issuer: Issuer, jwt = `jwks: "${issuer.jwksUrl}"`): Promise<Running> => {
  const gateway = await startRunning(configOf(issuer, jwt))
  t.after(async () => {
    assert.equal(await gateway.stop(), 0)
    await issuer.down()
  })
  return gateway
}

/** On a connection of its own: any of the workers may answer. */
const ask = async (port: number, token: string, path = '/me'): Promise<RawResponse> => {
  const client = await openClient(port)
  try {
    return await exchange(client, request(path, token === '' ? [] : [bearer(token)]), 10_000)
  } finally {
    client.destroy()
  }
}

/** Of so many connections that each worker has some. */
const statuses = async (port: number, token: string, count = 24): Promise<number[]> => {
  const answers = await Promise.all(Array.from({ length: count }, () => ask(port, token)))
  return [...new Set(answers.map(({ status }) => status))].sort()
}

const fetches = async (gateway: Running, result: 'ok' | 'failed'): Promise<number> =>
  metric(readScrape((await gateway.admin('/metrics')).text), 'sallyport_key_set_fetches_total', `result="${result}"`)

/** The set was fetched so often, and every worker had time to hear of it: what is sent to each says nothing when it came. */
const fetched = async (gateway: Running, times: number): Promise<void> => {
  await until(async () => (await fetches(gateway, 'ok')) >= times)
  await sleep(200)
}

const linesAbout = (gateway: Running, pattern: RegExp): string[] =>
  gateway
    .err()
    .split('\n')
    .filter(line => pattern.test(line))

suite('over all workers', () => {
  test('a new key is taken after one fetch; what the old one signed is refused once it has left', async t => {
    const [first, second] = [issuerKey('one'), issuerKey('two')]
    const issuer = await startIssuer(first)
    const gateway = await start(t, issuer)
    const iss = { iss: issuer.url }
    const old = signedToken(first, 'me', iss)
    await fetched(gateway, 1)
    assert.deepEqual(await statuses(gateway.port, old), [200])
    assert.equal(issuer.asked.jwks, 1, 'one fetch for all workers')

    issuer.keys = [first, second]
    assert.equal((await ask(gateway.port, signedToken(second, 'me', iss))).status, 200)
    await fetched(gateway, 2)
    assert.deepEqual(await statuses(gateway.port, signedToken(second, 'me', iss)), [200])
    assert.equal(issuer.asked.jwks, 2)
    assert.deepEqual(await statuses(gateway.port, old), [200], 'both are good while both are in the set')

    issuer.keys = [second]
    // Its kid is known, so that nothing tells the gateway to ask; one that is not does.
    assert.equal((await ask(gateway.port, signedToken(issuerKey('three'), 'me', iss))).status, 401)
    await fetched(gateway, 3)
    assert.deepEqual(await statuses(gateway.port, old), [401], 'though it was remembered')
    assert.deepEqual(await statuses(gateway.port, signedToken(first, 'me', iss)), [401])
    assert.deepEqual(await statuses(gateway.port, signedToken(second, 'me', iss)), [200])
    // Its tokens name a key nobody has now, so that the issuer is asked again, as for any other.
    assert.ok(issuer.asked.jwks <= 4, `${issuer.asked.jwks} fetches`)
  })

  test('while it is down the keys known so far stay in use, and the log says so once', async t => {
    const key = issuerKey('one')
    const issuer = await startIssuer(key)
    const gateway = await start(t, issuer, `jwks: "${issuer.jwksUrl}", refresh: 1s, timeout: 1s`)
    const iss = { iss: issuer.url }
    assert.deepEqual(await statuses(gateway.port, signedToken(key, 'a', iss)), [200])
    await issuer.down()
    await until(async () => (await fetches(gateway, 'failed')) >= 2)
    // Tokens that were never seen before, too.
    assert.deepEqual(await statuses(gateway.port, signedToken(key, 'b', iss)), [200])
    assert.deepEqual(linesAbout(gateway, /cannot be fetched/).length, 1, gateway.err())
    assert.match(gateway.err(), /the keys known so far stay in use/)
    await issuer.up()
    await gateway.says(/The key set can be fetched again/)
    assert.deepEqual(await statuses(gateway.port, signedToken(key, 'c', iss)), [200])
  })

  test('it is down at the start: 503 until it is up, and nothing else suffers', async t => {
    const key = issuerKey('one')
    const issuer = await startIssuer(key)
    await issuer.down()
    const gateway = await start(t, issuer)
    const token = signedToken(key, 'me', { iss: issuer.url })
    const refused = await ask(gateway.port, token)
    assertProblem(refused, 503, 'AUTH_UNAVAILABLE')
    assert.match(refused.header('retry-after') ?? '', /^[1-9]\d*$/)
    assert.equal((await ask(gateway.port, '')).status, 401)
    assert.equal((await ask(gateway.port, 'x.y.z')).status, 401, 'no key is needed to see that')
    assert.equal((await ask(gateway.port, '', '/open')).status, 200)
    await issuer.up()
    await until(async () => (await statuses(gateway.port, token)).join() === '200')
    assert.equal(linesAbout(gateway, /cannot be fetched/).length, 1, gateway.err())
  })

  test('its metadata say where the keys are', async t => {
    const key = issuerKey('one')
    const issuer = await startIssuer(key)
    const gateway = await start(t, issuer, '')
    assert.deepEqual(await statuses(gateway.port, signedToken(key, 'me', { iss: issuer.url })), [200])
    assert.deepEqual(issuer.asked, { total: 2, jwks: 1 })
    assert.deepEqual(await statuses(gateway.port, signedToken(key, 'me', { iss: `${issuer.url}/` })), [401])
  })

  test('a flood of unknown keys: three fetches, and whoever has a good token passes', async t => {
    const key = issuerKey('one')
    const issuer = await startIssuer(key)
    const gateway = await start(t, issuer)
    const iss = { iss: issuer.url }
    const good = signedToken(key, 'me', iss)
    assert.deepEqual(await statuses(gateway.port, good), [200])
    const before = issuer.asked.jwks
    const began = performance.now()
    // 60 connections, each with tokens that name keys nobody has.
    const flood = Array.from({ length: 60 }, async (_, lane) => {
      const client = await openClient(gateway.port)
      const seen: number[] = []
      for (let n = 0; n < 20; n++) {
        const token = tokenOf(key, claimsOf('me', iss), { kid: `no-${lane}-${n}` })
        seen.push((await exchange(client, request('/me', [bearer(token)]), 10_000)).status)
      }
      client.destroy()
      return seen
    })
    const during = statuses(gateway.port, good)
    const answered = (await Promise.all(flood)).flat()
    const tookMs = performance.now() - began
    assert.deepEqual(await during, [200])
    // 503 for those for whom there was no room to wait.
    assert.deepEqual(
      answered.filter(status => status !== 401 && status !== 503),
      [],
    )
    const fetches = issuer.asked.jwks - before
    t.diagnostic(`${answered.length} made-up keys in ${Math.round(tookMs)} ms: ${fetches} fetches`)
    assert.ok(fetches >= 1 && fetches <= 3 + Math.floor(tookMs / 10_000), `${fetches} fetches`)
  })
})

/** What an issuer may do to who asks it; within the time it has, the request is answered. */
const TIMEOUT_MS = 400
const hostile: Readonly<Record<string, NonNullable<Issuer['answer']>>> = {
  'an answer without end': (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    }
    response.on('drain', more)
    more()
  },
  'an answer of many keys': (_, response) => {
    const { jwk } = keySigner('ES256')
    response.end(JSON.stringify({ keys: Array.from({ length: 5000 }, (_, i) => ({ ...jwk, kid: `${i}` })) }))
  },
  'no answer': () => {},
  'a head that drips': (_, response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\nX-A: ')
    const timer = setInterval(() => response.socket?.write('a'), 20)
    response.on('close', () => clearInterval(timer))
  },
  'a body that drips': (_, response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  },
  'a redirect to its own keys': (request, response) => {
    if (request.url === '/other') response.end(JSON.stringify({ keys: [stolen.jwk] }))
    else response.writeHead(302, { location: '/other' }).end()
  },
  garbage: (_, response) => void response.socket?.end('\0\0not HTTP\r\n\r\n'),
  'a page': (_, response) => void response.end('<html>'),
  'JSON that is no set': (_, response) => void response.end('[[[[]]]]'),
  'a deep one': (_, response) => void response.end('{"keys":'.repeat(100_000)),
  'a set of secrets': (_, response) =>
    void response.end(JSON.stringify({ keys: [{ kty: 'oct', k: 'AAAA', kid: 'x' }] })),
  'an error': (_, response) => void response.writeHead(500).end('{"keys":[]}'),
  'a reset': (_, response) => void response.socket?.resetAndDestroy(),
}
const stolen = issuerKey('x')

suite('an issuer that means harm', () => {
  for (const [name, answer] of Object.entries(hostile)) {
    test(name, async t => {
      const issuer = await startIssuer()
      issuer.answer = answer
      const remote = { ...REMOTE, kind: 'remote', url: issuer.jwksUrl, allowHttp: true, timeoutMs: TIMEOUT_MS } as const
      const { client: connect } = await scene(t, echoing, {
        auth: [jwtSpec({ algorithms: ['ES256'], keys: remote })],
        routes: [
          { auth: { need: 'any', ways: ['main'], optional: false } },
          { ...OPEN, name: 'open', match: { kind: 'path', pattern: '/open' } },
        ],
      })
      t.after(issuer.down)
      const began = performance.now()
      const guarded = Array.from({ length: 10 }, async () =>
        exchange(await connect(), request('/', [bearer(signedToken(stolen, 'me'))]), 5000),
      )
      // What asks nobody does not wait.
      const open = await exchange(await connect(), request('/open'))
      assert.equal(open.status, 200)
      const openMs = performance.now() - began
      for (const response of await Promise.all(guarded)) assertProblem(response, 503, 'AUTH_UNAVAILABLE')
      const tookMs = performance.now() - began
      t.diagnostic(`open after ${Math.round(openMs)} ms, 503 after ${Math.round(tookMs)} ms`)
      assert.ok(tookMs < 2 * TIMEOUT_MS + 2000)
      assert.ok(issuer.asked.total <= 5, `asked ${issuer.asked.total} times`)
    })
  }

  test('one that turns bad keeps the keys it had', async t => {
    const key = issuerKey('one')
    const issuer = await startIssuer(key)
    const remote = { ...REMOTE, kind: 'remote', url: issuer.jwksUrl, allowHttp: true, timeoutMs: TIMEOUT_MS } as const
    const { client: connect } = await scene(t, echoing, {
      auth: [jwtSpec({ algorithms: ['ES256'], keys: remote })],
      routes: [{ auth: { need: 'any', ways: ['main'], optional: false } }],
    })
    t.after(issuer.down)
    const ask = async (token: string) => (await exchange(await connect(), request('/', [bearer(token)]), 5000)).status
    assert.equal(await ask(signedToken(key, 'a')), 200)
    for (const name of ['a page', 'a set of secrets', 'no answer'] as const) {
      issuer.answer = hostile[name]!
      assert.equal(await ask(signedToken(issuerKey(name), 'me')), 401, 'its key is still unknown')
      assert.equal(await ask(signedToken(key, name)), 200)
    }
  })
})

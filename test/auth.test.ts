import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { RouteSpec } from '../src/spec/spec.ts'
import { apiKeySpec, jwtSpec, rateLimit } from '../src/spec/testing.ts'
import { assertProblem, scene } from './support/fixture.ts'
import { bearer, echoing, fieldIn, request, seenIn } from './support/guarded.ts'
import { bytewise, type RawClient, soon } from './support/raw-client.ts'
import { exchange, finalResponse, parseResponses, type RawResponse, readResponses } from './support/responses.ts'
import type { GatewayOptions } from './support/specs.ts'
import { consumerSpec, hmacKeys, hmacToken } from './support/tokens-jwt.ts'

/** Who may pass, as a client sees it who does not play by the rules; the service tells what it got to see. */

const KEY = 'sp_key_of_mobile_app_0123456789abcdef'
const OTHER_KEY = 'sp_key_of_partner_0123456789abcdef'

const ways: GatewayOptions['auth'] = [
  jwtSpec({
    name: 'main',
    keys: hmacKeys,
    claimHeaders: [
      { claim: 'sub', header: 'x-claim-sub' },
      { claim: 'org.id', header: 'x-org' },
    ],
  }),
  apiKeySpec({ name: 'keys' }),
  jwtSpec({ name: 'cookie', keys: hmacKeys, from: [{ in: 'cookie', name: 'session' }] }),
  jwtSpec({ name: 'query', keys: hmacKeys, from: [{ in: 'query', name: 'access_token' }] }),
  jwtSpec({ name: 'passing', keys: hmacKeys, forward: true }),
  jwtSpec({
    name: 'anywhere',
    keys: hmacKeys,
    from: [
      { in: 'header', name: 'authorization', scheme: 'Bearer' },
      { in: 'cookie', name: 'session' },
      { in: 'query', name: 'access_token' },
    ],
  }),
]

const on = (pattern: string, given: Partial<RouteSpec> = {}): Partial<RouteSpec> => ({
  name: pattern,
  match: { kind: 'prefix', pattern },
  ...given,
})
const any = (...names: string[]): Pick<RouteSpec, 'auth'> => ({ auth: { need: 'any', ways: names, optional: false } })
const all = (...names: string[]): Pick<RouteSpec, 'auth'> => ({ auth: { need: 'all', ways: names, optional: false } })

const noAccess = { roles: undefined, scopes: undefined, consumers: [], claims: [] }
const cors = {
  origins: ['https://app.example.com'],
  methods: [],
  headers: [],
  expose: [],
  credentials: true,
  maxAgeMs: 600_000,
}

const OPTIONS: Partial<GatewayOptions> = {
  auth: ways,
  consumers: [
    consumerSpec('mobile-app', KEY, { roles: ['reader'] }),
    consumerSpec('partner', OTHER_KEY, { roles: ['writer'], tier: 'gold' }),
    consumerSpec('expired', 'sp_expired_key_0123456789abcdef01', { expiresAt: 1 }),
    consumerSpec('disabled', 'sp_disabled_key_0123456789abcdef0', { disabled: true }),
  ],
  routes: [
    on('/open'),
    on('/main', any('main')),
    on('/own-cors', { ...any('main'), cors: 'pass' }),
    on('/keys', any('keys')),
    on('/cookie', any('cookie')),
    on('/query', any('query')),
    on('/passing', any('passing')),
    on('/anywhere', any('anywhere')),
    on('/either', any('main', 'keys')),
    on('/both', all('main', 'keys')),
    on('/optional', { auth: { need: 'any', ways: ['main'], optional: true } }),
    on('/readers', { ...any('main', 'keys'), access: { ...noAccess, roles: { need: 'any', values: ['reader'] } } }),
    on('/scoped', { ...any('main'), access: { ...noAccess, scopes: { need: 'all', values: ['a', 'b'] } } }),
    on('/org', { ...any('main'), access: { ...noAccess, claims: [{ claim: 'org.id', values: [7] }] } }),
    on('/partners', { ...any('keys'), access: { ...noAccess, consumers: ['partner'] } }),
    on('/cors', {
      ...any('main'),
      methods: ['PUT'],
      cors,
      access: { ...noAccess, roles: { need: 'any', values: ['writer'] } },
      limits: [rateLimit({ by: [{ kind: 'consumer' }], rate: { count: 1, perMs: 60_000, burst: 1 } })],
    }),
    on('/limited', {
      limits: [rateLimit({ rate: { count: 1, perMs: 60_000, burst: 1 }, by: [{ kind: 'header', name: 'x-who' }] })],
    }),
    on('/guesses', { ...any('main'), limits: [rateLimit({ rate: { count: 3, perMs: 60_000, burst: 3 } })] }),
  ],
}

const open = (t: Parameters<typeof scene>[0]) => scene(t, echoing, OPTIONS)

const ask = async (client: RawClient, target: string, ...fields: string[]): Promise<RawResponse> =>
  exchange(client, request(target, fields))

suite('nobody says himself who he is', () => {
  // Every spelling a server behind us could take for one of the fields that name a caller.
  const aliases = [
    'X-Consumer',
    'x-consumer',
    'X_Consumer',
    'x_CONSUMER',
    'X-Claim-Sub',
    'X_Claim_Sub',
    'x-claim_sub',
    'X-Claim-Role',
    'x_claim-anything',
    'X-Org',
    'X_Org',
    'x-org',
  ]
  const lies = aliases.map(name => `${name}: root`)

  for (const [path, ...credential] of [
    ['/open/a'],
    ['/main/a', bearer(hmacToken('me'))],
    ['/keys/a', `X-Api-Key: ${KEY}`],
    ['/optional/a'],
  ] as const) {
    test(`in a head: ${path}`, async t => {
      const client = await (await open(t)).client()
      const seen = seenIn(await ask(client, path, ...lies, ...credential, 'X-Other: kept'))
      assert.ok(!seen.head.includes('root'), seen.head)
      assert.deepEqual(fieldIn(seen, 'x-other'), ['kept'])
    })

    test(`in trailers: ${path}`, async t => {
      const client = await (await open(t)).client()
      const head = request(
        path,
        [...credential, 'Transfer-Encoding: chunked', `Trailer: ${aliases.join(', ')}`],
        'POST',
      )
      const body = `2\r\nhi\r\n0\r\n${[...lies, 'Authorization: Bearer root', 'X-Api-Key: root', 'X_Api_Key: root', 'X-Sum: kept'].map(line => `${line}\r\n`).join('')}\r\n`
      const seen = seenIn(await exchange(client, head + body))
      assert.equal(seen.body, 'hi')
      assert.deepEqual(seen.trailers, [['X-Sum', 'kept']])
      assert.ok(!seen.head.includes('root'))
    })
  }

  test('whom the gateway knows is named once, whatever the client says', async t => {
    const client = await (await open(t)).client()
    const seen = seenIn(await ask(client, '/main/a', ...lies, bearer(hmacToken('me', { org: { id: 7 } }))))
    assert.deepEqual([fieldIn(seen, 'x-claim-sub'), fieldIn(seen, 'x-org')], [['me'], ['7']])
    const known = seenIn(await ask(client, '/keys/a', ...lies, `X-Api-Key: ${KEY}`))
    assert.deepEqual(fieldIn(known, 'x-consumer'), ['mobile-app'])
  })

  test('a claim cannot start a field of its own', async t => {
    const client = await (await open(t)).client()
    const seen = seenIn(
      await ask(client, '/main/a', bearer(hmacToken('me\r\nX-Consumer: root\r\nX-A: \u010d\u010aX-B: c'))),
    )
    assert.deepEqual(fieldIn(seen, 'x-consumer'), [])
    assert.equal(fieldIn(seen, 'x-claim-sub').length, 1)
    assert.equal(fieldIn(seen, 'x-b').length, 0)
  })
})

suite('Connection takes nothing away', () => {
  const names = 'Authorization, X-Api-Key, X-Consumer, X-Claim-Sub, X-Org, Cookie'

  test('not the credential from the gateway', async t => {
    const client = await (await open(t)).client()
    assert.equal((await ask(client, '/main', `Connection: ${names}`)).status, 401)
    const seen = seenIn(await ask(client, '/main', `Connection: ${names}`, bearer(hmacToken('me', { org: { id: 7 } }))))
    assert.deepEqual([fieldIn(seen, 'x-claim-sub'), fieldIn(seen, 'x-org')], [['me'], ['7']])
    const known = seenIn(await ask(client, '/keys', `Connection: ${names}`, `X-Api-Key: ${KEY}`))
    assert.deepEqual(fieldIn(known, 'x-consumer'), ['mobile-app'])
  })

  test('not a bad one either', async t => {
    const client = await (await open(t)).client()
    assertProblem(await ask(client, '/main', `Connection: ${names}`, bearer('x.y.z')), 401, 'INVALID_CREDENTIAL')
    assertProblem(await ask(client, '/optional', `Connection: ${names}`, bearer('x.y.z')), 401, 'INVALID_CREDENTIAL')
  })

  test('not the trailers', async t => {
    const client = await (await open(t)).client()
    const head = request(
      '/main',
      [bearer(hmacToken('me')), 'Transfer-Encoding: chunked', `Connection: ${names}`],
      'POST',
    )
    const seen = seenIn(await exchange(client, `${head}0\r\nX-Claim-Sub: root\r\nX-Sum: 1\r\n\r\n`))
    assert.deepEqual(fieldIn(seen, 'x-claim-sub'), ['me'])
    assert.ok(!JSON.stringify(seen.trailers).includes('root'))
  })
})

suite('the credential ends at the gateway', () => {
  const token = hmacToken('me')

  for (const [path, target, fields] of [
    ['/main', '/main', [bearer(token)]],
    ['/keys', '/keys', [`X-Api-Key: ${KEY}`]],
    ['/cookie', '/cookie', [`Cookie: a=b; session=${token}; c=d`]],
    ['/query', `/query?a=b&access_token=${token}&c=d`, []],
    ['/query, escaped', `/query?%61ccess_token=${token}`, []],
    ['/anywhere', `/anywhere?access_token=${token}`, [bearer(token), `Cookie: session=${token}`]],
    ['/either, both given', '/either', [bearer(token), `X-Api-Key: ${KEY}`]],
    ['/either, the key and a bad token', '/either', [`X-Api-Key: ${KEY}`, bearer('x.y.z')]],
    ['/both', '/both', [bearer(token), `X-Api-Key: ${KEY}`]],
    ['/optional', '/optional', [bearer(token)]],
  ] as const) {
    test(path, async t => {
      const client = await (await open(t)).client()
      const seen = seenIn(await ask(client, target, ...fields))
      for (const secret of [token, KEY, 'x.y.z']) assert.ok(!seen.head.includes(secret), seen.head)
      if (path === '/cookie') assert.deepEqual(fieldIn(seen, 'cookie'), ['a=b; c=d'])
      if (path === '/query') assert.equal(seen.target, '/query?a=b&c=d')
    })
  }

  test('under another spelling, which only careless servers take for it', async t => {
    const client = await (await open(t)).client()
    const seen = seenIn(await ask(client, '/keys', `X-Api-Key: ${KEY}`, 'X_Api_Key: forged', 'x-api_key: forged'))
    assert.ok(!seen.head.includes('forged'), seen.head)
  })

  test('unless it is to be passed on', async t => {
    const client = await (await open(t)).client()
    const seen = seenIn(await ask(client, '/passing', bearer(token)))
    assert.deepEqual(fieldIn(seen, 'authorization'), [`Bearer ${token}`])
  })

  test('where nobody has to prove anything it is none of ours', async t => {
    const client = await (await open(t)).client()
    const seen = seenIn(await ask(client, '/open', bearer(token), 'Cookie: session=x'))
    assert.deepEqual(fieldIn(seen, 'authorization'), [`Bearer ${token}`])
    assert.deepEqual(fieldIn(seen, 'cookie'), ['session=x'])
  })
})

suite('bad credentials', () => {
  const good = hmacToken('me')
  for (const [name, target, ...fields] of [
    ['two Authorization fields', '/main', bearer(good), bearer(good)],
    ['two Authorization fields, the second bad', '/main', bearer(good), bearer('x')],
    ['two keys', '/keys', `X-Api-Key: ${KEY}`, `x-api-key: ${OTHER_KEY}`],
    ['two cookies', '/cookie', `Cookie: session=${good}`, `Cookie: session=${good}`],
    ['two cookies in one field', '/cookie', `Cookie: session=${good}; session=x`],
    ['two parameters', `/query?access_token=${good}&access_token=${good}`],
    ['a parameter beside a semicolon', `/query?a=b;access_token=${good}&access_token=${good}`],
    ['a tab behind the scheme', '/main', `Authorization: Bearer\t${good}`],
    ['a list', '/main', `Authorization: Bearer ${good}, Bearer ${good}`],
    ['a byte more', '/main', bearer(`${good}A`)],
    ['a dot more', '/main', bearer(`${good}.`)],
    ['padding', '/main', bearer(`${good}=`)],
    ['no signature', '/main', bearer(`${good.slice(0, good.lastIndexOf('.') + 1)}`)],
    ['expired', '/main', bearer(hmacToken('me', { exp: Math.floor(Date.now() / 1000) - 61 }))],
    ['not yet valid', '/main', bearer(hmacToken('me', { nbf: Math.floor(Date.now() / 1000) + 120 }))],
    ['an unknown key', '/keys', 'X-Api-Key: nobody'],
    ['an expired key', '/keys', 'X-Api-Key: sp_expired_key_0123456789abcdef01'],
    ['a disabled key', '/keys', 'X-Api-Key: sp_disabled_key_0123456789abcdef0'],
    ['the hash of a key', '/keys', `X-Api-Key: ${consumerSpec('a', KEY).keys[0]!.hash}`],
    ['a bad token where a route takes nobody', '/optional', bearer('x.y.z')],
    ['only one of two', '/both', bearer(good)],
    ['a token under another name', '/keys', bearer(good)],
  ] as const) {
    test(name, async t => {
      const { client: connect, upstream } = await open(t)
      const response = await ask(await connect(), target, ...fields)
      assertProblem(response, 401, 'INVALID_CREDENTIAL', 'MISSING_CREDENTIAL')
      assert.match(response.header('www-authenticate') ?? '', /^(Bearer|ApiKey) realm="sallyport"/)
      assert.equal(upstream.connections.length, 0, 'the service hears nothing of it')
      for (const secret of [good, KEY, OTHER_KEY])
        assert.ok(!response.head.includes(secret) && !response.body.includes(secret))
    })
  }
})

suite('one connection, many callers', () => {
  test('identity never leaks into the next request', async t => {
    const client = await (await open(t)).client()
    for (let round = 0; round < 5; round++) {
      const named = seenIn(await ask(client, '/main', bearer(hmacToken(`user-${round}`, { org: { id: round } }))))
      assert.deepEqual([fieldIn(named, 'x-claim-sub'), fieldIn(named, 'x-org')], [[`user-${round}`], [`${round}`]])
      const nobody = seenIn(await ask(client, '/optional'))
      assert.deepEqual(
        [fieldIn(nobody, 'x-claim-sub'), fieldIn(nobody, 'x-org'), fieldIn(nobody, 'x-consumer')],
        [[], [], []],
      )
      const key = seenIn(await ask(client, '/keys', `X-Api-Key: ${KEY}`))
      assert.deepEqual([fieldIn(key, 'x-consumer'), fieldIn(key, 'x-claim-sub')], [['mobile-app'], []])
      assert.equal((await ask(client, '/main')).status, 401)
      assert.deepEqual(fieldIn(seenIn(await ask(client, '/open')), 'x-consumer'), [])
    }
  })

  test('pipelined', async t => {
    const client = await (await open(t)).client()
    const wanted = Array.from({ length: 40 }, (_, i) => i % 4)
    const bytes = wanted.map((kind, i) =>
      kind === 0
        ? request('/main', [bearer(hmacToken(`user-${i}`))])
        : kind === 1
          ? request('/optional')
          : kind === 2
            ? request('/keys', [`X-Api-Key: ${i % 8 === 2 ? KEY : OTHER_KEY}`])
            : request('/main'),
    )
    await client.send(bytes.join(''))
    const answers = await readResponses(
      client,
      wanted.map(() => 'GET'),
      5000,
    )
    assert.equal(answers.length, 40)
    for (const [i, answer] of answers.entries()) {
      if (wanted[i] === 3) assert.equal(answer.status, 401)
      else {
        const seen = seenIn(answer)
        assert.deepEqual(fieldIn(seen, 'x-claim-sub'), wanted[i] === 0 ? [`user-${i}`] : [])
        assert.deepEqual(fieldIn(seen, 'x-consumer'), wanted[i] === 2 ? [i % 8 === 2 ? 'mobile-app' : 'partner'] : [])
      }
    }
  })

  test('pipelined and byte by byte', async t => {
    const client = await (await open(t)).client()
    const three =
      request('/main', [bearer(hmacToken('a'))]) + request('/main') + request('/main', [bearer(hmacToken('b'))])
    await client.sendPieces(bytewise(three))
    const [first, second, third] = await readResponses(client, ['GET', 'GET', 'GET'], 5000)
    assert.deepEqual(fieldIn(seenIn(first!), 'x-claim-sub'), ['a'])
    assert.equal(second!.status, 401)
    assert.deepEqual(fieldIn(seenIn(third!), 'x-claim-sub'), ['b'])
  })

  test('a client that leaves while its token is checked leaves nothing behind', async t => {
    const { client: connect, gateway } = await open(t)
    for (let i = 0; i < 30; i++) {
      const client = await connect()
      await client.send(request('/main', [bearer(hmacToken(`gone-${i}`))]) + request('/main', [bearer(hmacToken('x'))]))
      client.reset()
    }
    const seen = seenIn(await ask(await connect(), '/optional'))
    assert.deepEqual(fieldIn(seen, 'x-claim-sub'), [])
    await soon(() => gateway.gauge('sallyport_requests_in_flight') === 0)
  })
})

suite('every form of a request', () => {
  const token = hmacToken('me')
  const forms: readonly [string, (credential: string) => string][] = [
    ['HTTP/1.0', credential => `GET /main HTTP/1.0\r\nHost: gw.test\r\n${credential}\r\n`],
    ['HTTP/1.0 without Host', credential => `GET /main HTTP/1.0\r\n${credential}\r\n`],
    ['absolute form', credential => `GET http://gw.test/main HTTP/1.1\r\nHost: gw.test\r\n${credential}\r\n`],
    ['dot segments', credential => `GET /open/../main HTTP/1.1\r\nHost: gw.test\r\n${credential}\r\n`],
    ['escaped letters', credential => `GET /%6dain HTTP/1.1\r\nHost: gw.test\r\n${credential}\r\n`],
    ['escaped dot segments', credential => `GET /open/%2e%2E/main HTTP/1.1\r\nHost: gw.test\r\n${credential}\r\n`],
    ['OPTIONS that is no preflight', credential => `OPTIONS /main HTTP/1.1\r\nHost: gw.test\r\n${credential}\r\n`],
    ['a method that few use', credential => `PROPFIND /main HTTP/1.1\r\nHost: gw.test\r\n${credential}\r\n`],
  ]
  for (const [name, form] of forms) {
    test(name, async t => {
      const { client: connect, upstream } = await open(t)
      assertProblem(await exchange(await connect(), form('')), 401, 'MISSING_CREDENTIAL')
      assert.equal(upstream.connections.length, 0)
      const seen = seenIn(await exchange(await connect(), form(`${bearer(token)}\r\n`)))
      assert.deepEqual(fieldIn(seen, 'x-claim-sub'), ['me'])
    })
  }

  test('HEAD', async t => {
    const client = await (await open(t)).client()
    const refused = await exchange(client, request('/main', [], 'HEAD'))
    assert.deepEqual([refused.status, refused.body.length], [401, 0])
    assert.ok(refused.header('www-authenticate'))
    const answer = await exchange(client, request('/main', [bearer(token)], 'HEAD'))
    assert.match(decodeURIComponent(answer.header('x-saw') ?? ''), /x-claim-sub: me\r\n/i)
  })

  test('a preflight to a route without CORS is not refused, and does not reach the service', async t => {
    const client = await (await open(t)).client()
    const fields = ['Origin: https://app.example.com', 'Access-Control-Request-Method: GET', 'X-Claim-Sub: root']
    const response = await exchange(client, request('/main', fields, 'OPTIONS'))
    assert.deepEqual([response.status, response.body.length], [204, 0])
    assert.equal(response.header('access-control-allow-origin'), undefined)
  })

  test('to a service that answers them by itself it passes, without a credential and naming nobody', async t => {
    const client = await (await open(t)).client()
    const fields = ['Origin: https://app.example.com', 'Access-Control-Request-Method: GET', 'X-Claim-Sub: root']
    const response = await exchange(client, request('/own-cors', [...fields, bearer(hmacToken('me'))], 'OPTIONS'))
    assert.equal(response.status, 200)
    for (const name of ['x-claim-sub', 'authorization']) assert.deepEqual(fieldIn(seenIn(response), name), [])
    assert.equal((await exchange(client, request('/own-cors', fields))).status, 401)
  })

  test('a path beside the guarded one is another', async t => {
    const client = await (await open(t)).client()
    for (const target of ['/Main', '/main%2f..%2fopen', '/mainx', '//main', '/open%2f..%2fmain']) {
      const { status } = await ask(client, target)
      assert.ok([401, 404, 200].includes(status))
      // Only what begins with a segment `open` is open, and it is passed on as such.
      if (status === 200) assert.match(seenIn(await ask(client, target)).target, /^\/open/i)
    }
  })
})

suite('uploads', () => {
  const expecting = (path: string, ...fields: string[]): string =>
    request(path, ['Content-Length: 5', 'Expect: 100-continue', ...fields], 'POST')

  test('who is refused is not told to go on', async t => {
    const { client: connect, upstream } = await open(t)
    const client = await connect()
    await client.send(expecting('/main'))
    const [only, ...more] = await readResponses(client, ['POST'])
    assertProblem(only!, 401, 'MISSING_CREDENTIAL')
    assert.equal(more.length, 0)
    assert.equal(upstream.connections.length, 0)
  })

  test('who is let in is', async t => {
    const client = await (await open(t)).client()
    await client.send(expecting('/main', bearer(hmacToken('me'))))
    assert.ok(await client.waitForText('HTTP/1.1 100 Continue\r\n\r\n'))
    await client.send('hello')
    const answers = await readResponses(client, ['POST'])
    assert.equal(seenIn(finalResponse(answers, client)).body, 'hello')
  })

  for (const [name, path, status, fields] of [
    ['without a credential', '/main', 401, []],
    ['with a bad token', '/main', 401, [bearer('x.y.z')]],
    ['over the limit', '/limited', 429, ['X-Who: uploader']],
  ] as const) {
    for (const framing of ['length', 'chunked'] as const) {
      test(`${name}, ${framing}: the answer comes while the body does`, async t => {
        const { client: connect } = await open(t)
        if (status === 429) await ask(await connect(), path, ...fields)
        const client = await connect()
        const piece = 'x'.repeat(65_536)
        const line = framing === 'length' ? `Content-Length: ${piece.length * 200}` : 'Transfer-Encoding: chunked'
        await client.send(request(path, [line, ...fields], 'POST'))
        for (let i = 0; i < 200 && !client.closed(); i++) {
          await client.send(framing === 'length' ? piece : `10000\r\n${piece}\r\n`)
        }
        const [answer] = await readResponses(client, ['POST'], 5000)
        assert.ok(answer, `an answer, not ${client.wasReset() ? 'a reset' : 'nothing'}`)
        assertProblem(answer, status, status === 429 ? 'RATE_LIMITED' : 'MISSING_CREDENTIAL', 'INVALID_CREDENTIAL')
      })
    }
  }

  test('a small body that was refused is read away, and the connection goes on', async t => {
    const client = await (await open(t)).client()
    assert.equal((await exchange(client, request('/main', ['Content-Length: 5'], 'POST', 'hello'))).status, 401)
    const seen = seenIn(await ask(client, '/main', bearer(hmacToken('me'))))
    assert.deepEqual(fieldIn(seen, 'x-claim-sub'), ['me'])
  })

  test('a request hidden in a refused body is not run', async t => {
    const { client: connect, upstream } = await open(t)
    const client = await connect()
    const inner = request('/main', [bearer(hmacToken('smuggled'))])
    await client.send(request('/main', [`Content-Length: ${inner.length}`], 'POST', inner) + request('/open'))
    const answers = await readResponses(client, ['POST', 'GET'])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [401, 200],
    )
    assert.ok(!upstream.connections[0]!.received().includes('smuggled'))
  })
})

suite('WebSocket', () => {
  const upgrade = (target: string, ...fields: string[]): string =>
    request(target, [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ...fields,
    ])
  const tunnel = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

  test('no tunnel without a credential', async t => {
    const { client: connect, upstream } = await open(t)
    for (const target of ['/main', '/query', '/query?access_token=x.y.z']) {
      assert.equal((await exchange(await connect(), upgrade(target))).status, 401)
    }
    assert.equal(upstream.connections.length, 0)
  })

  test('a token in the query opens it, and is not passed on', async t => {
    const { client: connect, upstream } = await scene(
      t,
      async connection => {
        await connection.request()
        await connection.send(tunnel)
        if (await connection.waitFor(received => received.includes('ping'))) await connection.send('pong')
      },
      OPTIONS,
    )
    const token = hmacToken('me')
    const client = await connect()
    await client.send(upgrade(`/query?room=1&access_token=${token}`, 'X-Consumer: root'))
    assert.ok(await client.waitForText('HTTP/1.1 101 '))
    await client.send('ping')
    assert.ok(await client.waitForText('pong'))
    const received = upstream.connections[0]!.received().toString('latin1')
    assert.match(received, /^GET \/query\?room=1 HTTP\/1.1\r\n/)
    assert.ok(!received.includes(token) && !received.includes('root'))
  })
})

suite('what a refusal says', () => {
  const origin = 'Origin: https://app.example.com'
  const put = (...fields: string[]): string => request('/cors', [origin, ...fields], 'PUT')
  const writer = hmacToken('writer', { roles: ['writer'] })

  const assertCors = (response: RawResponse): void => {
    assert.equal(response.header('access-control-allow-origin'), 'https://app.example.com')
    assert.equal(response.header('access-control-allow-credentials'), 'true')
    assert.match(response.header('vary') ?? '', /Origin/)
  }

  test('401, 403 and 429 can be read by the page that asked', async t => {
    const client = await (await open(t)).client()
    const missing = await exchange(client, put())
    assertProblem(missing, 401, 'MISSING_CREDENTIAL')
    assertCors(missing)
    const bad = await exchange(client, put(bearer('x.y.z')))
    assertProblem(bad, 401, 'INVALID_CREDENTIAL')
    assertCors(bad)
    const forbidden = await exchange(client, put(bearer(hmacToken('reader', { roles: ['reader'] }))))
    assertProblem(forbidden, 403, 'FORBIDDEN')
    assertCors(forbidden)
    const first = await exchange(client, put(bearer(writer)))
    assert.equal(first.status, 200)
    assertCors(first)
    assert.equal(first.header('ratelimit-policy'), '"default";q=1;w=60')
    assert.match(first.header('ratelimit') ?? '', /^"default";r=0;t=\d+$/)
    const limited = await exchange(client, put(bearer(writer)))
    assertProblem(limited, 429, 'RATE_LIMITED')
    assertCors(limited)
    assert.match(limited.header('retry-after') ?? '', /^[1-9]\d*$/)
    const problem: { type?: unknown; 'violated-policies'?: unknown } = JSON.parse(limited.body.toString())
    assert.equal(problem.type, 'https://iana.org/assignments/http-problem-types#quota-exceeded')
    assert.deepEqual(problem['violated-policies'], ['default'])
  })

  test('another origin gets no permission, though the answer is the same', async t => {
    const client = await (await open(t)).client()
    const response = await exchange(client, request('/cors', ['Origin: https://evil.example'], 'PUT'))
    assertProblem(response, 401, 'MISSING_CREDENTIAL')
    assert.equal(response.header('access-control-allow-origin'), undefined)
  })

  const preflight = (from: string, method: string, path = '/cors'): string =>
    request(path, [`Origin: ${from}`, `Access-Control-Request-Method: ${method}`], 'OPTIONS')

  test('a route for PUT answers the preflight, which is neither counted nor asked who it is', async t => {
    const { client: connect, upstream } = await open(t)
    const client = await connect()
    for (let i = 0; i < 5; i++) {
      const response = await exchange(client, preflight('https://app.example.com', 'PUT'))
      assert.equal(response.status, 204)
      assert.equal(response.header('access-control-allow-methods'), 'PUT')
      assert.equal(response.header('access-control-max-age'), '600')
      assertCors(response)
    }
    const other = await exchange(client, preflight('https://evil.example', 'PUT'))
    assert.equal(other.header('access-control-allow-origin'), undefined)
    const deleting = await exchange(client, preflight('https://app.example.com', 'DELETE'))
    assert.equal(deleting.header('access-control-allow-origin'), undefined)
    assert.equal(upstream.connections.length, 0)
    assert.equal((await exchange(client, put(bearer(writer)))).status, 200)
  })

  test('insufficient scope names what is missing (RFC 6750)', async t => {
    const client = await (await open(t)).client()
    const response = await ask(client, '/scoped', bearer(hmacToken('me', { scope: 'a' })))
    assertProblem(response, 403, 'FORBIDDEN')
    assert.equal(response.header('www-authenticate'), 'Bearer error="insufficient_scope", scope="a b"')
  })

  test('bad credentials are limited before they are looked at', async t => {
    const client = await (await open(t)).client()
    for (let i = 0; i < 3; i++) assert.equal((await ask(client, '/guesses', bearer(`x.${i}.z`))).status, 401)
    assertProblem(await ask(client, '/guesses', bearer('x.4.z')), 429, 'RATE_LIMITED')
  })
})

suite('who may pass', () => {
  for (const [name, target, status, ...fields] of [
    ['a role of a token', '/readers', 200, bearer(hmacToken('me', { roles: ['reader'] }))],
    ['no role', '/readers', 403, bearer(hmacToken('me'))],
    ['another role', '/readers', 403, bearer(hmacToken('me', { roles: ['Reader', 'readers', ' reader'] }))],
    ['a role of a consumer', '/readers', 200, `X-Api-Key: ${KEY}`],
    ['a consumer without it', '/readers', 403, `X-Api-Key: ${OTHER_KEY}`],
    ['all scopes', '/scoped', 200, bearer(hmacToken('me', { scope: 'b a c' }))],
    ['a claim', '/org', 200, bearer(hmacToken('me', { org: { id: 7 } }))],
    ['a claim of another type', '/org', 403, bearer(hmacToken('me', { org: { id: '7' } }))],
    ['a claim of the prototype', '/org', 403, bearer(hmacToken('me', { org: { __proto__: { id: 7 } } }))],
    ['a consumer', '/partners', 200, `X-Api-Key: ${OTHER_KEY}`],
    ['another consumer', '/partners', 403, `X-Api-Key: ${KEY}`],
    ['either: a token', '/either', 200, bearer(hmacToken('me'))],
    ['either: a key', '/either', 200, `X-Api-Key: ${KEY}`],
    ['either: nothing', '/either', 401],
    ['both', '/both', 200, bearer(hmacToken('me')), `X-Api-Key: ${KEY}`],
    ['both: one bad', '/both', 401, bearer(hmacToken('me')), 'X-Api-Key: x'],
    ['optional: nobody', '/optional', 200],
    ['optional: another scheme is nobody', '/optional', 200, 'Authorization: Basic bWU6bWU='],
  ] as const) {
    test(name, async t => {
      const client = await (await open(t)).client()
      const response = await ask(client, target, ...fields)
      assert.equal(response.status, status, response.body.toString())
      if (status === 403) assertProblem(response, 403, 'FORBIDDEN')
    })
  }

  test('what is revoked is refused at the next request, and believed again when that is taken back', async t => {
    const { client: connect, gateway } = await open(t)
    const client = await connect()
    const later = Date.now() + 60_000
    const token = bearer(hmacToken('me', { jti: 'one' }))
    const key = `X-Api-Key: ${KEY}`
    const statuses = async () => [(await ask(client, '/main', token)).status, (await ask(client, '/keys', key)).status]
    assert.deepEqual(await statuses(), [200, 200])
    gateway.revocations.revoke('jti', 'one', later)
    assert.deepEqual(await statuses(), [401, 200])
    gateway.revocations.revoke('key', consumerSpec('a', KEY).keys[0]!.hash, later)
    gateway.revocations.reinstate('jti', 'one')
    assert.deepEqual(await statuses(), [200, 401])
    gateway.revocations.revoke('sub', 'me', later)
    assert.deepEqual(await statuses(), [401, 401])
    assert.equal(parseResponses(client.received()).length, 1)
  })
})

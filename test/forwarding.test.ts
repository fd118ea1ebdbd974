import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { OK, scene } from './support/fixture.ts'
import { answering } from './support/hostile-upstream.ts'
import { type LenientRequest, readLenientRequest } from './support/lenient-request.ts'
import { overTls } from './support/raw-client.ts'
import { exchange, type RawResponse } from './support/responses.ts'
import type { GatewayOptions } from './support/specs.ts'

/** What the upstream gets to see of a request, and the client of an answer. */

type Options = Parameters<typeof scene>[2]

const forwarded = async (
  t: TestContext,
  head: string,
  options: Options = {},
  answer = OK,
): Promise<{ request: LenientRequest; response: RawResponse }> => {
  const { client, upstream } = await scene(t, answering(answer), options)
  const response = await exchange(await client(), head)
  const read = readLenientRequest(upstream.connections[0]?.received() ?? Buffer.alloc(0), 0)
  if (read === null) throw new Error(`nothing was forwarded: ${response.status} ${response.body}`)
  return { request: read.request, response }
}

const get = (fields: string, target = '/'): string => `GET ${target} HTTP/1.1\r\nHost: gw.test:8080\r\n${fields}\r\n`
const values = (request: LenientRequest, name: string): string[] =>
  request.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
const trusted: Options = { trustedProxies: ['127.0.0.0/8'] }

suite('hop-by-hop fields', () => {
  test('end at the gateway', async t => {
    const fields =
      'Connection: keep-alive, X-Foo\r\nX-Foo: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: gzip\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nProxy-Authorization: x\r\nX-Bar: 2\r\n'
    const { request } = await forwarded(t, get(fields))
    assert.equal(request.header('x-bar'), '2')
    for (const name of [
      'x-foo',
      'keep-alive',
      'proxy-connection',
      'upgrade',
      'http2-settings',
      'proxy-authorization',
    ]) {
      assert.equal(request.header(name), undefined, name)
    }
    assert.ok([undefined, 'trailers'].includes(request.header('te')))
    assert.ok([undefined, 'keep-alive'].includes(request.header('connection')?.toLowerCase()))
  })

  test('Connection cannot take away what the gateway needs', async t => {
    const fields =
      'Connection: host, content-length, x-forwarded-for, via, x-request-id, cookie\r\nCookie: a=b\r\nContent-Length: 2\r\n'
    const { request } = await forwarded(t, `POST / HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\nhi`)
    assert.equal(values(request, 'host').length, 1)
    assert.equal(request.body.toString(), 'hi')
    assert.equal(request.header('x-forwarded-for'), '127.0.0.1')
    assert.notEqual(request.header('via'), undefined)
  })

  test('several Connection lines count', async t => {
    const { request } = await forwarded(t, get('Connection: x-a\r\nX-A: 1\r\nConnection: x-b\r\nX-B: 2\r\n'))
    assert.equal(request.header('x-a'), undefined)
    assert.equal(request.header('x-b'), undefined)
  })
})

suite('identity', () => {
  test('nobody names himself', async t => {
    const fields =
      'X-Consumer: root\r\nx-consumer: root\r\nX_Consumer: root\r\nX-Claim-Sub: root\r\nX-Claim_Role: root\r\nx_claim_x: root\r\nX-Other: me\r\n'
    const { request } = await forwarded(t, get(fields))
    assert.ok(!request.head.includes('root'), request.head)
    assert.equal(request.header('x-other'), 'me')
  })
})

suite('forwarded fields', () => {
  const claims =
    'X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\nX-Forwarded-Server: s\r\nForwarded: for=1.2.3.4\r\n'

  test('of a stranger are replaced', async t => {
    const { request } = await forwarded(t, get(claims))
    assert.deepEqual(values(request, 'x-forwarded-for'), ['127.0.0.1'])
    assert.deepEqual(values(request, 'x-forwarded-proto'), [overTls ? 'https' : 'http'])
    assert.deepEqual(values(request, 'x-forwarded-host'), ['gw.test:8080'])
    assert.equal(request.header('forwarded'), undefined)
    assert.ok(!/1\.2\.3\.4|evil/.test(request.head), request.head)
  })

  test('of a stranger are not smuggled in with an underscore', async t => {
    const { request } = await forwarded(t, get('X_Forwarded_For: 1.2.3.4\r\nX_Forwarded-Host: evil\r\n'))
    assert.ok(!/1\.2\.3\.4|evil/.test(request.head), request.head)
  })

  test('of a trusted proxy are kept and appended to', async t => {
    const { request } = await forwarded(t, get(claims), trusted)
    assert.equal(values(request, 'x-forwarded-for').join(', '), '1.2.3.4, 127.0.0.1')
    assert.equal(values(request, 'x-forwarded-proto').join(', '), 'https')
  })

  test('repeated lines of a trusted proxy stay in order', async t => {
    const { request } = await forwarded(t, get('X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n'), trusted)
    assert.equal(values(request, 'x-forwarded-for').join(', '), '1.1.1.1, 2.2.2.2, 127.0.0.1')
  })

  test('a trusted proxy that says nothing', async t => {
    const { request } = await forwarded(t, get(''), trusted)
    assert.equal(request.header('x-forwarded-for'), '127.0.0.1')
    assert.equal(request.header('x-forwarded-proto'), overTls ? 'https' : 'http')
    assert.equal(request.header('x-forwarded-host'), 'gw.test:8080')
  })
})

suite('request ids', () => {
  test('of a stranger are replaced, on both sides by the same', async t => {
    const { request, response } = await forwarded(t, get('X-Request-Id: mine\r\n'))
    assert.deepEqual(values(request, 'x-request-id'), [response.header('x-request-id')])
    assert.notEqual(request.header('x-request-id'), 'mine')
  })

  test('of a trusted proxy are kept when well formed', async t => {
    const { request, response } = await forwarded(t, get('X-Request-Id: abc-123\r\n'), trusted)
    assert.equal(request.header('x-request-id'), 'abc-123')
    assert.equal(response.header('x-request-id'), 'abc-123')
  })

  test('that are not well formed are replaced', async t => {
    const { request } = await forwarded(t, get(`X-Request-Id: ${'a'.repeat(5000)}\r\n`), trusted)
    assert.ok((request.header('x-request-id')?.length ?? 0) < 300)
  })

  test('of the upstream do not reach the client twice', async t => {
    const answer = 'HTTP/1.1 200 OK\r\nX-Request-Id: theirs\r\nContent-Length: 2\r\n\r\nok'
    const { response } = await forwarded(t, get(''), {}, answer)
    assert.equal(response.headers.filter(([name]) => name.toLowerCase() === 'x-request-id').length, 1)
  })
})

suite('Via', () => {
  test('is added behind what is there', async t => {
    const { request } = await forwarded(t, get('Via: 1.0 other\r\n'))
    assert.match(values(request, 'via').join(', '), /^1\.0 other, 1\.1 sallyport/)
  })

  test('tells the version the request came in', async t => {
    const { request } = await forwarded(t, 'GET / HTTP/1.0\r\nHost: h\r\n\r\n')
    assert.match(request.header('via') ?? '', /^1\.0 sallyport/)
  })

  test('is left out when the service says so', async t => {
    const { request } = await forwarded(t, get(''), { service: { via: false } })
    assert.equal(request.header('via'), undefined)
  })

  test('stops a request that comes back', async t => {
    const { client, upstream, gateway } = await scene(t, async connection => {
      // An upstream that sends the request back to the gateway, Via and all.
      const request = await connection.request()
      if (request === null) return
      const { openClient } = await import('./support/raw-client.ts')
      const again = await openClient(gateway.port)
      const answer = await exchange(again, request.raw)
      again.destroy()
      await connection.send(`HTTP/1.1 ${answer.status} X\r\nContent-Length: 0\r\n\r\n`)
    })
    const answer = await exchange(await client(), get(''), 5000)
    assert.ok(answer.status >= 400, String(answer.status))
    assert.equal(upstream.connections.length, 1, 'the second time it is refused')
  })
})

suite('heads as they are', () => {
  test('fields keep spelling, order and repetition', async t => {
    const fields = 'x-LOWER: a\r\nCookie: a=1\r\nCookie: b=2\r\nX-Empty:\r\nX-Odd:\t spaced out \t\r\n'
    const { request } = await forwarded(t, get(fields))
    const kept = request.headers.filter(([name]) => /^(x-lower|cookie|x-empty|x-odd)$/i.test(name))
    assert.deepEqual(kept, [
      ['x-LOWER', 'a'],
      ['Cookie', 'a=1'],
      ['Cookie', 'b=2'],
      ['X-Empty', ''],
      ['X-Odd', 'spaced out'],
    ])
  })

  test('Set-Cookie lines stay apart', async t => {
    const answer = 'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok'
    const { response } = await forwarded(t, get(''), {}, answer)
    assert.deepEqual(
      response.headers.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value),
      ['a=1', 'b=2'],
    )
  })

  test('Date is added when it is missing and kept when it is there', async t => {
    const { response } = await forwarded(t, get(''))
    assert.match(response.header('date') ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
    const dated = 'HTTP/1.1 200 OK\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\nContent-Length: 2\r\n\r\nok'
    const other = await forwarded(t, get(''), {}, dated)
    assert.deepEqual(
      other.response.headers.filter(([name]) => name === 'Date').map(([, value]) => value),
      ['Tue, 01 Jan 2030 00:00:00 GMT'],
    )
  })

  test('Host is the target, or the client says', async t => {
    const target = await forwarded(t, get(''))
    assert.match(target.request.header('host') ?? '', /^127\.0\.0\.1:\d+$/)
    const preserved = await forwarded(t, get(''), { service: { host: 'preserve' } })
    assert.equal(preserved.request.header('host'), 'gw.test:8080')
  })
})

suite('targets', () => {
  const cases: Readonly<Record<string, string>> = {
    '/a/./b/../c': '/a/c',
    '/../../a': '/a',
    '/a/%2e%2e/b': '/b',
    '/%7Euser/%41': '/~user/A',
    '/a%2fb%5Cc': '/a%2Fb%5Cc',
    '/a//b': '/a//b',
    '/?q=%7e/../&r=%2F%': '/?q=%7e/../&r=%2F%',
    '/a?': '/a?',
    "/a;b=c/d,e/'f'": "/a;b=c/d,e/'f'",
    '/%e2%82%ac': '/%E2%82%AC',
  }
  for (const [sent, expected] of Object.entries(cases)) {
    test(`${sent} becomes ${expected}`, async t => {
      const { request } = await forwarded(t, get('', sent))
      assert.equal(request.target, expected)
    })
  }

  test('an access rule cannot be walked around', async t => {
    const routes: GatewayOptions['routes'] = [
      { match: { kind: 'prefix', pattern: '/public' } },
      { match: { kind: 'prefix', pattern: '/admin' }, action: { kind: 'respond', status: 403, headers: [], body: '' } },
    ]
    const { client, upstream } = await scene(t, answering(OK), { routes })
    const open = await client()
    for (const target of ['/public/../admin', '/public/%2e%2e/admin', '/./admin', '/%61dmin', '/public/.%2E/admin/x']) {
      const { status } = await exchange(open, get('', target))
      assert.ok([403, 404].includes(status), `${target}: ${status}`)
    }
    assert.equal(upstream.connections.length, 0)
  })
})

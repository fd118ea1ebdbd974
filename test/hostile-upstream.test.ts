import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { assertProblem, GET, OK, scene } from './support/fixture.ts'
import { answering, answeringOnce, type UpstreamConnection } from './support/hostile-upstream.ts'
import { exchange, finalResponse, parseResponses, readResponses } from './support/responses.ts'

/** Upstreams are strangers too: nothing they send may reach a client as something it is not. */

type Script = (connection: UpstreamConnection) => Promise<void>

/** The first connection does one thing, all later ones answer properly. */
const firstThen =
  (first: Script): Script =>
  connection =>
    connection.index === 0 ? first(connection) : answering(OK)(connection)

const BAD_HEADS: Readonly<Record<string, string>> = {
  'both lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'both lengths, the other way round':
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  'a length with a plus': 'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello',
  'a negative length': 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello',
  'a length in hexadecimal': 'HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello',
  'an empty length': 'HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nhello',
  'a list of lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello',
  'a length out of range': 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello',
  'two lengths that differ': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
  'an unknown coding': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'chunked not last': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
  'two codings': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'chunked in HTTP/1.0': 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'an unasked 101': 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
  'no HTTP at all': 'hello\r\n\r\n',
  'HTTP/0.9': '<html>hello</html>\r\n\r\n',
  ICY: 'ICY 200 OK\r\n\r\n',
  'HTTP/2': 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.2': 'HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n',
  'no status': 'HTTP/1.1\r\nContent-Length: 0\r\n\r\n',
  'status 99': 'HTTP/1.1 99 x\r\nContent-Length: 0\r\n\r\n',
  'status 099': 'HTTP/1.1 099 x\r\nContent-Length: 0\r\n\r\n',
  'status 1000': 'HTTP/1.1 1000 x\r\nContent-Length: 0\r\n\r\n',
  'status 2xx': 'HTTP/1.1 2xx OK\r\nContent-Length: 0\r\n\r\n',
  'two spaces before the status': 'HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n',
  'a control byte in the reason': 'HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n',
  'CR in the reason': 'HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n',
  'bare LF': 'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
  'LF in a value': 'HTTP/1.1 200 OK\r\nX-A: b\nSet-Cookie: evil\r\nContent-Length: 0\r\n\r\n',
  'CR in a value': 'HTTP/1.1 200 OK\r\nX-A: b\rSet-Cookie: evil\r\nContent-Length: 0\r\n\r\n',
  'NUL in a value': 'HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 0\r\n\r\n',
  'obs-fold': 'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n',
  'a space before the colon': 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n',
  'a line without a colon': 'HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n',
  'an empty name': 'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n',
  'a head of 200 KB': `HTTP/1.1 200 OK\r\n${`X-A: ${'a'.repeat(1000)}\r\n`.repeat(200)}Content-Length: 0\r\n\r\n`,
  'a field of 200 KB': `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(200_000)}\r\nContent-Length: 0\r\n\r\n`,
}

suite('a bad head is a 502 and ends the connection to the upstream', () => {
  for (const [name, bytes] of Object.entries(BAD_HEADS)) {
    test(name, async t => {
      const { client: open, upstream } = await scene(t, firstThen(answeringOnceOpen(bytes)))
      const client = await open()
      assertProblem(await exchange(client, GET), 502, 'UPSTREAM_PROTOCOL')
      await upstream.connections[0]!.ended()
      const again = await open()
      assert.equal((await exchange(again, GET)).status, 200)
    })
  }
})

/** Answers and leaves the connection open: whoever waits for more waits in vain. */
const answeringOnceOpen =
  (bytes: string): Script =>
  async connection => {
    if ((await connection.request()) !== null) await connection.send(bytes)
  }

suite('no whole head', () => {
  const cases: Readonly<Record<string, Script>> = {
    'closed at once': answeringOnce(''),
    'reset at once': answeringOnce('', 'reset'),
    'closed in the head': answeringOnce('HTTP/1.1 200 OK\r\nX-A'),
    'closed in the status line': answeringOnce('HTTP/1.'),
    'closed behind an informational answer': answeringOnce('HTTP/1.1 103 Early Hints\r\n\r\n'),
  }
  for (const [name, script] of Object.entries(cases)) {
    test(name, async t => {
      const { client } = await scene(t, script)
      const post = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi'
      assertProblem(await exchange(await client(), post), 502, 'UPSTREAM_PROTOCOL', 'UPSTREAM_CONNECT')
    })
  }

  test('a head without end is given up, not collected', async t => {
    const { client, upstream } = await scene(t, async connection => {
      await connection.request()
      await connection.send('HTTP/1.1 200 OK\r\n')
      for (let n = 0; n < 20_000 && !connection.closed(); n++) await connection.send(`X-${n}: ${'a'.repeat(1000)}\r\n`)
    })
    assertProblem(await exchange(await client(), GET, 5000), 502, 'UPSTREAM_PROTOCOL')
    await upstream.connections[0]!.ended()
  })

  test('informational answers without end are given up', async t => {
    const { client, upstream } = await scene(t, async connection => {
      await connection.request()
      const many = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(50)
      for (let n = 0; n < 2000 && !connection.closed(); n++) await connection.send(many)
    })
    assertProblem(await exchange(await client(), GET, 5000), 502, 'UPSTREAM_PROTOCOL')
    await upstream.connections[0]!.ended()
  })

  test('silence is a 504', async t => {
    const { client, upstream } = await scene(t, async () => {}, { service: { timeouts: { headMs: 300 } } })
    assertProblem(await exchange(await client(), GET, 5000), 504, 'UPSTREAM_TIMEOUT')
    await upstream.connections[0]!.ended()
  })

  test('nobody listening is a 502', async t => {
    const { client, upstream } = await scene(t, async () => {})
    await upstream.close()
    assertProblem(await exchange(await client(), GET), 502, 'UPSTREAM_CONNECT')
  })
})

suite('a body that breaks is seen to be broken', () => {
  const cases: Readonly<Record<string, { head: string; rest: string; end?: 'finish' | 'reset' }>> = {
    'EOF before the length': { head: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello', rest: '', end: 'finish' },
    'RST before the length': { head: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello', rest: '', end: 'reset' },
    'EOF before the last chunk': {
      head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      rest: '',
      end: 'finish',
    },
    'RST before the last chunk': {
      head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      rest: '',
      end: 'reset',
    },
    'EOF in a chunk': {
      head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello',
      rest: '',
      end: 'finish',
    },
    'EOF in the trailers': {
      head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      rest: '0\r\nX-T: a\r\n',
      end: 'finish',
    },
    'RST before the end of the connection': { head: 'HTTP/1.1 200 OK\r\n\r\nhello', rest: '', end: 'reset' },
    'a bad chunk size': {
      head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      rest: 'xyz\r\nhello\r\n0\r\n\r\n',
    },
    'a chunk without its line end': {
      head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      rest: '5\r\nhello0\r\n\r\n',
    },
    'a length in the trailers': {
      head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      rest: '0\r\nContent-Length: 5\r\n\r\n',
    },
  }
  for (const [name, { head, rest, end }] of Object.entries(cases)) {
    test(name, async t => {
      let proceed = (): void => {}
      const seen = new Promise<void>(resolve => {
        proceed = resolve
      })
      const { client: open, upstream } = await scene(
        t,
        firstThen(async connection => {
          await connection.request()
          await connection.send(head)
          await seen
          if (rest !== '') await connection.send(rest)
          if (end !== undefined) connection[end]()
        }),
      )
      const client = await open()
      await client.send(GET)
      assert.ok(await client.waitForText('hello'), 'what came is passed on')
      proceed()
      assert.ok(await client.waitForClose(), 'the connection ends')
      const answer = finalResponse(parseResponses(client.received()), client)
      assert.equal(answer.status, 200)
      // With neither a length nor chunks only a reset can tell, unless the answer was given chunks.
      assert.ok(answer.framing !== 'close' || client.wasReset(), 'the reader can tell')
      assert.ok(!answer.complete, client.received().toString('latin1'))
      await upstream.connections[0]!.ended()
      assert.equal((await exchange(await open(), GET)).status, 200)
    })
  }
})

suite('bytes that nobody asked for', () => {
  const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'
  const cases: Readonly<Record<string, { method?: string; answer: string; body: string }>> = {
    'more than the length': { answer: `${OK}${poison}`, body: 'ok' },
    'more than the last chunk': {
      answer: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n${poison}`,
      body: 'ok',
    },
    'a body for HEAD': {
      method: 'HEAD',
      answer: `HTTP/1.1 200 OK\r\nContent-Length: ${poison.length}\r\n\r\n${poison}`,
      body: '',
    },
    'a chunked body for HEAD': {
      method: 'HEAD',
      answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      body: '',
    },
    'a body for 204': {
      answer: `HTTP/1.1 204 No Content\r\nContent-Length: ${poison.length}\r\n\r\n${poison}`,
      body: '',
    },
    'a body for 304': {
      answer: `HTTP/1.1 304 Not Modified\r\nContent-Length: ${poison.length}\r\n\r\n${poison}`,
      body: '',
    },
  }
  for (const [name, { method = 'GET', answer, body }] of Object.entries(cases)) {
    test(name, async t => {
      const { client: open, upstream } = await scene(t, firstThen(answeringOnceOpen(answer)))
      const client = await open()
      const first = await exchange(client, `${method} / HTTP/1.1\r\nHost: h\r\n\r\n`)
      assert.equal(first.body.toString(), body)
      await upstream.connections[0]!.ended()
      const next = client.closed() ? await open() : client
      const second = await exchange(next, GET)
      assert.equal(second.body.toString(), 'ok')
      assert.ok(!client.received().includes('poison'))
    })
  }

  test('on an idle connection', async t => {
    const { client: open, upstream } = await scene(
      t,
      firstThen(async connection => {
        await connection.request()
        await connection.send(OK)
      }),
    )
    const client = await open()
    assert.equal((await exchange(client, GET)).body.toString(), 'ok')
    const idle = upstream.connections[0]!
    assert.ok(!idle.closed(), 'kept for the next request')
    await idle.send(poison)
    await idle.ended()
    assert.equal((await exchange(client, GET)).body.toString(), 'ok')
    assert.equal(upstream.connections.length, 2)
  })

  test('the end of an idle connection is noticed', async t => {
    const { client: open, upstream } = await scene(t, firstThen(answeringOnce(OK)))
    const client = await open()
    assert.equal((await exchange(client, GET)).body.toString(), 'ok')
    await upstream.connections[0]!.ended()
    assert.equal((await exchange(client, 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi')).status, 200)
  })
})

suite('answers that come early', () => {
  const head = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n'
  const refusal = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig'
  const early: Readonly<Record<string, 'finish' | 'reset' | 'stay'>> = {
    'and the upstream closes': 'finish',
    'and the upstream reads on': 'stay',
  }
  for (const [name, end] of Object.entries(early)) {
    test(`a refusal during an upload reaches the client, ${name}`, async t => {
      const { client: open } = await scene(t, async connection => {
        await connection.waitFor(received => received.includes('\r\n\r\n'))
        await connection.send(refusal)
        if (end !== 'stay') connection[end]()
      })
      const client = await open()
      await client.send(head + 'a'.repeat(1000))
      const [answer] = await readResponses(client, ['POST'])
      assert.equal(answer?.status, 413)
      assert.equal(answer.body.toString(), 'big')
    })
  }

  test('a client that sends on meanwhile gets the refusal, not a reset', async t => {
    const { client: open } = await scene(t, async connection => {
      await connection.waitFor(received => received.includes('\r\n\r\n'))
      await connection.send(refusal)
      connection.finish()
    })
    const client = await open()
    const sending = client.send(head + 'a'.repeat(999_000))
    const [answer] = await readResponses(client, ['POST'])
    assert.equal(answer?.status, 413)
    assert.equal(answer.body.toString(), 'big')
    client.destroy()
    await sending
  })

  test('the rest of an upload after an early answer is never read as a request', async t => {
    const { client: open, upstream } = await scene(t, async connection => {
      await connection.waitFor(received => received.includes('\r\n\r\n'))
      await connection.send(OK)
      await answering(OK)(connection)
    })
    const client = await open()
    const poison = 'GET /poison HTTP/1.1\r\nHost: h\r\n\r\n'
    await client.send(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${poison.length}\r\n\r\n`)
    await client.waitForText('ok')
    await client.send(poison)
    await client.send('GET /after HTTP/1.1\r\nHost: h\r\n\r\n')
    await client.waitFor(c => c.closed() || parseResponses(c.received()).length > 1)
    const targets = upstream.connections.flatMap(
      c =>
        c
          .received()
          .toString('latin1')
          .match(/^GET \S+/gm) ?? [],
    )
    // As the body of the POST it may arrive; as a request line of its own only behind a whole body.
    const requests = upstream.connections.map(c => c.received().toString('latin1').split('\r\n\r\n')[0])
    assert.ok(!requests.some(request => request?.startsWith('GET /poison')), String(targets))
    assert.ok(parseResponses(client.received()).length <= 2)
  })
})

suite('old and odd answers that are fine', () => {
  const cases: Readonly<Record<string, { answer: string; status?: number; body: string; closes?: boolean }>> = {
    'HTTP/1.0 until the end of the connection': { answer: 'HTTP/1.0 200 OK\r\n\r\nhello', body: 'hello', closes: true },
    'HTTP/1.0 with a length': { answer: 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', body: 'hello' },
    'HTTP/1.1 until the end of the connection': {
      answer: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello',
      body: 'hello',
      closes: true,
    },
    'no reason': { answer: 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', body: '' },
    'a status nobody knows': { answer: 'HTTP/1.1 599 Odd\r\nContent-Length: 1\r\n\r\nx', status: 599, body: 'x' },
    'bytes above 127 in a value': { answer: 'HTTP/1.1 200 OK\r\nX-A: \xe9\r\nContent-Length: 1\r\n\r\nx', body: 'x' },
    '100 Continue that nobody asked for': { answer: `HTTP/1.1 100 Continue\r\n\r\n${OK}`, body: 'ok' },
  }
  for (const [name, { answer, status = 200, body, closes }] of Object.entries(cases)) {
    test(name, async t => {
      const { client } = await scene(t, closes === true ? answeringOnce(answer) : answering(answer))
      const response = await exchange(await client(), GET)
      assert.equal(response.status, status)
      assert.equal(response.version, '1.1')
      assert.equal(response.body.toString(), body)
      assert.equal(response.header('x-a'), name.startsWith('bytes') ? '\xe9' : undefined)
    })
  }

  for (const framing of [
    'Content-Length: 5\r\n\r\nhello',
    'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  ]) {
    const name = framing.slice(0, framing.indexOf(':'))
    test(`Connection: ${name} does not unframe an answer`, async t => {
      const { client: open } = await scene(t, answering(`HTTP/1.1 200 OK\r\nConnection: ${name}\r\n${framing}`))
      const client = await open()
      for (let n = 0; n < 2; n++) {
        const answer = await exchange(client, GET)
        assert.notEqual(answer.framing, 'close')
        assert.equal(answer.body.toString(), 'hello')
      }
    })
  }

  test('hop-by-hop fields of an answer end here', async t => {
    const fields =
      'Connection: x-secret, close\r\nX-Secret: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: close\r\nProxy-Authenticate: x\r\nUpgrade: h2c\r\nTE: x\r\nX-Kept: 1\r\n'
    const { client } = await scene(t, answeringOnce(`HTTP/1.1 200 OK\r\n${fields}Content-Length: 2\r\n\r\nok`))
    const response = await exchange(await client(), GET)
    const names = response.headers.map(([name]) => name.toLowerCase())
    assert.ok(names.includes('x-kept'))
    for (const name of ['x-secret', 'keep-alive', 'proxy-connection', 'upgrade', 'te'])
      assert.ok(!names.includes(name), name)
    assert.notEqual(response.header('connection')?.toLowerCase(), 'close', 'the upstream closes, the client need not')
  })
})

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { assertProblem, GET, OK, scene } from './support/fixture.ts'
import { answering, type UpstreamConnection } from './support/hostile-upstream.ts'
import { soon, turn } from './support/raw-client.ts'
import { exchange, parseResponses, readResponses } from './support/responses.ts'

/** How connections on both sides begin, are shared, and end. */

const POST = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi'

/** Gets a request and never answers. */
const silent = async (connection: UpstreamConnection): Promise<void> => {
  await connection.request()
}

const seen = async (connections: readonly UpstreamConnection[], text: string): Promise<UpstreamConnection> => {
  await soon(() => connections.length > 0)
  assert.ok(await connections[0]!.waitFor(received => received.includes(text)))
  return connections[0]!
}

suite('a client that goes away', () => {
  const ways = {
    'closes while it waits': client => client.destroy(),
    'resets while it waits': client => client.reset(),
    'sends FIN before the answer': client => client.finish(),
  } satisfies Record<string, (client: { destroy(): void; reset(): void; finish(): void }) => void>
  for (const [name, leave] of Object.entries(ways)) {
    test(`${name}: the upstream's connection is closed at once`, async t => {
      const { client: open, upstream } = await scene(t, silent)
      const client = await open()
      await client.send(GET)
      const connection = await seen(upstream.connections, '\r\n\r\n')
      leave(client)
      await connection.ended(1000)
    })
  }

  test('in the middle of an answer', async t => {
    const { client: open, upstream } = await scene(t, async connection => {
      await connection.request()
      await connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
    })
    const client = await open()
    await client.send(GET)
    await client.waitForText('hello')
    client.destroy()
    await upstream.connections[0]!.ended(1000)
  })

  test('before its second answer: the bytes of the first are not counted again', async t => {
    const { client: open, gateway } = await scene(t, async connection => {
      await connection.request()
      await connection.send(OK)
    })
    const client = await open()
    assert.equal((await exchange(client, GET)).body.toString(), 'ok')
    await client.send(GET)
    await soon(() => gateway.gauge('sallyport_upstream_in_flight') === 1)
    client.destroy()
    await soon(() => gateway.gauge('sallyport_requests_in_flight') === 0)
    assert.equal(gateway.count('sallyport_response_bytes_total'), 2)
  })

  test('in the middle of an answer it does not read', async t => {
    const { client: open, upstream } = await scene(t, async connection => {
      await connection.request()
      await connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const chunk = `10000\r\n${'a'.repeat(65_536)}\r\n`
      while (!connection.closed()) await connection.send(chunk)
    })
    const client = await open()
    await client.send(GET)
    await client.waitForText('aaa')
    client.socket.pause()
    await turn(50)
    client.destroy()
    await upstream.connections[0]!.ended(1000)
  })

  test('in the middle of an upload: the upstream sees a broken body', async t => {
    const { client: open, upstream } = await scene(t, silent)
    const client = await open()
    await client.send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhello')
    const connection = await seen(upstream.connections, 'hello')
    client.destroy()
    await connection.ended(1000)
  })

  test('in the middle of a chunked upload: no last chunk is made up', async t => {
    const { client: open, upstream } = await scene(t, silent)
    const client = await open()
    await client.send('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
    const connection = await seen(upstream.connections, 'hello')
    client.destroy()
    await connection.ended(1000)
    assert.ok(!connection.received().includes('\r\n0\r\n'))
  })

  test('with pipelined requests waiting: none of them reaches the upstream', async t => {
    const { client: open, upstream } = await scene(t, silent)
    const client = await open()
    await client.send(GET + GET.replace('/', '/second') + GET.replace('/', '/third'))
    const connection = await seen(upstream.connections, '\r\n\r\n')
    client.destroy()
    await connection.ended(1000)
    await turn(20)
    const received = upstream.connections.map(c => c.received().toString()).join('')
    assert.ok(!received.includes('/second') && !received.includes('/third'))
  })
})

suite('a reused connection that dies under the request', () => {
  /** Answers once, then ends the connection when the next request comes, as a server does whose idle time ran out. */
  const dying =
    (end: 'finish' | 'reset') =>
    async (connection: UpstreamConnection): Promise<void> => {
      if ((await connection.request()) === null) return
      await connection.send(OK)
      const before = connection.received().length
      if (await connection.waitFor(received => received.length > before)) connection[end]()
    }

  for (const end of ['finish', 'reset'] as const) {
    test(`GET is sent again, once (${end})`, async t => {
      const { client: open, upstream } = await scene(t, dying(end))
      const client = await open()
      assert.equal((await exchange(client, GET)).status, 200)
      assert.equal((await exchange(client, GET)).status, 200)
      assert.equal(upstream.connections.length, 2)
    })

    test(`POST is not sent again (${end})`, async t => {
      const { client: open, upstream } = await scene(t, dying(end))
      const client = await open()
      assert.equal((await exchange(client, POST)).status, 200)
      assertProblem(await exchange(client, POST), 502, 'UPSTREAM_CONNECT', 'UPSTREAM_PROTOCOL')
      assert.equal(upstream.connections.length, 1)
    })
  }

  test('a new connection that dies is not tried again', async t => {
    const { client: open, upstream } = await scene(t, async connection => {
      await connection.request()
      connection.finish()
    })
    assert.equal((await exchange(await open(), GET)).status, 502)
    assert.equal(upstream.connections.length, 1)
  })

  test('all idle connections died: the second try uses a new one', async t => {
    const { client: open, upstream } = await scene(t, async connection => {
      if (connection.index < 3) return dying('reset')(connection)
      return answering(OK)(connection)
    })
    const clients = await Promise.all([open(), open(), open()])
    await Promise.all(clients.map(client => exchange(client, GET)))
    assert.equal(upstream.connections.length, 3)
    assert.equal((await exchange(clients[0]!, GET)).status, 200)
  })

  test('once a byte of the answer came, nothing is repeated', async t => {
    const { client: open, upstream } = await scene(t, async connection => {
      await connection.request()
      await connection.send(OK)
      await connection.request()
      await connection.send('HTTP/1.1 200')
      connection.reset()
    })
    const client = await open()
    await exchange(client, GET)
    assert.equal((await exchange(client, GET)).status, 502)
    assert.equal(upstream.connections.length, 1)
  })
})

suite('connections to the client', () => {
  test('fifty pipelined requests are answered in order', async t => {
    const { client: open } = await scene(t, async connection => {
      for (let request = await connection.request(); request !== null; request = await connection.request()) {
        // The earlier the request, the later its answer.
        await turn(Math.max(0, 60 - Number(request.target.slice(1))))
        await connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${request.target.length}\r\n\r\n${request.target}`)
      }
    })
    const client = await open()
    const targets = Array.from({ length: 50 }, (_, i) => `/${i}`)
    await client.send(targets.map(target => `GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`).join(''))
    const answers = await readResponses(
      client,
      targets.map(() => 'GET'),
      5000,
    )
    assert.deepEqual(
      answers.map(answer => answer.body.toString()),
      targets,
    )
  })

  test('one connection carries many requests, and so does the one behind it', async t => {
    const { client: open, upstream } = await scene(t, answering(OK))
    const client = await open()
    for (let n = 0; n < 20; n++) assert.equal((await exchange(client, n % 2 === 0 ? GET : POST)).status, 200)
    assert.equal(upstream.connections.length, 1)
  })

  test('Connection: close is obeyed and said', async t => {
    const { client: open } = await scene(t, answering(OK))
    const client = await open()
    const answer = await exchange(client, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
    assert.equal(answer.header('connection')?.toLowerCase(), 'close')
    assert.ok(await client.waitForClose())
  })

  test('HTTP/1.0 closes', async t => {
    const { client: open } = await scene(t, answering(OK))
    const client = await open()
    const answer = await exchange(client, 'GET / HTTP/1.0\r\nHost: h\r\n\r\n')
    assert.equal(answer.body.toString(), 'ok')
    assert.ok(await client.waitForClose())
  })

  test('HTTP/1.0 with keep-alive stays', async t => {
    const { client: open } = await scene(t, answering(OK))
    const client = await open()
    for (let n = 0; n < 3; n++) {
      const answer = await exchange(client, 'GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n')
      assert.equal(answer.header('connection')?.toLowerCase(), 'keep-alive')
    }
    assert.ok(!client.closed())
  })

  test('an answer without length ends the connection of an HTTP/1.0 client and is not chunked', async t => {
    const { client: open } = await scene(
      t,
      answering('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'),
    )
    const client = await open()
    await client.send('GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n')
    assert.ok(await client.waitForClose())
    const [answer] = parseResponses(client.received())
    assert.equal(answer?.header('transfer-encoding'), undefined)
    assert.equal(answer?.body.toString(), 'hello')
  })

  test('an idle connection is closed after its time', async t => {
    const { client: open } = await scene(t, answering(OK), { timeouts: { idleMs: 400 } })
    const client = await open()
    await exchange(client, GET)
    client.forget()
    assert.ok(await client.waitForClose(3000))
    assert.equal(client.received().length, 0)
  })

  test('a head that does not come is a 408', async t => {
    const { client: open } = await scene(t, answering(OK), { timeouts: { headMs: 400 } })
    const client = await open()
    await client.send('GET / HTTP/1.1\r\nHost:')
    assert.ok(await client.waitForClose(3000))
    assertProblem(parseResponses(client.received())[0]!, 408, 'REQUEST_TIMEOUT')
  })

  test('a body that stops is a 408, and the upstream is told', async t => {
    const { client: open, upstream } = await scene(t, silent, { timeouts: { bodyMs: 400 } })
    const client = await open()
    await client.send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhello')
    assert.ok(await client.waitForClose(3000))
    assertProblem(parseResponses(client.received())[0]!, 408, 'REQUEST_TIMEOUT')
    await upstream.connections[0]!.ended()
  })

  const afterTheAnswer = {
    breaks: 'nonsense\r\n',
    stops: '',
    'never ends': null,
  }
  for (const [name, rest] of Object.entries(afterTheAnswer)) {
    test(`a body that ${name} after its answer ends the connection`, async t => {
      const { client: open, gateway } = await scene(
        t,
        async connection => {
          await connection.waitFor(received => received.includes('hello'))
          await connection.send(OK)
        },
        { timeouts: { bodyMs: 400 } },
      )
      const client = await open()
      await client.send('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
      assert.ok(await client.waitForText('ok'))
      if (rest !== null) await client.send(rest)
      else for (let n = 0; n < 400 && !client.closed(); n++) await client.send(`4000\r\n${'a'.repeat(0x4000)}\r\n`)
      assert.ok(await client.waitForClose(4000), 'the connection stays open')
      client.destroy()
      for (let n = 0; n < 200 && gateway.gauge('sallyport_connections') > 0; n++) await turn(5)
      assert.equal(gateway.gauge('sallyport_requests_in_flight'), 0)
      assert.equal(gateway.gauge('sallyport_connections'), 0)
    })
  }

  test('a body larger than allowed is a 413', async t => {
    const { client: open } = await scene(t, answering(OK), { limits: { bodyBytes: 10 } })
    assertProblem(
      await exchange(await open(), 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n'),
      413,
      'BODY_TOO_LARGE',
    )
    const chunked = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n'
    assertProblem(await exchange(await open(), chunked), 413, 'BODY_TOO_LARGE')
  })
})

suite('methods the gateway answers', () => {
  test('OPTIONS * is answered without an upstream', async t => {
    const { client: open, upstream } = await scene(t, answering(OK))
    const answer = await exchange(await open(), 'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n')
    assert.ok(answer.status >= 200 && answer.status < 300)
    assert.equal(upstream.connections.length, 0)
  })

  test('CONNECT is refused', async t => {
    const { client: open, upstream } = await scene(t, answering(OK))
    const client = await open()
    const answer = await exchange(client, 'CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n')
    assert.ok([400, 405, 501].includes(answer.status), String(answer.status))
    assert.equal(upstream.connections.length, 0)
  })

  test('TRACE shows nobody the credentials', async t => {
    const { client: open } = await scene(t, async connection => {
      for (let request = await connection.request(); request !== null; request = await connection.request()) {
        await connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${request.head.length}\r\n\r\n${request.head}`)
      }
    })
    const answer = await exchange(
      await open(),
      'TRACE / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer secret\r\nCookie: secret\r\n\r\n',
    )
    assert.ok(!answer.body.includes('secret'))
  })

  test('no route is a 404, a wrong method a 405 with Allow', async t => {
    const { client: open } = await scene(t, answering(OK), {
      routes: [{ match: { kind: 'prefix', pattern: '/a' }, methods: ['GET', 'PUT'] }],
    })
    const client = await open()
    assertProblem(await exchange(client, GET), 404, 'NO_ROUTE')
    const answer = await exchange(client, 'DELETE /a HTTP/1.1\r\nHost: h\r\n\r\n')
    assertProblem(answer, 405, 'METHOD_NOT_ALLOWED')
    assert.match(answer.header('allow') ?? '', /GET.*PUT/)
  })
})

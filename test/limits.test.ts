import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { assertProblem, GET, OK, scene } from './support/fixture.ts'
import { answering, type UpstreamConnection } from './support/hostile-upstream.ts'
import { bytewise, openClient, soon, turn } from './support/raw-client.ts'
import { exchange, parseResponses, readResponses } from './support/responses.ts'

/** Bounds hold to the byte, and what waits behind a bound is served or told so. */

const held = (): { script: (connection: UpstreamConnection) => Promise<void>; release(): void } => {
  let release = (): void => {}
  const go = new Promise<void>(resolve => {
    release = resolve
  })
  return {
    release: () => release(),
    async script(connection) {
      while ((await connection.request()) !== null) {
        await go
        await connection.send(OK)
      }
    },
  }
}

suite('heads', () => {
  const limits = { headBytes: 1000, fields: 10, targetBytes: 200 }
  const padded = (total: number): string => {
    const start = 'GET / HTTP/1.1\r\nHost: h\r\nX-A: '
    return `${start}${'a'.repeat(total - start.length - 4)}\r\n\r\n`
  }
  const target = (length: number): string => `GET /${'a'.repeat(length - 1)} HTTP/1.1\r\nHost: h\r\n\r\n`
  const fields = (count: number): string => `GET / HTTP/1.1\r\nHost: h\r\n${'X-A: b\r\n'.repeat(count - 1)}\r\n`
  const cases = {
    'head bytes': [padded(1000), padded(1001), 431, 'HEAD_TOO_LARGE'],
    fields: [fields(10), fields(11), 431, 'HEAD_TOO_LARGE'],
    'target bytes': [target(200), target(201), 414, 'URI_TOO_LONG'],
  } as const
  for (const [name, [fits, tooMuch, status, code]] of Object.entries(cases)) {
    test(`${name}: the last that fits, the first that does not`, async t => {
      const { client: open } = await scene(t, answering(OK), { limits })
      assert.equal((await exchange(await open(), fits)).status, 200)
      assertProblem(await exchange(await open(), tooMuch), status, code)
      const slowly = await open()
      await slowly.sendPieces(bytewise(tooMuch))
      assertProblem((await readResponses(slowly, ['GET']))[0]!, status, code)
      assert.ok(await slowly.waitForClose())
    })
  }

  test('sixteen KiB a byte at a time cost little', async t => {
    const { client: open } = await scene(t, answering(OK))
    const client = await open()
    const head = `GET / HTTP/1.1\r\nHost: h\r\n${`X-A: ${'a'.repeat(150)}\r\n`.repeat(90)}\r\n`
    const before = process.cpuUsage()
    await client.sendPieces(bytewise(head))
    assert.equal((await readResponses(client, ['GET'], 5000))[0]?.status, 200)
    const { user, system } = process.cpuUsage(before)
    t.diagnostic(
      `${head.length} bytes one by one: ${Math.round((user + system) / 1000)} ms of CPU, the sender's included`,
    )
    // 14,000 reads and writes cost some 300 ms by themselves; a head scanned anew at each one would cost more on top.
    assert.ok(user + system < 4_000_000)
  })
})

suite('connections to an upstream', () => {
  test('over the bound requests wait in order, over the queue they are refused', async t => {
    const { script, release } = held()
    const { client: open, upstream } = await scene(t, script, { service: { connections: { max: 2, queue: 2 } } })
    const clients = await Promise.all(Array.from({ length: 5 }, open))
    for (const client of clients) {
      await client.send(GET)
      await turn(5)
    }
    assert.equal(upstream.connections.length, 2)
    const [refused] = await readResponses(clients[4]!, ['GET'])
    assertProblem(refused!, 503, 'OVERLOADED')
    assert.match(refused!.header('retry-after') ?? '', /^[1-9]\d*$/)
    release()
    for (const client of clients.slice(0, 4)) assert.equal((await readResponses(client, ['GET']))[0]?.status, 200)
    assert.equal(upstream.connections.length, 2)
  })

  test('whoever leaves the queue is not asked for upstream', async t => {
    const { script, release } = held()
    const { client: open, upstream } = await scene(t, script, { service: { connections: { max: 1, queue: 5 } } })
    const first = await open()
    await first.send(GET)
    await turn(5)
    const leaver = await open()
    await leaver.send(GET.replace('/', '/left'))
    await turn(5)
    leaver.destroy()
    const last = await open()
    await last.send(GET.replace('/', '/stayed'))
    await turn(5)
    release()
    assert.equal((await readResponses(first, ['GET']))[0]?.status, 200)
    assert.equal((await readResponses(last, ['GET']))[0]?.status, 200)
    const received = upstream.connections.map(connection => connection.received().toString()).join('')
    assert.ok(received.includes('/stayed') && !received.includes('/left'))
  })

  for (const [name, body] of [
    ['a whole body', 'Content-Length: 5\r\n\r\nhello'],
    ['half a body', 'Content-Length: 50\r\n\r\nhello'],
    ['no body yet', 'Content-Length: 50\r\nExpect: 100-continue\r\n\r\n'],
  ] as const) {
    test(`whoever leaves the queue with ${name} sent is not asked for upstream`, async t => {
      const { script, release } = held()
      const {
        client: open,
        upstream,
        gateway,
      } = await scene(t, script, {
        service: { connections: { max: 1, queue: 5 } },
      })
      const first = await open()
      await first.send(GET)
      await turn(5)
      const leaver = await open()
      await leaver.send(`POST /left HTTP/1.1\r\nHost: h\r\n${body}`)
      await turn(5)
      leaver.destroy()
      for (let n = 0; n < 100 && gateway.gauge('sallyport_requests_in_flight') > 1; n++) await turn(2)
      assert.equal(gateway.gauge('sallyport_requests_in_flight'), 1, 'the leaver is not noticed')
      release()
      assert.equal((await readResponses(first, ['GET']))[0]?.status, 200)
      assert.equal((await exchange(await open(), GET)).status, 200)
      const received = upstream.connections.map(connection => connection.received().toString()).join('')
      assert.ok(!received.includes('/left'))
    })
  }

  test('an upstream that never reads an upload is given up', async t => {
    const { client: open, upstream } = await scene(
      t,
      async connection => {
        connection.socket.pause()
      },
      { service: { timeouts: { headMs: 500, idleMs: 500 } }, timeouts: { bodyMs: 500 } },
    )
    const client = await open()
    const sending = client.send(
      Buffer.concat([
        Buffer.from('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 40000000\r\n\r\n'),
        Buffer.alloc(40_000_000),
      ]),
    )
    assert.ok(await client.waitFor(c => c.received().length > 0 || c.closed(), 5000), 'nothing happens')
    const [answer] = parseResponses(client.received())
    if (answer !== undefined) assertProblem(answer, 504, 'UPSTREAM_TIMEOUT')
    client.destroy()
    await sending
    upstream.connections[0]!.socket.resume()
    await upstream.connections[0]!.ended()
  })

  test('a place is given back however a request ends', async t => {
    let turnOf = 0
    const { client: open } = await scene(
      t,
      async connection => {
        while ((await connection.request()) !== null) {
          const way = turnOf++ % 5
          if (way === 0) return connection.reset()
          if (way === 1) return connection.finish()
          if (way === 2) {
            await connection.send('nonsense\r\n\r\n')
            continue
          }
          if (way === 3) {
            await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
            return connection.reset()
          }
          await connection.send(OK)
        }
      },
      { service: { connections: { max: 1, queue: 0 } } },
    )
    let good = 0
    for (let n = 0; n < 40; n++) {
      const client = await open()
      await client.send(GET)
      await client.waitFor(c => c.closed() || parseResponses(c.received())[0]?.complete === true)
      const [answer] = parseResponses(client.received())
      assert.notEqual(answer?.status, 503, `request ${n} found no place`)
      if (answer?.status === 200 && answer.complete) good++
      client.destroy()
      await turn(5)
    }
    // A reset may hit a reused connection and be made good by a second try.
    assert.ok(good >= 8, `${good} of 40`)
  })

  test('a client that leaves gives its place back', async t => {
    const { client: open, upstream } = await scene(
      t,
      async connection => {
        if (connection.index >= 3) return answering(OK)(connection)
        await connection.request()
      },
      { service: { connections: { max: 1, queue: 0 } } },
    )
    for (let n = 0; n < 3; n++) {
      const client = await open()
      await client.send(GET)
      await soon(() => upstream.connections.length > n)
      await upstream.connections[n]!.waitFor(received => received.includes('\r\n\r\n'))
      client.destroy()
      await upstream.connections[n]!.ended(1000)
    }
    assert.equal((await exchange(await open(), GET)).status, 200)
  })

  test('an idle connection is dropped a second before the upstream would', async t => {
    const { client: open, upstream } = await scene(
      t,
      answering('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: 2\r\n\r\nok'),
    )
    assert.equal((await exchange(await open(), GET)).status, 200)
    const before = performance.now()
    await upstream.connections[0]!.ended(2000)
    assert.ok(performance.now() - before > 500)
  })

  test('an upstream connection is not shared while a request body is still due', async t => {
    const { client: open, upstream } = await scene(t, async connection => {
      await connection.waitFor(received => received.includes('\r\n\r\n'))
      await connection.send(OK)
      await connection.waitFor(received => received.toString().split('\r\n\r\n').length > 2)
      await connection.send(OK)
    })
    const uploader = await open()
    await uploader.send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhello')
    assert.ok(await uploader.waitForText('ok'))
    assert.equal((await exchange(await open(), GET)).status, 200)
    assert.ok(!upstream.connections[0]!.received().includes('GET / HTTP/1.1'), 'a request was written into a body')
  })
})

suite('connections to clients', () => {
  test('over the bound they are not taken', async t => {
    const { client: open } = await scene(t, answering(OK), { limits: { connections: 3 } })
    const clients = [await open(), await open(), await open()]
    for (const client of clients) assert.equal((await exchange(client, GET)).status, 200)
    const fourth = await open()
    await fourth.send(GET)
    await fourth.waitFor(c => c.closed() || c.received().length > 0, 1000)
    const [answer] = parseResponses(fourth.received())
    assert.notEqual(answer?.status, 200)
    clients[0]!.destroy()
    await turn(20)
    fourth.destroy()
    await turn(20)
    assert.equal((await exchange(await open(), GET)).status, 200)
  })

  test('who pipelines without end is held back', async t => {
    const { script, release } = held()
    const { client: open } = await scene(t, script)
    const client = await open()
    const batch = GET.repeat(20_000)
    let sent = 0
    const sending = (async () => {
      for (; sent < 80 && !client.closed(); sent++) await client.send(batch)
    })()
    let before = -1
    while (before !== sent) {
      before = sent
      await turn(100)
    }
    const bytes = sent * batch.length
    assert.ok(bytes < 24 << 20, `${bytes} bytes of waiting requests were taken`)
    release()
    client.destroy()
    await sending
  })

  for (const [first, second] of [
    [60_000, 50_000],
    [65_000, 60_000],
    [100, 65_500],
    [30_000, 5_000],
    [65_400, 100],
    [64_000, 200_000],
  ] as const) {
    test(`a pipelined upload of ${first} and ${second} bytes is not forgotten`, async t => {
      const { script, release } = held()
      const { client: open } = await scene(t, script, { timeouts: { bodyMs: 1500 } })
      const client = await open()
      const head = `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${first + second}\r\n\r\n`
      await client.send(GET + head + 'a'.repeat(first))
      await turn(10)
      const rest = client.send('b'.repeat(second))
      await turn(10)
      release()
      await rest
      const answers = await readResponses(client, ['GET', 'POST'], 3000)
      assert.deepEqual(
        answers.map(answer => answer.status),
        [200, 200],
      )
      assert.equal((await exchange(client, GET)).status, 200)
    })
  }

  for (const size of [120_000, 131_072, 200_000, 262_144, 300_000, 1_000_000]) {
    test(`a pipelined upload of ${size} bytes sent at once is not forgotten`, async t => {
      const { script, release } = held()
      const { client: open } = await scene(t, script, { timeouts: { bodyMs: 1500 } })
      const client = await open()
      const small = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello'
      const sending = client.send(
        `${small}POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n${'b'.repeat(size)}`,
      )
      await turn(20)
      release()
      const answers = await readResponses(client, ['POST', 'POST'], 4000)
      assert.deepEqual(
        answers.map(answer => answer.status),
        [200, 200],
      )
      await sending
    })
  }

  test('a pipelined upload that finds an idle connection at once is not forgotten', async t => {
    // 1. One connection is busy, so that the first POST needs a new one, which takes a turn: meanwhile bytes gather.
    const holds: (() => void)[] = []
    const { client: open } = await scene(
      t,
      async connection => {
        while ((await connection.request()) !== null) {
          if (holds.length < 2) await new Promise<void>(resolve => holds.push(resolve))
          await connection.send(OK)
        }
      },
      { timeouts: { bodyMs: 1500 } },
    )
    const first = await open()
    await first.send(GET)
    await soon(() => holds.length === 1)
    const client = await open()
    const size = 900_000
    const small = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello'
    const large = `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n${'b'.repeat(size)}`
    const sending = client.send(small + large)
    await soon(() => holds.length === 2)
    await turn(20)
    // 2. The busy one becomes idle: the second POST goes out on it within the same turn.
    holds[0]!()
    assert.equal((await readResponses(first, ['GET']))[0]?.status, 200)
    holds[1]!()
    const answers = await readResponses(client, ['POST', 'POST'], 4000)
    assert.deepEqual(
      answers.map(answer => answer.status),
      [200, 200],
    )
    await sending
  })

  test('who never reads an answer is given up', async t => {
    const { client: open, upstream } = await scene(
      t,
      async connection => {
        await connection.request()
        await connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        const chunk = `100000\r\n${'a'.repeat(1 << 20)}\r\n`
        while (!connection.closed()) await connection.send(chunk)
      },
      { timeouts: { bodyMs: 600 } },
    )
    const client = await open()
    await client.send(GET)
    await client.waitForText('aaa')
    client.socket.pause()
    await upstream.connections[0]!.ended(4000)
  })

  test('the second head has a deadline like the first', async t => {
    const { client: open } = await scene(t, answering(OK), { timeouts: { headMs: 500, idleMs: 60_000 } })
    const client = await open()
    await client.send(`${GET}GET / HT`)
    assert.ok(await client.waitForClose(3000))
    assert.deepEqual(
      parseResponses(client.received()).map(answer => answer.status),
      [200, 408],
    )
  })

  test('a head that drips does not move its deadline', async t => {
    const { client: open } = await scene(t, answering(OK), { timeouts: { headMs: 800 } })
    const client = await open()
    assert.equal((await exchange(client, GET)).status, 200)
    const started = performance.now()
    client.forget()
    for (const byte of bytewise('GET / HTTP/1.1\r\nHost: h\r\nX-A: '.padEnd(200, 'b'))) {
      if (client.closed()) break
      await client.send(byte)
      await client.waitForClose(50)
    }
    assert.ok(performance.now() - started < 3000)
    assert.equal(parseResponses(client.received())[0]?.status, 408)
  })
})

suite('answers of the gateway', () => {
  const routes = [{ match: { kind: 'prefix', pattern: '/a' } }] as const

  test('to HEAD have no body, and the next answer is in its place', async t => {
    const { client: open } = await scene(t, answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), { routes })
    const client = await open()
    await client.send('HEAD /none HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n')
    const answers = await readResponses(client, ['HEAD', 'GET'])
    assert.deepEqual(
      answers.map(answer => answer.status),
      [404, 200],
    )
    assert.notEqual(answers[0]!.header('content-length'), '0')
  })

  test('leave the connection usable, and are told apart by their id', async t => {
    const { client: open } = await scene(t, answering(OK), { routes })
    const client = await open()
    await client.send(
      'GET /x HTTP/1.1\r\nHost: h\r\n\r\nPOST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhiGET /a HTTP/1.1\r\nHost: h\r\n\r\n',
    )
    const answers = await readResponses(client, ['GET', 'POST', 'GET'])
    assert.deepEqual(
      answers.map(answer => answer.status),
      [404, 404, 200],
    )
    assert.equal(new Set(answers.map(answer => answer.header('x-request-id'))).size, 3)
  })

  test('to a reader that is slow to close are not lost', async t => {
    const { client: open, gateway } = await scene(t, answering(OK))
    for (let n = 0; n < 20; n++) {
      const client = await openClient(gateway.port)
      await client.send(`GET / HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n${'x'.repeat(100_000)}`)
      assertProblem((await readResponses(client, ['GET']))[0]!, 400, 'BAD_REQUEST')
      client.destroy()
    }
    assert.equal((await exchange(await open(), GET)).status, 200)
  })

  test('total time', async t => {
    const { client: open, upstream } = await scene(t, async () => {}, { routes: [{ totalMs: 400 }] })
    assertProblem(await exchange(await open(), GET, 3000), 504, 'UPSTREAM_TIMEOUT')
    await upstream.connections[0]!.ended()
  })

  test('no Content-Length in 204, whatever the upstream says', async t => {
    const { client: open } = await scene(t, answering('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'))
    const client = await open()
    for (let n = 0; n < 2; n++) assert.equal((await exchange(client, GET)).header('content-length'), undefined)
  })
})

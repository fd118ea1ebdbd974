import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import { assertProblem, OK, scene } from './support/fixture.ts'
import { answering, type UpstreamConnection } from './support/hostile-upstream.ts'
import { type RawClient, turn } from './support/raw-client.ts'
import { exchange, parseResponses, readResponses } from './support/responses.ts'

/** Bodies on their way: in constant memory, in both directions, with all that may surround them. */

const MIB = 1 << 20
/** `SLOW_READER_MIB=1024` for the run by hand. */
const slowReaderMib = Number(process.env['SLOW_READER_MIB'] ?? 256)

/** Kernel buffers of two connections on loopback may grow to some 6 MiB each; the gateway adds a buffer or two. */
const HELD_BACK = 24 * MIB

const pattern = (size: number, seed: number): Buffer => {
  const block = Buffer.alloc(size)
  for (let i = 0; i < size; i++) block[i] = (i * 31 + seed * 7) & 255
  return block
}

/** Sends `blocks` times a block with backpressure, counting what the connection took. */
const pour = async (
  connection: UpstreamConnection,
  blocks: number,
  block: Buffer,
  took: (bytes: number) => void,
): Promise<void> => {
  for (let n = 0; n < blocks && !connection.closed(); n++) {
    await connection.send(block)
    took(block.length)
  }
}

/** Takes bytes out of the client as they come, without keeping them. */
const digest = (client: RawClient): { bytes(): number; hex(): string } => {
  const hash = createHash('sha256')
  let bytes = 0
  let head = Buffer.alloc(0)
  let body = false
  client.socket.removeAllListeners('data')
  client.socket.on('data', (chunk: Buffer) => {
    let data = chunk
    if (!body) {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      body = true
      data = head.subarray(end + 4)
    }
    bytes += data.length
    hash.update(data)
  })
  return { bytes: () => bytes, hex: () => hash.digest('hex') }
}

const rising = async (read: () => number): Promise<number> => {
  // Until three looks in a row see the same: everything that can move has moved.
  let last = -1
  for (let same = 0; same < 3; ) {
    await turn(50)
    const now = read()
    same = now === last ? same + 1 : 0
    last = now
  }
  return last
}

suite('backpressure', () => {
  for (const framing of ['length', 'chunked'] as const) {
    test(`a slow reader of ${slowReaderMib} MiB (${framing}) holds back the upstream, in constant memory`, {
      timeout: 300_000,
    }, async t => {
      const block = pattern(MIB, 1)
      let sent = 0
      const { client: open } = await scene(t, async connection => {
        await connection.request()
        if (framing === 'length') {
          await connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${slowReaderMib * MIB}\r\n\r\n`)
          await pour(connection, slowReaderMib, block, bytes => {
            sent += bytes
          })
        } else {
          await connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
          const chunk = Buffer.concat([Buffer.from('100000\r\n'), block, Buffer.from('\r\n')])
          await pour(connection, slowReaderMib, chunk, () => {
            sent += MIB
          })
          await connection.send('0\r\n\r\n')
        }
      })
      const client = await open()
      const seen = digest(client)
      client.socket.pause()
      await client.send('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
      const held = await rising(() => sent)
      assert.ok(held > 0 && held < HELD_BACK, `${held} bytes were taken from the upstream with nobody reading`)
      const before = process.memoryUsage().rss
      let peak = 0
      const watch = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage().rss)
      }, 20)
      client.socket.resume()
      const ended = new Promise(resolve => client.socket.once('end', resolve))
      // Reads in sips for a while, then at full speed.
      for (let n = 0; n < 50; n++) {
        client.socket.pause()
        await turn(5)
        client.socket.resume()
        await turn(1)
      }
      await ended
      clearInterval(watch)
      assert.ok(peak - before < 96 * MIB, `memory grew by ${Math.round((peak - before) / MIB)} MiB`)
      if (framing === 'length') {
        const expected = createHash('sha256')
        for (let n = 0; n < slowReaderMib; n++) expected.update(block)
        assert.equal(seen.bytes(), slowReaderMib * MIB)
        assert.equal(seen.hex(), expected.digest('hex'))
      } else assert.ok(seen.bytes() >= slowReaderMib * MIB)
    })
  }

  test('an upstream that does not read holds back the client, and gets all in the end', async t => {
    const size = 48 * MIB
    const hash = createHash('sha256')
    let got = 0
    const { client: open } = await scene(t, async connection => {
      connection.socket.pause()
      connection.socket.removeAllListeners('data')
      await go
      connection.socket.on('data', (chunk: Buffer) => {
        got += chunk.length
        hash.update(chunk)
      })
      connection.socket.resume()
      while (got < size && !connection.closed()) await turn(5)
      await connection.send(OK)
    })
    let release = (): void => {}
    const go = new Promise<void>(resolve => {
      release = resolve
    })
    const client = await open()
    const block = pattern(MIB, 2)
    let sent = 0
    const sending = (async () => {
      await client.send(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n`)
      for (let n = 0; n < size / MIB; n++) {
        await client.send(block)
        sent += MIB
      }
    })()
    const held = await rising(() => sent)
    assert.ok(held < HELD_BACK, `${held} bytes were taken from the client with nobody reading`)
    release()
    await sending
    const [answer] = await readResponses(client, ['POST'], 20_000)
    assert.equal(answer?.status, 200)
    assert.ok(got >= size)
  })

  test('sixty-four uploads and downloads at once, bytes checked', async t => {
    const body = pattern(300_000, 3)
    const { client: open } = await scene(t, async connection => {
      for (let request = await connection.request(); request !== null; request = await connection.request()) {
        const head = `HTTP/1.1 200 OK\r\nContent-Length: ${request.body.length}\r\n\r\n`
        await connection.send(Buffer.concat([Buffer.from(head), request.body]))
      }
    })
    const one = async (n: number): Promise<void> => {
      const client = await open()
      const mine = body.subarray(n, body.length - n)
      const chunked = n % 2 === 0
      const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${mine.length}`
      const head = `POST /${n} HTTP/1.1\r\nHost: h\r\n${framing}\r\n\r\n`
      const wire = chunked ? [`${mine.length.toString(16)}\r\n`, mine, '\r\n0\r\n\r\n'] : [mine]
      const parts = [head, ...wire].map(part => (typeof part === 'string' ? Buffer.from(part) : part))
      const answer = await exchange(client, Buffer.concat(parts), 20_000)
      assert.ok(answer.body.equals(mine), `answer ${n}`)
    }
    await Promise.all(Array.from({ length: 64 }, (_, n) => one(n)))
  })
})

suite('around the body', () => {
  test('103 is passed on, but not to HTTP/1.0', async t => {
    const { client: open } = await scene(
      t,
      answering(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: x-y\r\nX-Y: z\r\n\r\n${OK}`),
    )
    const client = await open()
    await client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    const answers = await readResponses(client, ['GET'])
    assert.deepEqual(
      answers.map(answer => answer.status),
      [103, 200],
    )
    assert.equal(answers[0]?.header('link'), '</a.css>')
    assert.equal(answers[0]?.header('x-y'), undefined)
    const old = await open()
    await old.send('GET / HTTP/1.0\r\nHost: h\r\n\r\n')
    await old.waitForClose()
    assert.deepEqual(
      parseResponses(old.received()).map(answer => answer.status),
      [200],
    )
  })

  test('103 comes before the answer is there', async t => {
    let release = (): void => {}
    const go = new Promise<void>(resolve => {
      release = resolve
    })
    const { client: open } = await scene(t, async connection => {
      await connection.request()
      await connection.send('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n')
      await go
      await connection.send(OK)
    })
    const client = await open()
    await client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    assert.ok(await client.waitForText('Early'))
    release()
    assert.ok(await client.waitForText('ok'))
  })

  test('trailers pass both ways, without those of this hop', async t => {
    const answer =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: abc\r\nConnection: close\r\nKeep-Alive: x\r\n\r\n'
    const { client: open, upstream } = await scene(t, answering(answer))
    const request =
      'POST / HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\nTrailer: X-In\r\n\r\n2\r\nhi\r\n0\r\nX-In: def\r\nProxy-Authorization: x\r\n\r\n'
    const client = await open()
    const response = await exchange(client, request)
    assert.deepEqual(response.trailers, [['X-Sum', 'abc']])
    const received = upstream.connections[0]!.received().toString()
    assert.match(received, /\r\n0\r\nX-In: def\r\n\r\n$/)
  })

  test('100 Continue comes from the gateway once the gates are passed', async t => {
    const { client: open, upstream } = await scene(t, answering(OK))
    const client = await open()
    await client.send('POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
    assert.ok(await client.waitForText('HTTP/1.1 100'))
    await client.send('hello')
    const answers = await readResponses(client, ['POST'])
    assert.deepEqual(
      answers.map(answer => answer.status),
      [100, 200],
    )
    assert.ok(upstream.connections[0]!.received().includes('hello'))
  })

  test('a request that is refused gets no 100 Continue', async t => {
    const { client: open } = await scene(t, answering(OK), { routes: [{ match: { kind: 'prefix', pattern: '/a' } }] })
    const client = await open()
    await client.send('POST /b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
    const answers = await readResponses(client, ['POST'])
    assertProblem(answers[0]!, 404, 'NO_ROUTE')
    // The client may send the body or not: the gateway must not take it for a request.
    await client.send('hello')
    await client.send('GET /a HTTP/1.1\r\nHost: h\r\n\r\n')
    await client.waitFor(c => c.closed() || parseResponses(c.received()).length > 1)
    const statuses = parseResponses(client.received()).map(answer => answer.status)
    assert.ok(statuses.length === 1 ? client.closed() : statuses[1] === 200, String(statuses))
  })

  test('an early refusal of a large upload reaches a client that sends on', async t => {
    const { client: open } = await scene(t, answering(OK), { routes: [{ match: { kind: 'prefix', pattern: '/a' } }] })
    const client = await open()
    const sending = client.send(
      Buffer.concat([
        Buffer.from('POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n'),
        pattern(4_000_000, 4),
      ]),
    )
    const [answer] = await readResponses(client, ['POST'], 3000)
    assertProblem(answer!, 404, 'NO_ROUTE')
    assert.ok(!client.wasReset(), 'the connection lingers, so that the answer is not lost')
    client.destroy()
    await sending
  })

  test('an upload that is slow but goes on is not cut off', async t => {
    const { client: open } = await scene(t, answering(OK), {
      service: { timeouts: { idleMs: 500, headMs: 500 } },
      timeouts: { bodyMs: 500 },
    })
    const client = await open()
    await client.send('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n')
    for (let n = 0; n < 20 && client.received().length === 0; n++) {
      await client.send('x')
      await client.waitFor(c => c.received().length > 0, 100)
    }
    const [answer] = await readResponses(client, ['POST'])
    assert.equal(answer?.status, 200, String(answer?.body))
  })

  test('an answer that is slow but goes on is not cut off', async t => {
    const { client: open } = await scene(
      t,
      async connection => {
        await connection.request()
        await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n')
        for (let n = 0; n < 20 && !connection.closed(); n++) {
          await connection.send('x')
          await new Promise(resolve => setTimeout(resolve, 100))
        }
      },
      { service: { timeouts: { idleMs: 500, headMs: 500 } }, timeouts: { bodyMs: 500 } },
    )
    const answer = await exchange(await open(), 'GET / HTTP/1.1\r\nHost: h\r\n\r\n', 4000)
    assert.ok(answer.complete, answer.body.toString())
  })

  test('an upstream that stops in the middle of an answer is given up', async t => {
    const { client: open, upstream } = await scene(
      t,
      async connection => {
        await connection.request()
        await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello')
      },
      { service: { timeouts: { idleMs: 400 } }, timeouts: { bodyMs: 400 } },
    )
    const client = await open()
    await client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    assert.ok(await client.waitForClose(3000))
    assert.ok(!parseResponses(client.received())[0]!.complete)
    await upstream.connections[0]!.ended()
  })
})

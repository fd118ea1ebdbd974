import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { OK, scene } from './support/fixture.ts'
import { answering, type UpstreamConnection } from './support/hostile-upstream.ts'
import { soon, turn } from './support/raw-client.ts'
import { exchange } from './support/responses.ts'

/** WebSocket through the plain tunnel: the handshake is HTTP, what follows belongs to the two ends. */

const KEY =
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat\r\n'
const UPGRADE = `GET /ws HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n${KEY}\r\n`
const ACCEPT =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'

const accepted =
  (greeting = '') =>
  async (connection: UpstreamConnection): Promise<void> => {
    if ((await connection.request()) === null) return
    connection.socket.on('data', chunk => connection.socket.write(chunk))
    await connection.send(ACCEPT + greeting)
  }

suite('WebSocket tunnel', () => {
  test('the handshake passes whole, and bytes both ways', async t => {
    const { client: open, upstream } = await scene(t, accepted())
    const client = await open()
    await client.send(UPGRADE)
    assert.ok(await client.waitForText('\r\n\r\n'))
    const head = client.received().toString().toLowerCase()
    assert.match(head, /^http\/1\.1 101 /)
    assert.match(head, /\r\nconnection: upgrade\r\n/)
    assert.match(head, /\r\nupgrade: websocket\r\n/)
    assert.match(head, /\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk\+xoo=\r\n/)
    const request = upstream.connections[0]!.received().toString().toLowerCase()
    assert.match(request, /\r\nconnection: upgrade\r\n/)
    assert.match(request, /\r\nupgrade: websocket\r\n/)
    assert.match(request, /\r\nsec-websocket-protocol: chat\r\n/)
    for (let n = 0; n < 20; n++) {
      client.forget()
      const frame = Buffer.alloc(1 + n * 5000, `frame ${n} \r\n\r\nGET / HTTP/1.1\0`)
      await client.send(frame)
      assert.ok(await client.waitFor(c => c.received().length >= frame.length))
      assert.ok(client.received().equals(frame))
    }
  })

  test('bytes that came with the handshake are not lost, on either side', async t => {
    const { client: open } = await scene(t, async connection => {
      const head = await connection.request()
      if (head === null) return
      await connection.send(`${ACCEPT}hello`)
      assert.ok(await connection.waitFor(received => received.includes('early')))
      await connection.send('got it')
    })
    const client = await open()
    await client.send(`${UPGRADE}early`)
    assert.ok(await client.waitForText('hello'))
    assert.ok(await client.waitForText('got it'))
  })

  test('a client that leaves closes the upstream', async t => {
    const { client: open, upstream } = await scene(t, accepted('hi'))
    const client = await open()
    await client.send(UPGRADE)
    await client.waitForText('hi')
    client.destroy()
    await upstream.connections[0]!.ended(1000)
  })

  test('an upstream that leaves closes the client, after its last bytes', async t => {
    const { client: open } = await scene(t, async connection => {
      await connection.request()
      await connection.send(ACCEPT)
      await connection.send('bye')
      connection.finish()
    })
    const client = await open()
    await client.send(UPGRADE)
    assert.ok(await client.waitForClose())
    assert.ok(client.received().toString().endsWith('bye'))
  })

  test('a reader that stops holds back the other side', async t => {
    let sent = 0
    const { client: open } = await scene(t, async connection => {
      await connection.request()
      await connection.send(ACCEPT)
      const block = Buffer.alloc(1 << 20)
      while (!connection.closed() && sent < 200) {
        await connection.send(block)
        sent++
      }
    })
    const client = await open()
    await client.send(UPGRADE)
    await client.waitForText('\r\n\r\n')
    client.socket.pause()
    let before = -1
    while (before !== sent) {
      before = sent
      await turn(100)
    }
    assert.ok(sent < 24, `${sent} MiB were taken with nobody reading`)
  })

  test('silence is no end, not even after large messages', async t => {
    const timeouts = { idleMs: 400, headMs: 400 }
    const { client: open, upstream } = await scene(
      t,
      async connection => {
        await connection.request()
        await connection.send(`${ACCEPT}hi`)
      },
      { service: { timeouts }, timeouts: { bodyMs: 400, idleMs: 400, headMs: 400 } },
    )
    const client = await open()
    await client.send(UPGRADE)
    assert.ok(await client.waitForText('hi'))
    upstream.connections[0]!.socket.pause()
    const sending = client.send(Buffer.alloc(24 << 20))
    await turn(50)
    upstream.connections[0]!.socket.resume()
    await sending
    assert.ok(!(await client.waitForClose(1500)), 'the tunnel was closed')
    client.forget()
    await upstream.connections[0]!.send('still here')
    assert.ok(await client.waitForText('still here'))
  })

  test('once one side has ended, the other must make progress: a service that never closes holds nothing', async t => {
    const { client: open, gateway } = await scene(
      t,
      async connection => {
        await connection.request()
        await connection.send(`${ACCEPT}hi`)
      },
      { timeouts: { bodyMs: 400 } },
    )
    const client = await open()
    await client.send(UPGRADE)
    assert.ok(await client.waitForText('hi'))
    client.socket.end()
    assert.ok(await client.waitForClose(5000), 'the tunnel is still open')
    assert.equal(gateway.gauge('sallyport_requests_in_flight'), 0)
  })

  test('once one side has ended, a service that reads nothing holds nothing either', async t => {
    const { client: open, gateway } = await scene(
      t,
      async connection => {
        await connection.request()
        connection.socket.pause()
        await connection.send(ACCEPT)
        connection.finish()
      },
      { timeouts: { bodyMs: 400 } },
    )
    const client = await open()
    await client.send(UPGRADE)
    assert.ok(await client.waitForText('\r\n\r\n'))
    void client.send(Buffer.alloc(24 << 20))
    // Not a byte is read behind the answer's head: only the gateway's own end ends this.
    await soon(() => gateway.gauge('sallyport_connections') === 0, 5000)
    assert.equal(gateway.gauge('sallyport_requests_in_flight'), 0)
  })

  test('what a client sends ahead of the answer is not lost, though it is more than one read', async t => {
    const early = 150_000
    let got = 0
    const { client: open } = await scene(t, async connection => {
      await connection.request()
      // The gateway has begun to save, and reads once more.
      await ahead
      await connection.send(ACCEPT)
      assert.ok(await connection.waitFor(received => received.length - received.indexOf('\r\n\r\n') - 4 >= early))
      got = connection.received().length - connection.received().indexOf('\r\n\r\n') - 4
      await connection.send('all of it')
    })
    const client = await open()
    const ahead = (async () => {
      await client.send(UPGRADE)
      await turn(20)
      await client.send(Buffer.alloc(60_000, 'a'))
      await turn(20)
      await client.send(Buffer.alloc(early - 60_000, 'b'))
      await turn(20)
    })()
    assert.ok(await client.waitForText('all of it'), `${got}`)
    assert.equal(got, early)
  })

  test('a body thrown away before, on the same connection, limits no tunnel', async t => {
    const { client: open } = await scene(t, accepted(), {
      routes: [{ match: { kind: 'prefix', pattern: '/ws' }, methods: ['GET'] }],
    })
    const client = await open()
    const large = `POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(200_000)}`
    assert.equal((await exchange(client, large)).status, 404)
    client.forget()
    await client.send(UPGRADE)
    assert.ok(await client.waitForText('\r\n\r\n'))
    client.forget()
    const bytes = Buffer.alloc(3 << 20, 'frame')
    void client.send(bytes)
    assert.ok(
      await client.waitFor(c => c.received().length >= bytes.length, 5000),
      `${client.received().length} came back`,
    )
  })

  test('its bytes are counted when both sides have ended in order', async t => {
    const { client: open, gateway } = await scene(t, async connection => {
      await connection.request()
      await connection.send(`${ACCEPT}hello`)
      await connection.waitFor(received => received.includes('bye'))
      connection.finish()
    })
    const client = await open()
    await client.send(UPGRADE)
    assert.ok(await client.waitForText('hello'))
    await client.send('bye')
    client.finish()
    assert.ok(await client.waitForClose())
    await soon(() => gateway.gauge('sallyport_requests_in_flight') === 0)
    assert.equal(gateway.count('sallyport_request_bytes_total'), 3)
    assert.equal(gateway.count('sallyport_response_bytes_total'), 5)
  })

  test('a refusal is an ordinary answer, and the connection goes on', async t => {
    const { client: open } = await scene(t, answering('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'))
    const client = await open()
    const answer = await exchange(client, UPGRADE)
    assert.equal(answer.status, 403)
    assert.equal(answer.body.toString(), 'no')
    assert.equal((await exchange(client, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')).status, 403)
  })

  test('a 101 to another protocol than asked for is a bad answer', async t => {
    const { client: open } = await scene(t, answering(ACCEPT.replace('websocket', 'h2c')))
    assert.equal((await exchange(await open(), UPGRADE)).status, 502)
  })

  const notUpgrades = {
    h2c: 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
    'no Connection': `Upgrade: websocket\r\n${KEY}`,
    'an unknown protocol': 'Connection: Upgrade\r\nUpgrade: made-up/1.0\r\n',
  }
  for (const [name, fields] of Object.entries(notUpgrades)) {
    test(`${name} is not passed on as an upgrade`, async t => {
      const { client: open, upstream } = await scene(t, answering(OK))
      const answer = await exchange(await open(), `GET / HTTP/1.1\r\nHost: h\r\n${fields}\r\n`)
      assert.equal(answer.status, 200)
      assert.doesNotMatch(upstream.connections[0]!.received().toString(), /\r\n(upgrade|http2-settings):/i)
    })
  }

  test('an upgrade in HTTP/1.0, or with a body, is not one', async t => {
    const { client: open, upstream } = await scene(t, answering(OK))
    await exchange(await open(), UPGRADE.replace('HTTP/1.1', 'HTTP/1.0'))
    assert.doesNotMatch(upstream.connections[0]!.received().toString(), /\r\nupgrade:/i)
  })
})

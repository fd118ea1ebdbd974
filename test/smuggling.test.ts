import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { onPeer, type RunningGateway, startGateway } from './support/gateway.ts'
import { openClient } from './support/raw-client.ts'
import { exchange, parseResponses, readResponses } from './support/responses.ts'
import { type SloppyUpstream, startSloppyUpstream } from './support/sloppy-upstream.ts'
import { ATTACKS, type Attack, POISON } from './support/smuggling-corpus.ts'
import { wireFaults } from './support/wire-rules.ts'

suite('request smuggling', () => {
  let upstream: SloppyUpstream
  let gateway: RunningGateway
  before(async () => {
    upstream = await startSloppyUpstream()
    gateway = await startGateway({ services: { app: { ports: [upstream.port], host: 'preserve' } } })
  })
  after(async () => {
    await gateway.close()
    await upstream.close()
  })

  const received = (): Buffer[] => upstream.connections.map(connection => connection.received)
  const targets = (): string[] => upstream.requests.map(request => request.target)

  const refused = async (attack: Attack, bytes: string): Promise<void> => {
    upstream.forget()
    const client = await openClient(gateway.port)
    await client.send(bytes)
    const closed = await client.waitForClose(1500)
    const answers = parseResponses(client.received())
    client.destroy()
    assert.deepEqual(
      { statuses: answers.map(answer => answer.status), closed, forwarded: targets() },
      { statuses: [attack.status], closed: true, forwarded: [] },
      JSON.stringify(bytes.slice(0, 300)),
    )
    if (!onPeer) assert.equal(answers[0]!.header('content-type'), 'application/problem+json')
    assert.equal(answers[0]!.header('connection')?.toLowerCase(), 'close')
    assert.deepEqual(received().flatMap(wireFaults), [])
  }

  for (const attack of ATTACKS) {
    test(`refused: ${attack.name}`, () => refused(attack, attack.bytes + POISON))
  }

  test('refused behind a good request too, and what follows is not read as one', async () => {
    for (const attack of ATTACKS.filter((_, index) => index % 4 === 0)) {
      upstream.forget()
      const client = await openClient(gateway.port)
      await client.send(`GET /first HTTP/1.1\r\nHost: gw.test\r\n\r\n${attack.bytes}${POISON}`)
      const closed = await client.waitForClose(1500)
      const statuses = parseResponses(client.received()).map(answer => answer.status)
      client.destroy()
      assert.deepEqual(
        { statuses, closed, forwarded: targets() },
        { statuses: [200, attack.status], closed: true, forwarded: ['/first'] },
        attack.name,
      )
    }
  })

  /** Unusual but right: taken, and the next request on the connection is the next request. */
  const taken = async (bytes: string): Promise<SloppyUpstream['requests'][number]> => {
    upstream.forget()
    const client = await openClient(gateway.port)
    await client.send(`${bytes}GET /after HTTP/1.1\r\nHost: gw.test\r\n\r\n`)
    const answers = await readResponses(client, ['POST', 'GET'])
    client.destroy()
    assert.deepEqual(
      answers.map(answer => answer.status),
      [200, 200],
    )
    assert.equal(targets()[1], '/after')
    assert.deepEqual(received().flatMap(wireFaults), [])
    return upstream.requests[0]!
  }

  test('a body that looks like a request stays a body', async () => {
    const inner = POISON
    const seen = await taken(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`)
    assert.equal(seen.body.toString('latin1'), inner)
  })

  test('a chunked body that looks like a request stays a body', async () => {
    const size = POISON.length.toString(16)
    const seen = await taken(
      `POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${POISON}\r\n0\r\n\r\n`,
    )
    assert.equal(seen.body.toString('latin1'), POISON)
  })

  test('an absolute target decides about the host, not the Host field', async () => {
    const seen = await taken('GET http://real.test/x HTTP/1.1\r\nHost: fake.test\r\n\r\n')
    assert.equal(seen.header('host'), 'real.test')
    assert.equal(seen.target, '/x')
  })

  test('chunk extensions are taken and not passed on', async () => {
    const seen = await taken(
      'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b;c="d"\r\nhello\r\n0\r\n\r\n',
    )
    assert.equal(seen.body.toString('latin1'), 'hello')
    assert.ok(!seen.raw.includes(';a=b'))
  })

  test('trailers that would change the message are dropped', async () => {
    const fields = 'Host: evil\r\nX-Consumer: root\r\nX_Consumer: root\r\nConnection: close\r\nX-Fine: yes\r\n'
    const seen = await taken(
      `POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n${fields}\r\n`,
    )
    const names = seen.trailers.map(([name]) => name.toLowerCase())
    assert.deepEqual(
      names.filter(name => name !== 'x-fine'),
      [],
    )
  })

  for (const name of ['content-length', 'x, content-length', 'host, content-length', 'keep-alive, CONTENT-LENGTH']) {
    test(`Connection: ${name} does not unframe a body`, async () => {
      const fields = `Connection: ${name}\r\nContent-Length: ${POISON.length}\r\n`
      const seen = await taken(`POST / HTTP/1.1\r\nHost: h\r\n${fields}\r\n${POISON}`)
      assert.equal(seen.body.toString('latin1'), POISON)
    })
  }

  test('Connection: transfer-encoding does not unframe a body', async () => {
    const size = POISON.length.toString(16)
    const fields = 'Connection: transfer-encoding, trailer\r\nTransfer-Encoding: chunked\r\n'
    const seen = await taken(`POST / HTTP/1.1\r\nHost: h\r\n${fields}\r\n${size}\r\n${POISON}\r\n0\r\n\r\n`)
    assert.equal(seen.body.toString('latin1'), POISON)
  })

  test('a GET with a body keeps its body', async () => {
    const seen = await taken('GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello')
    assert.equal(seen.body.toString('latin1'), 'hello')
  })

  test('bytes behind the last request of a connection are not a request', async () => {
    upstream.forget()
    const client = await openClient(gateway.port)
    const answer = exchange(client, `GET /only HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n${POISON}`)
    assert.equal((await answer).status, 200)
    assert.ok(await client.waitForClose())
    assert.deepEqual(targets(), ['/only'])
  })
})

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { wave } from '../src/base/wave.ts'
import { Wire } from '../src/base/wire.ts'
import { scene } from './support/fixture.ts'
import { answering } from './support/hostile-upstream.ts'
import { overTls, type RawClient, soon, turn } from './support/raw-client.ts'
import type { GatewayOptions } from './support/specs.ts'

// As if dozens of connections were read from in every turn of the event loop: all that may wait does (decision 0020). A client
// that does not read finds the wire pending when its exchange is over.
Object.defineProperty(wave, 'isBusy', { get: () => true, set: () => {} })

const BODY = 'x'.repeat(3500)
const REQUEST = 'GET / HTTP/1.1\r\nHost: gw.test\r\n\r\n'
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`

const held = new Set<Wire>()
const { sendWaiting } = Wire.prototype
Wire.prototype.sendWaiting = function (this: Wire) {
  sendWaiting.call(this)
  if (this.pending) held.add(this)
}

/** A client that asks until its last answer is only partly with the kernel, and reads nothing. */
const full = async (t: TestContext, options: Partial<GatewayOptions> = {}) => {
  const { client: connect, gateway } = await scene(t, answering(ANSWER), options)
  const client = await connect()
  client.socket.pause()
  held.clear()
  let asked = 0
  while (held.size === 0) {
    assert.ok(asked < 5000, 'the kernel takes everything')
    await client.send(REQUEST)
    asked++
    for (let i = 0; i < 50 && held.size === 0; i++) await turn(1)
  }
  return { client, asked, gateway }
}

const answersOf = (client: RawClient): number => client.received().toString('latin1').split(BODY).length - 1

const skip = overTls ? 'what is encrypted never waits' : false

test('a client that half-closes behind its last request gets all of the answer, however slowly it reads', {
  skip,
}, async t => {
  const { client, asked } = await full(t)
  client.finish()
  // Longer than a connection lingers that has nothing left to send.
  await new Promise(resolve => setTimeout(resolve, 2500))
  client.socket.resume()
  assert.ok(await client.waitForClose())
  assert.equal(answersOf(client), asked)
  assert.equal(client.wasReset(), false)
})

test('one that says so as well gets all of them', { skip }, async t => {
  const { client, asked } = await full(t)
  await client.send(REQUEST.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
  await turn(20)
  client.finish()
  await turn(20)
  client.socket.resume()
  assert.ok(await client.waitForClose())
  assert.equal(answersOf(client), asked + 1)
})

test('one that reads slowly has the time of a body, not of an idle connection, and may go on', { skip }, async t => {
  const { client, asked } = await full(t, { timeouts: { idleMs: 50 } })
  await new Promise(resolve => setTimeout(resolve, 200))
  client.socket.resume()
  assert.ok(await client.waitFor(it => answersOf(it) === asked))
  await client.send(REQUEST)
  assert.ok(await client.waitFor(it => answersOf(it) === asked + 1))
  assert.ok(await client.waitForClose())
})

test('one that never reads is closed when that time is over', { skip }, async t => {
  const { gateway } = await full(t, { timeouts: { bodyMs: 50 } })
  assert.equal(gateway.gauge('sallyport_connections'), 1)
  await soon(() => gateway.gauge('sallyport_connections') === 0)
})

const answerOf = (text: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`

const ask = async (client: RawClient, target: string): Promise<string> => {
  const from = client.received().length
  client.socket.write(REQUEST.replace('/', target))
  assert.ok(await client.waitFor(it => /\r\n\r\n./.test(it.received().toString('latin1', from))))
  return client.received().toString('latin1', from).split('\r\n\r\n')[1]!
}

test('an answer that came before its request was sent costs the connection: nobody gets the next one of it', {
  skip,
}, async t => {
  const { client: connect, upstream } = await scene(t, async connection => {
    for (;;) {
      const request = await connection.request()
      if (request === null) return
      await connection.send(answerOf(request.target))
    }
  })
  const [one, other] = [await connect(), await connect()]
  assert.equal(await ask(one, '/first'), '/first')
  // The gateway reads the three in this order, in one turn: when the answer comes the head still waits.
  const second = ask(one, '/second')
  upstream.connections[0]!.socket.write(answerOf('/early'))
  const third = ask(other, '/third')
  assert.deepEqual([await second, await third], ['/early', '/third'])
  await upstream.connections[0]!.ended()
  assert.doesNotMatch(upstream.connections[0]!.received().toString('latin1'), /second/)
})

test('nor where only its beginning came before', { skip }, async t => {
  let answerSecond = (): void => {}
  const asked = new Promise<void>(resolve => (answerSecond = resolve))
  const { client: connect, upstream } = await scene(t, async connection => {
    for (;;) {
      const request = await connection.request()
      if (request === null) return
      if (request.target === '/second') await asked
      await connection.send(answerOf(request.target))
    }
  })
  const [one, other] = [await connect(), await connect()]
  assert.equal(await ask(one, '/first'), '/first')
  const [connection] = upstream.connections
  const second = ask(one, '/second')
  connection!.socket.write(answerOf('/early').slice(0, -3))
  assert.ok(await connection!.waitFor(seen => seen.includes('/second')))
  connection!.socket.write('rly')
  assert.match(await second, /^\/ea/)
  const third = ask(other, '/third')
  await turn(5)
  answerSecond()
  assert.equal(await third, '/third')
})

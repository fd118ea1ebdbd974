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

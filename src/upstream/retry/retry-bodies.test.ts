import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HEAD_ROOM, type Sink, type Source, TAIL_ROOM } from '../../base/body.ts'
import { Fault } from '../../base/errors.ts'
import { headersOf } from '../../base/headers.ts'
import { fakeSource } from '../../base/testing.ts'
import type { Exchange } from '../../core/exchange.ts'
import { Later } from '../../core/maybe.ts'
import type { Reply } from '../../core/reply.ts'
import { BodyReader } from '../../http1/body-reader.ts'
import { DEFAULT_LIMITS } from '../../http1/head.ts'
import type { RetrySpec } from '../../spec/spec-resilience.ts'
import { fakeRetryWorld, retrySpec } from '../testing/retry-world.ts'
import { answers, fakeTries, ok, ReplyBody, refused, reset, type Scripted } from '../testing/tries.ts'
import { exchange } from '../testing.ts'
import { retrying } from './retrying.ts'

const GONE = new Fault('CLIENT_GONE')
const turn = async (): Promise<void> => {
  for (let i = 0; i < 4; i++) await null
}

const write = (sink: Sink | null, text: string, last = true): boolean => {
  const buf = Buffer.alloc(HEAD_ROOM + text.length + TAIL_ROOM)
  buf.write(text, HEAD_ROOM, 'latin1')
  return sink!.write(buf, HEAD_ROOM, HEAD_ROOM + text.length, last)
}

/** A body that is there at once. */
const given = (text: string, length = text.length) => fakeSource(length, sink => void write(sink, text))

const run = (
  script: readonly (Scripted | null)[],
  body: Source,
  { spec = {}, x: fields = {} }: { spec?: Partial<RetrySpec>; x?: Partial<Exchange> } = {},
) => {
  const world = fakeRetryWorld()
  const tries = fakeTries(script, world.clock.now)
  const x = exchange({ method: 'PUT', body, ...fields })
  const answer = retrying(retrySpec(spec), tries.call, world)(x)
  assert.ok(answer instanceof Later)
  const replies: Reply[] = []
  answer.wait({ onValue: reply => void replies.push(reply), onError: error => assert.fail(String(error)) })
  return { world, tries: tries.all, x, replies, codes: () => replies.map(reply => reply.fault?.code ?? reply.status) }
}

test('a small body is kept, and each try gets all of it', () => {
  const it = run([reset, answers(503), ok], given('abc'))
  it.world.pass(1000)
  assert.deepEqual([it.codes(), it.tries.map(each => each.sent)], [[200], ['abc.', 'abc.', 'abc.']])
})

test('a body of unknown length stays one: the head that says so stands', () => {
  const it = run([null], given('abc', -1))
  assert.equal(it.x.body?.length, -1)
  assert.equal(run([null], given('abc')).x.body?.length, 3)
})

test('trailers come with every try', () => {
  const body = fakeSource(-1, sink => {
    write(sink, 'abc', false)
    sink.end(headersOf([['sum', '1']]))
  })
  const it = run([reset, ok], body)
  it.world.pass(1000)
  assert.deepEqual(
    it.tries.map(each => each.sent),
    ['abc.sum', 'abc.sum'],
  )
})

test('nothing is sent before the whole body is there', async () => {
  const body = fakeSource(-1)
  const it = run([reset, ok], body)
  write(body.sink, 'ab', false)
  await turn()
  assert.equal(it.tries.length, 0)
  write(body.sink, 'c')
  await turn()
  it.world.pass(1000)
  assert.deepEqual([it.codes(), it.tries.map(each => each.sent)], [[200], ['abc.', 'abc.']])
})

for (const [what, body] of [
  ['known to be too large', () => given('x'.repeat(101))],
  ['that turns out too large', () => given('x'.repeat(101), -1)],
] as const) {
  test(`a body ${what} is sent once`, () => {
    const it = run([reset], body())
    it.world.pass(1000)
    assert.deepEqual([it.codes(), it.tries[0]?.sent.length], [['UPSTREAM_CONNECT'], 102])
  })

  test(`a body ${what} goes to another target when nothing of it was sent`, () => {
    const it = run([refused, ok], body())
    assert.deepEqual([it.codes(), it.tries.map(each => each.sent.length)], [[200], [0, 102]])
  })
}

test('a large body that was begun is not sent again, though the try says it reached nobody', () => {
  const it = run([null, ok], given('x'.repeat(101)))
  it.x.body?.pipe({ write: () => true, end() {}, abort() {} })
  it.tries[0]?.end(refused)
  it.world.pass(1000)
  assert.deepEqual([it.codes(), it.tries.length], [['UPSTREAM_CONNECT'], 1])
})

for (const [what, options] of [
  ['may not be repeated', { x: { method: 'POST' } }],
  ['is retried only when nothing was sent', { spec: { on: ['connect'] } }],
  ['has one try', { spec: { attempts: 1 } }],
  ['keeps no bodies', { spec: { maxBodyBytes: 0 } }],
] as const) {
  test(`a request that ${what} does not wait for its body`, () => {
    for (const length of [3, -1]) {
      const body = fakeSource(length)
      const it = run([null], body, options)
      assert.deepEqual([it.tries.length, body.sink], [1, null])
    }
  })
}

test('with a key, a POST is kept', () => {
  const it = run([reset, ok], given('abc'), { x: { method: 'POST', headers: headersOf([['idempotency-key', 'k']]) } })
  it.world.pass(1000)
  assert.deepEqual(
    it.tries.map(each => each.sent),
    ['abc.', 'abc.'],
  )
})

test('a body that breaks is the answer, and nothing is tried', async () => {
  const body = fakeSource(-1)
  const it = run([ok], body)
  body.sink?.abort(new Fault('REQUEST_TIMEOUT'))
  await turn()
  assert.deepEqual([it.codes(), it.tries.length, it.x.onCancel, it.world.timers], [['REQUEST_TIMEOUT'], 0, null, 0])
})

test('the client leaves while its body is read: nothing is tried', async () => {
  for (const steps of [0, 1, 2]) {
    const body = fakeSource(-1)
    const it = run([ok], body)
    if (steps > 0) write(body.sink, 'ab', false)
    if (steps > 1) write(body.sink, 'c')
    it.x.cancel(GONE)
    await turn()
    assert.deepEqual([it.codes(), it.tries.length, body.log], [['CLIENT_GONE'], 0, ['cancel CLIENT_GONE']])
  }
})

test('the client leaves in a pause: a body that was read is nothing to cancel', () => {
  const body = given('abc')
  const it = run([reset], body)
  it.x.cancel(GONE)
  assert.deepEqual([it.codes(), body.log], [['CLIENT_GONE'], []])
})

test('a body that is not complete by the deadline is not waited for', async () => {
  const body = fakeSource(-1)
  const it = run([ok], body, { x: { deadlineAt: 1_000_040 } })
  it.world.pass(39)
  assert.deepEqual([it.codes(), it.world.timers], [[], 1])
  it.world.pass(1)
  assert.deepEqual([it.codes(), it.x.onCancel, it.world.timers], [['UPSTREAM_TIMEOUT'], null, 0])
  assert.deepEqual(body.log, ['cancel UPSTREAM_TIMEOUT'])
  write(body.sink, 'abc')
  await turn()
  assert.deepEqual([it.codes().length, it.tries.length], [1, 0])
})

test('no timer is left of a deadline that was kept', async () => {
  const body = fakeSource(-1)
  const it = run([null], body, { x: { deadlineAt: 1_000_040 } })
  write(body.sink, 'abc')
  await turn()
  assert.deepEqual([it.tries.length, it.world.timers], [1, 0])
})

test('an answer before the body was sent: its connection is not kept, and what it cancels late is not the next body', () => {
  const body = new ReplyBody()
  const it = run([null, ok], given('abc'))
  const sent = it.x.body!
  sent.pipe({ write: () => false, end() {}, abort() {} })
  it.tries[0]?.end(answers(503, { body, unread: true }))
  // As a connection does when its answer is over and its request is not.
  it.x.body?.cancel(GONE)
  it.world.pass(1000)
  assert.deepEqual([body.fate, it.codes(), it.tries[1]?.sent], [['cancelled'], [200], 'abc.'])
})

test('the body of a connection is read to its end, handed back, and only then sent', async () => {
  const log: string[] = []
  const owner = {
    pauseBody: () => void log.push('pause'),
    holdBody: () => void log.push('hold'),
    resumeBody: () => void log.push('resume'),
    bodyDone: () => void log.push('done'),
    bodyCancelled: () => void log.push('cancelled'),
  }
  for (const [most, expected] of [
    [100, ['resume', 'done', 'sent']],
    // The rest is taken out of the buffer once somebody reads it.
    [5, ['resume', 'pause', 'sent', 'done']],
  ] as const) {
    log.length = 0
    const reader = new BodyReader(owner, 'chunked', -1, DEFAULT_LIMITS)
    const it = run([null], reader, { spec: { maxBodyBytes: most } })
    const wire = Buffer.alloc(64)
    const n = wire.write('3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n', HEAD_ROOM)
    assert.equal(reader.take(wire, HEAD_ROOM, HEAD_ROOM + n), HEAD_ROOM + n)
    reader.deliver()
    assert.equal(it.tries.length, 0)
    await turn()
    log.push('sent')
    it.tries[0]?.end(ok)
    assert.deepEqual([log, it.tries[0]?.sent], [expected, 'abcdefg.'])
  }
})

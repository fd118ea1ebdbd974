import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '../base/errors.ts'
import { loggingSink } from '../base/testing.ts'
import { type BodyMode, BodyReader } from './body-reader.ts'
import { DEFAULT_LIMITS } from './head.ts'

const GONE = new Fault('CLIENT_GONE')

/** A reader whose owner writes into the same log as its sink, so that the order shows. */
const setup = (mode: BodyMode, length = -1, { takes = Number.POSITIVE_INFINITY, maxBytes = 0 } = {}) => {
  const sink = loggingSink(takes)
  const { log } = sink
  const owner = {
    pauseBody: () => void log.push('(pause)'),
    holdBody: () => void log.push('(hold)'),
    resumeBody: () => void log.push('(resume)'),
    bodyDone: () => void log.push('(done)'),
    bodyCancelled: (why: Fault) => void log.push(`(cancelled ${why.code})`),
  }
  const reader = new BodyReader(owner, mode, length, DEFAULT_LIMITS, maxBytes)
  const take = (text: string): number => {
    const buf = Buffer.from(text, 'latin1')
    return reader.take(buf, 0, buf.length)
  }
  const feed = (text: string): number => {
    const next = take(text)
    if (next >= 0) reader.deliver()
    return next
  }
  return { reader, sink, log, take, feed }
}

test('a body of known length, piped before it comes', () => {
  const { reader, sink, log, feed } = setup('length', 6)
  assert.deepEqual([reader.length, reader.isPiped], [6, false])
  reader.pipe(sink)
  feed('abc')
  assert.equal(reader.complete, false)
  assert.equal(feed('defGET'), 3)
  assert.deepEqual(log, ['(resume)', 'write abc', 'last def', '(done)'])
  assert.deepEqual([reader.complete, reader.received, reader.isPiped], [true, 6, true])
})

test('nobody asks: the owner is told to wait, and what came is handed over when somebody does', () => {
  const { reader, sink, log, feed } = setup('length', 6)
  feed('abc')
  assert.deepEqual(log, ['(hold)'])
  reader.pipe(sink)
  assert.deepEqual(log, ['(hold)', 'write abc', '(resume)'])
  feed('def')
  assert.deepEqual(log.slice(3), ['last def', '(done)'])
})

test('a whole body that came before anybody asked', () => {
  const { reader, sink, log, feed } = setup('length', 3)
  feed('abc')
  reader.pipe(sink)
  assert.deepEqual(log, ['(hold)', 'last abc', '(done)'])
})

test('chunked: decoded, the end told apart when it comes alone', () => {
  const { reader, sink, log, feed } = setup('chunked')
  reader.pipe(sink)
  assert.equal(reader.length, -1)
  feed('3\r\nabc\r\n1')
  feed('\r\nd\r\n0\r\n')
  assert.equal(feed('\r\nGET'), 2)
  assert.deepEqual(log, ['(resume)', 'write abc', 'write d', 'end', '(done)'])
})

test('chunked: data and end in one piece are one write', () => {
  const { reader, sink, log, feed } = setup('chunked')
  reader.pipe(sink)
  feed('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
  assert.deepEqual(log, ['(resume)', 'last ab', '(done)'])
})

test('trailers come with the end, also when the last write was lent', () => {
  for (const takes of [1, 0]) {
    const { reader, sink, log, feed } = setup('chunked', -1, { takes })
    reader.pipe(sink)
    feed('1\r\na\r\n0\r\nX: y\r\n\r\n')
    const lent = takes === 1 ? [] : ['(pause)']
    if (takes === 0) reader.resume()
    assert.deepEqual(log, ['(resume)', 'write a', ...lent, 'end X: y', '(done)'])
  }
})

test('a trailer that Connection names ends at this hop', () => {
  const { reader, sink, log, feed } = setup('chunked')
  reader.named = ['x']
  reader.pipe(sink)
  feed('1\r\na\r\n0\r\nX: y\r\nZ: w\r\n\r\n')
  assert.deepEqual(log, ['(resume)', 'write a', 'end z: w', '(done)'])
})

test('a piece without data reaches the sink as nothing', () => {
  const { reader, sink, log, feed } = setup('chunked')
  reader.pipe(sink)
  feed('000')
  assert.deepEqual(log, ['(resume)'])
})

test('lent: silence until the sink resumes', () => {
  const { reader, sink, log, feed } = setup('length', 6, { takes: 0 })
  reader.pipe(sink)
  feed('abc')
  assert.deepEqual(log, ['(resume)', 'write abc', '(pause)'])
  reader.resume()
  assert.deepEqual(log.slice(3), ['(resume)'])
  reader.resume()
  assert.deepEqual(log.slice(4), [])
  feed('def')
  assert.deepEqual(log.slice(4), ['last def', '(pause)'])
  reader.resume()
  assert.deepEqual(log.slice(6), ['(done)'])
})

test('lent from within pipe: the owner is not asked for more', () => {
  const { reader, sink, log, feed } = setup('length', 6, { takes: 0 })
  feed('abc')
  reader.pipe(sink)
  assert.deepEqual(log, ['(hold)', 'write abc', '(pause)'])
})

test('lent from within pipe: a whole body does not end a second time', () => {
  const { reader, sink, log, take } = setup('length', 3, { takes: 0 })
  take('abc')
  reader.pipe(sink)
  reader.deliver()
  assert.deepEqual(log, ['last abc', '(pause)'])
})

test('a sink that resumes or cancels from within write', () => {
  const resuming = setup('length', 3)
  resuming.sink.write = () => {
    resuming.reader.resume()
    return true
  }
  resuming.reader.pipe(resuming.sink)
  resuming.feed('abc')
  assert.deepEqual(resuming.log, ['(resume)', '(done)'])
  const cancelling = setup('length', 3)
  cancelling.sink.write = () => {
    cancelling.reader.cancel(GONE)
    return true
  }
  cancelling.reader.pipe(cancelling.sink)
  cancelling.feed('abc')
  assert.deepEqual(cancelling.log, ['(resume)', '(cancelled CLIENT_GONE)'])
})

test('until close: EOF is the end', () => {
  const { reader, sink, log, feed } = setup('close')
  reader.pipe(sink)
  feed('abc')
  reader.eof()
  reader.eof()
  assert.deepEqual(log, ['(resume)', 'write abc', 'end', '(done)'])
})

test('until close: EOF before anybody asked', () => {
  const { reader, sink, log, feed } = setup('close')
  feed('abc')
  reader.eof()
  reader.pipe(sink)
  assert.deepEqual(log, ['(hold)', 'last abc', '(done)'])
})

test('until close: EOF while the last piece is lent; the sink still hears of the end', () => {
  const { reader, sink, log, feed } = setup('close', -1, { takes: 0 })
  reader.pipe(sink)
  feed('abc')
  reader.eof()
  assert.deepEqual(log, ['(resume)', 'write abc', '(pause)'])
  reader.resume()
  assert.deepEqual(log.slice(3), ['end', '(done)'])
})

test('until close: nothing but EOF', () => {
  const { reader, sink, log } = setup('close')
  reader.pipe(sink)
  reader.eof()
  assert.deepEqual(log, ['(resume)', 'end', '(done)'])
})

for (const mode of ['length', 'chunked'] as const) {
  test(`${mode}: EOF before the end breaks the body, for a sink that is there and for one that comes later`, () => {
    for (const piped of [true, false]) {
      const { reader, sink, log } = setup(mode, 5)
      if (piped) reader.pipe(sink)
      reader.eof()
      if (!piped) reader.pipe(sink)
      assert.equal(log.at(-1), 'abort UPSTREAM_PROTOCOL')
      assert.equal(reader.broken?.code, 'UPSTREAM_PROTOCOL')
      assert.equal(log.includes('(done)'), false)
    }
  })
}

test('EOF after a whole body changes nothing', () => {
  const { reader, sink, log, feed } = setup('length', 1)
  feed('a')
  reader.eof()
  reader.pipe(sink)
  assert.deepEqual(log, ['(hold)', 'last a', '(done)'])
})

test('bad chunks: -1 and a reason, nothing delivered', () => {
  const { reader, sink, log, take } = setup('chunked')
  reader.pipe(sink)
  assert.equal(take('1\r\nabc'), -1)
  assert.deepEqual([reader.broken?.code, reader.broken?.detail], ['BAD_REQUEST', 'a chunk longer than its size'])
  assert.deepEqual(log, ['(resume)'])
})

test('the limit counts decoded bytes and is exact', () => {
  const fits = setup('chunked', -1, { maxBytes: 3 })
  assert.ok(fits.take('1\r\na\r\n2\r\nbc\r\n0\r\n\r\n') > 0)
  const tooLong = setup('chunked', -1, { maxBytes: 3 })
  assert.ok(tooLong.take('3\r\nabc\r\n') > 0)
  assert.equal(tooLong.take('1\r\nd\r\n'), -1)
  assert.equal(tooLong.reader.broken?.code, 'BODY_TOO_LARGE')
})

test('failed: the sink is aborted once, and nothing follows', () => {
  const { reader, sink, log, feed } = setup('length', 6)
  reader.pipe(sink)
  reader.fail(new Fault('UPSTREAM_TIMEOUT'))
  reader.fail(GONE)
  feed('abc')
  reader.resume()
  reader.eof()
  reader.cancel(GONE)
  assert.deepEqual(log, ['(resume)', 'abort UPSTREAM_TIMEOUT'])
})

test('cancelled: the owner hears of it once, the sink of nothing', () => {
  const { reader, sink, log, feed } = setup('length', 6, { takes: 0 })
  reader.pipe(sink)
  feed('abc')
  reader.cancel(GONE)
  reader.cancel(GONE)
  reader.resume()
  feed('def')
  reader.fail(GONE)
  reader.eof()
  assert.deepEqual(log, ['(resume)', 'write abc', '(pause)', '(cancelled CLIENT_GONE)'])
})

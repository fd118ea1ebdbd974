import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HEAD_ROOM, TAIL_ROOM } from './body.ts'
import { bytesSource } from './bytes-source.ts'
import { headersOf } from './headers.ts'
import { loggingSink } from './testing.ts'

const TRAILERS = headersOf([['a', 'b']])
const text = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => 97 + (i % 26)))

test('a small body is one write that is the last, and needs no end', () => {
  const source = bytesSource(text(3))
  const sink = loggingSink()
  source.pipe(sink)
  assert.deepEqual([source.length, sink.log, source.finished], [3, ['last abc'], true])
})

test('nothing, and trailers, are told by the end', () => {
  for (const [bytes, trailers, log] of [
    [text(0), null, ['end']],
    [text(0), TRAILERS, ['end a: b']],
    [text(2), TRAILERS, ['write ab', 'end a: b']],
  ] as const) {
    const sink = loggingSink()
    bytesSource(bytes, trailers).pipe(sink)
    assert.deepEqual(sink.log, log)
  }
})

test('a length that was not known stays so: framing goes by it', () => {
  assert.equal(bytesSource(text(3), null, -1).length, -1)
  assert.equal(bytesSource(text(3), null, -1).again().length, -1)
})

test('a sink that takes nothing at once gets piece after piece as it asks, and each is lent once', () => {
  const body = text(200_000)
  for (const trailers of [null, TRAILERS]) {
    const source = bytesSource(body, trailers)
    const sink = loggingSink(0)
    source.pipe(sink)
    for (let written = 1; written <= 4; written++) {
      assert.deepEqual([sink.log.length, source.finished], [written, false])
      source.resume()
    }
    assert.equal(source.finished, true)
    source.resume()
    assert.equal(sink.text, body.toString())
    assert.deepEqual(sink.log.slice(4), trailers === null ? [] : ['end a: b'])
    assert.ok(sink.log[3]!.startsWith(trailers === null ? 'last' : 'write'))
  }
})

test('a resume that nobody owes does nothing', () => {
  const source = bytesSource(text(3))
  source.resume()
  const sink = loggingSink()
  source.pipe(sink)
  source.resume()
  assert.deepEqual(sink.log, ['last abc'])
})

test('the sink may write all over the room around a piece: the bytes stay as they are', () => {
  const body = text(70_000)
  const before = Buffer.from(body)
  const source = bytesSource(body)
  source.pipe({
    write: (buf, start, end) => {
      buf.fill(0, start - HEAD_ROOM, end + TAIL_ROOM)
      return true
    },
    end() {},
    abort() {},
  })
  const sink = loggingSink()
  source.again().pipe(sink)
  assert.ok(before.equals(body))
  assert.equal(sink.text, before.toString())
})

test('cancelled, before, in the middle of a write or while lent: nothing more comes', () => {
  const before = bytesSource(text(3))
  before.cancel()
  const sink = loggingSink()
  before.pipe(sink)
  assert.deepEqual([sink.log, before.finished], [[], false])

  const during = bytesSource(text(200_000))
  let writes = 0
  during.pipe({
    write: () => {
      writes++
      during.cancel()
      return true
    },
    end: () => assert.fail('ended'),
    abort: () => assert.fail('aborted'),
  })
  assert.equal(writes, 1)

  const lent = bytesSource(text(200_000))
  const slow = loggingSink(0)
  lent.pipe(slow)
  lent.cancel()
  lent.resume()
  assert.deepEqual([slow.log.length, lent.finished], [1, false])
})

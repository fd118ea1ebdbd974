import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesSource } from './bytes-source.ts'
import { Fault } from './errors.ts'
import { OnceSource, unread, watched } from './once-source.ts'
import { fakeSource, loggingSink } from './testing.ts'

test('everything is passed on, and the first reader remembered', () => {
  const inner = fakeSource(5)
  const source = new OnceSource(inner)
  const sink = loggingSink()
  assert.deepEqual([source.length, source.piped], [5, false])
  source.pipe(sink)
  source.resume()
  source.cancel(new Fault('CLIENT_GONE'))
  assert.deepEqual([source.piped, inner.sink, inner.log], [true, sink, ['resume', 'cancel CLIENT_GONE']])
})

test('unread: itself until it is piped, then nothing', () => {
  const source = watched(fakeSource(5))
  assert.equal(unread(source), source)
  source.pipe(loggingSink())
  assert.equal(unread(source), null)
})

test('unread: bytes can be had again and again', () => {
  const source = bytesSource(Buffer.from('abc'))
  source.pipe(loggingSink())
  const next = unread(source)
  const sink = loggingSink()
  next?.pipe(sink)
  assert.deepEqual(sink.log, ['last abc'])
})

test('unread: nobody can tell of a source that was not watched', () => {
  assert.equal(unread(fakeSource(5)), null)
})

test('watching twice adds nothing', () => {
  const source = watched(fakeSource(5))
  const bytes = bytesSource(Buffer.from('abc'))
  assert.deepEqual([watched(source) === source, watched(bytes) === bytes], [true, true])
})

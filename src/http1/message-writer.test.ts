import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HEAD_ROOM, TAIL_ROOM } from '../base/body.ts'
import { Fault } from '../base/errors.ts'
import { headersOf, NO_HEADERS } from '../base/headers.ts'
import { fakeSource } from '../base/testing.ts'
import { ChunkedDecoder } from './chunked.ts'
import { DEFAULT_LIMITS } from './head.ts'
import { type Framing, MessageWriter } from './message-writer.ts'

const HEAD = 'HEAD\r\n\r\n'
const GONE = new Fault('CLIENT_GONE')

/** Takes writes whole while `takes` is above 0; what it has not taken it holds on to, and checks when it is drained. */
const fakeWire = (takes: number) => {
  let held: { bytes: Buffer; copy: Buffer } | null = null
  const wire = {
    takes,
    pending: false,
    writes: [] as string[],
    write(buf: Buffer, start: number, end: number): boolean {
      assert.equal(wire.pending, false, 'written while a write was pending')
      const bytes = buf.subarray(start, end)
      wire.writes.push(bytes.toString('latin1'))
      if (wire.takes-- > 0) return true
      wire.pending = true
      held = { bytes, copy: Buffer.from(bytes) }
      return false
    },
    writeText: (text: string): boolean => {
      const bytes = Buffer.from(text, 'latin1')
      return wire.write(bytes, 0, bytes.length)
    },
    writeSoon: (buf: Buffer, start: number, end: number): boolean => wire.write(buf, start, end),
    writeTextSoon: (text: string): boolean => wire.writeText(text),
    drain: (writer: MessageWriter): void => {
      assert.ok(wire.pending && held !== null, 'nothing to drain')
      assert.deepEqual(held.bytes, held.copy, 'a lent buffer was written to')
      wire.pending = false
      writer.drained()
    },
  }
  return wire
}

const setup = ({ takes = Number.POSITIVE_INFINITY, onWritten = (): void => {} } = {}) => {
  const wire = fakeWire(takes)
  const log: string[] = []
  const writer = new MessageWriter(wire, {
    onWritten: () => {
      log.push('written')
      onWritten()
    },
    onPending: () => {},
    onBroken: (why, headSent) => void log.push(`broken ${why.code} ${headSent ? 'after' : 'before'} the head`),
  })
  /** Writes `text` out of the middle of a buffer whose edges must not change. */
  const write = (text: string, last = false, room = HEAD_ROOM): boolean => {
    const buf = Buffer.alloc(100 + room + text.length + TAIL_ROOM + 100, '.')
    buf.write(text, 100 + room, 'latin1')
    const taken = writer.write(buf, 100 + room, 100 + room + text.length, last)
    assert.equal(buf.toString('latin1', 0, 100 - HEAD.length), '.'.repeat(100 - HEAD.length), 'wrote before its room')
    assert.equal(buf.toString('latin1', buf.length - 100), '.'.repeat(100), 'wrote behind its room')
    return taken
  }
  const begin = (framing: Framing, length = -1): void => writer.begin(HEAD, framing, length)
  return { wire, writer, log, write, begin }
}

const framed: readonly [framing: Framing, length: number, pieces: string[], writes: string[]][] = [
  ['length', 3, ['abc'], [`${HEAD}abc`]],
  ['length', 6, ['abc', 'def'], [`${HEAD}abc`, 'def']],
  ['close', -1, ['abc', 'def'], [`${HEAD}abc`, 'def']],
  ['chunked', -1, ['abc'], [`${HEAD}3\r\nabc\r\n0\r\n\r\n`]],
  ['chunked', -1, ['abc', 'd'.repeat(26)], [`${HEAD}3\r\nabc\r\n`, `1a\r\n${'d'.repeat(26)}\r\n0\r\n\r\n`]],
  ['chunked', -1, ['', 'a', ''], [HEAD, '1\r\na\r\n', '0\r\n\r\n']],
]

for (const [framing, length, pieces, writes] of framed) {
  test(`${framing} ${length}: ${JSON.stringify(pieces)}`, () => {
    const { wire, writer, log, write, begin } = setup()
    begin(framing, length)
    pieces.forEach((piece, i) => void assert.equal(write(piece, i === pieces.length - 1), true))
    assert.deepEqual([wire.writes, log], [writes, ['written']])
    assert.deepEqual([writer.isActive, writer.bytes], [false, pieces.join('').length])
  })
}

test('head and body leave in one write also where there is no room for the head', () => {
  const { wire, write, begin, writer } = setup()
  const long = `HEAD ${'x'.repeat(500)}\r\n\r\n`
  writer.begin(long, 'chunked', -1)
  write('abc')
  begin('chunked')
  assert.deepEqual(wire.writes, [`${long}3\r\nabc\r\n`])
})

const ended: readonly [framing: Framing, length: number, pieces: string[], wrote: string][] = [
  ['length', 0, [], HEAD],
  ['length', 3, ['abc'], `${HEAD}abc`],
  ['close', -1, [], HEAD],
  ['close', -1, ['abc'], `${HEAD}abc`],
  ['chunked', -1, [], `${HEAD}0\r\n\r\n`],
  ['chunked', -1, ['abc'], `${HEAD}3\r\nabc\r\n0\r\n\r\n`],
  ['none', 0, [], HEAD],
  ['none', 0, ['dropped'], HEAD],
]

for (const [framing, length, pieces, wrote] of ended) {
  test(`${framing} ${length}: ${JSON.stringify(pieces)} and then the end`, () => {
    const { wire, writer, log, write, begin } = setup()
    begin(framing, length)
    for (const piece of pieces) write(piece)
    writer.end(null)
    writer.end(null)
    assert.deepEqual([wire.writes.join(''), log], [wrote, ['written']])
  })
}

test('a message without a body ends with the last of what is written', () => {
  const { wire, log, write, begin } = setup()
  begin('none')
  assert.equal(write('dropped', true), true)
  assert.deepEqual([wire.writes, log], [[HEAD], ['written']])
})

const TRAILERS = headersOf([
  ['x-sum', '1'],
  ['content-length', '5'],
  ['x-consumer', 'me'],
  ['x-claim-sub', 'me'],
])

test('trailers: sent behind the last chunk, without those that nobody would check', () => {
  const { wire, writer, write, begin } = setup()
  begin('chunked')
  write('a')
  writer.end(TRAILERS)
  assert.deepEqual(wire.writes, [`${HEAD}1\r\na\r\n`, '0\r\nx-sum: 1\r\n\r\n'])
  begin('chunked')
  writer.end(NO_HEADERS)
  assert.equal(wire.writes[2], `${HEAD}0\r\n\r\n`)
})

test('trailers have no place in other framings', () => {
  const { wire, writer, log, write, begin } = setup()
  begin('close')
  write('a')
  writer.end(TRAILERS)
  assert.deepEqual([wire.writes, log], [[`${HEAD}a`], ['written']])
})

const BROKEN_BEFORE = 'broken UPSTREAM_PROTOCOL before the head'
const BROKEN_AFTER = 'broken UPSTREAM_PROTOCOL after the head'

test('a body longer or shorter than announced is never sent as if it were whole', () => {
  const rows: readonly [pieces: string[], last: boolean, writes: string[], log: string][] = [
    [['abcd'], false, [], BROKEN_BEFORE],
    [['ab', 'cd'], false, [`${HEAD}ab`], BROKEN_AFTER],
    [['ab'], true, [], BROKEN_BEFORE],
    [['a', 'b'], true, [`${HEAD}a`], BROKEN_AFTER],
  ]
  for (const [pieces, last, writes, entry] of rows) {
    const { wire, writer, log, write, begin } = setup()
    begin('length', 3)
    pieces.forEach((piece, i) => void assert.equal(write(piece, last && i === pieces.length - 1), true))
    write('more', true)
    writer.end(null)
    assert.deepEqual([wire.writes, log], [writes, [entry]])
  }
})

test('an end that comes too early breaks the message', () => {
  const { wire, writer, log, write, begin } = setup()
  begin('length', 3)
  write('ab')
  writer.end(null)
  assert.deepEqual([wire.writes, log], [[`${HEAD}ab`], [BROKEN_AFTER]])
})

test('aborted: told whether the head is out; what follows is ignored, and the buffer goes back', () => {
  const before = setup()
  before.begin('chunked')
  before.writer.abort(GONE)
  before.writer.abort(GONE)
  assert.deepEqual([before.wire.writes, before.log], [[], ['broken CLIENT_GONE before the head']])

  const after = setup({ takes: 0 })
  const source = fakeSource(-1)
  after.begin('chunked')
  after.writer.pipe(source)
  after.writer.abort(GONE)
  assert.equal(after.write('late', true), true)
  after.wire.drain(after.writer)
  assert.deepEqual(after.log, ['broken CLIENT_GONE after the head'])
  assert.deepEqual([after.wire.writes, source.log], [[HEAD], ['resume']])
})

test('lent: the source goes on when the wire has drained', () => {
  const { wire, writer, log, write, begin } = setup({ takes: 0 })
  const source = fakeSource(-1, () => assert.equal(write('a'), false))
  begin('close')
  writer.pipe(source)
  assert.deepEqual([wire.writes, source.log], [[`${HEAD}a`], []])
  wire.drain(writer)
  assert.deepEqual(source.log, ['resume'])
  wire.takes = 0
  assert.equal(write('b', true), false)
  assert.deepEqual([log, writer.isFlushing], [[], true])
  wire.drain(writer)
  assert.deepEqual([log, source.log], [['written'], ['resume', 'resume']])
})

test('a source that has nothing yet: the head leaves alone, what comes while it is pending waits its turn', () => {
  for (const takes of [1, 0]) {
    const { wire, writer, log, write, begin } = setup({ takes: 0 })
    const source = fakeSource(-1)
    begin('chunked')
    writer.pipe(source)
    assert.deepEqual([wire.writes, writer.headSent], [[HEAD], true])
    assert.equal(write('abc'), false)
    assert.deepEqual(wire.writes, [HEAD])
    wire.takes = takes
    wire.drain(writer)
    assert.deepEqual(wire.writes, [HEAD, '3\r\nabc\r\n'])
    assert.deepEqual(source.log, takes === 1 ? ['resume'] : [])
    if (takes === 0) wire.drain(writer)
    assert.deepEqual([source.log, log], [['resume'], []])
  }
})

test('the last write may wait as well', () => {
  const { wire, writer, log, write, begin } = setup({ takes: 0 })
  begin('length', 3)
  writer.pipe(fakeSource(3))
  assert.equal(write('abc', true), false)
  assert.deepEqual(log, [])
  wire.takes = 1
  wire.drain(writer)
  assert.deepEqual([wire.writes, log], [[HEAD, 'abc'], ['written']])
})

test('an end while the wire is busy: the last chunk waits, where there is one', () => {
  for (const framing of ['chunked', 'close'] as const) {
    for (const takes of [1, 0]) {
      const { wire, writer, log, begin } = setup({ takes: 0 })
      begin(framing)
      writer.pipe(fakeSource(-1))
      writer.end(null)
      assert.deepEqual([wire.writes, log], [[HEAD], []])
      wire.takes = takes
      wire.drain(writer)
      if (framing === 'chunked' && takes === 0) wire.drain(writer)
      assert.deepEqual([wire.writes.slice(1), log], [framing === 'chunked' ? ['0\r\n\r\n'] : [], ['written']])
    }
  }
})

test('bytes and heads without a source leave in one write, and are written once the kernel has them', () => {
  for (const takes of [1, 0]) {
    const { wire, writer, log, begin } = setup({ takes })
    begin('length', 3)
    writer.sendBytes(Buffer.from('abc'))
    if (takes === 0) {
      assert.deepEqual([log, writer.isFlushing], [[], true])
      wire.drain(writer)
    }
    assert.deepEqual([wire.writes, log, writer.bytes], [[`${HEAD}abc`], ['written'], 3])
    wire.takes = takes
    begin('none')
    writer.sendHead()
    if (takes === 0) wire.drain(writer)
    assert.deepEqual([wire.writes[1], log, writer.bytes], [HEAD, ['written', 'written'], 0])
  }
})

test('heads are latin1', () => {
  const { wire, writer } = setup()
  writer.begin('\u00e9', 'none', 0)
  writer.sendHead()
  writer.begin('\u00e9', 'length', 1)
  writer.sendBytes(Buffer.from('x'))
  assert.deepEqual(wire.writes, ['\u00e9', '\u00e9x'])
})

test('dropped: nothing is written, nobody is told', () => {
  const { wire, writer, log, write, begin } = setup()
  begin('chunked')
  writer.drop()
  assert.equal(write('a', true), true)
  writer.end(null)
  writer.abort(GONE)
  assert.deepEqual([wire.writes, log, writer.isActive], [[], [], false])
})

test('the next message may begin from within onWritten; the old source is resumed, not the new one', () => {
  const next = fakeSource(-1)
  const it = setup({
    takes: 0,
    onWritten: () => {
      it.begin('close')
      it.wire.takes = 1
      it.writer.pipe(next)
    },
  })
  const first = fakeSource(1, () => it.write('a', true))
  it.begin('length', 1)
  it.writer.pipe(first)
  it.wire.drain(it.writer)
  assert.deepEqual([first.log, next.log], [['resume'], []])
  assert.deepEqual([it.wire.writes, it.writer.isActive], [[`${HEAD}a`, HEAD], true])
})

test('property: whatever the wire takes when, the pieces arrive whole, in order, once', () => {
  const piece = fc.record({ text: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 30 }), takes: fc.nat(1) })
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), fc.boolean(), fc.boolean(), (pieces, silent, tell) => {
      const { wire, writer, log, write, begin } = setup({ takes: 0 })
      begin('chunked')
      if (silent) writer.pipe(fakeSource(-1))
      pieces.forEach(({ text, takes }, i) => {
        wire.takes = takes
        const last = tell && i === pieces.length - 1
        if (!write(text, last)) while (wire.pending) wire.drain(writer)
      })
      if (!tell) writer.end(null)
      while (wire.pending) wire.drain(writer)
      assert.deepEqual(log, ['written'])
      const sent = Buffer.from(wire.writes.join(''), 'latin1')
      assert.equal(sent.toString('latin1', 0, HEAD.length), HEAD)
      const decoder = new ChunkedDecoder(DEFAULT_LIMITS)
      assert.ok(decoder.decode(sent, HEAD.length, sent.length), decoder.reason)
      assert.ok(decoder.done && decoder.next === sent.length)
      const body = sent.toString('latin1', decoder.outStart, decoder.outEnd)
      assert.equal(body, pieces.map(({ text }) => text).join(''))
    }),
  )
})

test('a wire that drains after the message is out does not resume a source that may read for somebody else', () => {
  const { wire, writer, write } = setup()
  const source = fakeSource(1)
  writer.begin(HEAD, 'length', 1)
  writer.pipe(source)
  write('a', true)
  assert.equal(writer.isActive, false)
  // What the wire put off was not taken whole at the end of the turn, and is now.
  wire.pending = false
  writer.drained()
  assert.deepEqual(source.log, [])
})

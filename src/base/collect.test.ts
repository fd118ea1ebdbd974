import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HEAD_ROOM, type Sink, type Source, TAIL_ROOM } from './body.ts'
import { type Collected, collect } from './collect.ts'
import { Fault } from './errors.ts'
import { type HeaderView, headersOf } from './headers.ts'
import { fakeSource, linesOf, loggingSink } from './testing.ts'

const TRAILERS = headersOf([['a', 'b']])
const GONE = new Fault('CLIENT_GONE')
const turn = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await null
}

/** What was told, and the rest when there is one. */
const telling = () => {
  const told: string[] = []
  const rests: Source[] = []
  const done: Collected = {
    whole: (bytes, trailers) =>
      void told.push(`whole ${bytes.toString('latin1')}${trailers === null ? '' : ` ${linesOf(trailers)}`}`),
    tooLarge: rest => {
      told.push(`large ${rest.length}`)
      rests.push(rest)
    },
    broken: why => void told.push(`broken ${why.code}`),
  }
  return { told, rests, done }
}

/** A source that keeps to the contract to the letter, and spoils every buffer the moment it has it back. */
class PlayedSource implements Source {
  readonly length: number
  lent = false
  ended = false
  cancelled = 0
  private readonly pieces: readonly string[]
  private readonly trailers: HeaderView | null
  /** Pieces that are there when it is piped. */
  private readonly early: number
  private readonly lastTold: boolean
  private sink: Sink | null = null
  private at = 0
  private buf = Buffer.alloc(0)

  constructor(
    pieces: readonly string[],
    given: { length?: number; trailers?: HeaderView | null; early?: number; lastTold?: boolean },
  ) {
    this.pieces = pieces
    this.length = given.length ?? -1
    this.trailers = given.trailers ?? null
    this.early = given.early ?? 0
    this.lastTold = given.lastTold ?? true
  }

  pipe(sink: Sink): void {
    assert.equal(this.sink, null, 'piped twice')
    this.sink = sink
    for (let i = 0; i < this.early; i++) this.step()
  }

  /** The next thing that happens; nothing while it must be silent. */
  step(): void {
    const { sink, pieces } = this
    if (sink === null || this.lent || this.ended || this.cancelled > 0) return
    const data = pieces[this.at++]
    if (data === undefined) {
      this.ended = true
      return sink.end(this.trailers)
    }
    const last = this.lastTold && this.at === pieces.length && this.trailers === null
    this.buf = Buffer.alloc(HEAD_ROOM + data.length + TAIL_ROOM)
    this.buf.write(data, HEAD_ROOM, 'latin1')
    const taken = sink.write(this.buf, HEAD_ROOM, HEAD_ROOM + data.length, last)
    if (last) this.ended = true
    if (taken) this.buf.fill('!')
    else this.lent = true
  }

  resume(): void {
    if (!this.lent) return
    this.lent = false
    this.buf.fill('!')
  }

  cancel(): void {
    this.cancelled++
  }
}

/** Takes or lends as told; looks at what it was lent at the last moment. */
class LendingSink implements Sink {
  text = ''
  ends: string[] = []
  writes = 0
  private readonly lends: readonly boolean[]
  private held: { buf: Buffer; start: number; end: number } | null = null

  constructor(lends: readonly boolean[]) {
    this.lends = lends
  }

  write(buf: Buffer, start: number, end: number, last: boolean): boolean {
    assert.equal(this.held, null, 'written to while lent')
    assert.equal(this.ends.length, 0, 'written to after the end')
    assert.ok(start >= HEAD_ROOM && buf.length - end >= TAIL_ROOM, 'no room')
    if (last) this.ends.push('last')
    if (this.lends[this.writes++ % this.lends.length]) {
      this.held = { buf, start, end }
      return false
    }
    this.take(buf, start, end)
    return true
  }

  end(trailers: HeaderView | null): void {
    assert.equal(this.held, null, 'ended while lent')
    this.ends.push(trailers === null ? 'end' : `end ${linesOf(trailers)}`)
  }

  abort(why: Fault): void {
    this.ends.push(`abort ${why.code}`)
  }

  get holds(): boolean {
    return this.held !== null
  }

  release(source: Source): void {
    const { held } = this
    if (held === null) return
    this.held = null
    this.take(held.buf, held.start, held.end)
    source.resume()
  }

  private take(buf: Buffer, start: number, end: number): void {
    this.text += buf.toString('latin1', start, end)
    buf.fill('?', start - HEAD_ROOM, end + TAIL_ROOM)
  }
}

test('every split, every bound, every way of lending: the same bytes, trailers and length, held back as asked', async () => {
  const inputs = fc.record({
    pieces: fc.array(fc.string({ minLength: 1, maxLength: 9, unit: fc.constantFrom('a', 'b', 'c') }), { maxLength: 8 }),
    most: fc.nat(40),
    known: fc.boolean(),
    trailers: fc.boolean(),
    early: fc.nat(9),
    lastTold: fc.boolean(),
    lends: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
    pipeAt: fc.nat(3),
  })
  await fc.assert(
    fc.asyncProperty(inputs, async ({ pieces, most, known, trailers, early, lastTold, lends, pipeAt }) => {
      const all = pieces.join('')
      const length = known ? all.length : -1
      const source = new PlayedSource(pieces, { length, trailers: trailers ? TRAILERS : null, early, lastTold })
      const { told, rests, done } = telling()
      collect(source, most, done)
      for (let i = 0; i < 20 && told.length === 0; i++) {
        source.step()
        await null
        await null
      }
      if (all.length <= most) {
        assert.deepEqual(told, [`whole ${all}${trailers ? ' a: b' : ''}`])
        assert.ok(source.ended)
        return
      }
      assert.deepEqual(told, [`large ${length}`])
      // Nothing moves until somebody asks.
      for (let i = 0; i < pipeAt; i++) source.step()
      const rest = rests[0]!
      const sink = new LendingSink(lends)
      rest.pipe(sink)
      for (let i = 0; i < 40; i++) {
        source.step()
        if (i % 3 === 2) sink.release(rest)
        // A writer that was busy with its head says so once too often.
        if (i % 5 === 4 && !sink.holds) rest.resume()
      }
      assert.equal(sink.text, all)
      assert.equal(sink.ends.length, 1, String(sink.ends))
      assert.equal(sink.ends[0]!.endsWith('a: b'), trailers)
      await turn()
      assert.equal(told.length, 1)
    }),
    { numRuns: 500 },
  )
})

test('what is there at once is told before collect returns', () => {
  for (const [pieces, most, expected] of [
    [['ab', 'c'], 3, 'whole abc'],
    [['ab', 'c'], 2, 'large -1'],
    [[], 0, 'whole '],
  ] as const) {
    const { told, done } = telling()
    collect(new PlayedSource(pieces, { early: 9 }), most, done)
    assert.deepEqual(told, [expected])
  }
})

test('what comes later is told once the source has done with its call', async () => {
  const source = new PlayedSource(['abc'], {})
  const { told, done } = telling()
  collect(source, 3, done)
  source.step()
  assert.deepEqual([told, source.ended], [[], true])
  await turn()
  assert.deepEqual(told, ['whole abc'])
})

test('a length that is too large is believed: nothing is read', () => {
  const source = new PlayedSource(['abcd'], { length: 4, early: 1 })
  const { told, rests, done } = telling()
  collect(source, 3, done)
  assert.deepEqual([told, rests[0] === source], [['large 4'], true])
})

test('no more than the bound and one piece is read', async () => {
  const source = new PlayedSource(['ab', 'cd', 'ef', 'gh'], {})
  const { told, rests, done } = telling()
  collect(source, 3, done)
  for (let i = 0; i < 4; i++) source.step()
  await turn()
  assert.deepEqual([told, source.lent, source.ended], [['large -1'], true, false])
  const sink = loggingSink(0)
  rests[0]?.pipe(sink)
  source.step()
  assert.deepEqual(sink.log, ['write abcd'])
  rests[0]?.resume()
  source.step()
  assert.deepEqual(sink.log, ['write abcd', 'write ef'])
})

test('memory follows what came, not what was promised', async () => {
  const source = new PlayedSource(['ab', 'c'], { length: 1_000_000 })
  let bytes: Buffer = Buffer.alloc(0)
  collect(source, 1_000_000, { ...telling().done, whole: all => (bytes = all) })
  for (let i = 0; i < 3; i++) source.step()
  await turn()
  assert.equal(bytes.toString(), 'abc')
  assert.ok(bytes.buffer.byteLength < 500_000, String(bytes.buffer.byteLength))
})

test('a body that breaks: at once, in the middle, as the rest waits, as the rest is read', async () => {
  const why = new Fault('REQUEST_TIMEOUT')
  const atOnce = telling()
  collect(
    fakeSource(-1, sink => sink.abort(why)),
    9,
    atOnce.done,
  )
  assert.deepEqual(atOnce.told, ['broken REQUEST_TIMEOUT'])

  const inTheMiddle = telling()
  const source = fakeSource(-1)
  collect(source, 9, inTheMiddle.done)
  assert.equal(write(source.sink!, 'abc'), true)
  source.sink?.abort(why)
  await turn()
  assert.deepEqual(inTheMiddle.told, ['broken REQUEST_TIMEOUT'])

  for (const early of [true, false]) {
    const late = telling()
    const large = fakeSource(-1)
    collect(large, 2, late.done)
    assert.equal(write(large.sink!, 'abc'), false)
    await turn()
    const sink = loggingSink(0)
    if (!early) late.rests[0]?.pipe(sink)
    large.sink?.abort(why)
    if (early) late.rests[0]?.pipe(sink)
    assert.deepEqual(late.told, ['large -1'])
    assert.deepEqual(sink.log, early ? ['abort REQUEST_TIMEOUT'] : ['write abc', 'abort REQUEST_TIMEOUT'])
  }
})

test('too large and broken in one go is broken', async () => {
  const { told, done } = telling()
  const source = fakeSource(-1)
  collect(source, 2, done)
  write(source.sink!, 'abc')
  source.sink?.abort(GONE)
  await turn()
  assert.deepEqual(told, ['broken CLIENT_GONE'])
})

test('cancelled at any moment: the source hears of it, nothing is told any more', async () => {
  for (const steps of [0, 1, 2]) {
    const { told, done } = telling()
    const source = new PlayedSource(['ab', 'cd'], {})
    const collecting = collect(source, 4, done)
    for (let i = 0; i < steps; i++) source.step()
    collecting.cancel(GONE)
    await turn()
    assert.deepEqual([told, source.cancelled], [[], 1])
  }
})

test('the rest, cancelled while it waits or is read: the source hears of it, the sink nothing more', async () => {
  for (const piped of [false, true]) {
    const { rests, done } = telling()
    const source = fakeSource(-1)
    collect(source, 2, done)
    write(source.sink!, 'abc')
    await turn()
    const rest = rests[0]!
    const sink = loggingSink(0)
    if (piped) rest.pipe(sink)
    rest.cancel(GONE)
    rest.resume()
    assert.equal(write(source.sink!, 'def'), true)
    source.sink?.end(null)
    source.sink?.abort(GONE)
    if (!piped) rest.pipe(sink)
    assert.deepEqual([source.log, sink.log], [['cancel CLIENT_GONE'], piped ? ['write abc'] : []])
  }
})

const write = (sink: Sink, text: string): boolean => {
  const buf = Buffer.alloc(HEAD_ROOM + text.length + TAIL_ROOM)
  buf.write(text, HEAD_ROOM, 'latin1')
  return sink.write(buf, HEAD_ROOM, HEAD_ROOM + text.length, false)
}

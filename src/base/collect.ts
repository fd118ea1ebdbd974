import { HEAD_ROOM, type Sink, type Source, TAIL_ROOM } from './body.ts'
import type { Fault } from './errors.ts'
import type { HeaderView } from './headers.ts'

/** What became of a body that was to be read into memory; one of these is called, once. */
export interface Collected {
  /** All of it. */
  whole(bytes: Buffer, trailers: HeaderView | null): void
  /** It is larger than the bound: `rest` gives all of it, what was read first. */
  tooLarge(rest: Source): void
  broken(why: Fault): void
}

/** A body being read. Once cancelled it says nothing any more. */
export interface Collecting {
  cancel(why: Fault): void
}

/**
 * Reads a body of at most `most` bytes into memory. A longer one is not read any further than that, and not at all when
 * its length says so. `done` is called before this returns when the body is there already; never from within a call
 * of the source, which may not expect to be cancelled there.
 */
export const collect = (source: Source, most: number, done: Collected): Collecting => {
  if (source.length > most) {
    done.tooLarge(source)
    return source
  }
  const collector = new Collector(source, most, done)
  collector.start()
  return collector
}

const NOTHING = Buffer.alloc(0)

/** A sink that fills up; once it is too full, a source that gives what it holds and then passes on what follows. */
class Collector implements Sink, Source, Collecting {
  readonly length: number
  private readonly source: Source
  private readonly most: number
  private readonly done: Collected
  private bytes = NOTHING
  private size = 0
  private state: 'reading' | 'whole' | 'large' | 'over' = 'reading'
  private trailers: HeaderView | null = null
  private fault: Fault | null = null
  private heldLast = false
  private starting = true
  private sink: Sink | null = null

  constructor(source: Source, most: number, done: Collected) {
    this.source = source
    this.length = source.length
    this.most = most
    this.done = done
  }

  start(): void {
    this.source.pipe(this)
    this.starting = false
    if (this.state !== 'reading' || this.fault !== null) this.tell()
  }

  // --- what comes ---

  write(buf: Buffer, start: number, end: number, last: boolean): boolean {
    if (this.state === 'over') return true
    if (this.sink !== null) return this.sink.write(buf, start, end, last)
    if (this.size + end - start > this.most) {
      this.hold(buf, start, end)
      this.heldLast = last
      this.state = 'large'
      this.settle()
      return false
    }
    this.keep(buf, start, end)
    if (last) this.end(null)
    return true
  }

  end(trailers: HeaderView | null): void {
    if (this.state === 'over') return
    if (this.sink !== null) return this.sink.end(trailers)
    trailers?.keep?.()
    this.trailers = trailers
    this.state = 'whole'
    this.settle()
  }

  abort(why: Fault): void {
    if (this.state === 'over') return
    if (this.sink !== null) return this.sink.abort(why)
    this.fault = why
    // Of one that is too large it is told when somebody wants the rest.
    if (this.state === 'reading') this.settle()
  }

  // --- the rest of a larger one ---

  pipe(sink: Sink): void {
    if (this.state === 'over') return
    this.sink = sink
    if (this.fault !== null) return sink.abort(this.fault)
    const { bytes, size } = this
    this.bytes = NOTHING
    // The source waits: its last write was not taken.
    if (sink.write(bytes, HEAD_ROOM, HEAD_ROOM + size, this.heldLast)) this.resume()
  }

  resume(): void {
    if (this.sink !== null && this.state !== 'over') this.source.resume()
  }

  cancel(why: Fault): void {
    this.state = 'over'
    this.bytes = NOTHING
    this.source.cancel(why)
  }

  // --- what is told ---

  private settle(): void {
    if (!this.starting) queueMicrotask(() => this.tell())
  }

  private tell(): void {
    const { state, done, fault } = this
    if (state === 'over') return
    if (state === 'large' && fault === null) return done.tooLarge(this)
    this.state = 'over'
    if (fault !== null) done.broken(fault)
    else done.whole(this.bytes.subarray(0, this.size), this.trailers)
  }

  /** Room grows by doubling, since a length is only a promise; never beyond what may come. */
  private keep(buf: Buffer, start: number, end: number): void {
    const needed = this.size + end - start
    if (needed > this.bytes.length) {
      const most = this.length < 0 ? this.most : this.length
      const grown = Buffer.allocUnsafe(Math.max(needed, Math.min(2 * this.bytes.length, most)))
      this.bytes.copy(grown, 0, 0, this.size)
      this.bytes = grown
    }
    buf.copy(this.bytes, this.size, start, end)
    this.size = needed
  }

  private hold(buf: Buffer, start: number, end: number): void {
    const size = this.size + end - start
    const held = Buffer.allocUnsafe(HEAD_ROOM + size + TAIL_ROOM)
    this.bytes.copy(held, HEAD_ROOM, 0, this.size)
    buf.copy(held, HEAD_ROOM + this.size, start, end)
    this.bytes = held
    this.size = size
  }
}

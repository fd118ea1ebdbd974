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

/** What a body takes of something that others take from, too. */
export interface Budget {
  /** Before the bytes are kept. False: there is no room for them, which is as if the body were larger than the bound. */
  take(bytes: number): boolean
}

const UNBOUNDED: Budget = { take: () => true }

/**
 * Reads a body of at most `most` bytes into memory. A longer one is not read any further than that, and not at all when
 * its length says so. `done` is called before this returns when the body is there already; never from within a call
 * of the source, which may not expect to be cancelled there.
 */
export const collect = (source: Source, most: number, done: Collected, budget: Budget = UNBOUNDED): Collecting => {
  if (source.length > most) {
    done.tooLarge(source)
    return source
  }
  const collector = new Collector(source, most, done, budget)
  collector.start()
  return collector
}

/** Bodies grow by pieces of at most so much: what is taken beyond what came is less than this. */
const PIECE_BYTES = 65_536

/** A sink that fills up; once it is too full, a source that gives what it holds and then passes on what follows. */
class Collector implements Sink, Source, Collecting {
  readonly length: number
  private readonly source: Source
  private readonly most: number
  private readonly done: Collected
  private readonly budget: Budget
  private pieces: Buffer[] = []
  /** Of the last piece that is not filled. */
  private room = 0
  private size = 0
  /** What did not fit: lent by the source until it may go on. */
  private lent: { readonly buf: Buffer; readonly start: number; readonly end: number } | null = null
  private state: 'reading' | 'whole' | 'large' | 'over' = 'reading'
  private trailers: HeaderView | null = null
  private fault: Fault | null = null
  private heldLast = false
  private starting = true
  private sink: Sink | null = null

  constructor(source: Source, most: number, done: Collected, budget: Budget) {
    this.source = source
    this.length = source.length
    this.most = most
    this.done = done
    this.budget = budget
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
    if (this.size + end - start > this.most || !this.budget.take(end - start)) {
      this.lent = { buf, start, end }
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
    const held = this.held()
    // The source waits: its last write was not taken.
    if (sink.write(held, HEAD_ROOM, held.length - TAIL_ROOM, this.heldLast)) this.resume()
  }

  resume(): void {
    if (this.sink !== null && this.state !== 'over') this.source.resume()
  }

  cancel(why: Fault): void {
    this.state = 'over'
    this.pieces = []
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
    else done.whole(this.joined(), this.trailers)
  }

  private keep(buf: Buffer, start: number, end: number): void {
    const fitting = Math.min(this.room, end - start)
    const last = this.pieces.at(-1)
    if (last !== undefined && fitting > 0) buf.copy(last, last.length - this.room, start, start + fitting)
    this.room -= fitting
    this.size += fitting
    if (start + fitting < end) this.grow(buf, start + fitting, end)
  }

  /** By what there is already, since a length is only a promise, and never beyond what may come. */
  private grow(buf: Buffer, start: number, end: number): void {
    const needed = end - start
    const most = (this.length < 0 ? this.most : this.length) - this.size
    const piece = Buffer.allocUnsafe(Math.max(needed, Math.min(this.size, PIECE_BYTES, most)))
    buf.copy(piece, 0, start, end)
    this.pieces.push(piece)
    this.room = piece.length - needed
    this.size += needed
  }

  private joined(): Buffer {
    const { pieces, size } = this
    this.pieces = []
    return pieces.length === 1 ? pieces[0]!.subarray(0, size) : Buffer.concat(pieces, size)
  }

  /** All that came, with room to frame it. */
  private held(): Buffer {
    const { buf, start, end } = this.lent!
    const bytes = this.joined()
    const held = Buffer.allocUnsafe(HEAD_ROOM + bytes.length + end - start + TAIL_ROOM)
    bytes.copy(held, HEAD_ROOM)
    buf.copy(held, HEAD_ROOM + bytes.length, start, end)
    this.lent = null
    return held
  }
}

import { type BodyBytes, HEAD_ROOM, type Sink, type Source, TAIL_ROOM } from './body.ts'
import type { HeaderView } from './headers.ts'

/** What is copied at once: a slow sink holds this much besides the bytes themselves. */
const PIECE = 65536

/**
 * Bytes in memory as a body, once; `again` gives the next. Sinks frame in place, so they get copies and the bytes stay
 * as they are.
 */
export class BytesSource implements Source {
  readonly length: number
  /** The sink has had all of it, and needs no buffer any more. */
  finished = false
  private readonly bytes: BodyBytes
  private readonly trailers: HeaderView | null
  private sink: Sink | null = null
  private piece: Buffer | null = null
  private sent = 0
  private lent = false
  private over = false

  constructor(bytes: BodyBytes, trailers: HeaderView | null, length: number) {
    this.bytes = bytes
    this.trailers = trailers
    this.length = length
  }

  again(): BytesSource {
    return new BytesSource(this.bytes, this.trailers, this.length)
  }

  pipe(sink: Sink): void {
    this.sink = sink
    this.pump(sink)
  }

  resume(): void {
    if (!this.lent || this.sink === null) return
    this.lent = false
    this.pump(this.sink)
  }

  cancel(): void {
    this.over = true
    this.piece = null
  }

  private pump(sink: Sink): void {
    const { bytes, trailers } = this
    while (!this.over && this.sent < bytes.length) {
      const n = Math.min(bytes.length - this.sent, PIECE)
      this.piece ??= Buffer.allocUnsafe(HEAD_ROOM + n + TAIL_ROOM)
      this.piece.set(bytes.subarray(this.sent, this.sent + n), HEAD_ROOM)
      this.sent += n
      const last = this.sent === bytes.length && trailers === null
      if (sink.write(this.piece, HEAD_ROOM, HEAD_ROOM + n, last)) continue
      this.lent = true
      return
    }
    if (this.over) return
    this.over = true
    this.finished = true
    this.piece = null
    if (bytes.length === 0 || trailers !== null) sink.end(trailers)
  }
}

/**
 * `length`: -1 where the end is to be told by framing alone, as of a body that came without a length: whoever frames it
 * goes by this, and the head that was written for it says no length.
 */
export const bytesSource = (
  bytes: BodyBytes,
  trailers: HeaderView | null = null,
  length: number = bytes.length,
): BytesSource => new BytesSource(bytes, trailers, length)

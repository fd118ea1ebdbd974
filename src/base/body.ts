import type { Fault } from './errors.ts'
import type { HeaderView } from './headers.ts'

/**
 * Bytes on their way. A source pushes into one sink; whoever holds a source either pipes it or cancels it.
 *
 * Lending: `write` hands over `buf[start, end)`, with at least `HEAD_ROOM` bytes before and `TAIL_ROOM` bytes after it
 * that the sink may overwrite to frame the data in place. When `write` returns true the buffer is the source's again;
 * when it returns false the buffer is lent, and the source stays silent until the sink calls `source.resume()`.
 * So a slow reader holds back exactly one buffer per direction.
 */
export interface Sink {
  /** `last`: nothing follows, and `end` is not called. */
  write(buf: Buffer, start: number, end: number, last: boolean): boolean
  end(trailers: HeaderView | null): void
  /** The body broke: whoever reads it must be able to tell that it is not whole. */
  abort(why: Fault): void
}

export interface Source {
  /** Exact number of bytes, or -1 when only the end will tell. */
  readonly length: number
  /** At most once. May call the sink before it returns. */
  pipe(sink: Sink): void
  /** The buffer lent by the last `write` that returned false is free. */
  resume(): void
  /** Nobody wants the rest. Safe to call at any time, any number of times. */
  cancel(why: Fault): void
}

/** Bytes a sink may overwrite before the data: a chunk-size line fits. Sources may leave more; `start` tells. */
export const HEAD_ROOM = 16
/** Bytes a sink may overwrite after the data: `CRLF 0 CRLF CRLF` fits. */
export const TAIL_ROOM = 16

/** A whole body in memory, immutable and shareable: sinks copy it, never frame in place. */
export type BodyBytes = Uint8Array

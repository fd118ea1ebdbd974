import type { Sink, Source } from './body.ts'
import { BytesSource } from './bytes-source.ts'
import type { Fault } from './errors.ts'

/** Passes a source on, and remembers whether somebody has begun to read it. */
export class OnceSource implements Source {
  readonly length: number
  piped = false
  private readonly source: Source

  constructor(source: Source) {
    this.source = source
    this.length = source.length
  }

  pipe(sink: Sink): void {
    this.piped = true
    this.source.pipe(sink)
  }

  resume(): void {
    this.source.resume()
  }

  cancel(why: Fault): void {
    this.source.cancel(why)
  }
}

/** The source as one of which `unread` knows whether it is whole. */
export const watched = (source: Source): Source =>
  source instanceof OnceSource || source instanceof BytesSource ? source : new OnceSource(source)

/** All of a body that may have been sent before; null when it was begun and cannot be had again. */
export const unread = (source: Source): Source | null => {
  if (source instanceof BytesSource) return source.again()
  return source instanceof OnceSource && !source.piped ? source : null
}

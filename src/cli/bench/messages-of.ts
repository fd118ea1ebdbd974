import { type BodyMode, type BodyOwner, BodyReader } from '../../http1/body-reader.ts'
import { DEFAULT_LIMITS, MORE } from '../../http1/head.ts'

/** How the body of a message ends; null: it has none. */
export type Framing = { readonly mode: BodyMode; readonly length: number } | null

export interface MessageParts {
  /** Offset behind the head, or one of the codes of `http1/head.ts`. */
  parse(buf: Buffer, start: number, end: number): number
  /** Of the head that was just parsed. */
  framing(): Framing
  /** The message was read to its end. False: read no more. */
  done(): boolean
}

export interface Messages {
  /** False when what came is no HTTP/1.1. */
  take(piece: Buffer): boolean
  /** The connection ended. Whether a message ended with it, as one without a length does. */
  eof(): boolean
}

/** Nobody reads the bodies: they are only followed to their end. */
const NOBODY: BodyOwner = {
  pauseBody() {},
  holdBody() {},
  resumeBody() {},
  bodyDone() {},
  bodyCancelled() {},
}

/** Follows the messages of one connection, which come in pieces. Pieces are written over. */
export const messagesOf = ({ parse, framing, done }: MessageParts): Messages => {
  /** The beginning of a head. */
  let held: Buffer | null = null
  let body: BodyReader | null = null
  let closed = false
  const finish = (): void => {
    body = null
    closed = !done()
  }
  const takeHead = (buf: Buffer, at: number): number => {
    const after = parse(buf, at, buf.length)
    if (after === MORE) {
      held = Buffer.from(buf.subarray(at))
      return buf.length
    }
    if (after < 0) return -1
    const how = framing()
    if (how === null) finish()
    else body = new BodyReader(NOBODY, how.mode, how.length, DEFAULT_LIMITS)
    return after
  }
  const takeBody = (reader: BodyReader, buf: Buffer, at: number): number => {
    const next = reader.take(buf, at, buf.length)
    if (reader.complete) finish()
    return next
  }
  return {
    take: piece => {
      const buf: Buffer = held === null ? piece : Buffer.concat([held, piece])
      held = null
      let at = 0
      while (at >= 0 && at < buf.length && !closed) at = body === null ? takeHead(buf, at) : takeBody(body, buf, at)
      return at >= 0
    },
    eof: () => {
      if (closed || body === null) return false
      body.eof()
      if (!body.complete) return false
      finish()
      return true
    },
  }
}

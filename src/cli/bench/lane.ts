import { connect, type Socket } from 'node:net'
import { loadTls } from '../../base/node.ts'
import { ResponseHead } from '../../http1/response-parser.ts'
import type { Endpoint } from './load-order.ts'
import { type Framing, messagesOf } from './messages-of.ts'
import type { Lane } from './open-loop.ts'
import type { Failure } from './tally.ts'

export interface LaneEvents {
  opened(lane: Lane): void
  notOpened(): void
  answered(lane: Lane, status: number, keep: boolean): void
  closed(lane: Lane, why: Failure): void
}

/** Long enough for a machine that is overloaded on purpose. */
const CONNECT_MS = 5000

/** Opens a connection that sends the endpoint's request, always the same bytes, and follows the answers. */
export const openLane = (endpoint: Endpoint, events: LaneEvents): void => {
  const head = new ResponseHead()
  let open = false
  let over = false
  /** The other side sends no more. */
  let ending = false
  const messages = messagesOf({
    parse: (buf, start, end) => head.parse(buf, start, end),
    framing: () => framingOf(head, endpoint.method),
    done: () => {
      // 100 and 103 come before the answer.
      if (head.status < 200) return true
      const keep = head.keepAlive && !ending
      if (!keep) end()
      events.answered(lane, head.status, keep)
      return keep
    },
  })
  const socket = dial(endpoint, piece => {
    if (!over && !messages.take(piece)) fail('malformed')
  })
  const lane: Lane = {
    send: () => void socket.write(endpoint.request),
    close: () => end(),
  }
  const end = (): void => {
    over = true
    socket.destroy()
  }
  const fail = (why: Failure): void => {
    if (over) return
    end()
    if (open) events.closed(lane, why)
    else events.notOpened()
  }
  socket.setNoDelay(true)
  socket.setTimeout(CONNECT_MS, () => fail('connect'))
  socket.once(endpoint.tls === undefined ? 'connect' : 'secureConnect', () => {
    open = true
    socket.setTimeout(0)
    if (!over) events.opened(lane)
  })
  socket.on('error', () => fail('closed'))
  socket.on('end', () => {
    ending = true
    messages.eof()
  })
  socket.on('close', () => fail('closed'))
}

const dial = ({ host, port, tls }: Endpoint, onPiece: (piece: Buffer) => void): Socket => {
  if (tls === undefined) {
    // One buffer for all that comes: a new one for each answer would cost the generator more than parsing it.
    const buffer = Buffer.allocUnsafe(65_536)
    const callback = (length: number): boolean => {
      onPiece(buffer.subarray(0, length))
      return true
    }
    return connect({ host, port, onread: { buffer, callback } })
  }
  const { servername, verify } = tls
  const named = /^[\d.:[\]]+$/.test(servername) ? {} : { servername }
  return loadTls()
    .connect({ host, port, ...named, rejectUnauthorized: verify })
    .on('data', onPiece)
}

const framingOf = ({ status, chunked, contentLength }: ResponseHead, method: string): Framing => {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304 || contentLength === 0) return null
  if (chunked) return { mode: 'chunked', length: -1 }
  return contentLength > 0 ? { mode: 'length', length: contentLength } : { mode: 'close', length: -1 }
}

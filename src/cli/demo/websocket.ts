import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const TEXT = 0x1
const BINARY = 0x2
const CLOSE = 0x8
const PING = 0x9
const PONG = 0xa
const FIN = 0x80
/** Frames this long are refused, so that a length needs two bytes at most. */
const LONGEST = 65_535

/** The least WebSocket (RFC 6455) that shows one works through the gateway: greets, then echoes whole messages. */
export const echoWebSocket = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
  const key = request.headers['sec-websocket-key']
  if (key === undefined) {
    socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    return
  }
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  socket.write(frame(TEXT, Buffer.from('Hello! Whatever you send comes back.\n')))
  let buffered = head
  const take = (chunk: Buffer): void => {
    buffered = readFrames(Buffer.concat([buffered, chunk]), socket)
  }
  socket.on('data', take)
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.end())
  take(Buffer.alloc(0))
}

/** Answers every whole frame and returns what is left. */
const readFrames = (bytes: Buffer, socket: Duplex): Buffer => {
  let rest = bytes
  for (let next = parseFrame(rest); next !== null; next = parseFrame(rest)) {
    if (next === 'bad') {
      socket.destroy()
      return Buffer.alloc(0)
    }
    rest = rest.subarray(next.size)
    if (next.opcode === CLOSE) socket.end(frame(CLOSE, next.payload))
    else if (next.opcode === PING) socket.write(frame(PONG, next.payload))
    else if (next.opcode === TEXT || next.opcode === BINARY) socket.write(frame(next.opcode, next.payload))
  }
  return rest
}

interface Frame {
  readonly opcode: number
  readonly payload: Buffer
  /** Bytes on the wire. */
  readonly size: number
}

/** Null: not all of it is here yet. Clients must mask what they send (§5.1). */
const parseFrame = (bytes: Buffer): Frame | 'bad' | null => {
  if (bytes.length < 2) return null
  const short = bytes[1]! & 0x7f
  if ((bytes[1]! & 0x80) === 0 || short === 127) return 'bad'
  const lengthEnd = short === 126 ? 4 : 2
  if (bytes.length < lengthEnd) return null
  const length = short === 126 ? bytes.readUInt16BE(2) : short
  const size = lengthEnd + 4 + length
  if (bytes.length < size) return null
  const mask = bytes.subarray(lengthEnd, lengthEnd + 4)
  const payload = Buffer.from(bytes.subarray(lengthEnd + 4, size))
  for (let i = 0; i < payload.length; i++) payload[i]! ^= mask[i % 4]!
  return { opcode: bytes[0]! & 0x0f, payload, size }
}

const frame = (opcode: number, payload: Buffer): Buffer => {
  const length = Math.min(payload.length, LONGEST)
  const head = length < 126 ? Buffer.of(FIN | opcode, length) : Buffer.of(FIN | opcode, 126, length >> 8, length & 0xff)
  return Buffer.concat([head, payload.subarray(0, length)])
}

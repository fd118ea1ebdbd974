import { createServer, type Socket } from 'node:net'
import { json } from '../upstream.ts'

/**
 * The upstream where nginx is not installed: a responder over node:net that knows just enough HTTP/1.1 for the
 * harness's own well-formed requests. Not a server for strangers.
 */
const answer = (body: string): Buffer =>
  Buffer.from(
    'HTTP/1.1 200 OK\r\nServer: raw\r\nContent-Type: application/json\r\nCache-Control: private, max-age=0\r\n' +
      `Vary: Accept-Encoding\r\nETag: "5d8c72a5edda8d6a"\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    'latin1',
  )

const SMALL = answer(json(1024))
/** So that breakers can be seen to open. */
const FAILED = Buffer.from('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 6\r\n\r\nfailed', 'latin1')
const SIZES: readonly (readonly [prefix: string, answer: Buffer])[] = [
  ['/api/reports/', answer(json(65_536))],
  ['/api/exports/', answer(json(1_048_576))],
]

const echo = (head: string): Buffer => {
  const field = (name: string): string => new RegExp(`^${name}: *(.*?)\\r?$`, 'im').exec(head)?.[1] ?? ''
  return answer(
    JSON.stringify({
      uri: head.split(' ')[1],
      host: field('host'),
      for: field('x-forwarded-for'),
      proto: field('x-forwarded-proto'),
      forwardedHost: field('x-forwarded-host'),
      requestId: field('x-request-id'),
    }),
  )
}

const answerTo = (head: string): Buffer => {
  const target = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'))
  if (target === '/echo') return echo(head)
  if (target === '/api/orders/fail') return FAILED
  return SIZES.find(([prefix]) => target.startsWith(prefix))?.[1] ?? SMALL
}

/** Bytes of the body that the head announces, or -1 for chunked. */
const bodyLength = (head: string): number =>
  /^transfer-encoding:/im.test(head) ? -1 : Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)

const serve = (socket: Socket): void => {
  let text = ''
  /** Body bytes still to be skipped before the next head. */
  let skip = 0
  let pending: Buffer | null = null
  socket.setNoDelay()
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1')
    while (step()) {}
  })

  /** One head or one piece of body; false when more bytes are needed. */
  const step = (): boolean => {
    if (pending !== null) return finishBody()
    const end = text.indexOf('\r\n\r\n')
    if (end < 0) return false
    const head = text.slice(0, end)
    text = text.slice(end + 4)
    pending = answerTo(head)
    skip = bodyLength(head)
    return true
  }

  const finishBody = (): boolean => {
    if (skip < 0) {
      const end = text.indexOf('0\r\n\r\n')
      if (end < 0) {
        text = text.slice(-4)
        return false
      }
      text = text.slice(end + 5)
    } else {
      const take = Math.min(skip, text.length)
      text = text.slice(take)
      skip -= take
      if (skip > 0) return false
    }
    if (pending !== null) socket.write(pending)
    pending = null
    return true
  }
}

createServer(serve).listen(Number(process.argv[2]), '127.0.0.1')

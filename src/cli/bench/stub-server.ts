import { createServer, type Server, type Socket } from 'node:net'
import { RequestHead } from '../../http1/request-parser.ts'
import { messagesOf } from './messages-of.ts'

export interface StubInit {
  /** How many services. */
  readonly services: number
  /** Of the body. */
  readonly bytes: number
  /** How long each answer takes; 0: at once. */
  readonly latencyMs: number
}

/** Services that give one answer to everything, on free ports of loopback. Resolves to the ports. */
export const startStubs = async ({ services, ...answer }: StubInit): Promise<number[]> => {
  const body = stubBody(answer.bytes)
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  const whole = Buffer.from(head + body, 'latin1')
  const headOnly = whole.subarray(0, head.length)
  const serve = (socket: Socket): void => serveStub(socket, { whole, headOnly, latencyMs: answer.latencyMs })
  return Promise.all(Array.from({ length: services }, () => listen(createServer({ noDelay: true }, serve))))
}

/** JSON of exactly so many bytes, so that what edits and joins JSON has something to read. */
export const stubBody = (bytes: number): string => {
  const around = '{"stub":""}'
  if (bytes >= around.length) return `{"stub":"${'x'.repeat(bytes - around.length)}"}`
  return bytes >= 2 ? `"${'x'.repeat(bytes - 2)}"` : '0'.repeat(bytes)
}

interface StubAnswer {
  readonly whole: Buffer
  readonly headOnly: Buffer
  readonly latencyMs: number
}

/** Over the parser and a raw socket: Node's own server would be the first to have no CPU left. */
const serveStub = (socket: Socket, { whole, headOnly, latencyMs }: StubAnswer): void => {
  const head = new RequestHead()
  const messages = messagesOf({
    parse: (buf, start, end) => head.parse(buf, start, end),
    framing: () => {
      if (head.expectContinue) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      if (head.chunked) return { mode: 'chunked', length: -1 }
      return head.contentLength > 0 ? { mode: 'length', length: head.contentLength } : null
    },
    done: () => {
      const bytes = head.method === 'HEAD' ? headOnly : whole
      const { keepAlive } = head
      const answer = (): void => void (keepAlive ? socket.write(bytes) : socket.end(bytes))
      // All take equally long, so those of one connection keep their order.
      if (latencyMs > 0) setTimeout(answer, latencyMs)
      else answer()
      return keepAlive
    },
  })
  socket.on('data', (piece: Buffer) => void (messages.take(piece) || socket.destroy()))
  socket.on('error', () => socket.destroy())
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('the stub service has no port'))
      else resolve(address.port)
    })
  })

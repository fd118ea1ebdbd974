import { createServer, type Socket } from 'node:net'
import { type LenientRequest, readLenientRequest } from './lenient-request.ts'
import { listen } from './listen.ts'

/**
 * The upstream an attacker wishes for: answers 200 to whatever it believes to be a request, so that everything the
 * gateway lets through shows. It keeps the bytes of each connection and the requests it believes it saw.
 */
export interface SloppyUpstream {
  readonly port: number
  /** Requests in order of arrival, over all connections. */
  readonly requests: readonly LenientRequest[]
  /** Raw bytes received, one entry a connection. */
  readonly connections: readonly SloppyConnection[]
  forget(): void
  close(): Promise<void>
}

export interface SloppyConnection {
  received: Buffer
  /** Offset up to which `received` was understood as requests. */
  understood: number
}

const answer = (request: LenientRequest): Buffer => {
  const body = answerBody(request)
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), request.method === 'HEAD' ? Buffer.alloc(0) : body])
}

/** `/echo` shows the fields as received, `/cookie` the cookies taken apart, a body is sent back, all else is OK. */
const answerBody = (request: LenientRequest): Buffer => {
  if (request.target.startsWith('/echo'))
    return Buffer.from(request.head.slice(request.head.indexOf('\n') + 1), 'latin1')
  if (request.target.startsWith('/cookie'))
    return Buffer.from((request.header('cookie') ?? '').replaceAll('; ', '\n'), 'latin1')
  return request.body.length > 0 ? request.body : Buffer.from('OK')
}

export const startSloppyUpstream = async (): Promise<SloppyUpstream> => {
  let requests: LenientRequest[] = []
  let connections: SloppyConnection[] = []

  const serve = (socket: Socket): void => {
    const connection: SloppyConnection = { received: Buffer.alloc(0), understood: 0 }
    connections.push(connection)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      connection.received = Buffer.concat([connection.received, chunk])
      for (;;) {
        const next = readLenientRequest(connection.received, connection.understood)
        if (next === null) return
        connection.understood = next.next
        requests.push(next.request)
        socket.write(answer(next.request))
      }
    })
  }

  const { port, close } = await listen(createServer(serve))
  return {
    port,
    close,
    get requests() {
      return requests
    },
    get connections() {
      return connections
    },
    forget() {
      requests = []
      // Connections that stay open keep counting from here.
      connections = connections.map(c =>
        Object.assign(c, { received: c.received.subarray(c.understood), understood: 0 }),
      )
    },
  }
}

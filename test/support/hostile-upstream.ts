import { createServer, type Socket } from 'node:net'
import { type LenientRequest, readLenientRequest } from './lenient-request.ts'
import { listen } from './listen.ts'
import { bytesOf, turn } from './raw-client.ts'

/** One connection of the gateway to the upstream, driven by the test's script. */
export interface UpstreamConnection {
  readonly socket: Socket
  /** 0 for the first connection accepted. */
  readonly index: number
  received(): Buffer
  closed(): boolean
  /** The next whole request, read leniently; null when the connection ended before. */
  request(): Promise<LenientRequest | null>
  /** Resolves once `seen` holds or the connection ended; tells which. */
  waitFor(seen: (received: Buffer) => boolean): Promise<boolean>
  /** Resolves when the gateway has closed its side; rejects when it has not within `ms`. */
  ended(ms?: number): Promise<void>
  send(bytes: string | Uint8Array): Promise<void>
  /** One piece a turn of the event loop. */
  sendPieces(pieces: readonly (string | Uint8Array)[]): Promise<void>
  /** FIN. */
  finish(): void
  /** RST. */
  reset(): void
}

export interface HostileUpstream {
  readonly port: number
  readonly connections: readonly UpstreamConnection[]
  /** What the connections accepted from now on do. */
  script(run: (connection: UpstreamConnection) => Promise<void>): void
  close(): Promise<void>
}

const attach = (socket: Socket, index: number): UpstreamConnection => {
  let data = Buffer.alloc(0)
  let understood = 0
  let closed = false
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const check of [...waiting]) check()
  }
  const gone = (): void => {
    closed = true
    wake()
  }
  socket.on('data', (chunk: Buffer) => {
    data = Buffer.concat([data, chunk])
    wake()
  })
  socket.on('error', () => {})
  socket.on('end', gone)
  socket.on('close', gone)

  const until = (done: () => boolean): Promise<void> =>
    new Promise(resolve => {
      const check = (): void => {
        if (!done()) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })

  const connection: UpstreamConnection = {
    socket,
    index,
    received: () => data,
    closed: () => closed || socket.destroyed,
    async request() {
      await until(() => closed || readLenientRequest(data, understood) !== null)
      const next = readLenientRequest(data, understood)
      if (next === null) return null
      understood = next.next
      return next.request
    },
    async waitFor(seen) {
      await until(() => closed || seen(data))
      return seen(data)
    },
    async ended(ms = 3000) {
      let late = false
      const timer = setTimeout(() => {
        late = true
        wake()
      }, ms)
      await until(() => closed || late)
      clearTimeout(timer)
      if (!closed) throw new Error(`the gateway kept its connection for ${ms} ms`)
    },
    send: bytes =>
      new Promise(resolve => {
        // Not at once: a script that sends in a loop must let the end of the connection be noticed.
        if (socket.destroyed || socket.writableEnded) return void setImmediate(resolve)
        socket.once('close', resolve)
        socket.write(bytesOf(bytes), () => {
          socket.off('close', resolve)
          resolve()
        })
      }),
    async sendPieces(pieces) {
      for (const piece of pieces) {
        await connection.send(piece)
        await turn()
      }
    },
    finish: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
  }
  return connection
}

/** An upstream that does what its script says, bytes and all. */
export const startHostileUpstream = async (
  first: (connection: UpstreamConnection) => Promise<void> = async () => {},
): Promise<HostileUpstream> => {
  let run = first
  const connections: UpstreamConnection[] = []
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    const connection = attach(socket, connections.length)
    connections.push(connection)
    void run(connection)
  })
  const { port, close } = await listen(server)
  return {
    port,
    connections,
    close,
    script(next) {
      run = next
    },
  }
}

/** A script that gives the same bytes to every request and keeps the connection. */
export const answering =
  (bytes: string | Uint8Array) =>
  async (connection: UpstreamConnection): Promise<void> => {
    while ((await connection.request()) !== null) await connection.send(bytes)
  }

/** The same, but ends the connection after the first answer. */
export const answeringOnce =
  (bytes: string | Uint8Array, end: 'finish' | 'reset' = 'finish') =>
  async (connection: UpstreamConnection): Promise<void> => {
    if ((await connection.request()) === null) return
    await connection.send(bytes)
    connection[end]()
  }

import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** What became of a connection: still usable, ended by the other side, or silent for too long. */
export type Fate = 'Open' | 'ClosedByServer' | 'TimedOut'

/** A client without opinions: it sends exactly the bytes it is given and keeps exactly the bytes it gets. */
export interface RawClient {
  readonly socket: Socket
  /** All bytes received so far. */
  received(): Buffer
  /** Whether the other side has ended or reset the connection. */
  closed(): boolean
  /** Whether it ended with a reset. */
  wasReset(): boolean
  /** Resolves when the bytes have left, or when the connection is gone. */
  send(bytes: string | Uint8Array): Promise<void>
  /** Sends in pieces; between two pieces the event loop turns, so that a gateway in this process reads each alone. */
  sendPieces(pieces: readonly (string | Uint8Array)[]): Promise<void>
  /** True as soon as `seen` holds, checked whenever bytes or the end arrive; false after `ms`. */
  waitFor(seen: (client: RawClient) => boolean, ms?: number): Promise<boolean>
  waitForText(text: string, ms?: number): Promise<boolean>
  waitForClose(ms?: number): Promise<boolean>
  /** Drops what was received, so that the next answer stands alone. */
  forget(): void
  /** Sends FIN and keeps reading. */
  finish(): void
  /** Closes now. */
  destroy(): void
  /** Closes now with RST. */
  reset(): void
}

export const bytesOf = (data: string | Uint8Array): Buffer =>
  typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data.buffer, data.byteOffset, data.byteLength)

/** Lets everything that is ready in this process happen: reads, then what they caused, then their reads. */
export const turn = async (times = 2): Promise<void> => {
  for (let i = 0; i < times; i++) await new Promise<void>(resolve => setImmediate(resolve))
}

/** Lets things happen until `seen` holds; for what has no event to wait for. */
export const soon = async (seen: () => boolean, ms = 3000): Promise<void> => {
  const deadline = performance.now() + ms
  while (!seen()) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${seen}`)
    await turn()
  }
}

/** Two pieces, cut before byte `at`. */
export const cut = (data: string | Uint8Array, at: number): [Buffer, Buffer] => {
  const bytes = bytesOf(data)
  return [bytes.subarray(0, at), bytes.subarray(at)]
}

/** One piece a byte. */
export const bytewise = (data: string | Uint8Array): Buffer[] => {
  const bytes = bytesOf(data)
  return Array.from({ length: bytes.length }, (_, i) => bytes.subarray(i, i + 1))
}

/** `TLS=1` runs any test that uses these clients and `startGateway` over TLS. */
export const overTls = process.env['TLS'] === '1'

export const openClient = (port: number, host = '127.0.0.1'): Promise<RawClient> =>
  new Promise((resolve, reject) => {
    const tcp = { port, host, noDelay: true, allowHalfOpen: true }
    const socket = overTls
      ? connectTls({ ...tcp, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
      : connect(tcp)
    socket.once('error', reject)
    socket.once(overTls ? 'secureConnect' : 'connect', () => {
      socket.off('error', reject)
      resolve(watch(socket))
    })
  })

const watch = (socket: Socket): RawClient => {
  let chunks: Buffer[] = []
  let joined: Buffer | null = null
  let closed = false
  let reset = false
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const check of [...waiting]) check()
  }
  const ended = (): void => {
    closed = true
    wake()
  }
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    joined = null
    wake()
  })
  socket.on('end', ended)
  socket.on('close', ended)
  socket.on('error', error => {
    if ('code' in error && error.code === 'ECONNRESET') reset = true
  })

  const client: RawClient = {
    socket,
    received() {
      joined ??= Buffer.concat(chunks)
      if (chunks.length > 1) chunks = [joined]
      return joined
    },
    closed: () => closed,
    wasReset: () => reset,
    send: bytes =>
      new Promise(resolve => {
        if (socket.destroyed || socket.writableEnded) resolve()
        else {
          socket.once('close', resolve)
          socket.write(bytesOf(bytes), () => {
            socket.off('close', resolve)
            resolve()
          })
        }
      }),
    async sendPieces(pieces) {
      for (const piece of pieces) {
        await client.send(piece)
        await turn()
      }
    },
    waitFor: (seen, ms = 2000) =>
      new Promise(resolve => {
        if (seen(client)) return resolve(true)
        const finish = (result: boolean): void => {
          clearTimeout(timer)
          waiting.delete(check)
          resolve(result)
        }
        const check = (): void => {
          if (seen(client)) finish(true)
        }
        const timer = setTimeout(() => finish(seen(client)), ms)
        waiting.add(check)
      }),
    waitForText: (text, ms) => client.waitFor(c => c.received().includes(text, 0, 'latin1'), ms),
    waitForClose: ms => client.waitFor(c => c.closed(), ms),
    forget() {
      chunks = []
      joined = null
    },
    finish: () => void socket.end(),
    destroy: () => void socket.destroy(),
    // A TLS socket cannot send RST itself.
    reset: () => void (overTls ? socket.destroy() : socket.resetAndDestroy()),
  }
  return client
}

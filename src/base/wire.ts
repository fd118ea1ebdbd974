import net from 'node:net'
import type tls from 'node:tls'
import { beginTurn, endTurn, now } from './turn.ts'
import { MOST_KEPT_BYTES, type Sender, wave } from './wave.ts'

/**
 * A connected byte stream as the data plane wants it: reads into the caller's buffer, tells at once whether a write was
 * taken whole, and never queues more than one write.
 *
 * Two ways to get it are kept side by side in this file, so that the tricks stay in one place:
 *  - **lean**: `onread` buffers, for accepted sockets too, and `_write` instead of `write`. Node documents `onread` for
 *    outgoing sockets only; accepted handles are wrapped anew to have it.
 *  - **plain**: `data` events and `write`, public API only. For TLS, and for everything where the self-test fails.
 */
export interface WireOwner {
  /** Bytes arrived in `buf[start, end)`; they must be used or copied before this returns. */
  onData(buf: Buffer, start: number, end: number): void
  /** A write that returned false is taken; one that fails is followed by `onClose` alone. */
  onDrain(): void
  /** What `writeSoon` counted as taken was not, at the end of the turn; `onDrain` follows, or `onClose`. */
  onHeldUp(): void
  /** The other side sent FIN. */
  onEnd(): void
  /** Exactly once, whatever the reason; nothing follows. */
  onClose(error: Error | null): void
}

type Duplex = net.Socket | tls.TLSSocket

interface LeanSocket extends net.Socket {
  _write(chunk: Buffer | string, encoding: string, done: (error?: Error | null) => void): void
  _handle: Handle | null
}

/** The part of Node's TCP handle that is used here. */
export interface Handle {
  setNoDelay(on: boolean): void
  close(): void
}

export class Wire implements Sender {
  readonly socket: Duplex
  readonly lean: boolean
  /** True from a write that was not taken whole until it is. */
  pending = false
  closed = false
  private readonly owner: WireOwner
  private paused = false
  private writing = false
  private writes = 0
  /** Lean writes that are not done: an informational head may be on its way when the answer follows. */
  private unfinished = 0
  /** Put off to the end of this turn; text is Latin-1. */
  private waiting: Buffer | string | null = null
  private readonly done: (error?: Error | null) => void

  constructor(socket: Duplex, lean: boolean, owner: WireOwner) {
    this.socket = socket
    this.lean = lean
    this.owner = owner
    this.done = error => {
      if (this.lean && --this.unfinished > 0) return
      this.pending = false
      // `_write` leaves it to its caller to end a socket that takes no more; the owner is told by its close.
      if (error) this.socket.destroy(error)
      else if (!this.writing && !this.closed) this.owner.onDrain()
    }
    socket.on('end', () => this.owner.onEnd())
    let error: Error | null = null
    socket.on('error', (cause: Error) => {
      error = cause
    })
    socket.on('close', () => {
      this.closed = true
      this.waiting = null
      this.owner.onClose(error)
    })
  }

  receive(buf: Buffer, start: number, end: number): void {
    beginTurn()
    try {
      wave.read(now())
      this.owner.onData(buf, start, end)
    } finally {
      endTurn()
    }
  }

  /** True: taken whole, `buf` is free. False: `buf` is in use until `onDrain`; do not write before that. */
  write(buf: Buffer, start: number, end: number): boolean {
    return this.send(buf.subarray(start, end), 'buffer')
  }

  /** Like `write`, for a head without a body; the string is copied. */
  writeText(text: string): boolean {
    return this.send(text, 'latin1')
  }

  /**
   * Like `write`, for the last bytes of a message. In a busy turn of the event loop they are copied and sent at its end, and
   * count as taken now; should the kernel not take them then, the wire is pending.
   */
  writeSoon(buf: Buffer, start: number, end: number): boolean {
    if (!this.mayWait || end - start > MOST_KEPT_BYTES) return this.write(buf, start, end)
    return this.wait(wave.keep(buf, start, end))
  }

  /** Like `writeText`, as `writeSoon`. */
  writeTextSoon(text: string): boolean {
    return this.mayWait ? this.wait(text) : this.writeText(text)
  }

  /** The end of a message waits for that of the turn. */
  get isWaiting(): boolean {
    return this.waiting !== null
  }

  /** Whether the kernel has all that was written. */
  get isOut(): boolean {
    return !this.pending && this.waiting === null
  }

  private get mayWait(): boolean {
    return wave.isBusy && this.lean && this.waiting === null && !this.pending && !this.closed
  }

  private wait(chunk: Buffer | string): boolean {
    this.waiting = chunk
    wave.putOff(this, now())
    return true
  }

  sendWaiting(): void {
    const { waiting } = this
    if (waiting === null) return
    this.waiting = null
    if (this.send(waiting, typeof waiting === 'string' ? 'latin1' : 'buffer')) return
    if (typeof waiting !== 'string') wave.lend()
    this.owner.onHeldUp()
  }

  /** Whoever it is for has given it up. */
  dropWaiting(): void {
    this.waiting = null
  }

  private send(chunk: Buffer | string, encoding: 'buffer' | 'latin1'): boolean {
    if (this.closed) return true
    this.sendWaiting()
    this.pending = true
    if (this.lean) {
      // `_write` calls `done` before it returns when the kernel took everything, and with an error where the socket was
      // destroyed.
      this.writing = true
      this.unfinished++
      ;(this.socket as LeanSocket)._write(chunk, encoding, this.done)
      this.writing = false
      return !this.pending
    }
    if (this.socket.destroyed) {
      this.pending = false
      return true
    }
    const write = ++this.writes
    this.socket.write(chunk as string, encoding === 'latin1' ? 'latin1' : undefined, error => {
      if (this.pending && write === this.writes) this.done(error)
    })
    if (this.socket.writableLength === 0) this.pending = false
    return !this.pending
  }

  pause(): void {
    this.paused = true
    this.socket.pause()
  }

  resume(): void {
    if (!this.paused) return
    this.paused = false
    this.socket.resume()
  }

  /** Sends FIN once what is being written is out. */
  end(): void {
    this.sendWaiting()
    this.socket.end()
  }

  destroy(): void {
    this.sendWaiting()
    this.socket.destroy()
  }

  /** Closes with RST: whoever waits must see at once that this was not an orderly end. */
  reset(): void {
    this.sendWaiting()
    const socket = this.socket
    // A TLS socket cannot; its peer sees an end without `close_notify`. Nor can one whose FIN is on its way: libuv refuses
    // (uv_tcp_close_reset: EINVAL), and Node then never closes it, keeps its descriptor and spins when it is to exit.
    if ('encrypted' in socket || socket.writableEnded) socket.destroy()
    else socket.resetAndDestroy()
  }
}

/**
 * Wraps an accepted handle so that it reads into `buffer`, which many of them may share: what is read is used before
 * the next read.
 */
export const wrapAccepted = (handle: Handle, buffer: Buffer, owner: WireOwner): Wire => {
  handle.setNoDelay(true)
  let wire: Wire | null = null
  const callback = (n: number): boolean => {
    wire!.receive(buffer, 0, n)
    return true
  }
  const options = { handle, allowHalfOpen: true, onread: { buffer, callback } }
  const socket = new net.Socket(options as unknown as net.SocketConstructorOpts)
  wire = new Wire(socket, true, owner)
  return wire
}

/** Takes accepted handles before Node makes its own socket of each. Call once `server` listens. */
export const takeAccepted = (server: net.Server, accept: (handle: Handle) => void): void => {
  const handle = (server as unknown as { _handle: { onconnection: (error: number, client?: Handle) => void } })._handle
  handle.onconnection = (error, client) => {
    if (error === 0 || error === undefined || error === null) if (client) accept(client)
  }
}

/** An accepted socket by public API only. Chunks are fresh memory; the owner copies what it keeps. */
export const wrapPlain = (socket: Duplex, owner: WireOwner): Wire => {
  const wire = new Wire(socket, false, owner)
  socket.on('data', (chunk: Buffer) => wire.receive(chunk, 0, chunk.length))
  return wire
}

/** Whether the lean way works on this Node: a byte goes in and out over loopback, both kinds of reads and writes. */
export const leanWorks = (): Promise<boolean> =>
  new Promise(resolve => {
    const buffer = Buffer.alloc(16)
    let client: net.Socket | null = null
    let accepted: Wire | null = null
    const server = net.createServer(socket => socket.destroy())
    const finish = (works: boolean): void => {
      clearTimeout(timer)
      client?.destroy()
      accepted?.destroy()
      server.close()
      resolve(works)
    }
    const timer = setTimeout(() => finish(false), 2000)
    const owner = {
      onData: (buf: Buffer, start: number, end: number) => {
        if (buf !== buffer || end - start !== 4) return finish(false)
        const taken = accepted!.writeText(buf.toString('latin1', start, end)) && accepted!.write(buf, start, end)
        if (!taken) finish(false)
      },
      onDrain: () => {},
      onHeldUp: () => {},
      onEnd: () => {},
      onClose: () => {},
    }
    server.on('error', () => finish(false))
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      try {
        takeAccepted(server, handle => {
          try {
            accepted = wrapAccepted(handle, buffer, owner)
          } catch {
            finish(false)
          }
        })
        let got = ''
        client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1', () => client!.write('ping'))
        client.on('error', () => finish(false))
        client.on('data', chunk => {
          got += chunk.toString('latin1')
          if (got.length >= 8) finish(got === 'pingping')
        })
      } catch {
        finish(false)
      }
    })
  })

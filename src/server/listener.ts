import net from 'node:net'
import type tls from 'node:tls'
import { loadTls } from '../base/node.ts'
import { SLAB_DATA } from '../base/slabs.ts'
import { type Handle, takeAccepted, type Wire, type WireOwner, wrapAccepted, wrapPlain } from '../base/wire.ts'
import type { ListenerSpec, TlsSpec } from '../spec/spec.ts'
import { ClientConnection } from './client-connection.ts'
import type { Front } from './front.ts'

/** One buffer for all clients of a worker: what is read is used or copied before the next read. */
const shared = Buffer.allocUnsafeSlow(SLAB_DATA)

const BACKLOG = 4096
/** Connections held back while a new listener waits for its commit. */
const MAX_HELD = 1024

export interface ListenOptions {
  readonly reusePort: boolean
  readonly lean: boolean
}

/** A connection that came before the commit: it is served then, or cut off when there is none. */
interface Held {
  accept(): void
  refuse(): void
}

/** Two listener specs with the same key are the same socket: a reload keeps it. */
export const listenerKey = (spec: ListenerSpec): string =>
  `${spec.host} ${spec.port} ${spec.tls === undefined ? 'tcp' : 'tls'}`

/** A bound address. Accepts at once, serves from `open` on. */
export class Listener {
  readonly front: Front
  private readonly server: net.Server
  private readonly held: Held[] = []
  private serving = false

  private constructor(front: Front, server: net.Server) {
    this.front = front
    this.server = server
  }

  /** Rejects with the system's error, e.g. EADDRINUSE. */
  static async bind(front: Front, options: ListenOptions): Promise<Listener> {
    const { spec } = front
    const server =
      spec.tls === undefined
        ? net.createServer({ allowHalfOpen: true, noDelay: true })
        : loadTls().createServer({
            ...secureOptions(spec.tls),
            ALPNProtocols: ['http/1.1'],
            handshakeTimeout: spec.timeouts.headMs,
            allowHalfOpen: true,
            noDelay: true,
          })
    const listener = new Listener(front, server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      const at = { host: spec.host, port: spec.port, backlog: BACKLOG }
      server.listen(options.reusePort ? { ...at, reusePort: true } : at, () => {
        server.off('error', reject)
        resolve()
      })
    })
    // An accept that fails (too many open files) concerns nobody but the one who knocked.
    server.on('error', () => {})
    if (spec.tls === undefined && options.lean) takeAccepted(server, handle => listener.acceptHandle(handle))
    else server.on(spec.tls === undefined ? 'connection' : 'secureConnection', socket => listener.acceptSocket(socket))
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return listener
  }

  get address(): net.AddressInfo {
    return this.server.address() as net.AddressInfo
  }

  /** Serves, with the settings of `spec`. */
  open(spec: ListenerSpec): void {
    this.front.spec = spec
    if (spec.tls !== undefined) (this.server as tls.Server).setSecureContext(secureOptions(spec.tls))
    this.serving = true
    for (const { accept } of this.held.splice(0)) accept()
  }

  /** Accepts no more; connections end with the answer to their next request, and are told so. */
  close(): void {
    this.front.draining = true
    this.server.close()
    for (const { refuse } of this.held.splice(0)) refuse()
  }

  private acceptHandle(handle: Handle): void {
    if (this.isFull) return handle.close()
    this.admit(
      () => new ClientConnection(this.front, owner => wrapAccepted(handle, shared, owner), 'http'),
      () => handle.close(),
    )
  }

  private acceptSocket(socket: net.Socket): void {
    if (this.isFull) {
      socket.destroy()
      return
    }
    const scheme = this.front.spec.tls === undefined ? 'http' : 'https'
    this.admit(
      () => new ClientConnection(this.front, (owner: WireOwner): Wire => wrapPlain(socket, owner), scheme),
      () => socket.destroy(),
    )
  }

  private admit(accept: () => void, refuse: () => void): void {
    if (this.serving) accept()
    else if (this.held.length < MAX_HELD) this.held.push({ accept, refuse })
    else refuse()
  }

  private get isFull(): boolean {
    const { connections } = this.front.spec.limits
    return connections > 0 && this.front.open.total() >= connections
  }
}

const secureOptions = (spec: TlsSpec): tls.SecureContextOptions => ({
  cert: spec.cert,
  key: spec.key,
  minVersion: 'TLSv1.2',
})

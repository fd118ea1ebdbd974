import { createServer, type Server, type Socket } from 'node:net'
import { readLenientRequest } from './lenient-request.ts'
import { type Random, randomFrom } from './random.ts'

/** What a target does with requests from now on; those it already has stay as they are. */
export type Mood =
  | { readonly kind: 'well' /** ms until it answers. */; readonly after: number }
  /** Answers `status` to this share of the requests, by chance from a seed; the rest gets 200. */
  | { readonly kind: 'failing'; readonly share: number; readonly status: number; readonly after: number }
  /** Takes requests and says nothing. */
  | { readonly kind: 'hanging' }
  /** Begins an answer and goes no further. */
  | { readonly kind: 'stalling' }
  /** Accepts connections and resets them, and those it has with their next request. */
  | { readonly kind: 'resetting' }

export interface Arrival {
  /** ms of `performance.now()`. */
  readonly at: number
  readonly path: string
}

/** A target whose mood, life and health a scenario decides. It says who it is in the bodies of its answers. */
export interface FleetUpstream {
  readonly name: string
  readonly port: number
  readonly url: string
  /** Requests in order of arrival, but for those to `/healthz`. */
  readonly arrivals: readonly Arrival[]
  /** Requests that it has and has not answered. */
  busy(): number
  /** The most there ever were. */
  busiest(): number
  /** Whether `/healthz` is answered with 200 or 503, while it is well or failing; a hanging one answers nothing. */
  healthy: boolean
  become(mood: Mood): void
  /** Closes its port; connections that are open stay. */
  refuse(): void
  /** As a process that dies: the port is closed and all connections are reset. */
  kill(): void
  /** Listens again, at the same port. */
  revive(): Promise<void>
}

/**
 * On a port outside the range of the system's own choice (Linux: from 32768): one of these may be taken, while nobody
 * listens there, by an outgoing connection, even by one that a client makes to that very port, which then speaks to
 * itself.
 */
const FIRST_PORT = 12_000
const PORTS = 20_000

export const startFleetUpstream = async (name: string, mood: Mood): Promise<FleetUpstream> => {
  const target = new Target(name, mood)
  for (let tries = 0; ; tries++) {
    try {
      await target.listen(FIRST_PORT + Math.floor(Math.random() * PORTS))
      return target
    } catch (error) {
      if (tries === 20) throw error
    }
  }
}

class Target implements FleetUpstream {
  readonly name: string
  readonly arrivals: Arrival[] = []
  healthy = true
  port = 0
  private mood: Mood
  private server: Server | null = null
  private readonly open = new Map<Socket, number>()
  private peak = 0
  private readonly random: Random

  constructor(name: string, mood: Mood) {
    this.name = name
    this.mood = mood
    this.random = randomFrom(name.charCodeAt(0))
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  busy(): number {
    let sum = 0
    for (const count of this.open.values()) sum += count
    return sum
  }

  busiest(): number {
    return this.peak
  }

  become(mood: Mood): void {
    this.mood = mood
  }

  refuse(): void {
    this.server?.close()
    this.server = null
  }

  kill(): void {
    this.refuse()
    for (const socket of this.open.keys()) reset(socket)
  }

  revive(): Promise<void> {
    return this.listen(this.port)
  }

  async listen(port: number): Promise<void> {
    const server = createServer({ noDelay: true }, socket => this.serve(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', 4096, resolve)
    })
    this.port = port
    this.server = server
  }

  private serve(socket: Socket): void {
    socket.on('error', () => {})
    if (this.mood.kind === 'resetting') return reset(socket)
    this.open.set(socket, 0)
    socket.on('close', () => this.open.delete(socket))
    let received: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      for (let next = readLenientRequest(received, 0); next !== null; next = readLenientRequest(received, 0)) {
        received = received.subarray(next.next)
        this.take(socket, next.request.target)
      }
    })
  }

  private take(socket: Socket, path: string): void {
    if (path === '/healthz') return this.answerProbe(socket)
    this.arrivals.push({ at: performance.now(), path })
    this.count(socket, 1)
    this.peak = Math.max(this.peak, this.busy())
    const { mood } = this
    if (mood.kind === 'hanging') return
    if (mood.kind === 'resetting') return reset(socket)
    if (mood.kind === 'stalling') return void socket.write(answer(200, this.name).slice(0, -1))
    const failed = mood.kind === 'failing' && this.random.chance(mood.share)
    const bytes = answer(failed ? mood.status : 200, this.name)
    if (mood.after === 0) return this.send(socket, bytes)
    setTimeout(() => this.send(socket, bytes), mood.after)
  }

  private answerProbe(socket: Socket): void {
    if (this.mood.kind === 'resetting') reset(socket)
    else if (this.mood.kind !== 'hanging') socket.write(answer(this.healthy ? 200 : 503, this.name))
  }

  private send(socket: Socket, bytes: string): void {
    if (!this.open.has(socket)) return
    this.count(socket, -1)
    socket.write(bytes)
  }

  private count(socket: Socket, by: 1 | -1): void {
    this.open.set(socket, (this.open.get(socket) ?? 0) + by)
  }
}

/** One whose FIN is on its way cannot be reset: see `Wire.reset`. */
const reset = (socket: Socket): void => {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

const answer = (status: number, body: string): string =>
  `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'No'}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`

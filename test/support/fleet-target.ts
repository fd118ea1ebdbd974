import { createServer, type Server, type Socket } from 'node:net'
import type { Arrival, FleetUpstream, Mood } from './fleet-upstream.ts'
import { readLenientRequest } from './lenient-request.ts'
import { type Random, randomFrom } from './random.ts'

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

/** How a FleetUpstream does it: requests are read leniently, whole, and answered by mood. */
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

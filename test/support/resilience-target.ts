import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'

/** A request as a target saw it. */
export interface Seen {
  readonly target: string
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** When its head came, ms of `performance.now`. */
  readonly at: number
  /** When its connection went away before the answer was over; 0: it has not. */
  goneAt: number
}

/** What a target does with a request once its body is there. */
export type Behaviour = (seen: Seen, response: ServerResponse) => unknown

/** Requests that are there and not answered, in one target or in several together. */
export interface InFlight {
  now: number
  most: number
}

export const noneInFlight = (): InFlight => ({ now: 0, most: 0 })

/** A service's target whose behaviour the test changes as it goes, and who remembers what was asked. */
export interface Target {
  readonly name: string
  readonly host: string
  readonly port: number
  /** As in a configuration. */
  readonly url: string
  readonly seen: Seen[]
  readonly inFlight: InFlight
  /** Connections that are open. */
  connections(): number
  /** Most of them at a time. */
  mostConnections(): number
  /** From now on; by its name unless told otherwise. */
  behave(behaviour?: Behaviour): void
  close(): Promise<void>
}

export interface TargetOptions {
  readonly host?: string
  /** A free one unless given. */
  readonly port?: number
  readonly behaviour?: Behaviour
  /** Counted here as well. */
  readonly together?: InFlight
}

/** Answers with the name of who answers. */
export const byName: Behaviour = ({ target }, response) => void response.end(target)

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  ({ target }, response) =>
    void response.writeHead(code, headers).end(target)

/** Answers by name after a while. */
export const after =
  (ms: number): Behaviour =>
  (seen, response) => {
    const timer = setTimeout(() => byName(seen, response), ms)
    response.once('close', () => clearTimeout(timer))
  }

/** Never answers. */
export const silence: Behaviour = () => {}

/** Ends the connection with RST in place of an answer. */
export const reset: Behaviour = (_, { socket }) => void socket?.resetAndDestroy()

/** Answers when the test says so. */
export interface Gate {
  readonly behaviour: Behaviour
  /** Requests that wait for it. */
  waiting(): number
  open(): void
}

export const gate = (): Gate => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let waiting = 0
  return {
    behaviour: async (seen, response) => {
      waiting++
      await promise
      waiting--
      byName(seen, response)
    },
    waiting: () => waiting,
    open: () => resolve(),
  }
}

export const startTarget = async (name: string, options: TargetOptions = {}): Promise<Target> => {
  const { host = '127.0.0.1', port: wanted = 0, together } = options
  let behaviour = options.behaviour ?? byName
  const seen: Seen[] = []
  const inFlight = noneInFlight()
  const counts = together === undefined ? [inFlight] : [inFlight, together]

  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const one: Seen = { ...headOf(name, request), body: '', goneAt: 0 }
    count(counts, response)
    response.once('close', () => {
      if (!response.writableFinished) one.goneAt = performance.now()
    })
    let body = ''
    try {
      for await (const chunk of request.setEncoding('latin1')) body += chunk
    } catch {
      return void seen.push(one)
    }
    const whole = Object.assign(one, { body })
    seen.push(whole)
    behaviour(whole, response)
  })
  const { port, sockets, mostConnections } = await open(server, host, wanted)
  return {
    name,
    host,
    port,
    url: `http://${host}:${port}`,
    seen,
    inFlight,
    connections: () => sockets.size,
    mostConnections,
    behave: (next = byName) => {
      behaviour = next
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

const headOf = (target: string, { method = '', url: path = '', headers }: IncomingMessage) => ({
  target,
  method,
  path,
  headers,
  at: performance.now(),
})

/** Not there any more as soon as the answer is handed over: whoever reads it may send the next before we get to know. */
const count = (counts: readonly InFlight[], response: ServerResponse): void => {
  let here = true
  for (const each of counts) each.most = Math.max(each.most, ++each.now)
  const leave = (): void => {
    if (here) for (const each of counts) each.now--
    here = false
  }
  response.once('prefinish', leave)
  response.once('close', leave)
}

const open = async (server: Server, host: string, wanted: number) => {
  const sockets = new Set<Socket>()
  let most = 0
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    most = Math.max(most, sockets.size)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(wanted, host, 4096, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, sockets, mostConnections: () => most }
}

/** Targets called by these names, that end with the test. */
export const startTargets = async <Name extends string>(
  t: { after(end: () => unknown): void },
  names: readonly Name[],
  options: TargetOptions = {},
): Promise<Readonly<Record<Name, Target>>> => {
  const all = await Promise.all(names.map(async name => [name, await startTarget(name, options)] as const))
  t.after(() => Promise.all(all.map(([, target]) => target.close())))
  return Object.fromEntries(all) as Record<Name, Target>
}

/** A port on which nobody listens: held by nobody, but given out a moment ago, so that nobody gets it soon. */
export const closedPort = async (): Promise<number> => {
  const target = await startTarget('closed')
  await target.close()
  return target.port
}

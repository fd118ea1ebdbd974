import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { http } from '../base/node.ts'
import type { AddressSpec } from '../spec/spec.ts'
import { type Answer, problem } from './answer.ts'
import { isOwnHost } from './host.ts'
import { type AdminState, pageAt } from './pages.ts'

export type { AdminState } from './pages.ts'

export interface Admin {
  /** With the port that was bound, where the configuration says 0. */
  readonly address: AddressSpec
  /** Answers under way get a second, then everything is cut off. */
  close(): Promise<void>
}

export interface AdminOptions {
  readonly address: AddressSpec
  readonly state: AdminState
}

/** Few and small requests by a few known clients: whatever exceeds this is not one of them. */
const LIMITS = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
}
const MAX_CONNECTIONS = 256
const CLOSE_WITHIN_MS = 1_000

/**
 * The admin listener: metrics and health, on the main thread, where it cannot slow down a request. Rejects with one
 * sentence when the address cannot be bound.
 */
export const startAdmin = async ({ address, state }: AdminOptions): Promise<Admin> => {
  const server = http.createServer(LIMITS, (request, response) => {
    void answer(request, address.host, state).then(answered => send(response, answered, request.method === 'HEAD'))
  })
  server.maxConnections = MAX_CONNECTIONS
  const port = await listen(server, address)
  return { address: { host: address.host, port }, close: () => close(server) }
}

/** In this order: is it meant for us, is it there, may it be asked. */
const answer = async (request: IncomingMessage, configuredHost: string, state: AdminState): Promise<Answer> => {
  const { method = 'GET', headers } = request
  if (headers.host !== undefined && !isOwnHost(headers.host, configuredHost)) return problem('FORBIDDEN', FOREIGN_HOST)
  const found = pageAt(pathOf(request.url ?? '/'))
  if (found === undefined) return problem('NO_ROUTE', 'There is no such page; see /.')
  const { page, name } = found
  if (!page.methods.includes(method)) {
    const allow = page.methods.join(', ')
    return problem('METHOD_NOT_ALLOWED', `This page takes ${allow}.`, { allow })
  }
  const reads = method === 'GET' || method === 'HEAD'
  if (!reads && headers[WRITE_HEADER] === undefined) return problem('FORBIDDEN', NO_WRITE_HEADER)
  try {
    const body = reads ? '' : await readBody(request)
    if (body === undefined) return problem('BODY_TOO_LARGE', 'The body is too large.', { connection: 'close' })
    return await page.answer(state, { method, name, body, now: Date.now() })
  } catch {
    return problem('INTERNAL', 'The page could not be made.')
  }
}

/**
 * A web page can make a browser send a POST here, but not with a header of its own choice: for that the browser asks
 * first, and gets no permission.
 */
const WRITE_HEADER = 'sallyport-admin'
const NO_WRITE_HEADER = `A request that changes something needs the header "${WRITE_HEADER}", with any value.`
const LONGEST_BODY = 8 * 1024

/** Undefined when it is too large. */
const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request) {
    bytes += piece.length
    if (bytes > LONGEST_BODY) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

const FOREIGN_HOST = 'The Host of an admin request must be an IP address, localhost or the host in admin.address.'

const pathOf = (target: string): string => {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

const send = (response: ServerResponse, { status, type, body, headers }: Answer, headOnly: boolean): void => {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(headOnly ? undefined : body)
}

const listen = (server: Server, address: AddressSpec): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', error => reject(new Error(bindProblem(error, address), { cause: error })))
    server.listen({ host: address.host, port: address.port }, () => {
      // A failed accept (no descriptors left, say) must not end the process; the next scrape tries again.
      server.on('error', () => {})
      resolve(portOf(server.address(), address))
    })
  })

const portOf = (bound: AddressInfo | string | null, { port }: AddressSpec): number =>
  bound !== null && typeof bound === 'object' ? bound.port : port

const BIND_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; stop the program that holds it or change admin.address',
  EACCES: 'this user may not bind that port; use one above 1023 or change admin.address',
  EADDRNOTAVAIL: 'this machine does not have that address; change admin.address',
  ENOTFOUND: 'that host name is not known; change admin.address',
}

const bindProblem = (error: NodeJS.ErrnoException, { host, port }: AddressSpec): string => {
  const at = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return `cannot open the admin listener on ${at}: ${BIND_PROBLEMS[error.code ?? ''] ?? error.message}`
}

const close = (server: Server): Promise<void> =>
  new Promise(resolve => {
    const cutOff = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS)
    server.close(() => {
      clearTimeout(cutOff)
      resolve()
    })
    server.closeIdleConnections()
  })

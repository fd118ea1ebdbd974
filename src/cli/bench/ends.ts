import { compileForwardPath } from '../../routing/forward-path.ts'
import type { EndpointSpec, GatewaySpec, ServiceSpec } from '../../spec/spec.ts'
import type { Asked } from './asked.ts'
import type { Endpoint } from './load-order.ts'

/** The service's own target for a request, and how it is called. */
export interface Direct {
  readonly endpoint: Endpoint
  readonly service: string
  readonly url: string
}

/**
 * Where the gateway would send the request, or why there is no one such place. Of several services the one that gets
 * most, of its targets the first that is asked.
 */
export const directOf = (asked: Asked, spec: GatewaySpec, body: Uint8Array): Direct | { readonly none: string } => {
  const { action, match } = asked.route
  if (action.kind === 'aggregate') return { none: 'the answer is made of several services: there is no direct way' }
  if (action.kind !== 'forward') return { none: 'the gateway answers by itself: there is no direct way' }
  const [most] = [...action.to].sort((a, b) => b.weight - a.weight)
  const service = spec.services.find(({ name }) => name === most?.service)
  const target = service && firstTarget(service)
  if (service === undefined || target === undefined) {
    return {
      none: 'the targets are discovered while the gateway runs: measured through the gateway only (or use --stub)',
    }
  }
  const path = compileForwardPath(match, action, target.basePath)(asked.q)
  const host = service.host === 'preserve' && asked.host !== '' ? asked.host : target.authority
  return { endpoint: endpointOf(asked, target, path, host, body), service: service.name, url: target.url }
}

const firstTarget = ({ endpoints }: ServiceSpec): EndpointSpec | undefined =>
  [...endpoints].sort((a, b) => a.priority - b.priority)[0]

const endpointOf = (
  asked: Asked,
  { tls, host, port, address }: EndpointSpec,
  path: string,
  authority: string,
  body: Uint8Array,
): Endpoint => {
  const to = address === '' ? host : address
  return {
    host: bare(to),
    port,
    tls: tls ? { servername: bare(host), verify: !isLoopback(to) } : undefined,
    request: requestBytes(asked, path, authority, body),
    method: asked.method,
  }
}

/** The same request to a gateway. */
export const throughOf = (
  asked: Asked,
  { host, port, tls }: { readonly host: string; readonly port: number; readonly tls: boolean },
  body: Uint8Array,
): Endpoint => {
  const authority = asked.host === '' ? `${host}:${port}` : asked.host
  return {
    host: bare(host),
    port,
    tls: tls ? { servername: asked.q.host || host, verify: !isLoopback(host) } : undefined,
    request: requestBytes(asked, asked.target, authority, body),
    method: asked.method,
  }
}

const requestBytes = ({ method, headers }: Asked, path: string, host: string, body: Uint8Array): Uint8Array => {
  const length = body.length > 0 || /^(POST|PUT|PATCH)$/.test(method) ? [`Content-Length: ${body.length}`] : []
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, ...headers.map(([n, v]) => `${n}: ${v}`), ...length]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}

/** The same request for a generator that makes the bytes by itself. */
export interface WrkRequest {
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/** Reads it back: what is sent must be the same whoever sends it. */
export const wrkRequestOf = ({ host, port, tls, request }: Endpoint): WrkRequest => {
  const bytes = Buffer.from(request)
  const end = bytes.indexOf('\r\n\r\n')
  const [line = '', ...fields] = bytes.toString('latin1', 0, end).split('\r\n')
  const [method = '', target = ''] = line.split(' ')
  const headers = fields.map(
    field => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(': ') + 2)] as const,
  )
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}${target}`,
    method,
    headers: headers.filter(([name]) => name !== 'Content-Length'),
    body: bytes.subarray(end + 4),
  }
}

/** Without asking a name server: a name is believed only when it is `localhost`. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/i.test(bare(host))

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

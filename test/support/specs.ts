import { readFileSync } from 'node:fs'
import type { GatewaySpec, ListenerSpec, RouteSpec, ServiceSpec } from '../../src/spec/spec.ts'
import { endpointSpec, forwardTo, NOBODY, OPEN, serviceSpec, TIMEOUTS, UNLIMITED } from '../../src/spec/testing.ts'
import { overTls } from './raw-client.ts'

export const pem = (name: string): string =>
  readFileSync(new URL(`../../src/config/testdata/${name}`, import.meta.url), 'utf8')

/** What a test says about its gateway; the rest is DESIGN's defaults, made smaller where a test would wait for them. */
export interface GatewayOptions {
  /** Ports on loopback, by name of the service; the first one is what the default route forwards to. */
  readonly services: Readonly<Record<string, number | ServiceOptions>>
  /** Default: everything goes to the first service. */
  readonly routes?: readonly Partial<RouteSpec>[]
  readonly limits?: Partial<ListenerSpec['limits']>
  readonly timeouts?: Partial<ListenerSpec['timeouts']>
  readonly trustedProxies?: readonly string[]
  readonly slashes?: GatewaySpec['slashes']
  readonly via?: string
  readonly tls?: boolean
  readonly shedLagMs?: number
  readonly state?: GatewaySpec['state']
  readonly auth?: GatewaySpec['auth']
  readonly consumers?: GatewaySpec['consumers']
  readonly frontends?: GatewaySpec['frontends']
}

export interface ServiceOptions extends Partial<Omit<ServiceSpec, 'name' | 'timeouts' | 'connections'>> {
  readonly ports: readonly number[]
  readonly tls?: boolean
  readonly timeouts?: Partial<ServiceSpec['timeouts']>
  readonly connections?: Partial<ServiceSpec['connections']>
}

const serviceOf = (name: string, given: number | ServiceOptions): ServiceSpec => {
  const {
    ports,
    tls = false,
    timeouts,
    connections,
    ...options
  } = typeof given === 'number' ? { ports: [given] } : given
  return serviceSpec(name, {
    endpoints: ports.map(port => endpointSpec(`127.0.0.1:${port}`, { tls })),
    timeouts: { ...TIMEOUTS, connectMs: 2000, tlsMs: 5000, headMs: 60_000, idleMs: 60_000, ...timeouts },
    connections: { ...UNLIMITED, max: 256, queue: 1024, waitMs: 2000, idleMs: 60_000, ...connections },
    ...options,
  })
}

const routeSpec = (index: number, first: string, given: Partial<RouteSpec>): RouteSpec => ({
  name: `route-${index}`,
  index,
  place: undefined,
  priority: 0,
  hosts: [],
  match: { kind: 'prefix', pattern: '/' },
  methods: [],
  headers: [],
  query: [],
  action: forwardTo(first),
  totalMs: 0,
  ...OPEN,
  ...given,
})

export const gatewaySpec = (options: GatewayOptions): GatewaySpec => {
  const names = Object.keys(options.services)
  const services = names.map(name => serviceOf(name, options.services[name]!))
  const listener: ListenerSpec = {
    name: 'web',
    host: '127.0.0.1',
    port: 0,
    tls: (options.tls ?? overTls) ? { cert: pem('cert.pem'), key: pem('key.pem'), clientCa: undefined } : undefined,
    limits: { headBytes: 16_384, fields: 100, targetBytes: 8192, bodyBytes: 0, connections: 20_000, ...options.limits },
    timeouts: { headMs: 10_000, idleMs: 75_000, bodyMs: 30_000, ...options.timeouts },
  }
  return {
    listeners: [listener],
    admin: undefined,
    workers: 1,
    trustedProxies: options.trustedProxies ?? [],
    accessLog: undefined,
    tracing: undefined,
    slashes: options.slashes ?? 'keep',
    via: options.via ?? 'sallyport',
    drainMs: 1000,
    drainDelayMs: 0,
    shedLagMs: options.shedLagMs ?? 0,
    bodyRoom: 64 * 1024 * 1024,
    state: options.state ?? NOBODY.state,
    auth: options.auth ?? [],
    consumers: options.consumers ?? [],
    services,
    frontends: options.frontends ?? [],
    unroutedHeaders: [],
    routes: (options.routes ?? [{}]).map((route, index) => routeSpec(index, names[0] ?? '', route)),
  }
}

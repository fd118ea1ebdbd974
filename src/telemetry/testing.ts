import type { AccessEntry } from '../core/serving.ts'
import type { EndpointSpec, GatewaySpec, ListenerSpec, RouteSpec, ServiceSpec } from '../spec/spec.ts'
import { endpointSpec, NOBODY, OPEN, serviceSpec } from '../spec/testing.ts'

/** Specs and entries for the tests of this folder, with only what matters spelled out. */

export const endpoint = (url: string): EndpointSpec => endpointSpec('127.0.0.1:3001', { url })

const listener = (name: string): ListenerSpec => ({
  name,
  host: '127.0.0.1',
  port: 8080,
  tls: undefined,
  limits: { headBytes: 16384, fields: 100, targetBytes: 8192, bodyBytes: 0, connections: 100 },
  timeouts: { headMs: 1, idleMs: 1, bodyMs: 1 },
})

const service = (name: string, urls: readonly string[]): ServiceSpec =>
  serviceSpec(name, { endpoints: urls.map(endpoint) })

const route = (name: string, index: number): RouteSpec => ({
  name,
  index,
  place: undefined,
  priority: 0,
  hosts: [],
  match: { kind: 'prefix', pattern: '/' },
  methods: [],
  headers: [],
  query: [],
  action: { kind: 'respond', status: 200, headers: [], body: '' },
  totalMs: 0,
  ...OPEN,
})

export interface SpecSketch {
  readonly workers?: number
  readonly listeners?: readonly string[]
  readonly services?: Readonly<Record<string, readonly string[]>>
  readonly routes?: readonly string[]
}

export const gatewaySpec = ({ workers = 1, listeners = [], services = {}, routes = [] }: SpecSketch): GatewaySpec => ({
  listeners: listeners.map(listener),
  admin: undefined,
  workers,
  trustedProxies: [],
  accessLog: undefined,
  slashes: 'keep',
  via: 'sallyport',
  drainMs: 0,
  drainDelayMs: 0,
  ...NOBODY,
  services: Object.entries(services).map(([name, urls]) => service(name, urls)),
  routes: routes.map(route),
})

export const accessEntry = (change: Partial<AccessEntry> = {}): AccessEntry => ({
  at: Date.UTC(2026, 10, 22, 13, 45, 29, 7),
  client: '192.0.2.7',
  method: 'GET',
  target: '/api/users?page=2',
  version: '1.1',
  host: 'api.example.com',
  status: 200,
  code: '',
  bytesIn: 0,
  bytesOut: 857,
  ms: 3.25,
  upstreamMs: 2.0625,
  route: 'users',
  service: 'users',
  upstream: 'http://127.0.0.1:3001',
  requestId: 'a1b2c3-42',
  userAgent: 'curl/8.5.0',
  referer: '',
  consumer: '',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  ...change,
})

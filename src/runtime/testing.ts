import { fakeClock } from '../base/testing.ts'
import { Wheel } from '../base/wheel.ts'
import { Exchange } from '../core/exchange.ts'
import type { Labels, Log, Meter } from '../core/ports.ts'
import type { Reply } from '../core/reply.ts'
import type { AccessEntry } from '../core/serving.ts'
import { noProvisions } from '../core/testing.ts'
import type { Way } from '../policies/way.ts'
import type { GatewaySpec, RouteSpec, ServiceSpec } from '../spec/spec.ts'
import { endpointSpec, NOBODY, OPEN, serviceSpec } from '../spec/testing.ts'
import { readSpan, type WrittenSpan } from '../telemetry/tracing/testing.ts'
import type { TargetState } from '../upstream/target.ts'
import { compile } from './compile.ts'
import { Gateway } from './gateway.ts'
import { Keep } from './keep.ts'
import type { World } from './world.ts'

export const route = (given: Partial<RouteSpec>): RouteSpec => ({
  name: 'r',
  index: 0,
  place: undefined,
  priority: 0,
  hosts: [],
  match: { kind: 'prefix', pattern: '/' },
  methods: [],
  headers: [],
  query: [],
  action: { kind: 'respond', status: 200, headers: [], body: 'hello' },
  totalMs: 0,
  ...OPEN,
  ...given,
})

export const service = (name: string, given: Partial<ServiceSpec> = {}): ServiceSpec =>
  serviceSpec(name, {
    endpoints: [endpointSpec(name, { host: '127.0.0.1', port: 1 })],
    ...given,
  })

export const spec = (given: Partial<GatewaySpec> = {}): GatewaySpec => ({
  listeners: [],
  admin: undefined,
  workers: 1,
  trustedProxies: [],
  accessLog: undefined,
  slashes: 'keep',
  via: 'edge',
  drainMs: 0,
  drainDelayMs: 0,
  ...NOBODY,
  services: [],
  routes: [],
  ...given,
})

/** Counts by name and labels, e.g. `requests{route=a,status=2xx}`. */
export const countingMeter = (): Meter & { readonly counts: Map<string, number> } => {
  const counts = new Map<string, number>()
  const adder = (name: string, labels: Labels = {}) => {
    const key = `${name}{${Object.entries(labels).map(([label, value]) => `${label}=${value}`)}}`
    return (n: number): void => void counts.set(key, (counts.get(key) ?? 0) + n)
  }
  return {
    counts,
    counter: (name, labels) => ({ add: adder(name, labels) }),
    histogram: (name, labels) => {
      const add = adder(name, labels)
      return { observe: () => add(1) }
    },
    gauge: (name, labels) => ({ add: adder(name, labels), total: () => 0 }),
  }
}

export interface FakeWorld extends World {
  readonly clock: ReturnType<typeof fakeClock>
  readonly meter: ReturnType<typeof countingMeter>
  readonly entries: AccessEntry[]
  readonly spansWritten: WrittenSpan[]
  readonly errors: unknown[]
  /** Targets that were let go of. */
  readonly ended: TargetState[]
}

export const fakeWorld = (): FakeWorld => {
  const clock = fakeClock()
  const entries: AccessEntry[] = []
  const spansWritten: WrittenSpan[] = []
  const errors: unknown[] = []
  const ended: TargetState[] = []
  const log: Log = { info() {}, warn() {}, error: (message, fields) => void errors.push(message, fields) }
  return {
    ...noProvisions(),
    clock,
    wheel: new Wheel(clock.now),
    lean: true,
    log,
    meter: countingMeter(),
    accessLog: {
      write: entry => void entries.push(entry),
      writeWithBranches: (entry, branches) => void entries.push(Object.assign(entry, { branches })),
    },
    spans: { add: span => void spansWritten.push(readSpan(JSON.parse(span))) },
    bodies: { bytes: 0 },
    targets: new Keep<TargetState>(state => {
      ended.push(state)
      state.close()
    }),
    ways: new Keep<Way>(way => way.close()),
    worker: 0,
    sharedNow: clock.now,
    after: () => () => {},
    every: () => () => {},
    truly: clock.now,
    random: () => 0,
    entries,
    spansWritten,
    errors,
    ended,
  }
}

/** A gateway without sockets: `ask` runs one request to its end and returns what the client would get. */
export const fakeGateway = (given: Partial<GatewaySpec>, world = fakeWorld()) => {
  const gateway = new Gateway(compile(spec(given), world), world.log, world.meter.gauge('in_flight'))
  const ask = (method: string, path: string, more: Partial<Exchange> = {}): { reply: Reply; x: Exchange } => {
    const x = Object.assign(new Exchange(), { method, path, host: 'h', requestId: 'id-1', ...more })
    const sent: Reply[] = []
    gateway.handle(x, { send: (_x, reply) => void sent.push(reply) })
    const [reply] = sent
    if (reply === undefined || sent.length > 1) throw new Error(`${sent.length} answers in this turn`)
    gateway.finish(x, reply)
    return { reply, x }
  }
  return { gateway, ask, world }
}

import { now } from '../../src/base/turn.ts'
import type { Gauge, Log, Meter } from '../../src/core/ports.ts'
import { createKeySetKeeper } from '../../src/policies/key-set/key-set-keeper.ts'
import { createProvider } from '../../src/runtime/provider.ts'
import { createServing } from '../../src/server/serving.ts'
import type { GatewaySpec } from '../../src/spec/spec.ts'
import { revocationWriter } from '../../src/store/revocations.ts'
import { createSharedMemory } from '../../src/store/shared-memory.ts'
import { startNginx } from './peer-nginx.ts'
import { type GatewayOptions, gatewaySpec } from './specs.ts'

export interface RunningGateway {
  readonly port: number
  /** Sum of a gauge over all its labels; what is not zero when all is over has leaked. */
  gauge(name: string): number
  /** The same of a counter. */
  count(name: string): number
  readonly revocations: Pick<ReturnType<typeof revocationWriter>, 'revoke' | 'reinstate'>
  close(): Promise<void>
}

const NOTHING_REVOKED = { revoke: () => false, reinstate: () => false }
const silent: Log = { info() {}, warn() {}, error() {} }

interface SumMeter extends Meter {
  sum(name: string): number
}

const makeGauge = (): Gauge => {
  let value = 0
  return {
    add(n) {
      value += n
    },
    total: () => value,
  }
}

/** Gauges count, because bounds on connections read them, and so do counters; nobody reads histograms. */
const sums = (): SumMeter => {
  const series = new Map<string, Gauge>()
  const sumOf: Meter['gauge'] = (name, labels) => {
    const key = `${name} ${JSON.stringify(labels ?? {})}`
    const sum = series.get(key) ?? makeGauge()
    series.set(key, sum)
    return sum
  }
  return {
    counter: sumOf,
    histogram: () => ({ observe() {} }),
    gauge: sumOf,
    sum: name =>
      [...series].filter(([key]) => key.startsWith(`${name} `)).reduce((total, [, gauge]) => total + gauge.total(), 0),
  }
}

/** Another proxy stands in the gateway's place, to try a harness; what only we answer is not asked of it. */
export const onPeer = process.env['PEER'] === 'nginx'

/** A gateway in this thread on a free port of loopback; the test closes it. */
export const startGateway = async (options: GatewayOptions): Promise<RunningGateway> => {
  if (onPeer)
    return { gauge: () => 0, count: () => 0, revocations: NOTHING_REVOKED, ...(await startNginx(firstPort(options))) }
  const serving = createServing({
    log: silent,
    accessLog: null,
    worker: 0,
    workers: 1,
    reusePort: false,
    // `PLAIN_SOCKETS=1` runs any of these tests on the public-API way to a socket.
    plainSockets: process.env['PLAIN_SOCKETS'] === '1',
  })
  const spec = gatewaySpec(options)
  const meter = sums()
  const around = await startAround(spec, meter)
  await serving.prepare(spec, around.provisions)
  serving.commit()
  return {
    port: serving.addresses()[0]!.port,
    gauge: name => meter.sum(name),
    count: name => meter.sum(name),
    revocations: around.revocations,
    close: async () => {
      await serving.close()
      await around.close()
    },
  }
}

/** What the process around a worker provides, here in the same thread. */
const startAround = async (spec: GatewaySpec, meter: Meter) => {
  const clock = { now, wall: () => Date.now() }
  const shared = createSharedMemory({ workers: 1, keys: 10_000, wall: clock.wall() })
  const keySets = createKeySetKeeper({ clock, log: silent, meter })
  const provider = createProvider({ clock, log: silent, worker: 0, shared, keySets })
  return {
    provisions: { ...(await provider.provisionsOf(spec, meter)), fleet: null },
    revocations: revocationWriter(shared.revocations, clock),
    close: async () => {
      keySets.close()
      await provider.close()
    },
  }
}

const firstPort = (options: GatewayOptions): number => {
  const first = Object.values(options.services)[0]
  if (first === undefined) throw new Error('no service')
  return typeof first === 'number' ? first : first.ports[0]!
}

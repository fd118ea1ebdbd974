import type { Gauge, Log, Meter } from '../../src/core/ports.ts'
import { createServing } from '../../src/server/serving.ts'
import { startNginx } from './peer-nginx.ts'
import { type GatewayOptions, gatewaySpec } from './specs.ts'

export interface RunningGateway {
  readonly port: number
  /** Sum of a gauge over all its labels; what is not zero when all is over has leaked. */
  gauge(name: string): number
  close(): Promise<void>
}

const silent: Log = { info() {}, warn() {}, error() {} }

interface GaugeMeter extends Meter {
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

/** Gauges count, because bounds on connections read them; nobody reads the rest. */
const gaugesOnly = (): GaugeMeter => {
  const gauges = new Map<string, Gauge>()
  return {
    counter: () => ({ add() {} }),
    histogram: () => ({ observe() {} }),
    gauge(name, labels) {
      const key = `${name} ${JSON.stringify(labels ?? {})}`
      const gauge = gauges.get(key) ?? makeGauge()
      gauges.set(key, gauge)
      return gauge
    },
    sum: name =>
      [...gauges].filter(([key]) => key.startsWith(`${name} `)).reduce((total, [, gauge]) => total + gauge.total(), 0),
  }
}

/** Another proxy stands in the gateway's place, to try a harness; what only we answer is not asked of it. */
export const onPeer = process.env['PEER'] === 'nginx'

/** A gateway in this thread on a free port of loopback; the test closes it. */
export const startGateway = async (options: GatewayOptions): Promise<RunningGateway> => {
  if (onPeer) return { gauge: () => 0, ...(await startNginx(firstPort(options))) }
  const serving = createServing({
    log: silent,
    accessLog: null,
    worker: 0,
    workers: 1,
    reusePort: false,
    // `PLAIN_SOCKETS=1` runs any of these tests on the public-API way to a socket.
    plainSockets: process.env['PLAIN_SOCKETS'] === '1',
  })
  const meter = gaugesOnly()
  await serving.prepare(gatewaySpec(options), meter)
  serving.commit()
  return { port: serving.addresses()[0]!.port, gauge: name => meter.sum(name), close: () => serving.close() }
}

const firstPort = (options: GatewayOptions): number => {
  const first = Object.values(options.services)[0]
  if (first === undefined) throw new Error('no service')
  return typeof first === 'number' ? first : first.ports[0]!
}

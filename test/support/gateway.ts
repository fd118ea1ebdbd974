import type { Gauge, Log, Meter } from '../../src/core/ports.ts'
import { createServing } from '../../src/server/serving.ts'
import { startNginx } from './peer-nginx.ts'
import { type GatewayOptions, gatewaySpec } from './specs.ts'

export interface RunningGateway {
  readonly port: number
  close(): Promise<void>
}

const silent: Log = { info() {}, warn() {}, error() {} }

/** Gauges count, because bounds on connections read them; nobody reads the rest. */
const gaugesOnly = (): Meter => {
  const gauges = new Map<string, Gauge>()
  const makeGauge = (): Gauge => {
    let value = 0
    return {
      add(n) {
        value += n
      },
      total: () => value,
    }
  }
  return {
    counter: () => ({ add() {} }),
    histogram: () => ({ observe() {} }),
    gauge(name, labels) {
      const key = `${name} ${JSON.stringify(labels ?? {})}`
      const gauge = gauges.get(key) ?? makeGauge()
      gauges.set(key, gauge)
      return gauge
    },
  }
}

/** Another proxy stands in the gateway's place, to try a harness; what only we answer is not asked of it. */
export const onPeer = process.env['PEER'] === 'nginx'

/** A gateway in this thread on a free port of loopback; the test closes it. */
export const startGateway = async (options: GatewayOptions): Promise<RunningGateway> => {
  if (onPeer) return startNginx(firstPort(options))
  const serving = createServing({ log: silent, accessLog: null, worker: 0, workers: 1, reusePort: false })
  await serving.prepare(gatewaySpec(options), gaugesOnly())
  serving.commit()
  return { port: serving.addresses()[0]!.port, close: () => serving.close() }
}

const firstPort = (options: GatewayOptions): number => {
  const first = Object.values(options.services)[0]
  if (first === undefined) throw new Error('no service')
  return typeof first === 'number' ? first : first.ports[0]!
}

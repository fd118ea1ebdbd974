import type { Log, Meter } from '../../src/core/ports.ts'
import { createServing } from '../../src/server/serving.ts'
import { startNginx } from './peer-nginx.ts'
import { type GatewayOptions, gatewaySpec } from './specs.ts'

export interface RunningGateway {
  readonly port: number
  close(): Promise<void>
}

const silent: Log = { info() {}, warn() {}, error() {} }
const uncounted: Meter = {
  counter: () => ({ add() {} }),
  gauge: () => ({ add() {}, total: () => 0 }),
  histogram: () => ({ observe() {} }),
}

/** Another proxy stands in the gateway's place, to try a harness; what only we answer is not asked of it. */
export const onPeer = process.env['PEER'] === 'nginx'

/** A gateway in this thread on a free port of loopback; the test closes it. */
export const startGateway = async (options: GatewayOptions): Promise<RunningGateway> => {
  if (onPeer) return startNginx(firstPort(options))
  const serving = createServing({ log: silent, accessLog: null, worker: 0, workers: 1, reusePort: false })
  await serving.prepare(gatewaySpec(options), uncounted)
  serving.commit()
  return { port: serving.addresses()[0]!.port, close: () => serving.close() }
}

const firstPort = (options: GatewayOptions): number => {
  const first = Object.values(options.services)[0]
  if (first === undefined) throw new Error('no service')
  return typeof first === 'number' ? first : first.ports[0]!
}

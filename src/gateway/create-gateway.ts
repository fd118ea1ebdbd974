import { now } from '../base/turn.ts'
import type { Timers } from '../core/ports.ts'
import { systemTimers } from '../workers/timers.ts'
import type { ConfigSource, Gateway, GatewayOptions } from './api.ts'
import { embed } from './embed.ts'

/** What a request waits for keeps the process alive; the tick does not, since sockets do. */
const requestTimers: Timers = {
  every: systemTimers.every,
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** See `createGateway` in index.ts. */
export const createGateway = async (config: ConfigSource, options: GatewayOptions): Promise<Gateway> => {
  const { gateway } = await embed(config, options, {
    clock: { now, wall: () => Date.now() },
    timers: requestTimers,
    background: systemTimers,
  })
  return gateway
}

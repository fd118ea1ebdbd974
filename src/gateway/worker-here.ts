import type { Wheel } from '../base/wheel.ts'
import type { Clock, Log, Timers } from '../core/ports.ts'
import type { TypedModules } from '../runtime/typed-modules.ts'
import type { InjectedAnswer, InjectedRequest } from '../server/injection.ts'
import { createServing } from '../server/serving.ts'
import type { Connect } from '../upstream/roles.ts'
import type { Generation } from '../workers/messages.ts'
import type { Content } from '../workers/supervisor.ts'
import { reasonOf } from '../workers/worker-loop.ts'
import type { Workforce, Workplace } from './machine.ts'
import { createWorkerParts, TICK_MS } from './worker-parts.ts'

export interface WorkerHereOptions {
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
  readonly modules: TypedModules
  readonly connect?: Connect
  readonly wheel?: Wheel
  readonly sharedNow?: () => number
}

/** The one worker of a gateway that serves on the thread it was made in. */
export interface WorkerHere extends Workforce {
  inject(request: InjectedRequest): Promise<InjectedAnswer>
}

export const workHere = (workplace: Workplace, options: WorkerHereOptions): WorkerHere => {
  const { log, clock, timers, modules, connect, wheel, sharedNow } = options
  const parts = createWorkerParts({
    index: 0,
    clock,
    log,
    shared: workplace.shared,
    logFd: workplace.logFd,
    writeAccess: lines => workplace.relay(0, { type: 'access', lines }),
    spansUnderway: workplace.spansUnderway,
    sendSpans: sent => workplace.relay(0, { type: 'spans', sent }),
    askForKeys: request => workplace.relay(0, request),
    modules,
  })
  const { accessLog, spans, keySets } = parts
  const serving = createServing({
    log,
    accessLog,
    spans,
    worker: 0,
    workers: 1,
    reusePort: false,
    clock,
    timers,
    tickMs: TICK_MS,
    onTick: parts.tick,
    ...(connect === undefined ? {} : { connect }),
    ...(wheel === undefined ? {} : { wheel }),
    ...(sharedNow === undefined ? {} : { sharedNow }),
  })
  let number = 0
  let serves = false

  /** Prepared, then decided, then live within this turn; or as it was before. */
  const take = async ({ onDecided, ...content }: Content): Promise<void> => {
    const generation: Generation = { number: ++number, ...content }
    await serving.prepare(content.spec, await parts.provisionsOf(generation)).catch(error => {
      throw new Error(reasonOf(error), { cause: error })
    })
    onDecided?.()
    accessLog.commit()
    serving.commit()
  }

  const close = async (): Promise<void> => {
    serves = false
    parts.flush()
    await parts.close()
  }

  return {
    start: async content => {
      try {
        await take(content)
        serves = true
      } catch (error) {
        await serving.close()
        await close()
        throw error
      }
    },
    reload: take,
    drain: async drainMs => {
      await serving.drain(drainMs)
      await close()
    },
    live: () => (serves ? 1 : 0),
    tell: (_worker, message) => {
      if (message.type === 'roster') parts.onRoster(message)
      else if (message.type === 'keys' || message.type === 'keys-refreshed') keySets.receive(message)
    },
    inject: serving.inject,
  }
}

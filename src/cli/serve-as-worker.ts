import type { MessagePort } from 'node:worker_threads'
import { now } from '../base/turn.ts'
import type { Log } from '../core/ports.ts'
import type { AccessSink, Provisions, Serving } from '../core/serving.ts'
import { createProvider } from '../runtime/provider.ts'
import { secretParameters } from '../spec/credentials.ts'
import { directLog } from '../telemetry/direct-log.ts'
import { lagMeter } from '../telemetry/lag-meter.ts'
import { createMeter } from '../telemetry/meter.ts'
import { createRosterBook } from '../upstream/fleet/roster-book.ts'
import type { FromWorker, Generation, LogFields, LogLevel, WorkerInit } from '../workers/messages.ts'
import { createRemoteKeySets } from '../workers/remote-key-sets.ts'
import { createWorkerLoop } from '../workers/worker-loop.ts'
import { createAccessInput } from './access-input.ts'

export interface WorkerServingOptions {
  readonly log: Log
  readonly accessLog: AccessSink
  readonly worker: number
  readonly workers: number
  readonly reusePort: boolean
  readonly tickMs: number
  /** Called on every tick of the serving's own timer: when it stops, the worker counts as stalled. */
  readonly onTick: () => void
}

const TICK_MS = 200

/** Puts together what serves, what counts and what logs, and does what the main thread asks until it is ended. */
export const serveAsWorker = (
  port: MessagePort,
  { index, workers, reusePort, beats, logFd, shared }: WorkerInit,
  createServing: (options: WorkerServingOptions) => Serving,
): void => {
  const post = (message: FromWorker): void => port.postMessage(message)

  const logAt =
    (level: LogLevel) =>
    (message: string, fields?: LogFields): void =>
      post({ type: 'log', level, message, fields })
  const log: Log = { info: logAt('info'), warn: logAt('warn'), error: logAt('error') }

  const accessLog = createAccessInput(directLog(logFd, lines => post({ type: 'access', lines })))

  const heart = new Int32Array(beats)
  let tickedAt = performance.now()
  let showLag: ((lagMs: number) => void) | undefined
  const onTick = (): void => {
    Atomics.add(heart, index, 1)
    const now = performance.now()
    showLag?.(now - tickedAt - TICK_MS)
    tickedAt = now
    accessLog.tick()
  }

  const keySets = createRemoteKeySets(post)
  const clock = { now, wall: () => Date.now() }
  const provider = createProvider({ clock, log, worker: index, shared, keySets })
  const rosters = createRosterBook()
  const provisionsOf = async ({ spec, metrics, ...generation }: Generation): Promise<Provisions> => {
    const meter = createMeter(metrics, index)
    showLag ??= lagMeter(meter, index)
    accessLog.prepare(spec.accessLog, secretParameters(spec))
    return { ...(await provider.provisionsOf(spec, meter)), fleet: rosters.fleetFor(generation.rosters, spec.services) }
  }

  const serving = createServing({ log, accessLog, worker: index, workers, reusePort, tickMs: TICK_MS, onTick })
  const loop = createWorkerLoop({
    serving,
    provisionsOf,
    onKeys: keySets.receive,
    onRoster: ({ roster, metrics }) => rosters.receive(roster, createMeter(metrics, index)),
    onCommit: accessLog.commit,
    answer: post,
    flush: () => accessLog.tick(),
  })
  port.on('message', message => void loop(message))
}

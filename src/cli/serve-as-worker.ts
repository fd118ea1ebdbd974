import type { MessagePort } from 'node:worker_threads'
import { now } from '../base/turn.ts'
import type { Log } from '../core/ports.ts'
import type { AccessSink, Serving } from '../core/serving.ts'
import type { SpanSink } from '../core/trace.ts'
import { createWorkerParts, TICK_MS } from '../gateway/worker-parts.ts'
import type { FromWorker, LogFields, LogLevel, WorkerInit } from '../workers/messages.ts'
import { createWorkerLoop } from '../workers/worker-loop.ts'

export interface WorkerServingOptions {
  readonly log: Log
  readonly accessLog: AccessSink
  readonly spans: SpanSink
  readonly worker: number
  readonly workers: number
  readonly reusePort: boolean
  readonly tickMs: number
  /** Called on every tick of the serving's own timer: when it stops, the worker counts as stalled. */
  readonly onTick: () => void
}

/** Puts together what serves, what counts and what logs, and does what the main thread asks until it is ended. */
export const serveAsWorker = (
  port: MessagePort,
  { index, workers, reusePort, beats, logFd, spansUnderway, shared }: WorkerInit,
  createServing: (options: WorkerServingOptions) => Serving,
): void => {
  const post = (message: FromWorker): void => port.postMessage(message)

  const logAt =
    (level: LogLevel) =>
    (message: string, fields?: LogFields): void =>
      post({ type: 'log', level, message, fields })
  const log: Log = { info: logAt('info'), warn: logAt('warn'), error: logAt('error') }

  const parts = createWorkerParts({
    index,
    clock: { now, wall: () => Date.now() },
    log,
    shared,
    logFd,
    writeAccess: lines => post({ type: 'access', lines }),
    spansUnderway,
    sendSpans: sent => post({ type: 'spans', sent }),
    askForKeys: post,
  })
  const { accessLog, spans, keySets } = parts

  const heart = new Int32Array(beats)
  const onTick = (): void => {
    Atomics.add(heart, index, 1)
    parts.tick()
  }

  const serving = createServing({ log, accessLog, spans, worker: index, workers, reusePort, tickMs: TICK_MS, onTick })
  const loop = createWorkerLoop({
    serving,
    provisionsOf: parts.provisionsOf,
    onKeys: keySets.receive,
    onRoster: parts.onRoster,
    onCommit: accessLog.commit,
    answer: post,
    flush: parts.flush,
  })
  port.on('message', message => void loop(message))
}

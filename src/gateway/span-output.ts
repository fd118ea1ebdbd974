import { randomUUID } from 'node:crypto'
import type { Clock, Log, Meter, Timers } from '../core/ports.ts'
import type { TracingSpec } from '../spec/spec-tracing.ts'
import { type SentSpans, underwayAt } from '../telemetry/tracing/span-batch.ts'
import { createSpanExporter } from '../telemetry/tracing/span-exporter.ts'
import { packageVersion } from './version.ts'

/** Where the spans of all workers end; follows the configuration. */
export interface SpanOutput {
  /** For the workers: characters under way from each. */
  readonly underway: Int32Array<SharedArrayBuffer>
  receive(worker: number, sent: SentSpans): void
  /** What was under way from a worker that died never arrives. */
  clearWorker(worker: number): void
  use(spec: TracingSpec | undefined): void
  close(withinMs: number): Promise<void>
}

export interface SpanOutputOptions {
  readonly workers: number
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
  readonly meter: Meter
}

export const createSpanOutput = ({ workers, clock, timers, log, meter }: SpanOutputOptions): SpanOutput => {
  const underway = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * workers))
  const exporter = createSpanExporter({
    send: fetch,
    clock,
    log,
    after: timers.after,
    random: Math.random,
    onExported: spans => meter.counter('sallyport_spans_exported_total').add(spans),
    onDropped: (spans, reason) => meter.counter('sallyport_spans_dropped_total', { reason }).add(spans),
    version: packageVersion(),
    instance: randomUUID(),
  })
  return {
    underway,
    receive: (worker, sent) => {
      underwayAt(underway, worker).add(-sent.spans.length)
      exporter.add(sent)
    },
    clearWorker: worker => void Atomics.store(underway, worker, 0),
    use: exporter.use,
    close: exporter.close,
  }
}

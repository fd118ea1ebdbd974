import type { Clock, Log } from '../core/ports.ts'
import type { Provisions } from '../core/serving.ts'
import type { SpanSink } from '../core/trace.ts'
import { createProvider } from '../runtime/provider.ts'
import type { TypedModules } from '../runtime/typed-modules.ts'
import { secretParameters } from '../spec/credentials.ts'
import type { SharedMemory } from '../store/shared-memory.ts'
import { directLog } from '../telemetry/direct-log.ts'
import { lagMeter } from '../telemetry/lag-meter.ts'
import { createMeter } from '../telemetry/meter.ts'
import { createSpanBatch, type SentSpans, underwayAt } from '../telemetry/tracing/span-batch.ts'
import { createRosterBook } from '../upstream/fleet/roster-book.ts'
import type { Generation, KeyRequest, RosterChange } from '../workers/messages.ts'
import { createRemoteKeySets, type RemoteKeySets } from '../workers/remote-key-sets.ts'
import { type AccessInput, createAccessInput } from './access-input.ts'

export interface WorkerPartsOptions {
  readonly index: number
  readonly clock: Clock
  readonly log: Log
  readonly shared: SharedMemory
  /** See `directLog`; lines that cannot be written there go to `writeAccess`. */
  readonly logFd: Int32Array
  readonly writeAccess: (lines: string) => void
  /** See `SpanBatchOptions`; one word for each worker. */
  readonly spansUnderway: Int32Array
  readonly sendSpans: (sent: SentSpans) => void
  readonly askForKeys: (request: KeyRequest) => void
  readonly modules?: TypedModules
}

/** What counts, logs and knows around the data plane of one worker, in a thread of its own or not. */
export interface WorkerParts {
  readonly accessLog: AccessInput
  readonly spans: SpanSink
  readonly keySets: RemoteKeySets
  /** May reject with one sentence. */
  provisionsOf(generation: Generation): Promise<Provisions>
  onRoster(change: RosterChange): void
  /** Every `TICK_MS`: flushes, shows how late the tick came. */
  tick(): void
  /** Sends what the access log and the spans have. */
  flush(): void
  close(): Promise<void>
}

export const TICK_MS = 200

export const createWorkerParts = (options: WorkerPartsOptions): WorkerParts => {
  const { index, clock, log, shared } = options
  const accessLog = createAccessInput(directLog(options.logFd, options.writeAccess))
  const spans = createSpanBatch({ send: options.sendSpans, underway: underwayAt(options.spansUnderway, index) })
  const keySets = createRemoteKeySets(options.askForKeys)
  const provider = createProvider({ ...options, worker: index, log, shared, keySets })
  const rosters = createRosterBook()
  let tickedAt = clock.now()
  let showLag: ((lagMs: number) => void) | undefined

  const flush = (): void => {
    accessLog.tick()
    spans.tick()
  }

  return {
    accessLog,
    spans,
    keySets,
    provisionsOf: async ({ spec, metrics, ...generation }) => {
      const meter = createMeter(metrics, index)
      showLag ??= lagMeter(meter, index)
      accessLog.prepare(spec.accessLog, secretParameters(spec))
      const provisions = await provider.provisionsOf(spec, meter)
      return { ...provisions, fleet: rosters.fleetFor(generation.rosters, spec.services) }
    },
    onRoster: ({ roster, metrics }) => rosters.receive(roster, createMeter(metrics, index)),
    tick: () => {
      const now = clock.now()
      showLag?.(now - tickedAt - TICK_MS)
      tickedAt = now
      flush()
    },
    flush,
    close: provider.close,
  }
}

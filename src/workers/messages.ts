import type { Roster } from '../core/fleet.ts'
import type { GatewaySpec } from '../spec/spec.ts'
import type { JwkSpec, RemoteKeysSpec } from '../spec/spec-auth.ts'
import type { SharedMemory } from '../store/shared-memory.ts'
import type { MetricLayout } from '../telemetry/layout.ts'
import type { SentSpans } from '../telemetry/tracing/span-batch.ts'

/** One version of the configuration, as it crosses threads. Numbers only rise, so an old answer is never mistaken. */
export interface Generation {
  readonly number: number
  readonly spec: GatewaySpec
  /** Where the counters of this Spec live in shared memory. */
  readonly metrics: MetricLayout
  /** The targets of its services when it was made; those that are discovered may have changed since. */
  readonly rosters: readonly Roster[]
}

/** What a worker is told once, when its thread starts (`workerData`). */
export interface WorkerInit {
  readonly index: number
  readonly workers: number
  readonly reusePort: boolean
  /** Int32 per worker, bumped on every tick: the heartbeat. */
  readonly beats: SharedArrayBuffer
  /** Where the access log may be appended to, see `directLog`. */
  readonly logFd: Int32Array
  /** Spans under way from each worker, see `SpanBatchOptions`. */
  readonly spansUnderway: Int32Array
  /** What all workers count in and look up. */
  readonly shared: SharedMemory
}

/** Main thread → worker. */
export type ToWorker =
  | { readonly type: 'prepare'; readonly generation: Generation }
  | { readonly type: 'commit'; readonly number: number }
  | { readonly type: 'abort'; readonly number: number }
  | { readonly type: 'drain'; readonly drainMs: number }
  | RosterChange
  | KeyAnswer

/** A service has other targets now; the metrics know them. */
export interface RosterChange {
  readonly type: 'roster'
  readonly roster: Roster
  readonly metrics: MetricLayout
}

/** What a worker says about its life cycle; `number` names the generation it answers. */
export type Answer =
  | { readonly type: 'prepared'; readonly number: number }
  | { readonly type: 'refused'; readonly number: number; readonly reason: string }
  | { readonly type: 'committed'; readonly number: number }
  | { readonly type: 'drained' }

/** What a worker only passes on: the main thread owns stderr, the access log file and the way to the collector. */
export type Relayed =
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string; readonly fields: LogFields | undefined }
  | { readonly type: 'access'; readonly lines: string }
  | { readonly type: 'spans'; readonly sent: SentSpans }

/** What a worker asks about the keys of issuers. */
export type KeyRequest =
  | { readonly type: 'watch-keys'; readonly source: RemoteKeysSpec }
  | { readonly type: 'unwatch-keys'; readonly source: RemoteKeysSpec }
  /** `heard`: how often the worker was told of this source's keys. */
  | { readonly type: 'refresh-keys'; readonly source: RemoteKeysSpec; readonly ask: number; readonly heard: number }

/** `source` is the JSON of the RemoteKeysSpec. */
export type KeyAnswer =
  | { readonly type: 'keys'; readonly source: string; readonly keys: readonly JwkSpec[] }
  | { readonly type: 'keys-refreshed'; readonly ask: number }

export type LogLevel = 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, unknown>>

/** Worker → main thread. */
export type FromWorker = Answer | Relayed | KeyRequest

const RELAYED: ReadonlySet<string> = new Set<Relayed['type']>(['log', 'access', 'spans'])

export const isRelayed = (message: FromWorker): message is Relayed => RELAYED.has(message.type)

export const isKeyRequest = (message: FromWorker): message is KeyRequest => message.type.endsWith('-keys')

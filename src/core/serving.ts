import type { GatewaySpec } from '../spec/spec.ts'
import type { TypedPartsOf } from './code/typed-parts.ts'
import type { BranchFare } from './exchange.ts'
import type { Fleet } from './fleet.ts'
import type { KeySets } from './key-sets.ts'
import type { ConcurrencyStore, LimitStore } from './limits.ts'
import type { Meter } from './ports.ts'
import type { KeyDirectory, Revocations } from './revocations.ts'

/** What the process around a worker provides for serving one Spec. */
export interface Provisions {
  readonly meter: Meter
  /** Null: the targets are those of the configuration, and this thread alone knows them. */
  readonly fleet: Fleet | null
  readonly limits: LimitStore
  readonly concurrency: ConcurrencyStore
  readonly keySets: KeySets
  readonly revocations: Revocations
  /** Null where all consumers are in the configuration. */
  readonly directory: KeyDirectory | null
  /** The code of aggregates that have some; evaluated already. */
  readonly typed: TypedPartsOf
}

/** What one worker does for the main thread: the two phases of a reload, and the end (DESIGN §4). */
export interface Serving {
  /**
   * Compiles the Spec and binds listeners that are new; what is being served does not change. Rejects with an Error
   * whose message is one sentence for people when it cannot; then nothing was kept.
   */
  prepare(spec: GatewaySpec, provisions: Provisions): Promise<void>
  /** Makes what was prepared live, within this turn; listeners that left the Spec stop accepting. */
  commit(): void
  /** Forgets what was prepared. */
  abort(): Promise<void>
  /**
   * Closes listeners, then idle connections after one more read turn (at most 1 s); busy ones finish with
   * `Connection: close`. Resolves when none is left, or after `drainMs`, when the rest is cut off.
   */
  drain(drainMs: number): Promise<void>
  /** Cuts everything off now. */
  close(): Promise<void>
}

/** A finished request as the access log wants it; plain values, made only when the log is on. */
export interface AccessEntry {
  readonly at: number
  readonly client: string
  readonly method: string
  /** Raw target. */
  readonly target: string
  readonly version: string
  readonly host: string
  readonly status: number
  readonly code: string
  readonly bytesIn: number
  readonly bytesOut: number
  readonly ms: number
  readonly upstreamMs: number
  readonly route: string
  readonly service: string
  readonly upstream: string
  readonly requestId: string
  readonly userAgent: string
  readonly referer: string
  /** The known consumer, else the token's subject; empty when nobody proved anything. */
  readonly consumer: string
  /** Empty where nothing is traced. */
  readonly traceId: string
}

export interface AccessSink {
  write(entry: AccessEntry): void
  /** Of a request that an aggregate answered: apart, so that all others cost nothing more. */
  writeWithBranches(entry: AccessEntry, branches: readonly BranchFare[]): void
}

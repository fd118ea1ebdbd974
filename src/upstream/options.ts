import type { Wheel } from '../base/wheel.ts'
import type { Clock, Gauge, Log } from '../core/ports.ts'

/** What the upstream side needs of its worker. */
export interface UpstreamWorld {
  readonly clock: Clock
  readonly wheel: Wheel
  readonly log: Log
  /** Whether `_write` may be used on sockets, see base/wire.ts. */
  readonly lean: boolean
  /** Which column of the cells is ours. */
  readonly worker: number
  /** Milliseconds of the clock that all threads share; stands still within a turn. */
  sharedNow(): number
  /** Calls once after `ms`, to the millisecond, where the wheel is too coarse. Returns what prevents it. */
  after(ms: number, callback: () => void): () => void
  /** 0 ≤ r < 1 */
  random(): number
}

/** How a try ended without an answer, as it is counted. */
export type FailedOutcome = 'connect' | 'protocol' | 'timeout' | 'cancelled'

/** Counters of one target; made by telemetry, handed in by runtime. */
export interface TargetMeter {
  readonly inFlight: Gauge
  readonly connections: Gauge
  /** Whether there are series for it, and nobody else has them. */
  readonly isHeld: boolean
  record(status: number, ms: number): void
  fail(outcome: FailedOutcome, ms: number): void
  /** Once, when nothing is under way. Returns one that counts nothing. */
  letGo(): TargetMeter
}

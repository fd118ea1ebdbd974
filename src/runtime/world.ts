import type { Clock, Log, Meter } from '../core/ports.ts'
import type { AccessSink } from '../core/serving.ts'
import type { UpstreamWorld } from '../upstream/options.ts'
import type { TargetState } from '../upstream/target.ts'
import type { Keep } from './keep.ts'

/** What a Plan is compiled with: the worker's ports and the State that outlives it. */
export interface World extends UpstreamWorld {
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  readonly accessLog: AccessSink | null
  readonly targets: Keep<TargetState>
  random(): number
}

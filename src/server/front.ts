import type { Wheel } from '../base/wheel.ts'
import type { Clock, Counter, Gauge } from '../core/ports.ts'
import type { RequestHead } from '../http1/request-parser.ts'
import type { Gateway } from '../runtime/gateway.ts'
import type { ListenerSpec } from '../spec/spec.ts'

/** What every connection of one listener shares. `spec` is replaced by a reload; connections read it when they need it. */
export interface Front {
  spec: ListenerSpec
  readonly gateway: Gateway
  readonly clock: Clock
  readonly wheel: Wheel
  readonly heads: HeadPool
  readonly open: Gauge
  readonly accepted: Counter
  readonly connections: Set<{ drain(): void; destroy(): void }>
  nextId(): string
  /** `Date: …` line of the current second. */
  dateLine(): string
  /** The listener was closed: connections end with the answer to their next request, and are told so. */
  draining: boolean
}

export interface HeadPool {
  take(): RequestHead
  give(head: RequestHead): void
}
